/** The text as a WAV file. */
import { clearAlerts, tell } from "./alerts.js";
import { byId, make } from "./dom.js";
import { state } from "./telling.js";

const button = byId("save", HTMLButtonElement);
/** @type {AbortController | undefined} */
let saving;

/** @param {(signal: AbortSignal, onSeconds: (seconds: number) => void) => {text: string, wav: Promise<Blob>} | undefined} start */
export function offerSaving(start) {
  button.addEventListener("click", async () => {
    if (saving) return saving.abort(new DOMException("It was cancelled.", "AbortError"));
    const mine = (saving = new AbortController());
    clearAlerts();
    try {
      const begun = start(mine.signal, (seconds) => state(`Saving: ${Math.round(seconds)} s made`));
      if (!begun) return;
      button.textContent = "Cancel saving";
      state("Saving…");
      const wav = await begun.wav;
      download(wav, `${nameOf(begun.text)}.wav`);
      state("Saved.");
    } catch (error) {
      if (!mine.signal.aborted) tell(error);
      state(mine.signal.aborted ? "Saving was cancelled." : "");
    } finally {
      saving = undefined;
      button.textContent = "Save as WAV";
    }
  });
}

/** @param {Blob} blob @param {string} name */
function download(blob, name) {
  const url = URL.createObjectURL(blob);
  make("a", { href: url, download: name }).click();
  // The browser has it by then.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

/** Its first words. @param {string} text */
function nameOf(text) {
  return text.match(/[\p{L}\p{N}]+/gu)?.slice(0, 6).join("-").slice(0, 60) || "speech";
}
