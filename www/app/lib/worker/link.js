import { ChanterError, fromPlain } from "../errors.js";

/**
 * @typedef {import("../speech.js").Chunk} Chunk
 * @typedef {{resolve: (value: any) => void, reject: (error: Error) => void}} Pending
 */

/** The page's end of a worker. */
export class WorkerLink {
  /** Whether it broke down; it answers no more. */
  dead = false;
  #worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module", name: "chanter" });
  /** @type {Map<number, Pending>} */
  #pending = new Map();
  /** @type {Map<number, (chunk: Chunk) => void>} */
  #chunks = new Map();
  #lastId = 0;

  constructor() {
    this.#worker.onmessage = ({ data }) => this.#answer(data);
    this.#worker.onerror = (event) => {
      event.preventDefault();
      const why = event.message ? `it broke down (${event.message})` : "it could not be loaded; is the network there?";
      this.#die(new ChanterError(event.message ? "panic" : "io", `The speech worker: ${why}. Try again.`));
    };
  }

  /**
   * @param {string} name
   * @param {object} request
   * @returns {Promise<any>}
   */
  call(name, request) {
    return new Promise((resolve, reject) => {
      const id = ++this.#lastId;
      this.#pending.set(id, { resolve, reject });
      this.post({ ...request, id, call: name });
    });
  }

  /**
   * A message that is not answered.
   * @param {object} message
   * @param {Transferable[]} [transfer]
   */
  post(message, transfer = []) {
    this.#worker.postMessage(message, transfer);
  }

  /**
   * @param {number} track
   * @param {((chunk: Chunk) => void) | undefined} call
   */
  onChunk(track, call) {
    if (call) this.#chunks.set(track, call);
    else this.#chunks.delete(track);
  }

  close() {
    this.#die(new ChanterError("io", "The speech worker was closed."));
  }

  /** @param {any} message */
  #answer({ id, ok, error, track, chunk }) {
    if (chunk) return this.#chunks.get(track)?.(chunk);
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    if (!error) return pending?.resolve(ok);
    // The engine's memory is not to be trusted after it trapped.
    if (error.kind === "panic") this.#die(fromPlain(error));
    pending?.reject(fromPlain(error));
  }

  /** @param {ChanterError} error */
  #die(error) {
    this.dead = true;
    this.#worker.terminate();
    for (const { reject } of this.#pending.values()) reject(error);
    this.#pending.clear();
  }
}
