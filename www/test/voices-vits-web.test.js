/** The calls of vits-web, with the real engine: what its users have goes on working. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { launch } from "./support/chromium.js";
import { builtApp, hasEngine, serve } from "./support/site.js";

const HERE = "en_US-slt-tiny";
const OLD = "en_US-old-low";
const NEW = "en_US-new-low";
const skip = hasEngine() ? false : "the engine is not built: cargo xtask www";

/** @type {import("./support/site.js").Site} */ let site;
/** @type {import("playwright-core").Browser} */ let browser;
/** @type {import("playwright-core").Page} */ let page;

before(async () => {
  if (skip) return;
  [site, browser] = await Promise.all([serve({ "/blank.html": (_, response) => response.writeHead(200, { "content-type": "text/html" }).end("<title>Test</title>") }), launch()]);
  const [model, config] = await Promise.all([".onnx", ".onnx.json"].map((end) => readFile(join(builtApp() ?? "", `voices/${HERE}${end}`))));
  const context = await browser.newContext();
  const files = { [`en/en_US/new/low/${NEW}.onnx`]: { size_bytes: model.length }, [`en/en_US/new/low/${NEW}.onnx.json`]: { size_bytes: config.length } };
  await context.route("https://huggingface.co/**", (route) => {
    const url = route.request().url();
    const headers = { "access-control-allow-origin": "*" };
    if (url.endsWith("/voices.json")) return route.fulfill({ headers, json: { [NEW]: { key: NEW, name: "new", quality: "low", num_speakers: 1, language: { code: "en_US", name_english: "English" }, files } } });
    if (url.endsWith(`/resolve/main/en/en_US/new/low/${NEW}.onnx`)) return route.fulfill({ headers, body: model });
    if (url.endsWith(`/resolve/main/en/en_US/new/low/${NEW}.onnx.json`)) return route.fulfill({ headers, body: config });
    return route.fulfill({ headers, status: 404 });
  });
  page = await context.newPage();
  await page.goto(`${site.url}blank.html`);
  // As vits-web left them.
  await page.evaluate(
    async ([here, old]) => {
      Object.assign(window, { tts: await import("/app/lib/compat/vits-web.js".slice()) });
      const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle("piper", { create: true });
      for (const end of [".onnx", ".onnx.json"]) {
        const out = await (await folder.getFileHandle(old + end, { create: true })).createWritable();
        await out.write(await (await fetch(`/app/voices/${here}${end}`)).blob());
        await out.close();
      }
    },
    [HERE, OLD],
  );
});
after(async () => {
  await browser?.close();
  await site?.close();
});

/** Speaks, and tells what came. @param {string} voiceId */
function predict(voiceId) {
  return page.evaluate(async (voiceId) => {
    /** @type {{url: string, total: number, loaded: number}[]} */
    const progress = [];
    const tts = /** @type {any} */ (window).tts;
    const blob = await tts.predict({ text: "Hello there.", voiceId }, (/** @type {any} */ now) => progress.push(now));
    const view = new DataView(await blob.arrayBuffer());
    return { type: blob.type, riff: view.getUint32(0), rate: view.getUint32(24, true), seconds: (view.byteLength - 44) / 2 / view.getUint32(24, true), progress };
  }, voiceId);
}

/** @param {Awaited<ReturnType<typeof predict>>} wav */
function isSpeech({ type, riff, rate, seconds }) {
  assert.match(type, /^audio\/(x-)?wav$/);
  assert.equal(riff, 0x52494646);
  assert.equal(rate, 22050);
  assert.ok(seconds > 0.3 && seconds < 5, `${seconds} s`);
}

test("predict speaks with this site's voice and with an adopted one, without a download", { skip }, async () => {
  for (const key of [HERE, OLD]) {
    const wav = await predict(key);
    isSpeech(wav);
    assert.deepEqual(wav.progress, []);
  }
});

test("predict downloads a voice once, telling how far it is", { skip }, async () => {
  const first = await predict(NEW);
  isSpeech(first);
  const { url, loaded, total } = first.progress.at(-1) ?? {};
  assert.equal(url, `https://huggingface.co/rhasspy/piper-voices/resolve/main/en/en_US/new/low/${NEW}.onnx`);
  assert.ok(loaded && loaded === total);
  const second = await predict(NEW);
  isSpeech(second);
  assert.deepEqual(second.progress, []);
});

test("a session speaks; voices are listed, stored, removed and flushed", { skip }, async () => {
  const told = await page.evaluate(
    async ([old, fresh]) => {
      const tts = /** @type {any} */ (window).tts;
      const session = await tts.TtsSession.create({ voiceId: old });
      const spoken = (await session.predict("Yes.")).size;
      const listed = (await tts.voices()).map((/** @type {any} */ voice) => [voice.key, voice.num_speakers]);
      await tts.download(fresh);
      const stored = await tts.stored();
      await tts.remove(old);
      const left = await tts.stored();
      await tts.flush();
      return { spoken, listed, stored, left, none: await tts.stored() };
    },
    [OLD, NEW],
  );
  assert.ok(told.spoken > 10_000);
  assert.deepEqual(told.listed.sort(), [[NEW, 1], [OLD, 1], [HERE, 1]]);
  assert.deepEqual(told.stored, [NEW, OLD]);
  assert.deepEqual(told.left, [NEW]);
  assert.deepEqual(told.none, []);
});
