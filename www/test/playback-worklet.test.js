// The worklet alone, in an OfflineAudioContext: exact to the sample.

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { floats, shared } from "./support/page.js";

const RATE = 22050;
const FADE = Math.round(0.004 * RATE);

/** @type {import("playwright-core").Page} */
let page;

const lib = shared();
beforeEach(async () => void (page ??= await lib.open()));

/**
 * A message to the worklet; `length` samples stand for a part of the wave from `from` on.
 * @typedef {{page?: object, type?: string, track?: number, start?: number, from?: number, length?: number, port?: boolean}} Message
 */

/** @param {number} i */
const wave = (i) => Math.fround(0.4 + 0.5 * Math.sin(i / 9));

/**
 * Renders; messages go to the worklet at their times, which are multiples of 128 frames.
 * @param {number} frames
 * @param {Record<number, Message[]>} schedule by frame
 */
async function render(frames, schedule) {
  const { samples, reports, consumed } = await page.evaluate(
    async ({ frames, schedule, rate }) => {
      const context = new OfflineAudioContext(1, frames, rate);
      await context.audioWorklet.addModule("/app/lib/audio/worklet.js");
      const node = new AudioWorkletNode(context, "chanter", { numberOfInputs: 0, outputChannelCount: [1] });
      node.connect(context.destination);
      /** @type {any[]} */
      const reports = [];
      /** @type {number[]} */
      const consumed = [];
      node.port.onmessage = ({ data }) => reports.push(data);
      /** @type {MessagePort} */
      let line;
      const plug = () => {
        const { port1, port2 } = new MessageChannel();
        node.port.postMessage({ type: "port", port: port1 }, [port1]);
        line = port2;
        line.onmessage = ({ data }) => consumed.push(data.consumed);
      };
      plug();
      const settle = () => new Promise((resolve) => setTimeout(resolve, 50));
      /** @param {any[]} messages */
      const send = async (messages) => {
        for (const message of messages) {
          if (message.page) node.port.postMessage(message.page);
          else if (message.port) plug();
          else if (message.length) {
            const samples = Float32Array.from({ length: message.length }, (_, i) =>
              Math.fround(0.4 + 0.5 * Math.sin((message.from + i) / 9)),
            );
            line.postMessage({ type: "samples", track: message.track, samples }, [samples.buffer]);
          } else line.postMessage(message);
        }
        await settle();
      };
      for (const [frame, messages] of Object.entries(schedule)) {
        if (frame === "0") await send(messages);
        else context.suspend(Number(frame) / rate).then(() => send(messages)).then(() => context.resume());
      }
      const buffer = await context.startRendering();
      await settle();
      const bytes = new Uint8Array(buffer.getChannelData(0).buffer);
      let text = "";
      for (let i = 0; i < bytes.length; i += 32768) text += String.fromCharCode(...bytes.subarray(i, i + 32768));
      return { samples: btoa(text), reports, consumed };
    },
    { frames, schedule, rate: RATE },
  );
  return { out: floats(samples), reports: reports.filter(({ type }) => type !== "position"), all: reports, consumed };
}

/** @param {number} from @param {number} length */
const waves = (from, length) => Float32Array.from({ length }, (_, i) => wave(from + i));
const silent = (/** @type {Float32Array} */ samples) => samples.every((v) => v === 0);
const frame = (/** @type {{at: number}} */ { at }) => Math.round(at * RATE);

test("tracks follow one another bit for bit, whatever the chunks", async () => {
  const { out, reports, consumed } = await render(12800, {
    0: [
      { type: "begin", track: 1, start: 0.1 },
      { track: 1, from: 0, length: 1 },
      { track: 1, from: 1, length: 4000 },
      { track: 1, from: 4001, length: 999 },
      { type: "end", track: 1 },
      { type: "begin", track: 2, start: 0.1 },
      { track: 2, from: 5000, length: 77 },
      { type: "end", track: 2 },
      { type: "begin", track: 3, start: 0.1 },
      { type: "end", track: 3 },
      { type: "begin", track: 4, start: 0.1 },
      { track: 4, from: 5077, length: 3000 },
      { type: "end", track: 4 },
    ],
  });
  assert.deepEqual(out.slice(0, 8077), waves(0, 8077));
  assert.ok(silent(out.slice(8077)));
  assert.deepEqual(
    reports.map((r) => [r.type, r.track, frame(r)]),
    [
      ["playing", 1, 0],
      ["done", 1, 5000],
      ["playing", 2, 5000],
      ["done", 2, 5077],
      ["done", 3, 5077],
      ["playing", 4, 5077],
      ["done", 4, 8077],
    ],
  );
  assert.equal(consumed.at(-1), 8077);
});

test("a track begins when enough of it is there", async () => {
  const { out, reports } = await render(12800, {
    0: [{ type: "begin", track: 1, start: 0.1 }, { track: 1, from: 0, length: 2204 }],
    1280: [{ track: 1, from: 2204, length: 1 }],
    2560: [{ track: 1, from: 2205, length: 500 }, { type: "end", track: 1 }],
  });
  assert.ok(silent(out.slice(0, 1280)));
  assert.deepEqual(out.slice(1280, 1280 + 2705), waves(0, 2705));
  assert.deepEqual(reports.map((r) => [r.type, frame(r)]), [["playing", 1280], ["done", 1280 + 2705]]);
});

