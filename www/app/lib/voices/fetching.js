/** Small helpers around fetch: a plain error for each way it can fail. */
import { ChanterError } from "../errors.js";

/**
 * A small file, whole.
 * @param {string} address
 * @param {number} limit the most bytes to take
 * @param {RequestInit & {timeout?: number}} [options]
 * @returns {Promise<Uint8Array<ArrayBuffer>>}
 */
export async function fetchSmall(address, limit, { timeout = 15_000, ...options } = {}) {
  const wait = patience(timeout, options.signal);
  const pieces = [];
  let bytes = 0;
  try {
    const response = await fetch(address, { ...options, signal: wait.signal });
    if (!response.ok || !response.body) throw refused(address, response.status);
    for await (const piece of piecesOf(response.body)) {
      bytes += piece.length;
      if (bytes > limit) throw new ChanterError("network", `${where(address)} sent more than ${size(limit)}, too much for this file.`);
      pieces.push(piece);
    }
  } catch (error) {
    options.signal?.throwIfAborted();
    throw error instanceof ChanterError ? error : unreachable(address, error);
  } finally {
    wait.end();
  }
  return new Uint8Array(await new Blob(pieces).arrayBuffer());
}

/**
 * A signal that follows `parent`, and also fires when nothing was renewed for so long.
 * @param {number} ms
 * @param {AbortSignal | null} [parent]
 */
export function patience(ms, parent) {
  const control = new AbortController();
  const follow = () => control.abort(parent?.reason);
  const tired = () => control.abort(new DOMException("no answer", "TimeoutError"));
  if (parent?.aborted) follow();
  parent?.addEventListener("abort", follow);
  let timer = setTimeout(tired, ms);
  return {
    signal: control.signal,
    renew() {
      clearTimeout(timer);
      timer = setTimeout(tired, ms);
    },
    end() {
      clearTimeout(timer);
      parent?.removeEventListener("abort", follow);
    },
  };
}

/**
 * The pieces of a stream; leaving the loop early cancels it. (Safari's streams cannot be iterated.)
 * @param {ReadableStream<Uint8Array<ArrayBuffer>>} stream
 */
export async function* piecesOf(stream) {
  const reader = stream.getReader();
  let over = false;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      over = done;
      if (done) return;
      yield value;
    }
  } catch (error) {
    over = true;
    throw error;
  } finally {
    if (!over) reader.cancel().catch(() => {});
  }
}

/** @param {string} address @param {unknown} error */
export function unreachable(address, error) {
  const slow = error instanceof DOMException && error.name === "TimeoutError";
  return new ChanterError("network", `${where(address)} ${slow ? "does not answer" : "could not be reached"}. Check the network and try again.`);
}

/** @param {string} address @param {number} status */
export function refused(address, status) {
  const what = status === 404 || status === 410 ? "does not have this file any more" : `answered with status ${status}`;
  return new ChanterError("network", `${where(address)} ${what}: ${address}`);
}

/** @param {string} address */
export function where(address) {
  return new URL(address).host || "This page";
}

/** @param {number} bytes */
export function size(bytes) {
  if (bytes < 1000) return `${bytes} bytes`;
  return bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}
