/** What changes the shelf. It runs in a worker (keeper.js): writing without copies is possible only there. */
import { ChanterError } from "../errors.js";
import { MAX_CONFIG, parseConfig } from "./config.js";
import { size } from "./fetching.js";
import { withHubFacts } from "./hub.js";
import { NOTES, inventory, kept, readNotes } from "./inventory.js";
import { filesOf, partOf } from "./names.js";
import { Sha256 } from "./sha256.js";
import { openShelf, piecesOfBlob } from "./shelf.js";
import { transfer } from "./transfer.js";

/**
 * @typedef {object} Watch
 * @property {AbortSignal} signal
 * @property {(loaded: number, total: number) => void} onProgress
 */

/**
 * Downloads a voice, or what is missing of it. Another tab that is at the same voice is waited for.
 * @param {{voice: import("./catalogue.js").Listed, source: string}} job
 * @param {Watch} watch
 */
export async function download({ voice, source }, { signal, onProgress }) {
  const shelf = await openShelf();
  const names = filesOf(voice.key);
  await navigator.locks.request(lockOf(voice.key), { signal }, async () => {
    const [sizes, notes] = await Promise.all([shelf.sizes(), readNotes(shelf)]);
    const now = kept(voice.key, sizes, notes[voice.key]);
    if (now.whole) return onProgress(now.bytes, now.bytes);

    const { model, config } = await withHubFacts(voice, signal);
    const total = model.bytes + config.bytes;
    const begun = sizes.get(partOf(names.model)) ?? 0;
    await makeSure(total - begun, shelf);
    try {
      const onConfig = (/** @type {number} */ bytes) => onProgress(bytes, total);
      const onModel = (/** @type {number} */ bytes) => onProgress(config.bytes + bytes, total);
      const digests = {
        [names.config]: await fill(shelf, names.config, (writer) => {
          writer.restart(); // So small that going on is not worth the doubt about its beginning.
          return transfer(config, writer, { signal, onBytes: onConfig });
        }),
        [names.model]: await fill(shelf, names.model, (writer) => transfer(model, writer, { signal, onBytes: onModel })),
      };
      if (!parseConfig(await bytesOf(shelf, partOf(names.config)))) {
        await shelf.remove(partOf(names.config));
        throw new ChanterError("voice", `${config.url} is not the settings file of a Piper voice.`);
      }
      await publish(shelf, voice.key, digests, source);
    } catch (error) {
      throw await explained(error, shelf, voice.key, total);
    }
  });
}

/**
 * Takes a voice from files of the user's.
 * @param {{key: string, model: Blob, config: Blob}} job
 * @param {Watch} watch
 */
export async function add({ key, model, config }, { signal, onProgress }) {
  const shelf = await openShelf();
  const names = filesOf(key);
  const total = model.size + config.size;
  await navigator.locks.request(lockOf(key), { signal }, async () => {
    await makeSure(total, shelf);
    try {
      let done = 0;
      /** @param {Blob} blob */
      const copied = (blob) => async (/** @type {import("./shelf.js").Writer} */ writer) => {
        writer.restart();
        const hash = new Sha256();
        for await (const piece of piecesOfBlob(blob)) {
          signal.throwIfAborted();
          writer.write(piece);
          hash.update(piece);
          onProgress((done += piece.length), total);
        }
        return hash.hex();
      };
      const digests = {
        [names.config]: await fill(shelf, names.config, copied(config)),
        [names.model]: await fill(shelf, names.model, copied(model)),
      };
      await publish(shelf, key, digests, "file");
    } catch (error) {
      await removeParts(shelf, key);
      throw await explained(error, shelf, key, total);
    }
  });
}

/** @param {{key: string}} job */
export async function remove({ key }) {
  const shelf = await openShelf();
  await navigator.locks.request(lockOf(key), { ifAvailable: true }, async (lock) => {
    if (!lock) throw new ChanterError("io", `The voice ${key} is being downloaded. Cancel that first, in whichever tab it runs.`);
    try {
      const names = filesOf(key);
      await shelf.remove(names.model);
      await shelf.remove(names.config);
      await removeParts(shelf, key);
    } catch (error) {
      throw await explained(error, shelf, key, 0);
    }
    await note(shelf, (notes) => delete notes[key]);
  });
}

