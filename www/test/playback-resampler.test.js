import assert from "node:assert/strict";
import { test } from "node:test";

import { Resampler } from "../app/lib/worker/resampler.js";

/** @param {number} hertz @param {number} rate @param {number} count */
const sine = (hertz, rate, count) =>
  Float32Array.from({ length: count }, (_, i) => 0.5 * Math.sin((2 * Math.PI * hertz * i) / rate));

/** @param {Resampler} resampler @param {Float32Array<ArrayBuffer>} input @param {number} piece */
function all(resampler, input, piece = input.length) {
  const out = [];
  for (let i = 0; i < input.length; i += piece) out.push(...resampler.push(input.slice(i, i + piece)));
  return Float32Array.from([...out, ...resampler.flush()]);
}

const RATES = [[22050, 48000], [22050, 44100], [16000, 48000], [24000, 48000], [16000, 44100], [22050, 96000], [22050, 16000]];

for (const [from, to] of RATES) {
  test(`a sine from ${from} to ${to} Hz stays one, sample for sample, to 80 dB`, () => {
    for (const hertz of [100, 1000, 0.3 * Math.min(from, to)]) {
      const out = all(new Resampler(from, to), sine(hertz, from, from));
      const wanted = sine(hertz, to, out.length);
      // The ends have silence on one side, which no sine has.
      const margin = Math.ceil((70 * to) / Math.min(from, to));
      let signal = 0;
      let noise = 0;
      for (let i = margin; i < out.length - margin; i++) {
        signal += wanted[i] ** 2;
        noise += (out[i] - wanted[i]) ** 2;
      }
      const db = 10 * Math.log10(signal / noise);
      assert.ok(db > 80, `${hertz} Hz: ${db.toFixed(1)} dB`);
    }
  });

  test(`from ${from} to ${to} Hz, the length is exact`, () => {
    for (const count of [1, 2, 63, 147, 1000, 22051]) {
      assert.equal(all(new Resampler(from, to), sine(440, from, count)).length, Math.ceil((count * to) / from), `${count}`);
    }
  });
}

test("the samples do not depend on how the input is cut", () => {
  const input = sine(997, 22050, 5000);
  const whole = all(new Resampler(22050, 48000), input);
  for (const piece of [1, 7, 31, 32, 33, 147, 1000]) {
    assert.deepEqual(all(new Resampler(22050, 48000), input, piece), whole, `${piece}`);
  }
});

test("at equal rates samples are passed on bit for bit, as a copy", () => {
  const input = sine(997, 22050, 500);
  const resampler = new Resampler(22050, 22050);
  const out = resampler.push(input);
  assert.deepEqual(out, input);
  assert.notEqual(out.buffer, input.buffer);
  assert.equal(resampler.flush().length, 0);
});

test("what follows a flush joins on, in time and but for what it would have foretold", () => {
  const input = sine(300, 22050, 4000);
  const whole = all(new Resampler(22050, 48000), input);
  const resampler = new Resampler(22050, 48000);
  const first = [...resampler.push(input.slice(0, 1999)), ...resampler.flush()];
  const out = Float32Array.from([...first, ...resampler.push(input.slice(1999)), ...resampler.flush()]);
  assert.equal(out.length, whole.length);
  for (let i = 0; i < out.length; i++) {
    if (i < first.length - 70 || i >= first.length) assert.equal(out[i], whole[i], `${i}`);
  }
});

test("after a reset it is as new", () => {
  const resampler = new Resampler(22050, 44100);
  resampler.push(sine(5000, 22050, 333));
  resampler.reset();
  const input = sine(440, 22050, 500);
  assert.deepEqual(all(resampler, input), all(new Resampler(22050, 44100), input));
});
