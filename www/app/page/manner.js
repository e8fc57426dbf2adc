/** Where and how it is spoken: the panel's fields, and what they mean to the library. */
import { byId, make } from "./dom.js";
import { PLAIN, keepChoices, readChoices } from "./settings.js";

/** @typedef {import("../lib/chanter.js").VoiceFacts} VoiceFacts */

export const choices = readChoices();

const target = byId("target", HTMLSelectElement);
const address = byId("address", HTMLInputElement);
const speaker = byId("speaker", HTMLSelectElement);
const speakerName = byId("speaker-name", HTMLInputElement);
const seed = byId("seed", HTMLInputElement);

/** @type {["speed" | "expression" | "volume" | "silence", (value: number) => string][]} */
const SLIDERS = [
  ["speed", (value) => `${value.toFixed(2)} ×`],
  ["expression", (value) => `${Math.round(100 * value)} %`],
  ["volume", (value) => `${Math.round(100 * value)} %`],
  ["silence", (value) => `${value.toFixed(1)} s`],
];

/** What Piper's voices have, where nothing is known of this one. */
const USUAL = { noiseScale: 0.667, lengthScale: 1, noiseWScale: 0.8 };
/** @type {VoiceFacts} */
let facts = {};

/** @returns {import("../lib/chanter.js").TargetOption} */
export function chosenTarget() {
  if (choices.target === "server" && choices.server) return { server: choices.server };
  if (choices.target === "edge" && choices.edge) return { edge: choices.edge };
  if (choices.target !== "browser") return { server: "./" };
  return "browser";
}

/** Why nothing can be spoken yet; empty when it can. */
export function missing() {
  if (choices.target !== "server" && choices.target !== "edge") return "";
  if (!choices[choices.target]) return "Type the address of the server that is to speak, such as https://speech.example.org/.";
  return address.validity.valid ? "" : "The server’s address is not complete: it looks like https://speech.example.org/.";
}

/** @returns {import("../lib/chanter.js").Settings} */
export function chosenSettings() {
  const { noiseScale, lengthScale, noiseWScale } = { ...USUAL, ...facts.inference };
  const { speed, expression, volume, silence } = choices;
  // What is not chosen is left to the voice.
  return {
    ...(choices.speaker !== "" && { speaker: asSpeaker(choices.speaker) }),
    ...(speed !== 1 && { lengthScale: lengthScale / speed }),
    ...(expression !== 1 && { noiseScale: noiseScale * expression, noiseWScale: noiseWScale * expression }),
    ...(volume !== 1 && { volume }),
    sentenceSilence: silence,
    ...(choices.seed !== "" && { seed: Number(choices.seed) }),
  };
}

/** What a voice says of itself; nothing while it is not known. @param {VoiceFacts} told */
export function setFacts(told) {
  facts = told;
  const names = told.speakers ?? [];
  if (names.length && names[Number(choices.speaker)] === undefined) choices.speaker = "";
  speaker.replaceChildren(...names.map((name, id) => make("option", { value: String(id), textContent: name || `${id}` })));
  speaker.value = String(Number(choices.speaker));
  show();
}

/** @param {(whatChanged: "target" | "manner") => void} changed */
export function watchManner(changed) {
  for (const [name, tell] of SLIDERS) {
    const slider = byId(name, HTMLInputElement);
    slider.addEventListener("input", () => {
      choices[name] = slider.valueAsNumber;
      byId(`${name}-told`, HTMLOutputElement).value = tell(choices[name]);
      changed("manner");
    });
  }
  target.addEventListener("change", () => {
    choices.target = /** @type {typeof choices.target} */ (target.value);
    choices.speaker = "";
    show();
    changed("target");
  });
  address.addEventListener("change", () => {
    if (choices.target === "server" || choices.target === "edge") choices[choices.target] = address.value.trim();
    changed("target");
  });
  speaker.addEventListener("change", () => {
    choices.speaker = speaker.value;
    changed("manner");
  });
  speakerName.addEventListener("change", () => {
    choices.speaker = speakerName.value.trim();
    changed("manner");
  });
  seed.addEventListener("change", () => {
    if (!seed.validity.valid) seed.value = "";
    choices.seed = seed.value;
    changed("manner");
  });
  byId("reset", HTMLButtonElement).addEventListener("click", () => {
    const { speed, expression, volume, silence, seed } = PLAIN;
    Object.assign(choices, { speed, expression, volume, silence, seed });
    show();
    changed("manner");
  });
  // There is nothing to send.
  byId("panel", HTMLFormElement).addEventListener("submit", (event) => event.preventDefault());
  show();
}

export function keep() {
  keepChoices(choices);
}

/** @param {string} value */
function asSpeaker(value) {
  return /^\d+$/.test(value) ? Number(value) : value;
}

function show() {
  const elsewhere = choices.target === "server" || choices.target === "edge";
  const listed = (facts.speakers?.length ?? 0) > 1;
  target.value = choices.target;
  byId("address-field", HTMLDivElement).hidden = !elsewhere;
  if (elsewhere) address.value = choices[/** @type {"server" | "edge"} */ (choices.target)];
  byId("voice-field", HTMLDivElement).hidden = choices.target !== "browser";
  byId("speaker-field", HTMLDivElement).hidden = !listed;
  byId("speaker-name-field", HTMLDivElement).hidden = listed || choices.target === "browser";
  speakerName.value = choices.speaker;
  seed.value = choices.seed;
  for (const [name, tell] of SLIDERS) {
    byId(name, HTMLInputElement).valueAsNumber = choices[name];
    byId(`${name}-told`, HTMLOutputElement).value = tell(choices[name]);
  }
}