export async function flush() {
  const shelf = await openShelf();
  try {
    await shelf.clear();
  } catch (error) {
    throw await explained(error, shelf, "", 0);
  }
}

/** @param {string} key */
function lockOf(key) {
  return `chanter voice ${key}`;
}

/**
 * Has the unfinished form of a file written; it is kept if that breaks off.
 * @param {import("./shelf.js").Shelf} shelf
 * @param {string} name
 * @param {(writer: import("./shelf.js").Writer) => Promise<string>} write
 */
async function fill(shelf, name, write) {
  const writer = await shelf.writer(partOf(name));
  try {
    const sha256 = await write(writer);
    return { bytes: writer.bytes, sha256 };
  } finally {
    await writer.close();
  }
}

/**
 * Gives checked files their names, the model's last: with that the voice is there.
 * @param {import("./shelf.js").Shelf} shelf
 * @param {string} key
 * @param {Record<string, {bytes: number, sha256: string}>} files
 * @param {string} source
 */
async function publish(shelf, key, files, source) {
  const { model, config } = filesOf(key);
  await shelf.rename(partOf(config), config);
  await shelf.rename(partOf(model), model);
  await note(shelf, (notes) => (notes[key] = { files, source, added: new Date().toISOString() }));
}

/** @param {import("./shelf.js").Shelf} shelf @param {(notes: Record<string, import("./inventory.js").Note>) => unknown} change */
async function note(shelf, change) {
  await navigator.locks.request("chanter notes", async () => {
    const notes = await readNotes(shelf);
    change(notes);
    const writer = await shelf.writer(partOf(NOTES));
    try {
      writer.restart();
      writer.write(new TextEncoder().encode(JSON.stringify(notes, null, 1)));
    } finally {
      await writer.close();
    }
    await shelf.rename(partOf(NOTES), NOTES);
  });
}

/** @param {import("./shelf.js").Shelf} shelf @param {string} key */
async function removeParts(shelf, key) {
  for (const name of Object.values(filesOf(key))) await shelf.remove(partOf(name));
}

/** @param {import("./shelf.js").Shelf} shelf @param {string} name */
async function bytesOf(shelf, name) {
  const blob = await shelf.read(name);
  return new Uint8Array(blob && blob.size <= MAX_CONFIG ? await blob.arrayBuffer() : []);
}

/** Says beforehand when there cannot be room. @param {number} bytes @param {import("./shelf.js").Shelf} shelf */
async function makeSure(bytes, shelf) {
  const { usage, quota } = await navigator.storage.estimate();
  if (quota === undefined || usage === undefined || usage + bytes <= quota) return;
  throw await full(shelf, bytes, Math.max(0, quota - usage));
}

/** An error in plain words. @param {unknown} error @param {import("./shelf.js").Shelf} shelf @param {string} key @param {number} bytes */
async function explained(error, shelf, key, bytes) {
  if (!(error instanceof DOMException)) return error;
  if (error.name === "QuotaExceededError") {
    await removeParts(shelf, key).catch(() => {}); // A full disk is no place for half a voice.
    return full(shelf, bytes);
  }
  if (error.name === "NoModificationAllowedError" || error.name === "InvalidStateError") {
    const what = key ? `The voice ${key}` : "A voice";
    return new ChanterError("io", `${what} is in use, here or in another tab. Stop it there and try again.`);
  }
  return error;
}

/** @param {import("./shelf.js").Shelf} shelf @param {number} bytes that were wanted @param {number} [free] */
async function full(shelf, bytes, free) {
  const voices = (await inventory(shelf)).filter((voice) => voice.bytes).sort((a, b) => b.bytes - a.bytes);
  const list = voices.slice(0, 5).map((voice) => `${voice.key} (${size(voice.bytes)})`).join(", ");
  const room = free === undefined ? "" : `, and ${size(free)} are left`;
  const advice = list ? `Remove a voice that you do not need: ${list}.` : "Free some disk space, or remove data of other sites in the browser's settings.";
  return new ChanterError("io", `There is no room for this voice: it takes ${size(bytes)}${room}. ${advice}`);
}
