/** What the user chose, kept from one visit to the next where the browser lets us. */

const KEY = "chanter";

/**
 * @typedef {object} Choices
 * @property {"browser" | "site" | "server" | "edge"} target
 * @property {string} server address of another server
 * @property {string} edge
 * @property {string} voice key; empty for the site's own
 * @property {string} speaker
 * @property {number} speed
 * @property {number} expression in parts of what the voice has
 * @property {number} volume
 * @property {number} silence seconds
 * @property {string} seed empty for the engine's own
 */

/** @type {Readonly<Choices>} */
export const PLAIN = {
  target: "browser",
  server: "",
  edge: "",
  voice: "",
  speaker: "",
  speed: 1,
  expression: 1,
  volume: 1,
  silence: 0.2,
  seed: "",
};

/** @returns {Choices} */
export function readChoices() {
  const choices = /** @type {Record<string, unknown>} */ ({ ...PLAIN });
  try {
    const kept = JSON.parse(localStorage.getItem(KEY) ?? "{}");
    // Only what is of the kind that it should be: another version may have written it.
    for (const name of Object.keys(PLAIN)) if (typeof kept?.[name] === typeof choices[name]) choices[name] = kept[name];
  } catch {
    // Then nothing is kept.
  }
  return /** @type {Choices} */ (/** @type {unknown} */ (choices));
}

/** @param {Choices} choices */
export function keepChoices(choices) {
  try {
    localStorage.setItem(KEY, JSON.stringify(choices));
  } catch {
    // A private window, or storage that is switched off.
  }
}
