// What the operator decides: whose pages, who, how often, what is kept, what is logged.

import assert from "node:assert/strict";
import { test } from "node:test";

import { start } from "./support.js";

/** @param {import("node:test").TestContext} test @param {import("./support.js").Options} options */
async function running(test, options) {
  const worker = await start(options);
  test.after(() => worker.stop());
  return worker;
}

test("pages of its own site alone, unless the operator names others", async (t) => {
  const worker = await running(t, {});
  const response = await worker.fetch("health", { headers: { origin: "https://a.org" } });
  assert.equal(response.headers.get("access-control-allow-origin"), null);
});

test("pages of sites that are named", async (t) => {
  const worker = await running(t, { vars: { CORS_ORIGINS: "https://a.org", API_KEYS: "one" } });
  const from = async (/** @type {string} */ origin, method = "GET") => {
    const response = await worker.fetch("synthesize-stream", { method, headers: { origin } });
    await response.arrayBuffer();
    return response.headers;
  };
  assert.equal((await from("https://a.org")).get("access-control-allow-origin"), "https://a.org", "on errors too");
  assert.equal((await from("https://b.org")).get("access-control-allow-origin"), null);
  assert.match((await from("https://b.org")).get("vary") ?? "", /origin/i);
  const asked = await from("https://a.org", "OPTIONS");
  assert.match(asked.get("access-control-allow-methods") ?? "", /POST/);
  assert.match(asked.get("access-control-allow-headers") ?? "", /authorization/i);
});

test("a key, where the operator set one", async (t) => {
  const worker = await running(t, { vars: { API_KEYS: "one two" } });
  const status = async (/** @type {string} */ path, /** @type {Record<string, string>} */ headers) => {
    const response = await worker.fetch(path, { headers });
    await response.arrayBuffer();
    return response.status;
  };
  assert.equal(await status("synthesize-stream?text=Hi.", {}), 401);
  assert.equal(await status("synthesize-stream?text=Hi.", { authorization: "Bearer three" }), 401);
  assert.equal(await status("voices", {}), 401);
  for (const token of ["one", "two"]) assert.equal(await status("synthesize-stream?text=Hi.", { authorization: `Bearer ${token}` }), 200);
  assert.equal(await status("health", {}), 200);
  const refused = await worker.fetch("voices");
  assert.match(refused.headers.get("www-authenticate") ?? "", /^Bearer/);
});

test("a rate, where the operator limits it", async (t) => {
  const worker = await running(t, { rateLimit: { limit: 2, period: 60 } });
  const statuses = [];
  for (let i = 0; i < 3; i++) {
    const response = await worker.fetch(`synthesize-stream?text=Hi.`);
    statuses.push(response.status);
    if (response.status === 429) {
      assert.equal(response.headers.get("retry-after"), "60");
      assert.equal((await response.json()).error.type, "too_many_requests");
    } else await response.arrayBuffer();
  }
  assert.deepEqual(statuses, [200, 200, 429]);
  assert.equal((await worker.fetch("health")).status, 200);
});

test("a speech whose seed is fixed is kept", async (t) => {
  const worker = await running(t, {});
  const path = "synthesize-stream?text=Again+and+again.&seed=5";
  const first = await worker.fetch(path);
  const etag = first.headers.get("etag") ?? "";
  assert.match(etag, /^W\/"[0-9a-f]{64}"$/);
  assert.match(first.headers.get("cache-control") ?? "", /max-age=\d+/);
  const made = Buffer.from(await first.arrayBuffer());

  const known = await worker.fetch(path, { headers: { "if-none-match": `"other", ${etag}` } });
  assert.deepEqual([known.status, known.headers.get("etag"), (await known.arrayBuffer()).byteLength], [304, etag, 0]);

  const again = await worker.fetch(path, { headers: { origin: "https://a.org" } });
  assert.deepEqual(Buffer.from(await again.arrayBuffer()), made);
  assert.deepEqual([again.headers.get("etag"), again.headers.get("content-type")], [etag, "audio/wav"]);
  const outcomes = worker.log().filter((line) => line.path === "/synthesize-stream").map((line) => line.outcome);
  assert.deepEqual(outcomes, ["finished", "not modified", "kept"]);

  const other = await worker.fetch(path.replace("=5", "=6"));
  assert.notEqual(other.headers.get("etag"), etag);
  await other.arrayBuffer();
  const loose = await worker.fetch("synthesize-stream?text=Again+and+again.");
  assert.deepEqual([loose.headers.get("etag"), loose.headers.get("cache-control")], [null, "no-store"]);
  await loose.arrayBuffer();
});

test("what was broken off is not kept", async (t) => {
  const worker = await running(t, {});
  const path = `synthesize-stream?text=${"One+two+three.+".repeat(100)}&seed=5`;
  const leaving = new AbortController();
  const left = await worker.fetch(path, { signal: leaving.signal });
  await left.body?.getReader().read();
  leaving.abort();
  const whole = await worker.fetch(path);
  await whole.arrayBuffer();
  const outcomes = worker.log().filter((line) => line.path === "/synthesize-stream").map((line) => line.outcome);
  assert.ok(!outcomes.includes("kept"), `${outcomes}`);
});

test("the text is logged where the operator wants it", async (t) => {
  const worker = await running(t, { vars: { LOG_TEXTS: "1" } });
  await (await worker.fetch("synthesize-stream?text=Heard+by+all.")).arrayBuffer();
  assert.ok(worker.log().some((line) => line.text === "Heard by all."));
});

for (const [name, value] of /** @type {const} */ ([["MAX_TEXT_LENGTH", "many"], ["API_KEYS", 5]])) {
  test(`a variable that makes no sense is named, and nothing is spoken: ${name}`, async (t) => {
    const worker = await running(t, { vars: { [name]: value } });
    const response = await worker.fetch("synthesize-stream?text=Hi.");
    assert.equal(response.status, 500);
    assert.match(await response.text(), new RegExp(name));
  });
}
