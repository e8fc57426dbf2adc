/**
 * What kind of thing went wrong. From the engine: io, config, voice, settings, text, limit, phonemizer, inference, and
 * panic when it broke down (it is started anew). From elsewhere: `network` (nothing answered), `server` (it answered
 * with an error), `format` (it answered with something that is not audio), `broken` (the answer broke off), `sound`
 * (the browser does not let us play), `browser` (it lacks something that is needed).
 * @typedef {"io"|"config"|"voice"|"settings"|"text"|"limit"|"phonemizer"|"inference"|"panic"|"network"|"server"|"format"
 *   |"broken"|"sound"|"browser"} ErrorKind
 */

/** An error whose message is for people. */
export class ChanterError extends Error {
  /**
   * @param {ErrorKind} kind
   * @param {string} message
   * @param {ErrorOptions} [options]
   */
  constructor(kind, message, options) {
    super(message, options);
    this.name = "ChanterError";
    this.kind = kind;
  }
}

/**
 * Whatever was thrown, as what can be posted between threads.
 * @param {any} error
 * @returns {{kind: ErrorKind, message: string}}
 */
export function toPlain(error) {
  if (error instanceof WebAssembly.RuntimeError || error instanceof RangeError) {
    const message = `The speech engine broke down (${error.message}). It is started again for the next text.`;
    return { kind: "panic", message };
  }
  return { kind: error?.kind ?? "io", message: String(error?.message ?? error) };
}

/** @param {{kind: ErrorKind, message: string}} plain */
export function fromPlain({ kind, message }) {
  return new ChanterError(kind, message);
}
