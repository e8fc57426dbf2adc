/** The few things of a voice's .onnx.json that the store wants to know. */

/** The largest such file that is read: real ones have some 5 to 20 kB. */
export const MAX_CONFIG = 4 << 20;

/**
 * @typedef {object} Language
 * @property {string} code
 * @property {string} name_english
 * @property {string} [name_native]
 * @property {string} [country_english]
 * @property {string} [family]
 * @property {string} [region]
 */

/**
 * @param {Uint8Array<ArrayBuffer>} bytes
 * @returns {Record<string, any> | undefined} the config, if it is one of Piper's
 */
export function parseConfig(bytes) {
  try {
    const config = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    const fits = config?.audio?.sample_rate > 0 && config.phoneme_id_map && typeof config.phoneme_id_map === "object";
    return fits ? config : undefined;
  } catch {
    return undefined;
  }
}

/** How to list a voice that no catalogue tells about. @param {string} key @param {Record<string, any>} config */
export function describe(key, config) {
  const [, code, name, quality] = /^([a-z]{2,3}_[A-Z0-9]+)-(.+)-([a-z_]+)$/.exec(key) ?? [];
  const speakers = Number(config.num_speakers);
  return {
    name: name ?? key,
    language: language(config.language, code ?? text(config.espeak?.voice)),
    quality: text(config.audio?.quality) || (quality ?? ""),
    numSpeakers: Number.isInteger(speakers) && speakers > 0 ? speakers : 1,
  };
}

/** @param {any} value @param {string} [code] @returns {Language} what is there of it, as short text */
export function language(value, code = "") {
  /** @type {Language} */
  const found = { code: text(value?.code) || code, name_english: text(value?.name_english) };
  found.name_english ||= found.code;
  for (const field of /** @type {const} */ (["name_native", "country_english", "family", "region"])) {
    const given = text(value?.[field]);
    if (given) found[field] = given;
  }
  return found;
}

/** @param {unknown} value */
export function text(value) {
  return typeof value === "string" ? value.slice(0, 100) : "";
}
