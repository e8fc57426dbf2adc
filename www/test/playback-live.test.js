// The library on a page, with a server that streams known samples: what leaves the worklet, and what is told.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Resampler } from "../app/lib/worker/resampler.js";
import { floats, libPage } from "./support/page.js";
import { sleep, speaks, tones } from "./support/speech-server.js";

const RATE = 22050;

/** What a context of a rate should play. @param {Int16Array[]} texts @param {number} rate */
function reference(texts, rate) {
  const resampler = new Resampler(RATE, rate);
  const pieces = texts.flatMap((text) => [resampler.push(Float32Array.from(text, (v) => v / 32767)), resampler.flush()]);
  const out = new Float32Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  pieces.reduce((at, piece) => (out.set(piece, at), at + piece.length), 0);
  return out;
}

/** Where the reference lies in what was played, by its first loud sample. @param {Float32Array} played @param {Float32Array} wanted */
function offset(played, wanted) {
  const loud = (/** @type {Float32Array} */ samples) => samples.findIndex((v) => Math.abs(v) > 1e-3);
  return loud(played) - loud(wanted);
}

/** @param {Float32Array} played @param {Float32Array} wanted */
function assertPlayed(played, wanted) {
  const from = offset(played, wanted);
  assert.ok(from >= 0 && played.length >= from + wanted.length, `${played.length} samples from ${from}`);
  let worst = 0;
  for (let i = 0; i < wanted.length; i++) worst = Math.max(worst, Math.abs(played[from + i] - wanted[i]));
  assert.ok(worst < 1e-6, `differs by ${worst}`);
  assert.ok(played.subarray(from + wanted.length).every((v) => v === 0), "silence afterwards");
}

for (const rate of [22050, 44100, 48000]) {
  test(`at ${rate} Hz the samples behind the worklet are the server's, and two texts join without a gap`, async (t) => {
    const texts = [tones(1.5, RATE), tones(1, RATE, 330)];
    const route = speaks((text) => texts[Number(text)], { piece: 1001 });
    const { page, said } = await libPage(t, { "/synthesize-stream": route });
    const { samples, outcomes, contextRate } = await page.evaluate(async (sampleRate) => {
      const chanter = new Chanter({ target: { server: "/" }, sampleRate });
      chanter.speak("x").stop(); // makes the output
      await chanter.prepare().catch(() => {}); // this server has no /health
      const { context, take } = await tap(chanter);
      const outcomes = await Promise.all([chanter.speak("0"), chanter.speak("1")]);
      return { samples: await take(), outcomes, contextRate: context.sampleRate };
    }, rate);
    assert.equal(contextRate, rate);
    assertPlayed(floats(samples), reference(texts, rate));
    for (const [i, outcome] of outcomes.entries()) {
      assert.equal(outcome.underruns, 0);
      assert.ok(!outcome.stopped);
      assert.ok(Math.abs(outcome.seconds - texts[i].length / RATE) < 1e-3, `${outcome.seconds}`);
    }
    assert.deepEqual(said.filter((text) => !text.includes("404")), []);
  });
}

test("a main thread that is blocked for a second does not break the sound", async (t) => {
  const text = tones(6, RATE);
  const { page } = await libPage(t, { "/synthesize-stream": speaks(() => text, { pace: 1.3 }) });
  const { samples, outcome } = await page.evaluate(async () => {
    const chanter = new Chanter({ target: { server: "/" }, sampleRate: 48000 });
    await chanter.prepare().catch(() => {});
    const { take } = await tap(chanter);
    const speech = chanter.speak("x");
    for (let i = 0; i < 3; i++) {
      await new Promise((resolve) => setTimeout(resolve, 600));
      block(1000);
    }
    return { outcome: await speech, samples: await take() };
  });
  assert.equal(outcome.underruns, 0);
  assertPlayed(floats(samples), reference([text], 48000));
});

test("a gap in the network of 900 ms is one underrun, and then no more", async (t) => {
  const text = tones(5, RATE);
  const route = speaks(() => text, { pace: 1.05, gaps: [{ at: 1, ms: 900 }], piece: 2205 });
  const { page } = await libPage(t, { "/synthesize-stream": route });
  const { outcome, events } = await page.evaluate(async () => {
    const chanter = new Chanter({ target: { server: "/" } });
    const speech = chanter.speak("x");
    const events = log(speech);
    return { outcome: await speech, events };
  });
  assert.equal(outcome.underruns, 1);
  assert.ok(outcome.underrunMs > 300, `${outcome.underrunMs}`);
  assert.equal(events.filter(({ type }) => type === "underrun").length, 1);
  assert.deepEqual(
    events.filter(({ type }) => type === "state").map(({ state }) => state),
    ["playing", "starved", "playing", "done"],
  );
});

