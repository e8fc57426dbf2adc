// The target "browser" on a page: the engine in the worker, the default voice. Needs what `cargo xtask www` builds.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Resampler } from "../app/lib/worker/resampler.js";
import { floats, libPage } from "./support/page.js";
import { hasEngine } from "./support/site.js";

const options = { skip: hasEngine() ? false : "the engine is not built" };
const TEXT = "The naïve plan, of course, was to begin at once. Then came a second sentence, which was longer than the first.";

test("a text is spoken with its words as they are heard, and what is played is what was made", options, async (t) => {
  const { page, said } = await libPage(t, {});
  const result = await page.evaluate(async (text) => {
    const chanter = new Chanter({ sampleRate: 48000 });
    const facts = await chanter.prepare();
    const { take } = await tap(chanter);
    const speech = chanter.speak(text, { samples: true, seed: 3 });
    const events = log(speech);
    /** @type {{word: string, late: number}[]} */
    const words = [];
    speech.addEventListener("word", (event) => {
      const { start, end, from } = /** @type {any} */ (event);
      words.push({ word: text.slice(start, end), late: speech.position - from });
    });
    const samples = [];
    const chunks = [];
    for await (const chunk of speech) {
      samples.push(...(chunk.samples ?? []));
      chunks.push({ ...chunk, samples: undefined });
    }
    const outcome = await speech;
    return { facts, words, samples, chunks, outcome, played: await take(), events: events.map(({ type }) => type) };
  }, TEXT);
  const { facts, words, samples, chunks, outcome, played } = result;
  t.diagnostic(`first audio ${outcome.firstAudioMs?.toFixed(0)} ms, real-time factor ${outcome.realTimeFactor.toFixed(3)}`);
  assert.ok(facts.sampleRate && facts.numSpeakers);
  assert.equal(outcome.underruns, 0);
  assert.ok(Math.abs(outcome.seconds - samples.length / facts.sampleRate) < 1e-3);
  // Some words are spoken as one: "at once".
  assert.deepEqual(words.flatMap(({ word }) => word.split(" ")), TEXT.match(/[\p{L}]+/gu));
  for (const { word, late } of words) assert.ok(late >= 0, `${word}: ${late}`);
  assert.ok(words.filter(({ late }) => late < 0.2).length > words.length / 2, "most are told in time, on a busy machine");
  assert.equal(`${chunks.map(({ text }) => text).join("")}.`, TEXT);
  assert.ok(chunks.some(({ sentence }) => sentence === 1) && chunks.some(({ phonemes }) => phonemes.length));
  const resampler = new Resampler(facts.sampleRate ?? 0, 48000);
  const wanted = Float32Array.from([...resampler.push(Float32Array.from(samples)), ...resampler.flush()]);
  const heard = floats(played);
  const loud = (/** @type {Float32Array} */ all) => all.findIndex((v) => Math.abs(v) > 1e-3);
  const from = loud(heard) - loud(wanted);
  assert.ok(wanted.every((v, i) => Math.abs(v - heard[from + i]) < 1e-6), "played is what was made");
  assert.deepEqual(said, []);
});

test("stop ends the engine's work; settings and voices that are wrong are told; the next text is spoken", options, async (t) => {
  const { page } = await libPage(t, {});
  const result = await page.evaluate(async () => {
    const chanter = new Chanter();
    const long = chanter.speak("This sentence comes again and again, until it is stopped. ".repeat(400));
    await new Promise((resolve) => long.addEventListener("firstaudio", resolve));
    let chunks = 0;
    const counting = (async () => {
      for await (const _ of long) chunks++;
    })();
    chanter.stop();
    await counting;
    const atStop = chunks;
    const { stopped } = await long;
    const kinds = [];
    for (const [options, voice] of [[{ lengthScale: -1 }, undefined], [{ speaker: "nobody" }, undefined], [{}, "xx_XX-none-low"]]) {
      chanter.voice = /** @type {any} */ (voice);
      const speech = chanter.speak("Hello.", /** @type {any} */ (options));
      kinds.push(await speech.then(() => "none", (error) => error.kind));
    }
    chanter.voice = undefined;
    const last = await chanter.speak("Hello.");
    const wav = await chanter.synthesize("Hello.");
    return { stopped, atStop, kinds, last, bytes: wav.size };
  });
  assert.ok(result.stopped && result.atStop < 100);
  assert.deepEqual(result.kinds, ["settings", "settings", "voice"]);
  assert.ok(result.last.seconds > 0.2 && result.bytes > 0.2 * 2 * 22050);
});

test("a text that arrives in pieces is spoken without an underrun", options, async (t) => {
  const { page } = await libPage(t, {});
  const { outcome, words } = await page.evaluate(async () => {
    const chanter = new Chanter();
    await chanter.prepare();
    const speech = chanter.speakLive();
    const text = "Here is the first sentence. And here the second one, which is the last.";
    const events = log(speech);
    for (const piece of ["Here is the fir", "st sentence. And h", "ere the second one, ", "which is the last."]) {
      speech.push(piece);
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
    speech.finish();
    const outcome = await speech;
    const words = events.filter(({ type }) => type === "word").map(({ start, end }) => text.slice(start, end));
    return { outcome, words: words.join(" ") };
  });
  assert.equal(outcome.underruns, 0);
  assert.equal(words, "Here is the first sentence And here the second one which is the last");
  assert.ok(outcome.seconds > 2);
});

test("a long text has no underrun while the main thread is blocked now and then", options, async (t) => {
  const { page } = await libPage(t, {});
  const outcome = await page.evaluate(async () => {
    const chanter = new Chanter();
    await chanter.prepare();
    const speech = chanter.speak("It is a long text, with sentences of some length, and they do not end soon. ".repeat(5));
    const timer = setInterval(() => block(1000), 3000);
    const outcome = await speech;
    clearInterval(timer);
    return outcome;
  });
  assert.equal(outcome.underruns, 0);
  assert.ok(outcome.seconds > 15);
});

test("a browser whose WebAssembly is too old is told so", options, async (t) => {
  const { page } = await libPage(t, {
    "/app/lib/wasm/features.js": (_, response) => {
      response.writeHead(200, { "content-type": "text/javascript" }).end("export const build = () => undefined;");
    },
  });
  const error = await page.evaluate(() =>
    new Chanter().speak("Hello.").then(() => undefined, ({ kind, message }) => ({ kind, message })),
  );
  assert.equal(error?.kind, "browser");
  assert.match(String(error?.message), /SIMD.*server/);
});
