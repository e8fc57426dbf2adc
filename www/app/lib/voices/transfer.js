/** Brings one file from an address into a writer: goes on where it left off, and checks size and SHA-256. */
import { ChanterError } from "../errors.js";
import { patience, piecesOf, refused, size, unreachable, where } from "./fetching.js";
import { Sha256 } from "./sha256.js";

/** Waits before another try, in ms; a try that brought something starts them over. */
const PAUSES = [500, 2000, 5000];
/** A connection that brings nothing for so long is given up. */
const STALLED = 30_000;

/** The file is not the one that the catalogue promised. */
class Mismatch extends ChanterError {}

/**
 * @param {import("./catalogue.js").RemoteFile} file
 * @param {import("./shelf.js").Writer} writer
 * @param {{signal: AbortSignal, onBytes?: (bytes: number) => void, pauses?: number[]}} options
 * @returns {Promise<string>} the SHA-256 of what was brought
 */
export async function transfer(file, writer, options) {
  const resumed = writer.bytes > 0;
  try {
    return await bring(file, writer, options);
  } catch (error) {
    if (!(error instanceof Mismatch)) throw error;
    writer.restart();
    if (!resumed) throw error;
  }
  // The beginning may have been of another version of the file: once more, from its start.
  try {
    return await bring(file, writer, options);
  } catch (error) {
    if (error instanceof Mismatch) writer.restart();
    throw error;
  }
}

/** @type {typeof transfer} */
async function bring(file, writer, { signal, onBytes, pauses = PAUSES }) {
  if (writer.bytes > file.bytes) writer.restart();
  let hash = new Sha256();
  for await (const piece of writer.pieces()) hash.update(piece);
  onBytes?.(writer.bytes);

  for (let tries = 0; writer.bytes < file.bytes; ) {
    const before = writer.bytes;
    try {
      await pull();
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof Broken)) throw error;
      if (writer.bytes > before) tries = 0;
      if (tries === pauses.length) throw error.plain;
      await pause(pauses[tries++], signal);
    }
  }
  const sha256 = hash.hex();
  if (file.sha256 && sha256 !== file.sha256) {
    throw new Mismatch("voice", `${file.url} is damaged or not the file that the catalogue lists: its SHA-256 is another. Nothing of it was kept; try again later.`);
  }
  return sha256;

  async function pull() {
    const at = writer.bytes;
    const wait = patience(STALLED, signal);
    try {
      const headers = at ? { range: `bytes=${at}-` } : undefined;
      const response = await fetch(file.url, { headers, signal: wait.signal, cache: "no-store" });
      const start = startOf(response, at);
      if (start !== at) {
        writer.restart();
        hash = new Sha256();
      }
      for await (const piece of piecesOf(/** @type {ReadableStream<Uint8Array<ArrayBuffer>>} */ (response.body))) {
        wait.renew();
        if (writer.bytes + piece.length > file.bytes) throw wrongSize("more");
        writer.write(piece);
        hash.update(piece);
        onBytes?.(writer.bytes);
      }
    } catch (error) {
      // Streams and fetch fail by TypeError where the network does; full disks and our own words are other errors.
      if (error instanceof TypeError || wait.signal.aborted) throw new Broken(unreachable(file.url, wait.signal.reason ?? error));
      throw error;
    } finally {
      wait.end();
    }
    // An end without an error that came too early: cut on the way, or a shorter file.
    if (writer.bytes < file.bytes) throw new Broken(wrongSize(`only ${size(writer.bytes)}`));
  }

  /** Where the body of an answer starts. @param {Response} response @param {number} at what was asked for */
  function startOf(response, at) {
    const [, from, total] = /^bytes (\d+|\*)(?:-\d+)?\/(\d+)$/.exec(response.headers.get("content-range") ?? "") ?? [];
    if (response.status === 416 || (total && Number(total) !== file.bytes)) throw wrongSize(total ? size(Number(total)) : "fewer");
    if (response.status >= 500 || response.status === 429) throw new Broken(refused(file.url, response.status));
    if (!response.ok || !response.body) throw refused(file.url, response.status);
    if (/^text\/html\b/i.test(response.headers.get("content-type") ?? "")) {
      throw new ChanterError("network", `${where(file.url)} sent a web page in place of ${file.url}`);
    }
    if (response.status !== 206) return 0;
    if (from && Number(from) !== at) throw new ChanterError("network", `${where(file.url)} sent another part of the file than was asked for: ${file.url}`);
    return at;
  }

  /** @param {string} what */
  function wrongSize(what) {
    return new Mismatch("voice", `${file.url} is not as the catalogue says: ${size(file.bytes)} were expected, ${what} came. Nothing of it was kept; the catalogue may be out of date.`);
  }
}

/** A failure after which another try may do. */
class Broken extends Error {
  /** @param {ChanterError} plain what to say in the end */
  constructor(plain) {
    super(plain.message);
    this.plain = plain;
  }
}

/** @param {number} ms @param {AbortSignal} signal */
async function pause(ms, signal) {
  const wait = patience(ms, signal);
  await new Promise((done) => (wait.signal.aborted ? done(0) : wait.signal.addEventListener("abort", done)));
  wait.end();
  signal.throwIfAborted();
}