test("the server waits when enough is made, and stop ends its work and the sound", async (t) => {
  const route = speaks(() => new Int16Array(1800 * RATE).fill(3000), { piece: 100_000 });
  const { page } = await libPage(t, { "/synthesize-stream": route });
  const { ms, outcome, state } = await page.evaluate(async () => {
    const chanter = new Chanter({ target: { server: "/" } });
    await chanter.prepare().catch(() => {});
    const analyser = new AnalyserNode(/** @type {BaseAudioContext} */ (chanter.output?.context), { fftSize: 256 });
    chanter.output?.connect(analyser);
    const frame = new Float32Array(256);
    const loud = () => (analyser.getFloatTimeDomainData(frame), frame.some((v) => v !== 0));
    const speech = chanter.speak("x");
    await new Promise((resolve) => speech.addEventListener("firstaudio", resolve));
    await new Promise((resolve) => setTimeout(resolve, 1500));
    const began = performance.now();
    speech.stop();
    while (loud()) await new Promise((resolve) => setTimeout(resolve));
    return { ms: performance.now() - began, outcome: await speech, state: speech.state };
  });
  t.diagnostic(`stop to silence: ${ms.toFixed(1)} ms`);
  assert.ok(ms < 50, `${ms}`);
  assert.ok(outcome.stopped && state === "stopped");
  assert.ok(outcome.seconds > 1);
  for (let i = 0; route.open && i < 50; i++) await sleep(20);
  assert.equal(route.open, 0, "the server was told");
  // What the sockets and the browser hold, some megabytes, counts as sent.
  assert.ok(route.sent < (2 * RATE * 1800) / 4, `${route.sent} bytes`);
});

test("a text that is stopped while it waits is never asked for; the others go on", async (t) => {
  const route = speaks(() => tones(0.5, RATE));
  const { page } = await libPage(t, { "/synthesize-stream": route });
  const outcomes = await page.evaluate(async () => {
    const chanter = new Chanter({ target: { server: "/" } });
    const all = ["a", "b", "c"].map((text) => chanter.speak(text));
    all[1].stop();
    return Promise.all(all);
  });
  assert.deepEqual(outcomes.map(({ stopped }) => stopped), [false, true, false]);
  assert.deepEqual(route.texts, ["a", "c"]);
});

test("a speech is iterated while it is made, from its first chunk", async (t) => {
  const text = tones(1, RATE);
  const { page } = await libPage(t, { "/synthesize-stream": speaks(() => text) });
  const { chunks, late, rate } = await page.evaluate(async () => {
    const chanter = new Chanter({ target: { server: "/" } });
    const speech = chanter.speak("x", { samples: true });
    const chunks = [];
    let rate = 0;
    for await (const { samples, from, to, sampleRate } of speech) {
      chunks.push({ length: samples?.length ?? -1, from, to });
      rate = sampleRate;
    }
    await speech;
    let late = 0;
    for await (const _ of speech) late++;
    return { chunks, late, rate };
  });
  assert.equal(rate, RATE);
  assert.equal(late, chunks.length);
  assert.equal(chunks.reduce((sum, { length }) => sum + length, 0), text.length);
  chunks.forEach(({ from }, i) => assert.equal(from, chunks[i - 1]?.to ?? 0));
});

test("a text that arrives in pieces is spoken as it comes, and waiting for it is no underrun", async (t) => {
  const route = speaks(() => tones(0.4, RATE));
  const { page } = await libPage(t, { "/synthesize-stream": route });
  const { outcome, states, pushed } = await page.evaluate(async () => {
    const chanter = new Chanter({ target: { server: "/" } });
    const sleep = (/** @type {number} */ ms) => new Promise((resolve) => setTimeout(resolve, ms));
    const speech = chanter.speakLive();
    const events = log(speech);
    for (const piece of ["One. Tw", "o. Thr"]) speech.push(piece);
    await sleep(2000);
    speech.push("ee.");
    speech.finish();
    const outcome = await speech;
    async function* pieces() {
      yield "Four. ";
      await sleep(50);
      yield "Five.";
    }
    await chanter.speak(pieces());
    const stream = new ReadableStream({
      start(controller) {
        controller.enqueue("Six.");
        controller.close();
      },
    });
    const pushed = await chanter.speak(stream);
    return { outcome, pushed, states: events.filter(({ type }) => type === "state").map(({ state }) => state) };
  });
  assert.deepEqual(route.texts.map((text) => text.trim()), ["One.", "Two.", "Three.", "Four.", "Five.", "Six."]);
  assert.equal(outcome.underruns, 0);
  assert.ok(Math.abs(outcome.seconds - 1.2) < 0.01 && Math.abs(pushed.seconds - 0.4) < 0.01);
  assert.deepEqual(states, ["playing", "waiting", "playing", "done"]);
});

