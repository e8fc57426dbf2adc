/** Reads a voice for the engine: from the shelf, or from this site as it comes in. Works in workers and on the page. */
import { ChanterError } from "../errors.js";
import { SITE, fetchCatalogue } from "./catalogue.js";
import { MAX_CONFIG, parseConfig } from "./config.js";
import { fetchSmall, piecesOf, refused, unreachable } from "./fetching.js";
import { kept, readNotes } from "./inventory.js";
import { filesOf } from "./names.js";
import { openShelf, piecesOfBlob } from "./shelf.js";

/**
 * @typedef {object} OpenedVoice
 * @property {number} bytes of the model
 * @property {Uint8Array<ArrayBuffer>} config
 * @property {() => AsyncIterable<Uint8Array<ArrayBuffer>>} pieces of the model; ask once
 */

/**
 * @param {string | undefined} key the first voice of the site's where it is left out
 * @param {{catalogue?: string, signal?: AbortSignal}} [options] the catalogue of the site's own voices
 * @returns {Promise<OpenedVoice>}
 */
export async function openVoice(key, { catalogue = SITE, signal } = {}) {
  return (key && (await fromShelf(key))) || (await fromSite(key, catalogue, signal));
}

/** @param {string} key @returns {Promise<OpenedVoice | undefined>} */
async function fromShelf(key) {
  const shelf = await openShelf().catch(() => undefined);
  if (!shelf) return;
  const names = filesOf(key);
  const [model, config, notes] = await Promise.all([shelf.read(names.model), shelf.read(names.config), readNotes(shelf)]);
  if (!model || !config) return;
  const sizes = new Map([[names.model, model.size], [names.config, config.size]]);
  const bytes = new Uint8Array(await config.slice(0, MAX_CONFIG).arrayBuffer());
  if (!kept(key, sizes, notes[key]).whole || !parseConfig(bytes)) {
    throw new ChanterError("voice", `The stored files of the voice ${key} are damaged. Remove the voice and download it again.`);
  }
  return { bytes: model.size, config: bytes, pieces: () => piecesOfBlob(model) };
}

/** @param {string | undefined} key @param {string} catalogue @param {AbortSignal} [signal] @returns {Promise<OpenedVoice>} */
async function fromSite(key, catalogue, signal) {
  const voices = await fetchCatalogue(catalogue);
  const voice = key ? voices.find((one) => one.key === key) : voices[0];
  if (!voice && !key) throw new ChanterError("voice", "This site has no voice of its own. Choose one and download it.");
  if (!voice) throw new ChanterError("voice", `The voice ${key} is not stored in this browser. Download it first.`);
  const { url, bytes } = voice.model;
  const answer = fetch(url, { signal }).catch((error) => {
    signal?.throwIfAborted();
    throw unreachable(url, error);
  });
  answer.catch(() => {}); // The config's failure may come first; this one is told by pieces().
  return {
    bytes,
    config: await fetchSmall(voice.config.url, MAX_CONFIG, { signal }),
    async *pieces() {
      const response = await answer;
      if (!response.ok || !response.body) throw refused(url, response.status);
      let got = 0;
      try {
        for await (const piece of piecesOf(response.body)) {
          got += piece.length;
          if (got <= bytes) yield piece;
        }
      } catch (error) {
        signal?.throwIfAborted();
        throw unreachable(url, error);
      }
      if (got !== bytes) throw new ChanterError("voice", `${url} is not the file that this site's catalogue lists. Reload the page.`);
    },
  };
}
