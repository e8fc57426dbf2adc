/** Catalogues of voices: files of the shape of Piper's voices.json. What they say is checked, not trusted. */
import { ChanterError } from "../errors.js";
import { MAX_CONFIG, language, text } from "./config.js";
import { fetchSmall, where } from "./fetching.js";
import { filesOf, isKey, isPath } from "./names.js";

/** The voices that come with this site. */
export const SITE = new URL("../../voices/voices.json", import.meta.url).href;
/** Piper's published voices. */
export const PIPER = "https://huggingface.co/rhasspy/piper-voices/resolve/main/voices.json";

const MAX_CATALOGUE = 8 << 20;
const MAX_VOICES = 10_000;
const MAX_MODEL = 2 ** 31;

/**
 * @typedef {object} RemoteFile
 * @property {string} url
 * @property {number} bytes
 * @property {string} [sha256] Piper's catalogue has none
 */
/**
 * @typedef {object} Listed a voice in a catalogue
 * @property {string} key
 * @property {string} name
 * @property {import("./config.js").Language} language
 * @property {string} quality
 * @property {number} numSpeakers
 * @property {string[]} aliases older keys
 * @property {RemoteFile} model
 * @property {RemoteFile} config
 */

/** @param {string} address @returns {Promise<Listed[]>} */
export async function fetchCatalogue(address) {
  const bytes = await fetchSmall(address, MAX_CATALOGUE, { cache: "no-cache" });
  let catalogue;
  try {
    catalogue = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    throw new ChanterError("network", `${where(address)} did not send a catalogue of voices, but something else: ${address}`);
  }
  return parseCatalogue(catalogue, address);
}

/**
 * The voices of a catalogue, without those that make no sense.
 * @param {unknown} catalogue
 * @param {string} address where it came from; its files are relative to that
 * @returns {Listed[]}
 */
export function parseCatalogue(catalogue, address) {
  if (typeof catalogue !== "object" || catalogue === null || Array.isArray(catalogue)) {
    throw new ChanterError("network", `This is not a catalogue of voices: ${address}`);
  }
  const entries = Object.entries(catalogue);
  if (entries.length > MAX_VOICES) throw new ChanterError("network", `This catalogue has too many voices: ${address}`);
  const voices = entries.flatMap(([key, entry]) => listed(key, entry, address) ?? []);
  if (entries.length && !voices.length) throw new ChanterError("network", `No voice of this catalogue can be used: ${address}`);
  return voices;
}

/** @param {string} key @param {any} entry @param {string} address @returns {Listed | undefined} */
function listed(key, entry, address) {
  if (!isKey(key) || typeof entry?.files !== "object" || entry.files === null) return;
  const names = filesOf(key);
  /** @type {Partial<Record<"model" | "config", RemoteFile>>} */
  const found = {};
  for (const [path, file] of Object.entries(entry.files)) {
    const name = path.slice(path.lastIndexOf("/") + 1);
    if (name === names.model) found.model = remote(path, file, MAX_MODEL, address);
    if (name === names.config) found.config = remote(path, file, MAX_CONFIG, address);
  }
  if (!found.model || !found.config) return;
  const speakers = entry.num_speakers;
  return {
    key,
    name: text(entry.name) || key,
    language: language(entry.language, key.split("-")[0]),
    quality: text(entry.quality),
    numSpeakers: Number.isInteger(speakers) && speakers > 0 && speakers < 1e5 ? speakers : 1,
    aliases: Array.isArray(entry.aliases) ? entry.aliases.filter(isKey).slice(0, 20) : [],
    model: found.model,
    config: found.config,
  };
}

/** @param {string} path @param {any} file @param {number} limit @param {string} address @returns {RemoteFile | undefined} */
function remote(path, file, limit, address) {
  const bytes = file?.size_bytes;
  if (!isPath(path) || !Number.isInteger(bytes) || bytes <= 0 || bytes > limit) return;
  const sha256 = file.sha256;
  if (sha256 !== undefined && !/^[0-9a-f]{64}$/.test(sha256)) return;
  const url = new URL(path.split("/").map(encodeURIComponent).join("/"), address).href;
  return sha256 ? { url, bytes, sha256 } : { url, bytes };
}
