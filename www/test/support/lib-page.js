// What tests need of the library, on a page: window.Chanter, a tap behind the output, and a log of a speech's events.

import { Chanter } from "../../app/lib/chanter.js";

/**
 * Records what leaves the worklet.
 * @param {Chanter} chanter
 */
async function tap(chanter) {
  const output = /** @type {AudioNode} */ (chanter.output);
  const context = /** @type {AudioContext} */ (output.context);
  await context.audioWorklet.addModule(new URL("./tap-worklet.js", import.meta.url));
  const node = new AudioWorkletNode(context, "tap", { outputChannelCount: [1], channelCount: 1, channelCountMode: "explicit" });
  /** @type {{frame: number, samples: Float32Array<ArrayBuffer>}[]} */
  const blocks = [];
  node.port.onmessage = ({ data }) => blocks.push(data);
  output.disconnect();
  output.connect(node).connect(context.destination);
  return {
    context,
    /** All samples since the tap was there, as base64 of floats: quick to bring out of the page. */
    async take() {
      node.port.postMessage("flush");
      await new Promise((resolve) => setTimeout(resolve, 100));
      const bytes = new Uint8Array(await new Blob(blocks.map(({ samples }) => samples)).arrayBuffer());
      let text = "";
      for (let i = 0; i < bytes.length; i += 32768) text += String.fromCharCode(...bytes.subarray(i, i + 32768));
      return btoa(text);
    },
  };
}

/**
 * @param {import("../../app/lib/speech.js").Speech} speech
 */
function log(speech) {
  /** @type {any[]} */
  const events = [];
  for (const type of ["firstaudio", "progress", "word", "underrun", "state", "done", "error"]) {
    speech.addEventListener(type, (event) => {
      const { speech: _, ...fields } = /** @type {any} */ (event);
      if (fields.error) fields.error = { kind: fields.error.kind, message: fields.error.message };
      events.push({ type, at: performance.now(), ...fields, isTrusted: undefined });
    });
  }
  return events;
}

/** Keeps the main thread busy. @param {number} ms */
function block(ms) {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

Object.assign(globalThis, { Chanter, tap, log, block, ready: true });
