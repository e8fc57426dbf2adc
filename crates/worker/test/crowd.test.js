// Many clients of one isolate, some of whom leave, and a panic.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { samples, start, text, until } from "./support.js";

const MIB = 1 << 20;

/** @type {import("./support.js").Running} */
let worker;
before(async () => void (worker = await start()));
after(() => worker?.stop());

const say = (/** @type {string} */ what, /** @type {RequestInit} */ init = {}) => worker.post("synthesize-stream", { text: what }, init); // Without a seed nothing is kept, and all are the same.

test("a client that leaves ends its speech", async () => {
  const leaving = new AbortController();
  const response = await say(text(30), { signal: leaving.signal });
  const reader = response.body.getReader();
  await reader.read();
  assert.equal((await worker.probe()).active_streams, 1);
  leaving.abort();
  await until(async () => (await worker.probe()).active_streams === 0, "the speech ends");
  const last = worker.log().findLast((line) => line.path === "/synthesize-stream");
  assert.equal(last.outcome, "left by its reader");
  assert.ok(last.seconds < 60, `${last.seconds} s were made`);
});

test("fifty at once, of whom some leave", async () => {
  const alone = samples(await (await say(text(2))).arrayBuffer());
  const speakers = Array.from({ length: 50 }, async (_, i) => {
    const leaving = new AbortController();
    const response = await say(text(2), { signal: leaving.signal });
    assert.equal(response.status, 200);
    if (i % 3) return samples(await response.arrayBuffer());
    const reader = response.body.getReader();
    await reader.read();
    leaving.abort();
  });
  const heard = (await Promise.all(speakers)).filter((wav) => wav !== undefined);
  assert.equal(heard.length, 33);
  for (const wav of heard) assert.deepEqual(wav, alone);
  await until(async () => (await worker.probe()).active_streams === 0, "all speeches end");
  const { memory } = await worker.probe();
  assert.ok(memory <= 40 * MIB, `${memory / MIB} MiB`);
});

test("a panic breaks off nothing that others hear, and the next request is served", async (t) => {
  const alone = samples(await (await say(text(6))).arrayBuffer());
  const speakers = Array.from({ length: 10 }, async () => samples(await (await say(text(6))).arrayBuffer()));
  await until(async () => (await worker.probe()).active_streams === 10, "all are speaking");
  const response = await worker.fetch("panic");
  assert.equal(response.status, 500);
  assert.match((await response.json()).error.message, /could not be made/);
  for (const wav of await Promise.all(speakers)) assert.deepEqual(wav, alone);
  const { memory, active_streams, loaded } = await worker.probe();
  assert.equal(loaded.length, 1, "the instance is a new one, which loaded the voice once");
  assert.equal(active_streams, 0);
  assert.ok(memory <= 40 * MIB, `${memory / MIB} MiB`);
  t.diagnostic(`${(memory / MIB).toFixed(1)} MiB in the new instance`);
});
