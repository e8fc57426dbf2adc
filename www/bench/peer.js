// onnxruntime-web in a worker, one thread: the voice's whole graph, run once for a text.

import { answer } from "./rpc.js";
// @ts-ignore: bundled for browsers
import * as ort from "./node_modules/onnxruntime-web/dist/ort.wasm.bundle.min.mjs";

ort.env.wasm.numThreads = 1;
ort.env.wasm.wasmPaths = new URL("./node_modules/onnxruntime-web/dist/", import.meta.url).href;

/** @type {any} */
let session;

answer(async ({ load, speak }) => {
  if (load) {
    const model = new Uint8Array(await (await fetch(load.model)).arrayBuffer());
    const began = performance.now();
    session = await ort.InferenceSession.create(model, { executionProviders: ["wasm"], graphOptimizationLevel: "all" });
    return { ms: performance.now() - began, version: ort.env.versions.web };
  }
  const began = performance.now();
  const ids = BigInt64Array.from(speak.ids, BigInt);
  const { output } = await session.run({
    input: new ort.Tensor("int64", ids, [1, ids.length]),
    input_lengths: new ort.Tensor("int64", BigInt64Array.of(BigInt(ids.length)), [1]),
    scales: new ort.Tensor("float32", Float32Array.from(speak.scales), [3]),
  });
  return { ms: performance.now() - began, samples: output.data };
});
