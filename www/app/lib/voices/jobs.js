/** Has a job on the shelf done by a worker of its own, which ends with it. */
import { ChanterError } from "../errors.js";

/**
 * @typedef {object} Watch
 * @property {(loaded: number, total: number) => void} [onProgress] bytes
 * @property {AbortSignal} [signal]
 */

/**
 * @param {"download" | "add" | "remove" | "flush"} job
 * @param {object} args
 * @param {Watch} [watch]
 * @returns {Promise<void>}
 */
export function doJob(job, args, { onProgress, signal } = {}) {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const worker = new Worker(new URL("./keeper.js", import.meta.url), { type: "module", name: `chanter ${job}` });
    const abort = () => worker.postMessage({ abort: true });
    signal?.addEventListener("abort", abort);
    /** @param {() => void} settle */
    const end = (settle) => {
      signal?.removeEventListener("abort", abort);
      worker.terminate();
      settle();
    };
    worker.onmessage = ({ data }) => {
      if (data.progress) return onProgress?.(data.progress[0], data.progress[1]);
      if (data.ok) return end(resolve);
      if (signal?.aborted) return end(() => reject(signal.reason));
      const { kind, name, message } = data.error;
      end(() => reject(new ChanterError(kind ?? "io", kind ? message : `The browser's storage failed (${name}: ${message}). Reload the page and try again.`)));
    };
    worker.onerror = (event) => {
      event.preventDefault();
      end(() => reject(new ChanterError("network", "A part of this page could not be loaded. Reload it and try again.")));
    };
    worker.postMessage({ job, args });
  });
}
