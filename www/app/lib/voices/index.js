/** Voices: which there are, and which are kept in this browser. */
import { ChanterError } from "../errors.js";
import { PIPER, SITE, fetchCatalogue } from "./catalogue.js";
import { MAX_CONFIG, describe, parseConfig } from "./config.js";
import { voiceOfFiles } from "./files.js";
import { inventory } from "./inventory.js";
import { doJob } from "./jobs.js";
import { filesOf } from "./names.js";
import { openShelf } from "./shelf.js";

export { openVoice } from "./open.js";
export { PIPER, SITE };

/**
 * @typedef {object} VoiceInfo
 * @property {string} key
 * @property {string} name
 * @property {import("./config.js").Language} language
 * @property {string} quality
 * @property {number} numSpeakers
 * @property {number} bytes
 * @property {boolean} stored in this browser, ready for use without a network
 * @property {number} begun bytes of a download that can go on
 * @property {"site" | "catalogue" | "file" | "adopted"} source adopted: put here by another program of this site
 */

export class Voices {
  /**
   * Catalogues that could not be read in the last `list()`, in plain words.
   * @type {{address: string, message: string}[]}
   */
  problems = [];
  #catalogues;
  /** @type {Map<string, Promise<import("./catalogue.js").Listed[]>>} */
  #read = new Map();

  /** @param {{catalogues?: (string | URL)[]}} [options] addresses of voices.json files; those named first win */
  constructor({ catalogues = [SITE, PIPER] } = {}) {
    const base = globalThis.document?.baseURI ?? location.href;
    this.#catalogues = catalogues.map((address) => new URL(address, base).href);
  }

