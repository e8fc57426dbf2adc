/** Samples on each side, at the lower rate, that an output sample is made of. */
const REACH = 32;
/** Where the filter is down by half, as a part of the lower rate. */
const CUTOFF = 0.47;
/** Of the Kaiser window: 90 dB. */
const BETA = 9;

/**
 * Changes the rate by an exact ratio: a windowed sinc for each phase. The samples do not depend on how the input is cut
 * into pieces. At equal rates they are passed through.
 */
export class Resampler {
  #up;
  #down;
  /** Filters, one for each phase. */
  #filters;
  /** Half of a filter's taps. */
  #half;
  /** The last input samples, enough for the next output. */
  #history = new Float32Array(0);
  /** Where in the history the next output's filter begins, and its phase. */
  #index = 0;
  #phase = 0;

  /**
   * @param {number} from
   * @param {number} to
   */
  constructor(from, to) {
    this.from = from;
    this.to = to;
    const divisor = gcd(from, to);
    this.#up = to / divisor;
    this.#down = from / divisor;
    const scale = Math.min(1, to / from);
    this.#half = Math.ceil(REACH / scale);
    this.#filters = from === to ? undefined : filters(this.#up, this.#half, CUTOFF * scale);
    this.reset();
  }

  /** Forgets what was before. */
  reset() {
    this.#history = new Float32Array(this.#half - 1);
    this.#index = this.#phase = 0;
  }

  /**
   * @param {Float32Array<ArrayBuffer>} samples
   * @returns {Float32Array<ArrayBuffer>} a copy, or new samples
   */
  push(samples) {
    if (!this.#filters) return samples.slice();
    const input = new Float32Array(this.#history.length + samples.length);
    input.set(this.#history);
    input.set(samples, this.#history.length);
    const out = this.#run(input);
    const keep = Math.min(this.#index, input.length);
    this.#history = input.slice(keep);
    this.#index -= keep;
    return out;
  }

  /**
   * The rest, as if silence followed. What is pushed afterwards joins on.
   * @returns {Float32Array<ArrayBuffer>}
   */
  flush() {
    if (!this.#filters) return new Float32Array(0);
    const input = new Float32Array(this.#history.length + this.#half);
    input.set(this.#history);
    return this.#run(input);
  }

  /**
   * All outputs whose filters lie within the input.
   * @param {Float32Array} input
   */
  #run(input) {
    const filters = /** @type {Float32Array[]} */ (this.#filters);
    const taps = 2 * this.#half;
    const room = Math.max(0, input.length - taps + 1 - this.#index);
    const out = new Float32Array(Math.max(0, Math.ceil((room * this.#up - this.#phase) / this.#down)));
    for (let n = 0; n < out.length; n++) {
      const filter = filters[this.#phase];
      let sum = 0;
      for (let k = 0; k < taps; k++) sum += filter[k] * input[this.#index + k];
      out[n] = sum;
      this.#phase += this.#down;
      const steps = Math.floor(this.#phase / this.#up);
      this.#index += steps;
      this.#phase -= steps * this.#up;
    }
    return out;
  }
}

/** @type {(a: number, b: number) => number} */
const gcd = (a, b) => (b ? gcd(b, a % b) : a);

/**
 * @param {number} phases
 * @param {number} half of the taps
 * @param {number} cutoff as a part of the input's rate
 */
function filters(phases, half, cutoff) {
  return Array.from({ length: phases }, (_, phase) => {
    const taps = Float64Array.from({ length: 2 * half }, (_, k) => {
      const x = k - (half - 1) - phase / phases;
      const angle = 2 * Math.PI * cutoff * x;
      const sinc = angle === 0 ? 1 : Math.sin(angle) / angle;
      return sinc * bessel(BETA * Math.sqrt(Math.max(0, 1 - (x / half) ** 2)));
    });
    const sum = taps.reduce((a, b) => a + b);
    return Float32Array.from(taps, (tap) => tap / sum);
  });
}

/** The modified Bessel function of order 0. @param {number} x */
function bessel(x) {
  let sum = 1;
  for (let term = 1, k = 1; term > 1e-12 * sum; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}