test("a gap is one underrun: it fades, waits for more than before, and goes on", async () => {
  const { out, reports, all } = await render(25600, {
    0: [{ type: "begin", track: 1, start: 0.1 }, { track: 1, from: 0, length: 3000 }],
    6400: [{ track: 1, from: 3000, length: 3300 }],
    12800: [{ track: 1, from: 6300, length: 3000 }, { type: "end", track: 1 }],
  });
  assert.deepEqual(out.slice(0, 3000), waves(0, 3000));
  const fade = out.slice(2999, 3000 + FADE);
  for (let i = 1; i < fade.length; i++) assert.ok(Math.abs(fade[i]) <= Math.abs(fade[i - 1]), `${i}`);
  assert.ok(silent(out.slice(3000 + FADE, 12800)), "3300 samples are less than 0.15 s");
  const after = out.slice(12800, 12800 + 6300);
  assert.deepEqual(after.slice(FADE), waves(3000 + FADE, 6300 - FADE));
  for (let i = 0; i < FADE; i++) assert.ok(Math.abs(after[i]) <= Math.abs(wave(3000 + i)));
  assert.ok(silent(out.slice(12800 + 6300)));
  assert.deepEqual(
    reports.map((r) => [r.type, frame(r), Math.round(r.position * RATE), Math.round((r.gap ?? 0) * RATE), r.counted]),
    [
      ["playing", 0, 0, 0, false],
      ["starved", 3000, 3000, 0, true],
      ["playing", 12800, 3000, 9800, false],
      ["done", 19100, 9300, 0, false],
    ],
  );
  assert.ok(all.some(({ type, position, at }) => type === "position" && Math.abs(position - at) < 1e-9));
});

test("waiting for text is no underrun, and what comes then is not faded", async () => {
  const { out, reports } = await render(12800, {
    0: [{ type: "begin", track: 1, start: 0.1 }, { track: 1, from: 0, length: 3000 }, { type: "idle", track: 1 }],
    6400: [{ track: 1, from: 3000, length: 3000 }, { type: "end", track: 1 }],
  });
  assert.deepEqual(out.slice(0, 3000), waves(0, 3000));
  assert.deepEqual(out.slice(6400, 9400), waves(3000, 3000));
  assert.deepEqual(reports.map((r) => [r.type, r.counted]), [
    ["playing", false], ["starved", false], ["playing", false], ["done", false],
  ]);
});

test("stop is silence after a short fade; what is in flight is not heard, and the next track is", async () => {
  const { out, reports, consumed } = await render(25600, {
    0: [{ type: "begin", track: 1, start: 0.1 }, { track: 1, from: 0, length: 20000 }],
    6400: [{ page: { type: "stop", track: 1 } }],
    6528: [{ track: 1, from: 20000, length: 5000 }, { type: "end", track: 1 }],
    12800: [{ type: "begin", track: 2, start: 0 }, { track: 2, from: 0, length: 1000 }, { type: "end", track: 2 }],
  });
  assert.deepEqual(out.slice(0, 6400), waves(0, 6400));
  assert.ok(silent(out.slice(6400 + FADE, 12800)));
  assert.ok(out.slice(6400, 6400 + FADE / 2).every((v, i, a) => Math.abs(v) <= Math.abs(i ? a[i - 1] : wave(6399))));
  assert.deepEqual(out.slice(12800, 13800), waves(0, 1000));
  assert.deepEqual(reports.map((r) => [r.type, r.track]), [["playing", 1], ["playing", 2], ["done", 2]]);
  assert.equal(consumed.at(-1), 26000, "what was thrown away is used up too");
});

test("a stop that overtakes its track's beginning counts", async () => {
  const { out, reports } = await render(6400, {
    0: [{ page: { type: "stop", track: 1 } }],
    1280: [
      { type: "begin", track: 1, start: 0 }, { track: 1, from: 0, length: 500 }, { type: "end", track: 1 },
      { type: "begin", track: 2, start: 0 }, { track: 2, from: 0, length: 500 }, { type: "end", track: 2 },
    ],
  });
  assert.deepEqual(out.slice(1280, 1780), waves(0, 500));
  assert.ok(silent(out.slice(1780)));
  assert.deepEqual(reports.map((r) => r.track), [2, 2]);
});

test("when the worker is replaced, what it left plays to its end", async () => {
  const { out, reports, consumed } = await render(12800, {
    0: [{ type: "begin", track: 1, start: 0.1 }, { track: 1, from: 0, length: 3000 }],
    1280: [{ port: true }],
    2560: [
      { page: { type: "lost", track: 1 } }, { page: { type: "lost", track: 2 } },
      { type: "begin", track: 3, start: 0.1 }, { track: 3, from: 3000, length: 3000 }, { type: "end", track: 3 },
    ],
  });
  assert.deepEqual(out.slice(0, 6000), waves(0, 6000));
  assert.deepEqual(reports.map((r) => [r.type, r.track]), [
    ["playing", 1], ["done", 2], ["done", 1], ["playing", 3], ["done", 3],
  ]);
  assert.equal(consumed.at(-1), 3000, "counted for the new worker only");
});
