// Voices from the bucket and from the assets, and what they say.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { test } from "node:test";

import { root, samples, start, startNative } from "./support.js";

const TINY = join(root, "models/test/tiny.onnx");
const MULTI = join(root, "models/test/tiny-multi.onnx");
const BUILT_IN = join(root, "models/en_US-slt-tiny.onnx");
const TEXT = "Dr. Smith paid $3.50 for naïve café music; isn't it? And then a second, longer sentence came along, as they do.";

/**
 * Assets as `cargo xtask worker --voice` makes them, with parts of a size.
 * @param {import("node:test").TestContext} t @param {string[]} models @param {number} part
 */
function assetsOf(t, models, part) {
  const folder = mkdtempSync(join(tmpdir(), "chanter-assets-"));
  t.after(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, "edge"));
  /** @type {Record<string, object>} */
  const voices = {};
  for (const model of models) {
    const bytes = readFileSync(model);
    const name = basename(model, ".onnx");
    const parts = [];
    for (let at = 0; at < bytes.length; at += part) {
      parts.push(`edge/${name}.onnx.${parts.length}`);
      writeFileSync(join(folder, /** @type {string} */ (parts.at(-1))), bytes.subarray(at, at + part));
    }
    cpSync(`${model}.json`, join(folder, `edge/${name}.onnx.json`));
    voices[name] = { id: name, config: `edge/${name}.onnx.json`, parts, bytes: bytes.length };
  }
  writeFileSync(join(folder, "edge/index.json"), JSON.stringify({ packs: "packs/", voices }));
  return folder;
}

/** @param {{url: string}} where @param {object} request */
async function spoken({ url }, request) {
  const headers = { "content-type": "application/json" };
  const response = await fetch(new URL("synthesize-stream", url), { method: "POST", headers, body: JSON.stringify(request) });
  assert.equal(response.status, 200, await (response.ok ? "" : response.clone().text()));
  return samples(await response.arrayBuffer());
}

for (const model of [TINY, MULTI, BUILT_IN]) {
  test(`the same samples as the native server's: ${basename(model)}`, async (t) => {
    const worker = await start({ voices: [model] });
    t.after(() => worker.stop());
    const native = await startNative("--model", model);
    t.after(() => native.stop());
    const settings = { text: TEXT, seed: 7, sentence_silence: 0.1 };
    const [here, there] = await Promise.all([spoken(worker, { ...settings, voice: basename(model, ".onnx") }), spoken(native, settings)]);
    assert.equal(here.length, there.length);
    assert.ok(here.length > 22050);
    const worst = here.reduce((most, sample, i) => Math.max(most, Math.abs(sample - there[i])), 0) / 32767;
    t.diagnostic(`samples differ by ${worst}`);
    // The default voice magnifies the last bit of a float a thousandfold: native builds differ among themselves by 3e-4.
    assert.ok(worst <= (model === BUILT_IN ? 1e-3 : 1e-4), `samples differ by ${worst}`);
  });
}

test("voices of the bucket and of the assets, in parts", async (t) => {
  const worker = await start({ voices: [MULTI], assets: assetsOf(t, [TINY], 1000), vars: { DEFAULT_VOICE: "tiny-multi" } });
  t.after(() => worker.stop());
  assert.deepEqual(Object.keys(await (await worker.fetch("voices")).json()).sort(), ["en_US-slt-tiny", "tiny", "tiny-multi"]);
  const [ofAssets, ofBucket, ofNobody] = await Promise.all(
    [{ voice: "tiny" }, { voice: "tiny-multi", speaker: 1 }, {}].map((fields) => spoken(worker, { text: "One two three.", ...fields })),
  );
  for (const wav of [ofAssets, ofBucket, ofNobody]) assert.ok(wav.length > 1000);
  assert.deepEqual(ofNobody, await spoken(worker, { text: "One two three.", voice: "tiny-multi" }));
  const refused = await worker.post("synthesize-stream", { text: "Hi.", voice: "nobody" });
  assert.equal(refused.status, 400);
  assert.match((await refused.json()).error.message, /tiny/);
});

test("a language whose data come as a pack", async (t) => {
  const folder = assetsOf(t, [], 1);
  execFileSync("cargo", ["run", "--quiet", "--release", "--package", "chanter-phonemizer", "--example", "packs", "--", join(folder, "packs")], { cwd: root });
  const german = join(folder, "german.onnx");
  cpSync(BUILT_IN, german);
  const config = JSON.parse(readFileSync(`${BUILT_IN}.json`, "utf8"));
  writeFileSync(`${german}.json`, JSON.stringify({ ...config, espeak: { voice: "de" } }));
  const worker = await start({ voices: [german], assets: folder });
  t.after(() => worker.stop());
  const native = await startNative("--model", german);
  t.after(() => native.stop());
  const text = "Guten Morgen, wie geht es Ihnen?";
  const [said, inEnglish, there] = [await spoken(worker, { text, voice: "german" }), await spoken(worker, { text }), await spoken(native, { text })];
  assert.equal(said.length, there.length);
  assert.notEqual(inEnglish.length, there.length, "English has other phonemes");
});

test("requests that come together share one load", async (t) => {
  const worker = await start({ voices: [TINY] });
  t.after(() => worker.stop());
  const all = await Promise.all(Array.from({ length: 8 }, () => spoken(worker, { text: "One two three.", voice: "tiny" })));
  for (const wav of all) assert.deepEqual(wav, all[0]);
  assert.deepEqual((await worker.probe()).loaded, ["tiny"]);
});

test("a load goes on when the client that began it leaves", async (t) => {
  const worker = await start({ voices: [TINY] });
  t.after(() => worker.stop());
  const leaving = new AbortController();
  const left = worker.post("synthesize-stream", { text: "One.", voice: "tiny" }, { signal: leaving.signal }).catch(() => {});
  const other = spoken(worker, { text: "One two three.", voice: "tiny" });
  leaving.abort();
  await left;
  assert.ok((await other).length > 1000);
});

test("a broken voice is an error each time, and spoils nothing", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "chanter-broken-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const broken = join(folder, "broken.onnx");
  writeFileSync(broken, readFileSync(TINY).subarray(0, 5000));
  cpSync(`${TINY}.json`, `${broken}.json`);
  const worker = await start({ voices: [broken, TINY] });
  t.after(() => worker.stop());
  for (let i = 0; i < 2; i++) {
    const response = await worker.post("synthesize-stream", { text: "Hi.", voice: "broken" });
    assert.equal(response.status, 503);
    const { error } = await response.json();
    assert.match(error.message, /broken/);
  }
  assert.ok((await spoken(worker, { text: "One.", voice: "tiny" })).length > 1000);
  // It is mended, and the bucket says so after a while; another name is looked up at once.
  await worker.put("mended.onnx", TINY);
  await worker.put("mended.onnx.json", `${TINY}.json`);
  assert.ok((await spoken(worker, { text: "One.", voice: "mended" })).length > 1000);
});

test("one voice makes room for another", async (t) => {
  const worker = await start({ voices: [TINY, MULTI] });
  t.after(() => worker.stop());
  for (const voice of ["tiny", "tiny-multi", "tiny"]) await spoken(worker, { text: "One.", voice });
  assert.deepEqual((await worker.probe()).loaded, ["tiny", "tiny-multi", "tiny"]);
  await spoken(worker, { text: "One.", voice: "tiny" });
  assert.equal((await worker.probe()).loaded.length, 3, "what is there stays");
});
