/** The parts of the voice store that need no browser. */
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { test } from "node:test";

import { PIPER, parseCatalogue } from "../app/lib/voices/catalogue.js";
import { describe, parseConfig } from "../app/lib/voices/config.js";
import { voiceOfFiles } from "../app/lib/voices/files.js";
import { amended, treeAddress } from "../app/lib/voices/hub.js";
import { kept } from "../app/lib/voices/inventory.js";
import { isKey, isPath } from "../app/lib/voices/names.js";
import { Sha256 } from "../app/lib/voices/sha256.js";

/** @param {Uint8Array} bytes */
const webCrypto = async (bytes) => Buffer.from(await crypto.subtle.digest("SHA-256", new Uint8Array(bytes))).toString("hex");

test("SHA-256 agrees with WebCrypto at every length and split around a block", async () => {
  for (let length = 0; length <= 200; length++) {
    const bytes = randomBytes(length);
    const expected = await webCrypto(bytes);
    for (const cut of [0, 1, 55, 56, 63, 64, 65, 128].filter((cut) => cut <= length)) {
      assert.equal(new Sha256().update(bytes.subarray(0, cut)).update(bytes.subarray(cut)).hex(), expected, `${length} at ${cut}`);
    }
  }
  const long = randomBytes(3_000_017);
  const hash = new Sha256();
  for (let at = 0; at < long.length; at += 65_521) hash.update(long.subarray(at, at + 65_521));
  assert.equal(hash.hex(), createHash("sha256").update(long).digest("hex"));
});

/** An entry of Piper's catalogue. @param {string} key @param {object} [more] */
function entry(key, more = {}) {
  const [code, name, quality] = key.split("-");
  const path = `${code.split("_")[0]}/${code}/${name}/${quality}`;
  const language = { code, family: "xx", region: "YY", name_native: "N", name_english: "English", country_english: "C" };
  const files = {
    [`${path}/${key}.onnx`]: { size_bytes: 63201294, md5_digest: "0".repeat(32) },
    [`${path}/${key}.onnx.json`]: { size_bytes: 4882, md5_digest: "0".repeat(32) },
    [`${path}/MODEL_CARD`]: { size_bytes: 281, md5_digest: "0".repeat(32) },
  };
  return { key, name, language, quality, num_speakers: 1, speaker_id_map: {}, files, aliases: [], ...more };
}

test("a catalogue is read, and its files' addresses are encoded and relative to it", () => {
  const key = "pt_PT-tugão-medium";
  const [voice] = parseCatalogue({ [key]: entry(key, { aliases: ["pt-pt-tugao"], num_speakers: 3 }) }, PIPER);
  assert.equal(voice.model.url, "https://huggingface.co/rhasspy/piper-voices/resolve/main/pt/pt_PT/tug%C3%A3o/medium/pt_PT-tug%C3%A3o-medium.onnx");
  assert.equal(voice.model.bytes, 63201294);
  assert.equal(voice.config.bytes, 4882);
  assert.equal(voice.numSpeakers, 3);
  assert.deepEqual(voice.aliases, ["pt-pt-tugao"]);
  assert.equal(voice.language.name_english, "English");

  const own = { v: { files: { "v.onnx": { size_bytes: 5, sha256: "a".repeat(64) }, "v.onnx.json": { size_bytes: 2 } } } };
  const [site] = parseCatalogue(own, "https://example.org/chanter/app/voices/voices.json");
  assert.equal(site.model.url, "https://example.org/chanter/app/voices/v.onnx");
  assert.equal(site.model.sha256, "a".repeat(64));
});

test("voices that make no sense are left out, and nothing leads out of the folder", () => {
  const good = "en_US-amy-low";
  /** @type {Record<string, any>} */
  const catalogue = { [good]: entry(good), nothing: null, list: [], text: "x", files: { files: 3 } };
  const bad = (/** @type {string} */ path, /** @type {object} */ file) => ({ files: { [path]: file, "x.onnx.json": { size_bytes: 3 } } });
  catalogue.x = bad("../../x.onnx", { size_bytes: 3 });
  for (const [path, file] of Object.entries({
    "/x.onnx": { size_bytes: 3 },
    "a//x.onnx": { size_bytes: 3 },
    "a/./x.onnx": { size_bytes: 3 },
    "https://evil.example/x.onnx": { size_bytes: 3 },
    "a\\x.onnx": { size_bytes: 3 },
    "x.onnx": { size_bytes: -1 },
    "a/x.onnx": { size_bytes: "3" },
    "b/x.onnx": { size_bytes: 1e13 },
    "c/x.onnx": { size_bytes: 3, sha256: "short" },
    "d/x.onnx": null,
  })) {
    assert.deepEqual(parseCatalogue({ ...catalogue, x: bad(path, /** @type {any} */ (file)) }, PIPER).map(({ key }) => key), [good], path);
  }
  catalogue["../evil"] = entry(good);
  catalogue["__proto__x"] = entry(good);
  assert.deepEqual(parseCatalogue(catalogue, PIPER).map(({ key }) => key), [good]);
  for (const wrong of [null, [], 3, "x", { a: 1 }]) assert.throws(() => parseCatalogue(wrong, PIPER), { kind: "network" });
  assert.deepEqual(parseCatalogue({}, PIPER), []);
});

