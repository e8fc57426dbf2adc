/** Whether the page works without a network, and installing it. */
import { byId } from "./dom.js";

const chip = byId("offline", HTMLParagraphElement);
const install = byId("install", HTMLButtonElement);
let kept = false;

export function watchOffline() {
  addEventListener("online", show);
  addEventListener("offline", show);
  show();
  if (!("serviceWorker" in navigator)) return;
  // Without it the page works as well, with a network.
  navigator.serviceWorker.register("./sw.js", { scope: "./" }).then(
    () => navigator.serviceWorker.ready.then(() => {
      kept = true;
      show();
    }),
    () => {},
  );
  /** @type {any} what Chromium offers; others install from their menus */
  let offer;
  addEventListener("beforeinstallprompt", (event) => {
    event.preventDefault();
    offer = event;
    install.hidden = false;
  });
  addEventListener("appinstalled", () => (install.hidden = true));
  install.addEventListener("click", async () => {
    await offer?.prompt();
    install.hidden = true;
  });
}

function show() {
  const { onLine } = navigator;
  chip.textContent = onLine ? "Works offline" : kept || navigator.serviceWorker?.controller ? "Offline, and works" : "Offline";
  chip.hidden = onLine && !kept;
}
