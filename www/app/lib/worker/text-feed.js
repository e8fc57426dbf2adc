/** A text that arrives in pieces. */
export class TextFeed {
  #text = "";
  #finished = false;
  #signal;
  #wake = () => {};

  /** @param {AbortSignal} signal ends the waiting */
  constructor(signal) {
    this.#signal = signal;
    signal.addEventListener("abort", () => this.#wake());
  }

  /** @param {string} piece */
  push(piece) {
    this.#text += piece;
    this.#wake();
  }

  finish() {
    this.#finished = true;
    this.#wake();
  }

  /** Whether `take` would give something, or the end, at once. */
  get ready() {
    return this.#text !== "" || this.#finished;
  }

  /**
   * What arrived since the last call, once there is something; undefined at the end.
   * @returns {Promise<string | undefined>}
   */
  async take() {
    while (!this.ready) {
      this.#signal.throwIfAborted();
      await new Promise((/** @type {(_: void) => void} */ resolve) => (this.#wake = resolve));
    }
    this.#signal.throwIfAborted();
    const text = this.#text;
    this.#text = "";
    return text || undefined;
  }
}
