// The engine as WebAssembly, in Chromium, against the native one.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";

import { launch } from "./support/chromium.js";
import { serve } from "./support/site.js";

const root = fileURLToPath(new URL("../../", import.meta.url));
const chanter = join(process.env.TARGET ?? join(root, "target"), "release/chanter");
const models = process.env.VOICE ? [process.env.VOICE] : [join(root, "models/en_US-slt-tiny.onnx")];
for (const name of process.env.VOICE ? [] : readdirSync(join(root, "models/test"))) {
  if (name.endsWith(".onnx")) models.push(join(root, "models/test", name));
}
/** The default voice magnifies the last bit of a float a thousandfold: native builds differ among themselves by 3e-4. */
const TOLERANCE = (/** @type {string} */ model) => (model.includes("slt-tiny") ? 1e-3 : 1e-4);
const TEXT = "Dr. Smith paid $3.50 for naïve café music, 𝄞 and so on; isn't it? And then a second, longer sentence came along, as they do.";

/** @type {import("playwright-core").Browser} */
let browser;
/** @type {import("./support/site.js").Site} */
let site;

before(async () => {
  browser = await launch();
  site = await serve();
});

after(async () => {
  await browser.close();
  await site.close();
});

for (const build of ["simd", "relaxed"]) {
  describe(`the build ${build}`, () => {
    test("runs the kernels that were made for WebAssembly", async () => {
      const { facts } = await speak(build, models[0], "Hi.", {});
      assert.deepEqual(facts.kernels, ["Simd128", "wasm_f32_8x8"]);
    });

    for (const model of models) {
      test(`speaks as the native engine does: ${model.slice(root.length)}`, async (context) => {
        const { samples, words, facts } = await speak(build, model, TEXT, { seed: 7, sentence_silence: 0.1 });
        const native = nativeSamples(model, TEXT);
        assert.equal(samples.length, native.length);
        assert.ok(samples.length > facts.sampleRate, "a text of over a second");
        let worst = 0;
        for (let i = 0; i < samples.length; i++) {
          worst = Math.max(worst, Math.abs(Math.min(1, Math.max(-1, samples[i])) - native[i]));
        }
        context.diagnostic(`samples differ by ${worst}`);
        assert.ok(worst <= TOLERANCE(model), `samples differ by ${worst}`);
        const said = words.map(({ start, end }) => TEXT.slice(start, end));
        assert.ok(said.includes("naïve") && said.includes("longer"), said.join("|"));
      });
    }
  });
}

/**
 * @param {string} build @param {string} model @param {string} text @param {object} settings
 * @returns {Promise<{samples: Float32Array, words: {start: number, end: number}[], facts: any}>}
 */
async function speak(build, model, text, settings) {
  const page = await browser.newPage();
  try {
    await page.goto(`${site.url}test/support/blank.html`);
    const files = [readFileSync(model), readFileSync(`${model}.json`)].map((bytes) => bytes.toString("base64"));
    const said = await page.evaluate(
      async ({ build, files, text, settings }) => {
        const bytes = (/** @type {string} */ base64) => Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
        const folder = new URL(`/app/lib/wasm/${build}/`, location.href);
        const engine = await import(`${folder}chanter_browser.js`);
        await engine.default({ module_or_path: new URL("chanter_browser_bg.wasm", folder) });
        const [model, config] = files.map(bytes);
        const loader = new engine.VoiceLoader();
        for (let at = 0; at < model.length; at += 100_000) loader.push(model.subarray(at, at + 100_000));
        const voice = loader.finish(config);
        const speech = voice.speak(text, JSON.stringify(settings));
        const words = [];
        const pieces = [];
        for (let chunk; (chunk = speech.next()); pieces.push(chunk.samples)) words.push(...chunk.words);
        const blob = new Uint8Array(await new Blob(pieces).arrayBuffer());
        let base64 = "";
        for (let i = 0; i < blob.length; i += 32768) base64 += String.fromCharCode(...blob.subarray(i, i + 32768));
        return { samples: btoa(base64), words, facts: voice.facts() };
      },
      { build, files, text, settings },
    );
    const { buffer, byteOffset, length } = Buffer.from(said.samples, "base64");
    return { ...said, samples: new Float32Array(buffer.slice(byteOffset, byteOffset + length)) };
  } finally {
    await page.close();
  }
}

/** What `chanter speak` writes. @param {string} model @param {string} text */
function nativeSamples(model, text) {
  const folder = mkdtempSync(join(tmpdir(), "chanter-"));
  try {
    const file = join(folder, "native.wav");
    execFileSync(chanter, ["speak", "-m", model, "--seed", "7", "--sentence-silence", "0.1", "-f", file, text]);
    const wav = readFileSync(file);
    const pcm = wav.subarray(44);
    return Float32Array.from({ length: pcm.length / 2 }, (_, i) => pcm.readInt16LE(2 * i) / 32767);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