test("pause holds the sound where it is; resume goes on; stop ends a pause", async (t) => {
  const text = tones(2, RATE);
  const { page } = await libPage(t, { "/synthesize-stream": speaks(() => text) });
  const result = await page.evaluate(async () => {
    const sleep = (/** @type {number} */ ms) => new Promise((resolve) => setTimeout(resolve, ms));
    const chanter = new Chanter({ target: { server: "/" } });
    await chanter.prepare().catch(() => {});
    const { take, context } = await tap(chanter);
    const speech = chanter.speak("x");
    await new Promise((resolve) => speech.addEventListener("firstaudio", resolve));
    await sleep(300);
    chanter.pause();
    const paused = speech.state;
    await sleep(200);
    const before = speech.position;
    await sleep(700);
    const during = speech.position;
    chanter.resume();
    const outcome = await speech;
    const samples = await take();
    const second = chanter.speak("x");
    await sleep(300);
    chanter.pause();
    await sleep(100);
    chanter.stop();
    const third = await chanter.speak("x");
    const rate = context.sampleRate;
    return { rate, paused, before, during, outcome, samples, stopped: (await second).stopped, third, still: chanter.speaking };
  });
  assert.equal(result.paused, "paused");
  assert.equal(result.during, result.before);
  assert.equal(result.outcome.underruns, 0);
  assertPlayed(floats(result.samples), reference([text], result.rate));
  assert.ok(result.stopped && !result.third.stopped && !result.still);
});

test("without a click it says so, keeps the sound, and plays at the first click", async (t) => {
  const route = speaks(() => tones(0.5, RATE));
  const { page, said } = await libPage(t, { "/synthesize-stream": route }, { strict: true });
  const client = await page.context().newCDPSession(page);
  /** Playwright's own evaluate counts as a gesture. @param {string} expression */
  const run = async (expression) => {
    const { result } = await client.send("Runtime.evaluate", { expression, userGesture: false, returnByValue: true });
    return result.value;
  };
  /** @param {string} expression */
  const until = async (expression) => {
    for (;;) {
      const value = await run(expression);
      if (value) return value;
      await sleep(20);
    }
  };
  await until("globalThis.ready");
  await run(`
    globalThis.speech = new Chanter({ target: { server: "/" } }).speak("x");
    globalThis.events = log(speech);
    speech.then((outcome) => (globalThis.outcome = outcome));
  `);
  assert.match(await until("events.find((e) => e.state === 'blocked')?.message"), /click/i);
  await sleep(1000);
  assert.equal(await run("globalThis.outcome"), undefined);
  await page.click("#click");
  assert.equal((await until("globalThis.outcome")).seconds, 0.5);
  assert.deepEqual(said, []);
});

test("where there is no AudioWorklet, texts sound through an audio element, one after another", async (t) => {
  const route = speaks(() => tones(0.6, RATE));
  const { page, said } = await libPage(t, { "/synthesize-stream": route }, {
    init: () => Reflect.deleteProperty(globalThis, "AudioWorkletNode"),
  });
  const { outcomes, types, output } = await page.evaluate(async () => {
    const chanter = new Chanter({ target: { server: "/" } });
    const speech = chanter.speak("x");
    const events = log(speech);
    const second = chanter.speak("y");
    const third = chanter.speak("z");
    third.stop();
    const outcomes = await Promise.all([speech, second, third]);
    return { outcomes, types: events.map(({ type }) => type), output: chanter.output };
  });
  assert.equal(output, undefined);
  assert.deepEqual(outcomes.map(({ stopped }) => stopped), [false, false, true]);
  for (const { seconds } of outcomes.slice(0, 2)) assert.ok(Math.abs(seconds - 0.6) < 0.05, `${seconds}`);
  for (const type of ["firstaudio", "progress", "done"]) assert.ok(types.includes(type), type);
  assert.deepEqual(said, []);
});

test("a text becomes a WAV file without a sound, also while another is spoken", async (t) => {
  const text = tones(1, RATE);
  const { page } = await libPage(t, { "/synthesize-stream": speaks(() => text) });
  const { bytes, type, aborted } = await page.evaluate(async () => {
    const chanter = new Chanter({ target: { server: "/" } });
    const speech = chanter.speak("x");
    const blob = await chanter.synthesize("y");
    const stop = new AbortController();
    const broken = chanter.synthesize("z", { signal: stop.signal });
    stop.abort();
    const aborted = await broken.catch((error) => error.name);
    const spoken = speech.state;
    await speech;
    return { bytes: [...new Uint8Array(await blob.arrayBuffer())], type: blob.type, aborted, spoken };
  });
  assert.equal(type, "audio/wav");
  assert.equal(aborted, "AbortError");
  const samples = new Int16Array(Uint8Array.from(bytes.slice(44)).buffer);
  assert.deepEqual(samples, text);
});