test("names that could lead elsewhere are no names", () => {
  for (const name of ["en_US-amy-low", "pt_PT-tugão-medium", "my voice (2)", "x.y"]) assert.ok(isKey(name), name);
  for (const name of ["", ".", "..", ".hidden", "a/b", "a\\b", "a\0b", "a\nb", "a".repeat(200), 3, undefined]) assert.ok(!isKey(name), String(name));
  for (const path of ["../a", "a/../b", "/a", "a//b", "a/", "http://x/y", "a?b", "a#b", "%2e%2e/a"]) assert.ok(!isPath(path), path);
});

test("a voice's settings are told from other JSON, and describe it", () => {
  const bytes = (/** @type {any} */ value) => new TextEncoder().encode(typeof value === "string" ? value : JSON.stringify(value));
  const config = {
    audio: { sample_rate: 22050, quality: "medium" },
    espeak: { voice: "de" },
    phoneme_id_map: { _: [0] },
    num_speakers: 8,
    language: { code: "de_DE", name_english: "German" },
  };
  assert.ok(parseConfig(bytes(config)));
  for (const wrong of ["", "{", "<html>", "null", "[]", "{}", { audio: { sample_rate: 22050 } }]) assert.equal(parseConfig(bytes(wrong)), undefined);
  const told = describe("de_DE-mls-medium", config);
  assert.deepEqual(told, { name: "mls", language: { code: "de_DE", name_english: "German" }, quality: "medium", numSpeakers: 8 });
  assert.equal(describe("mine", { espeak: { voice: "cs" } }).language.code, "cs");
});

test("of dropped files, what is missing is named", async () => {
  const model = new File([new Uint8Array(2000).fill(8)], "joe.onnx");
  const config = new File([JSON.stringify({ audio: { sample_rate: 16000 }, phoneme_id_map: {} })], "joe.onnx.json");
  const card = new File(["about"], "MODEL_CARD");
  assert.equal((await voiceOfFiles([card, config, model])).key, "joe");
  assert.equal((await voiceOfFiles([model, new File([config], "joe.onnx (1).json")])).key, "joe");
  assert.equal((await voiceOfFiles([new File([model], "../e/vil.ONNX"), config])).key, "e_vil");

  const said = (/** @type {File[]} */ ...files) => voiceOfFiles(files).then(() => assert.fail("taken"), (error) => error.message);
  assert.match(await said(card), /NAME\.onnx and NAME\.onnx\.json/);
  assert.match(await said(model), /add joe\.onnx\.json together with joe\.onnx/);
  assert.match(await said(config), /add joe\.onnx together with joe\.onnx\.json/);
  assert.match(await said(model, new File(["{}"], "joe.onnx.json")), /not the settings file of a Piper voice/);
  assert.match(await said(new File(["<!doctype html>".padEnd(2000)], "joe.onnx"), config), /not an ONNX model/);
  assert.match(await said(new File(["version https://git-lfs.github.com/spec/v1\n"], "joe.onnx"), config), /Git LFS/);
  assert.match(await said(model, config, new File([model], "jim.onnx")), /one at a time/);
});

test("the Hub's listing gives the size and the SHA-256 of a file", () => {
  const url = "https://huggingface.co/rhasspy/piper-voices/resolve/main/en/en_US/amy/low/en_US-amy-low.onnx";
  assert.equal(treeAddress(url), "https://huggingface.co/api/models/rhasspy/piper-voices/tree/main/en/en_US/amy/low");
  assert.equal(treeAddress("https://example.org/voices/en_US-amy-low.onnx"), undefined);
  const sha256 = "c".repeat(64);
  const files = [{ type: "file", path: "en/en_US/amy/low/en_US-amy-low.onnx", size: 12, oid: "d".repeat(40), lfs: { oid: sha256, size: 12, pointerSize: 130 } }];
  assert.deepEqual(amended({ url, bytes: 10 }, files), { url, bytes: 12, sha256 });
  assert.deepEqual(amended({ url: `${url}.json`, bytes: 10 }, files), { url: `${url}.json`, bytes: 10 });
});

test("a voice counts as stored when both files are there, as long as noted", () => {
  const sizes = new Map([["a.onnx", 10], ["a.onnx.json", 2], ["b.onnx", 10], ["c.onnx.part", 4]]);
  const note = (/** @type {number} */ bytes) => ({ files: { "a.onnx": { bytes, sha256: "" } }, source: "site", added: "" });
  assert.deepEqual(kept("a", sizes, undefined), { key: "a", whole: true, bytes: 12, begun: 0, source: "adopted" });
  assert.equal(kept("a", sizes, note(10)).whole, true);
  assert.equal(kept("a", sizes, note(11)).whole, false);
  assert.equal(kept("b", sizes, undefined).whole, false);
  assert.deepEqual([kept("c", sizes, undefined).whole, kept("c", sizes, undefined).begun], [false, 4]);
});
