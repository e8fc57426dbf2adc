// The whole of what a page does: a click, a text, and the client library.

import { Chanter } from "./chanter/chanter.js";

const chanter = new Chanter({ target: { server: document.body.dataset.server } });
const text = document.querySelector("textarea");
const status = document.querySelector("[role=status]");

chanter.addEventListener("firstaudio", () => (status.textContent = "Speaking"));

document.querySelector("#speak").onclick = async () => {
  status.textContent = "Asking";
  try {
    const { firstAudioMs } = await chanter.speak(text.value);
    status.textContent = `Spoken; the first sound came after ${Math.round(firstAudioMs)} ms`;
  } catch (error) {
    status.textContent = error.message;
  }
};
document.querySelector("#stop").onclick = () => chanter.stop();
