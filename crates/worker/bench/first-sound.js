// How soon a text is heard: the Worker in workerd beside the native server, on this machine, warm.
//
//     cargo xtask bench edge [--rounds N] [NAME.onnx ...]

import { basename, join } from "node:path";
import { parseArgs } from "node:util";

import { root, start, startNative } from "../test/support.js";

const { values, positionals } = parseArgs({ allowPositionals: true, options: { rounds: { type: "string", default: "7" } } });
const TEXT = "The quick brown fox jumps over the lazy dog, and then it rests for a while. After that it goes home.";

/** @param {number[]} of */
const median = (of) => of.toSorted((a, b) => a - b)[Math.floor(of.length / 2)];

/** Milliseconds until the first byte, the first samples, and the end. @param {string} url @param {string} [voice] */
async function listen(url, voice) {
  const began = performance.now();
  const headers = { "content-type": "application/json" };
  const body = JSON.stringify({ text: TEXT, voice });
  const response = await fetch(new URL("synthesize-stream", url), { method: "POST", headers, body });
  if (!response.ok) throw new Error(await response.text());
  let [bytes, first, audio] = [0, 0, 0];
  for await (const piece of /** @type {AsyncIterable<Uint8Array>} */ (response.body)) {
    bytes += piece.length;
    first ||= performance.now() - began;
    if (bytes > 44) audio ||= performance.now() - began;
  }
  return { first, audio, end: performance.now() - began };
}

/** @param {string} url @param {string} [voice] */
async function medians(url, voice) {
  await listen(url, voice);
  const rounds = [];
  for (let i = 0; i < Number(values.rounds); i++) rounds.push(await listen(url, voice));
  return (/** @type {const} */ (["first", "audio", "end"])).map((name) => median(rounds.map((round) => round[name])));
}

console.log(`ms, medians of ${values.rounds}, warm`.padEnd(40), "first byte", "first audio", "all of it", "memory");
const models = [join(root, "models/en_US-slt-tiny.onnx"), ...positionals];
for (const model of models) {
  const name = basename(model, ".onnx");
  const builtIn = model === models[0];
  const worker = await start({ voices: builtIn ? [] : [model] });
  const native = await startNative(...(builtIn ? [] : ["--model", model]));
  const show = (/** @type {string} */ where, /** @type {number[]} */ times, note = "") =>
    console.log(`${name}, ${where}`.padEnd(40), ...times.map((ms, i) => ms.toFixed(1).padStart([10, 11, 9][i])), note);
  try {
    const here = await medians(worker.url, name);
    show("the Worker in workerd", here, `${((await worker.probe()).memory / 2 ** 20).toFixed(0)} MiB`);
    show("the native server", await medians(native.url));
  } finally {
    await Promise.all([worker.stop(), native.stop()]);
  }
}
