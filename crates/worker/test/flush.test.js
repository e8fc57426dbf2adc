// Sound is sent when it is made, not when more of it is.

import assert from "node:assert/strict";
import { test } from "node:test";

import { start, text } from "./support.js";

test("the head comes before the first chunk is made, and each chunk before the next", async (t) => {
  // A chunk takes long enough for one that waits for the next to be told from one that does not.
  const worker = await start({ vars: { PROBE_WORK_MS: "400" } });
  t.after(() => worker.stop());
  await (await worker.fetch("health")).text();
  const response = await worker.post("synthesize-stream", { text: text(1) });
  const arrived = [];
  for await (const _ of /** @type {AsyncIterable<Uint8Array>} */ (response.body)) arrived.push(Date.now());
  const { made } = await worker.probe();
  t.diagnostic(`sent ${arrived.map((at) => at - arrived[0])}; made ${made.map((at) => at - arrived[0])} ms after the head`);
  assert.ok(made.length >= 4, `${made.length} chunks`);
  // A reader may find two at once, but never has to wait for one that is being made.
  assert.ok(arrived[0] < made[0], "the head");
  for (let i = 0; i + 1 < made.length; i++) assert.ok(arrived.some((at) => at >= made[i] && at < made[i + 1]), `chunk ${i}`);
});
