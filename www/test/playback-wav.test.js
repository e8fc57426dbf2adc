import assert from "node:assert/strict";
import { test } from "node:test";

import { wavBlob } from "../app/lib/wav.js";
import { WavStream } from "../app/lib/worker/wav-stream.js";

/** @param {string} id @param {Uint8Array | number[]} body @param {number} [size] */
function chunk(id, body, size = body.length) {
  const head = Buffer.alloc(8);
  head.write(id);
  head.writeUInt32LE(size, 4);
  return Buffer.concat([head, Uint8Array.from(body), new Uint8Array(body.length % 2)]);
}

/** @param {{format?: number, channels?: number, rate?: number, bits?: number, extensible?: boolean}} options */
function format({ format = 1, channels = 1, rate = 22050, bits = 16, extensible }) {
  const body = Buffer.alloc(extensible ? 40 : 16);
  body.writeUInt16LE(extensible ? 0xfffe : format, 0);
  body.writeUInt16LE(channels, 2);
  body.writeUInt32LE(rate, 4);
  body.writeUInt16LE((channels * bits) / 8, 12);
  body.writeUInt16LE(bits, 14);
  if (extensible) body.writeUInt16LE(format, 24);
  return chunk("fmt ", body);
}

/** @param {Buffer[]} chunks */
const riff = (...chunks) => Buffer.concat([Buffer.from("RIFF\xff\xff\xff\xffWAVE", "latin1"), ...chunks]);

/** @param {number[]} values */
const pcm16 = (values) => new Uint8Array(Int16Array.from(values).buffer);

/** @param {Uint8Array} bytes @param {number} piece @param {number} [first] */
function read(bytes, piece, first = piece) {
  const wav = new WavStream();
  const out = [];
  for (let i = 0, n = first; i < bytes.length; i += n, n = piece) out.push(...wav.push(bytes.subarray(i, i + n)));
  return { out, wav };
}

const close = (/** @type {number[]} */ a, /** @type {number[]} */ b) => {
  assert.equal(a.length, b.length);
  a.forEach((x, i) => assert.ok(Math.abs(x - b[i]) < 1e-4, `${i}: ${x}, not ${b[i]}`));
};

const VALUES = [0, 1000, -1000, 32767, -32767, 5, 6];
const WANTED = VALUES.map((v) => v / 32767);

test("a stream cut at any two places gives the same samples", () => {
  const file = riff(format({}), chunk("LIST", [1, 2, 3]), chunk("data", pcm16(VALUES), 0xffffffff));
  for (let first = 1; first <= file.length; first++) {
    for (let piece = 1; piece <= file.length; piece++) {
      const { out, wav } = read(file, piece, first);
      close(out, WANTED);
      assert.ok(wav.complete && wav.sampleRate === 22050);
    }
  }
});

test("what follows the samples is not heard", () => {
  const file = riff(format({}), chunk("data", pcm16(VALUES)), chunk("LIST", [9, 9, 9, 9]));
  for (const piece of [1, 3, 1000]) close(read(file, piece).out, WANTED);
});

test("every coding gives the samples that it holds", () => {
  const halves = [0, 0.5, -0.5, 0.25];
  const ints = (/** @type {number} */ bytes) => {
    const body = Buffer.alloc(bytes * halves.length);
    halves.forEach((v, i) => body.writeIntLE(v * 2 ** (8 * bytes - 1), i * bytes, bytes));
    return body;
  };
  const cases = [
    { options: { bits: 8 }, body: Uint8Array.from(halves, (v) => 128 + 128 * v) },
    { options: { bits: 16 }, body: ints(2) },
    { options: { bits: 24 }, body: ints(3) },
    { options: { bits: 32 }, body: ints(4) },
    { options: { bits: 24, extensible: true }, body: ints(3) },
    { options: { bits: 32, format: 3 }, body: new Uint8Array(Float32Array.from(halves).buffer) },
    { options: { bits: 64, format: 3 }, body: new Uint8Array(Float64Array.from(halves).buffer) },
    { options: { bits: 32, format: 3, extensible: true }, body: new Uint8Array(Float32Array.from(halves).buffer) },
  ];
  for (const { options, body } of cases) {
    for (const piece of [1, 5, 1000]) close(read(riff(format(options), chunk("data", body)), piece).out, halves);
  }
});

test("two channels are mixed to one", () => {
  const file = riff(format({ channels: 2 }), chunk("data", pcm16([1000, 3000, -32767, 32767]), 0));
  close(read(file, 3).out, [2000 / 32767, 0]);
});

test("a stream that ends too early is not complete", () => {
  const known = riff(format({}), chunk("data", pcm16(VALUES)));
  const unknown = riff(format({}), chunk("data", pcm16(VALUES), 0xffffffff));
  for (const end of [3, 20, 44]) assert.ok(!read(known.subarray(0, end), 7).wav.complete, `${end}`);
  for (const cut of [1, 2, 3]) assert.ok(!read(known.subarray(0, known.length - cut), 7).wav.complete, `${cut}`);
  assert.ok(!read(unknown.subarray(0, unknown.length - 1), 7).wav.complete);
  assert.ok(read(unknown.subarray(0, unknown.length - 2), 7).wav.complete);
});

test("what is no WAV file, or none that can be played, is told", () => {
  const body = chunk("data", [0, 0]);
  for (const [bytes, why] of /** @type {[Buffer, RegExp][]} */ ([
    [Buffer.from("<!doctype html><html>"), /does not begin as a WAV/],
    [riff(body), /format is not told/],
    [riff(format({ format: 85 }), body), /coding 85/],
    [riff(format({ bits: 12 }), body), /12 bits/],
    [riff(format({ channels: 0 }), body), /channels/],
    [riff(format({ rate: 0 }), body), /0 Hz/],
    [riff(chunk("fmt ", [1, 0]), body), /cut off/],
    [riff(chunk("JUNK", [0], 1 << 30)), /too long/],
  ])) {
    assert.throws(() => read(bytes, 1000), { kind: "format", message: why });
    assert.throws(() => read(bytes, 1), { kind: "format", message: why });
  }
});

test("what is written can be read", async () => {
  const samples = Float32Array.from([0, 0.5, -0.5, 1, -1, 2, -2]);
  const blob = wavBlob([samples.subarray(0, 3), samples.subarray(3)], 16000);
  assert.equal(blob.type, "audio/wav");
  const { out, wav } = read(new Uint8Array(await blob.arrayBuffer()), 1000);
  close(out, [0, 0.5, -0.5, 1, -1, 1, -1]);
  assert.ok(wav.complete && wav.sampleRate === 16000);
});