  /**
   * All voices: of the site, stored ones, then those of other catalogues, as far as these can be reached.
   * @param {{near?: boolean}} [options] near: only what needs no other host
   * @returns {Promise<VoiceInfo[]>}
   */
  async list({ near = false } = {}) {
    const stored = this.#inventory();
    const addresses = this.#catalogues.filter((address) => !near || isOfSite(address));
    const results = await Promise.allSettled(addresses.map((address) => this.#catalogue(address)));
    this.problems = results.flatMap((result, i) =>
      result.status === "rejected" ? [{ address: addresses[i], message: String(result.reason.message) }] : [],
    );
    const onShelf = new Map((await stored).map((voice) => [voice.key, voice]));
    /** @type {Map<string, VoiceInfo>} */
    const voices = new Map();
    results.forEach((result, i) => {
      for (const listed of result.status === "fulfilled" ? result.value : []) {
        if (!voices.has(listed.key)) voices.set(listed.key, info(listed, sourceOf(addresses[i]), onShelf.get(listed.key)));
      }
    });
    for (const voice of onShelf.values()) {
      const found = voice.whole && !voices.has(voice.key) && (await this.#unlisted(voice));
      if (found) voices.set(voice.key, found);
    }
    const rank = (/** @type {VoiceInfo} */ voice) => (voice.source === "site" ? 0 : voice.stored ? 1 : 2);
    return [...voices.values()].sort(
      (a, b) =>
        rank(a) - rank(b) || a.language.name_english.localeCompare(b.language.name_english) || a.key.localeCompare(b.key),
    );
  }

  /**
   * Downloads and keeps a voice. What was loaded before a failure or an abort is kept, and gone on with.
   * @param {string} key one that `list()` has, or an older name of it
   * @param {import("./jobs.js").Watch} [watch]
   */
  async download(key, watch) {
    const { voice, source } = await this.#find(key);
    askToKeep();
    try {
      await doJob("download", { voice, source }, watch);
    } catch (error) {
      this.#read.clear(); // The catalogue may have been at fault: it is read again for the next try.
      throw error;
    }
  }

  /** Keys of the voices that are stored whole. @returns {Promise<string[]>} */
  async stored() {
    return (await this.#inventory()).filter((voice) => voice.whole).map((voice) => voice.key);
  }

  /** Removes a stored voice, and what was begun of it. @param {string} key */
  async remove(key) {
    await doJob("remove", { key });
  }

  /** Removes all voices. */
  async flush() {
    await doJob("flush", {});
  }

  /**
   * Keeps a voice that the user has as files: NAME.onnx and NAME.onnx.json.
   * @param {Iterable<File>} files
   * @param {import("./jobs.js").Watch} [watch]
   * @returns {Promise<string>} its key
   */
  async addFiles(files, watch) {
    const voice = await voiceOfFiles([...files]);
    askToKeep();
    await doJob("add", voice, watch);
    return voice.key;
  }

  /**
   * How much this site uses and may use, in bytes, and whether it lasts.
   * @returns {Promise<{usage: number, quota: number, persisted: boolean, note: string}>}
   */
  async quota() {
    const { usage = 0, quota = 0 } = (await navigator.storage?.estimate?.()) ?? {};
    const persisted = (await navigator.storage?.persisted?.()) ?? false;
    let note = persisted
      ? "The browser keeps stored voices until you remove them."
      : "The browser may remove stored voices when the disk fills up, or when this page was not used for long. Installing the page, or bookmarking it, makes that less likely.";
    try {
      if ((await openShelf()).kind === "cache") note = "This window keeps voices only for a while, perhaps until it is closed (a private window?).";
    } catch (error) {
      note = /** @type {Error} */ (error).message;
    }
    return { usage, quota, persisted, note };
  }

  /** @returns {Promise<import("./inventory.js").Kept[]>} nothing where the browser keeps no files: `quota()` tells why */
  async #inventory() {
    const shelf = await openShelf().catch(() => undefined);
    return shelf ? inventory(shelf) : [];
  }

  /** Reads a catalogue once; a failure is not remembered. @param {string} address */
  #catalogue(address) {
    let reading = this.#read.get(address);
    if (!reading) {
      reading = fetchCatalogue(address);
      reading.catch(() => this.#read.delete(address));
      this.#read.set(address, reading);
    }
    return reading;
  }

  /** @param {string} key */
  async #find(key) {
    const failures = [];
    for (const address of this.#catalogues) {
      try {
        const voices = await this.#catalogue(address);
        const voice = voices.find((one) => one.key === key) ?? voices.find((one) => one.aliases.includes(key));
        if (voice) return { voice, source: sourceOf(address) };
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length) throw failures[0];
    throw new ChanterError("voice", `There is no voice ${key} in the catalogue.`);
  }

  /** A stored voice that no catalogue tells about, by its own settings. @param {import("./inventory.js").Kept} voice */
  async #unlisted(voice) {
    const blob = await (await openShelf()).read(filesOf(voice.key).config);
    const config = parseConfig(new Uint8Array((await blob?.slice(0, MAX_CONFIG).arrayBuffer()) ?? []));
    return info({ key: voice.key, ...describe(voice.key, config ?? {}) }, voice.source, voice);
  }
}

/**
 * @param {Pick<VoiceInfo, "key" | "name" | "language" | "quality" | "numSpeakers"> & Partial<import("./catalogue.js").Listed>} voice
 * @param {string} source
 * @param {import("./inventory.js").Kept} [kept]
 * @returns {VoiceInfo}
 */
function info({ key, name, language, quality, numSpeakers, model, config }, source, kept) {
  const stored = kept?.whole ?? false;
  return {
    key,
    name,
    language,
    quality,
    numSpeakers,
    bytes: stored ? (kept?.bytes ?? 0) : (model?.bytes ?? 0) + (config?.bytes ?? 0),
    stored,
    begun: kept?.begun ?? 0,
    source: /** @type {VoiceInfo["source"]} */ (stored ? kept?.source : source),
  };
}

/** @param {string} address */
function isOfSite(address) {
  return new URL(address).origin === location.origin;
}

/** @param {string} address */
function sourceOf(address) {
  return isOfSite(address) ? "site" : "catalogue";
}

/** Asks the browser not to remove what is stored; some ask the user, so nothing waits for the answer. */
function askToKeep() {
  Promise.resolve(navigator.storage?.persist?.()).catch(() => {});
}
