/**
 * Where voices lie: the folder "piper" of the origin's private file system, where vits-web keeps its own too.
 * Where a browser has no such file system (some have none in private windows), its Cache storage serves.
 */
import { ChanterError } from "../errors.js";

const FOLDER = "piper";

/**
 * @typedef {object} Writer a file being written; the end of what is there is where writing goes on
 * @property {number} bytes
 * @property {() => AsyncIterable<Uint8Array<ArrayBuffer>>} pieces what is there
 * @property {(piece: Uint8Array<ArrayBuffer>) => void} write
 * @property {() => void} restart
 * @property {() => Promise<void>} close keeps what was written
 */
/**
 * @typedef {object} Shelf
 * @property {"files" | "cache"} kind
 * @property {() => Promise<Map<string, number>>} sizes of all files by name
 * @property {(name: string) => Promise<Blob | undefined>} read
 * @property {(name: string) => Promise<Writer>} writer in workers only
 * @property {(from: string, to: string) => Promise<void>} rename
 * @property {(name: string) => Promise<void>} remove
 * @property {() => Promise<void>} clear
 */
/**
 * What TypeScript's list of the DOM leaves out, as only workers have it.
 * @typedef {object} SyncHandle
 * @property {() => number} getSize
 * @property {(into: Uint8Array, options: {at: number}) => number} read
 * @property {(from: Uint8Array, options: {at: number}) => number} write
 * @property {(bytes: number) => void} truncate
 * @property {() => void} flush
 * @property {() => void} close
 */
/** @typedef {FileSystemFileHandle & {createSyncAccessHandle(): Promise<SyncHandle>, move?(folder: FileSystemDirectoryHandle, name: string): Promise<void>}} Handle */

/** @returns {Promise<Shelf>} */
export async function openShelf() {
  try {
    const root = await navigator.storage.getDirectory();
    return filesShelf(root, await root.getDirectoryHandle(FOLDER, { create: true }));
  } catch {
    // Not in this window, or not at all.
  }
  try {
    return cacheShelf(await caches.open(`chanter ${FOLDER}`));
  } catch {
    const why = globalThis.isSecureContext
      ? "This browser keeps no files for this page. Allow site data for it, or leave the private window."
      : "Browsers keep no files for pages that come over plain http. Open this page over https, or from localhost.";
    throw new ChanterError("io", why);
  }
}

/** @param {FileSystemDirectoryHandle} root @param {FileSystemDirectoryHandle} folder @returns {Shelf} */
function filesShelf(root, folder) {
  const handle = async (/** @type {string} */ name, create = false) =>
    /** @type {Handle} */ (await folder.getFileHandle(name, { create }));
  /** @type {Shelf} */
  const shelf = {
    kind: "files",
    async sizes() {
      const sizes = new Map();
      // @ts-ignore: iteration of folders is missing from older lists of the DOM
      for await (const [name, entry] of folder.entries()) {
        if (entry.kind === "file") sizes.set(name, (await entry.getFile().catch(gone))?.size ?? 0);
      }
      return sizes;
    },
    async read(name) {
      try {
        return await (await handle(name)).getFile();
      } catch (error) {
        return gone(error);
      }
    },
    async writer(name) {
      return syncWriter(await (await handle(name, true)).createSyncAccessHandle());
    },
    async rename(from, to) {
      await shelf.remove(to);
      const file = await handle(from);
      try {
        if (file.move) return await file.move(folder, to);
      } catch {
        // Where it is there but does not do this, copying does.
      }
      const copy = await shelf.writer(to);
      copy.restart();
      for await (const piece of piecesOfBlob(await file.getFile())) copy.write(piece);
      await copy.close();
      await shelf.remove(from);
    },
    async remove(name) {
      await folder.removeEntry(name).catch(gone);
    },
    async clear() {
      await root.removeEntry(FOLDER, { recursive: true }).catch(gone);
    },
  };
  return shelf;
}

/** @param {SyncHandle} handle @returns {Writer} */
function syncWriter(handle) {
  let bytes = handle.getSize();
  return {
    get bytes() {
      return bytes;
    },
    async *pieces() {
      for (let at = 0; at < bytes; ) {
        const piece = new Uint8Array(Math.min(PIECE, bytes - at));
        const got = handle.read(piece, { at });
        if (!got) return;
        at += got;
        yield piece.subarray(0, got);
      }
    },
    write(piece) {
      // On a full disk Chromium does not throw: it returns an error code as if it were a (huge) count.
      if (handle.write(piece, { at: bytes }) !== piece.length) throw new DOMException("disk full", "QuotaExceededError");
      bytes += piece.length;
    },
    restart() {
      handle.truncate(0);
      bytes = 0;
    },
    async close() {
      handle.flush();
      handle.close();
    },
  };
}

/** A file lies in memory until it is closed. @param {Cache} cache @returns {Shelf} */
function cacheShelf(cache) {
  const address = (/** @type {string} */ name) => new URL(encodeURIComponent(name), "https://voices.invalid/").href;
  /** @type {Shelf} */
  const shelf = {
    kind: "cache",
    async sizes() {
      const sizes = new Map();
      for (const { url } of await cache.keys()) {
        const length = (await cache.match(url))?.headers.get("content-length");
        sizes.set(decodeURIComponent(new URL(url).pathname.slice(1)), Number(length));
      }
      return sizes;
    },
    async read(name) {
      return (await cache.match(address(name)))?.blob();
    },
    async writer(name) {
      /** @type {Uint8Array<ArrayBuffer>[]} */
      let pieces = [];
      let bytes = 0;
      const begun = await cache.match(address(name));
      if (begun) {
        pieces = [new Uint8Array(await begun.arrayBuffer())];
        bytes = pieces[0].length;
      }
      return {
        get bytes() {
          return bytes;
        },
        async *pieces() {
          yield* pieces;
        },
        write(piece) {
          pieces.push(piece);
          bytes += piece.length;
        },
        restart() {
          pieces = [];
          bytes = 0;
        },
        async close() {
          await cache.put(address(name), new Response(new Blob(pieces), { headers: { "content-length": String(bytes) } }));
        },
      };
    },
    async rename(from, to) {
      const response = await cache.match(address(from));
      if (response) await cache.put(address(to), response);
      await shelf.remove(from);
    },
    async remove(name) {
      await cache.delete(address(name));
    },
    async clear() {
      for (const request of await cache.keys()) await cache.delete(request);
    },
  };
  return shelf;
}

const PIECE = 2 << 20;

/** @param {Blob} blob @returns {AsyncGenerator<Uint8Array<ArrayBuffer>>} */
export async function* piecesOfBlob(blob) {
  for (let at = 0; at < blob.size; at += PIECE) {
    yield new Uint8Array(await blob.slice(at, at + PIECE).arrayBuffer());
  }
}

/** @param {unknown} error @returns {undefined} nothing, where the reason is only that nothing is there */
function gone(error) {
  if (error instanceof DOMException && error.name === "NotFoundError") return;
  throw error;
}
