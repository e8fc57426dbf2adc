/** The worker of one job on the shelf: {job, args} comes in; progress, then `ok` or an error, go out. */
import { ChanterError } from "../errors.js";
import * as work from "./work.js";

const control = new AbortController();
/** Progress that is yet to be told: twenty times a second is enough. @type {[number, number] | undefined} */
let progress;

function tell() {
  if (progress) postMessage({ progress });
  progress = undefined;
}

/** @param {number} loaded @param {number} total */
function onProgress(loaded, total) {
  if (!progress) setTimeout(tell, 50);
  progress = [loaded, total];
}

addEventListener("message", async ({ data }) => {
  if (data.abort) return control.abort();
  try {
    await work[/** @type {keyof typeof work} */ (data.job)](data.args, { signal: control.signal, onProgress });
    tell();
    postMessage({ ok: true });
  } catch (error) {
    const { kind, name, message } = /** @type {any} */ (error);
    postMessage({ error: { kind: error instanceof ChanterError ? kind : undefined, name, message: message ?? String(error) } });
  }
});
