// What speech costs an isolate, of whose 128 MB everything has to come. The engine's memory never shrinks, so its size is
// the most that it ever had.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { test } from "node:test";

import { bigVoice, samples, start, target, text } from "./support.js";

const MIB = 1 << 20;

/** @param {string | undefined} model one of the bucket; else the built-in voice @param {number} most MiB */
async function minute(/** @type {import("node:test").TestContext} */ t, model, most) {
  const worker = await start({ voices: model ? [model] : [] });
  t.after(() => worker.stop());
  const voice = model && basename(model, ".onnx");
  const began = performance.now();
  await (await worker.post("synthesize-stream", { text: "One.", voice })).arrayBuffer();
  t.diagnostic(`loaded, and a first word spoken, in ${((performance.now() - began) / 1000).toFixed(1)} s`);
  const wav = await (await worker.post("synthesize-stream", { text: text(16), voice })).arrayBuffer();
  const seconds = samples(wav).length / new DataView(wav).getUint32(24, true);
  assert.ok(seconds >= 60, `${seconds} s`);
  const { memory } = await worker.probe();
  t.diagnostic(`${(memory / MIB).toFixed(1)} MiB after ${seconds.toFixed(0)} s`);
  assert.ok(memory <= most * MIB, `${memory / MIB} MiB`);
}

/** @param {string} name */
function big(name) {
  const model = bigVoice(name);
  return { model: model ?? "", skip: !model && "there is no folder of bigger voices beside the repository" };
}

test("memory after a minute of speech: the default voice", (t) => minute(t, undefined, 40));

const small = big("synthetic-x_low");
test("memory after a minute of speech: x_low", { skip: small.skip }, (t) => minute(t, small.model, 80));

const medium = big("synthetic-medium");
for (const weights of ["f16", "int8"]) {
  test(`memory after a minute of speech: medium, packed as ${weights}`, { skip: medium.skip }, async (t) => {
    const folder = mkdtempSync(join(tmpdir(), "chanter-packed-"));
    t.after(() => rmSync(folder, { recursive: true }));
    const packed = join(folder, `medium-${weights}.onnx`);
    execFileSync(join(target, "release/chanter"), ["pack", medium.model, "-o", packed, "--weights", weights], { stdio: "ignore" });
    await minute(t, packed, 110);
  });
}
