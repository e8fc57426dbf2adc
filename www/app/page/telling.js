/** The line that says what goes on, and the figures of what is spoken. */
import { byId } from "./dom.js";

/** @typedef {import("../lib/speech.js").Outcome} Outcome */

const line = byId("state", HTMLParagraphElement);
/** @type {ReturnType<typeof setTimeout> | undefined} */
let later;

/**
 * @param {string} text
 * @param {number} [delay] ms: what may pass by unseen is not told at once
 */
export function state(text, delay = 0) {
  clearTimeout(later);
  const tell = () => {
    if (line.textContent !== text) line.textContent = text;
  };
  if (delay) later = setTimeout(tell, delay);
  else tell();
}

/** @param {Outcome} [outcome] */
export function figures(outcome) {
  const { firstAudioMs, realTimeFactor, underruns } = outcome ?? {};
  put("first", firstAudioMs === undefined ? "–" : `${Math.round(firstAudioMs)} ms`);
  put("factor", realTimeFactor ? realTimeFactor.toFixed(2) : "–");
  put("underruns", underruns === undefined ? "–" : String(underruns));
}

/** @param {string} id @param {string} text */
function put(id, text) {
  const element = byId(id, HTMLElement);
  if (element.textContent !== text) element.textContent = text;
}
