/**
 * How a text is spoken. What is left out is as the voice has it.
 * @typedef {object} Settings
 * @property {number | string} [speaker] of a voice that has several: its id or name
 * @property {number} [lengthScale] how long the sounds are: 0.5 is twice as fast
 * @property {number} [noiseScale] how much the sound varies
 * @property {number} [noiseWScale] how much the lengths vary
 * @property {number} [volume]
 * @property {number} [sentenceSilence] seconds of silence after each sentence
 * @property {number} [seed] the same seed gives the same speech
 * @property {string} [lexicon] words to read differently: lines of a word, a tab, and /phonemes/ or a respelling
 * @property {boolean} [ssml] the text is a document of SSML
 * @property {boolean} [manners] false: Markdown, HTML, addresses and emoji are read letter by letter
 */

/** @type {(keyof Settings)[]} */
const NAMES = [
  "speaker", "lengthScale", "noiseScale", "noiseWScale", "volume", "sentenceSilence", "seed", "lexicon", "ssml",
  "manners",
];

/** @param {string} name */
const snake = (name) => name.replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`);

/**
 * The settings among some options.
 * @param {object} options
 * @returns {Settings}
 */
export function toSettings(options) {
  const all = /** @type {Record<string, any>} */ (options);
  return Object.fromEntries(NAMES.filter((name) => all[name] != null).map((name) => [name, all[name]]));
}

/**
 * Settings under the names that the engine and the servers have for them.
 * @param {Settings} settings
 * @returns {Record<string, unknown>}
 */
export function toWire(settings) {
  return Object.fromEntries(Object.entries(settings).map(([name, value]) => [snake(name), value]));
}
