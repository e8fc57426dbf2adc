import { ChanterError } from "../errors.js";

const PCM = 1;
const FLOAT = 3;
const EXTENSIBLE = 0xfffe;
/** Bytes that may come before the samples. */
const MAX_HEADER = 1 << 20;
/** Sizes that a server writes when it does not know: the end of the stream counts. */
const UNKNOWN = [0, 0xffffffff, 0x7fffffff];

/**
 * @typedef {(view: DataView, at: number) => number} Read
 * @type {Record<string, Read>}
 */
const READERS = {
  "1:8": (view, at) => (view.getUint8(at) - 128) / 128,
  // As the engine scales it, and Piper.
  "1:16": (view, at) => view.getInt16(at, true) / 32767,
  "1:24": (view, at) => (view.getInt8(at + 2) * 65536 + view.getUint16(at, true)) / 8388608,
  "1:32": (view, at) => view.getInt32(at, true) / 2147483648,
  "3:32": (view, at) => view.getFloat32(at, true),
  "3:64": (view, at) => view.getFloat64(at, true),
};

/** Reads a WAV file that arrives in pieces, cut anywhere. Several channels are mixed to one. */
export class WavStream {
  sampleRate = 0;
  /** What is not read yet. @type {Uint8Array} */
  #bytes = new Uint8Array(0);
  #inRiff = false;
  #channels = 0;
  /** Bytes of a sample of all channels. */
  #frame = 0;
  /** @type {Read | undefined} */
  #read;
  /** Bytes of samples to come, once they have begun. @type {number | undefined} */
  #left;

  /**
   * @param {Uint8Array} bytes
   * @returns {Float32Array<ArrayBuffer>} the samples that are whole by now
   */
  push(bytes) {
    this.#bytes = joined(this.#bytes, bytes);
    if (this.#left === undefined) this.#header();
    if (this.#left === undefined) return new Float32Array(0);
    const room = Math.min(this.#bytes.length, this.#left);
    const samples = this.#samples(Math.floor(room / this.#frame));
    const used = samples.length * this.#frame;
    this.#left -= used;
    // After the samples, whatever comes is thrown away.
    this.#bytes = this.#left < this.#frame ? new Uint8Array(0) : this.#bytes.subarray(used);
    return samples;
  }

  /** Whether all samples have arrived, where their number is known; else, whether the last one is whole. */
  get complete() {
    if (this.#left === undefined) return false;
    return Number.isFinite(this.#left) ? this.#left < this.#frame : this.#bytes.length === 0;
  }

  #header() {
    if (!this.#inRiff) {
      if (this.#bytes.length < 12) return;
      if (this.#ascii(0) !== "RIFF" || this.#ascii(8) !== "WAVE") throw unreadable("it does not begin as a WAV file");
      this.#skip(12);
      this.#inRiff = true;
    }
    while (this.#bytes.length >= 8) {
      const id = this.#ascii(0);
      const size = this.#view().getUint32(4, true);
      if (id === "data") {
        if (!this.#read) throw unreadable("its format is not told before its samples");
        this.#skip(8);
        this.#left = UNKNOWN.includes(size) ? Infinity : size;
        return;
      }
      if (size > MAX_HEADER) throw unreadable("its header is too long");
      const padded = 8 + size + (size % 2);
      if (this.#bytes.length < padded) return;
      if (id === "fmt ") this.#format(size);
      this.#skip(padded);
    }
  }

  /** @param {number} size */
  #format(size) {
    const view = this.#view();
    if (size < 16) throw unreadable("its format is cut off");
    let format = view.getUint16(8, true);
    if (format === EXTENSIBLE && size >= 26) format = view.getUint16(8 + 24, true);
    const bits = view.getUint16(8 + 14, true);
    this.#channels = view.getUint16(8 + 2, true);
    this.sampleRate = view.getUint32(8 + 4, true);
    this.#read = READERS[`${format}:${bits}`];
    this.#frame = (this.#channels * bits) / 8;
    if (!this.#read) {
      const known = [PCM, FLOAT].includes(format) ? `${bits} bits` : `coding ${format}`;
      throw unreadable(`samples of ${known} are not played; 16-bit PCM is`);
    }
    if (!this.#channels || this.#channels > 64) throw unreadable(`it has ${this.#channels} channels`);
    if (this.sampleRate < 1000 || this.sampleRate > 768000) throw unreadable(`its rate is ${this.sampleRate} Hz`);
  }

  /** @param {number} count */
  #samples(count) {
    const view = this.#view();
    const read = /** @type {Read} */ (this.#read);
    const bytes = this.#frame / this.#channels;
    const samples = new Float32Array(count);
    for (let i = 0; i < count; i++) {
      let sum = 0;
      for (let c = 0; c < this.#channels; c++) sum += read(view, i * this.#frame + c * bytes);
      samples[i] = sum / this.#channels;
    }
    return samples;
  }

  #view() {
    return new DataView(this.#bytes.buffer, this.#bytes.byteOffset, this.#bytes.byteLength);
  }

  /** @param {number} at */
  #ascii(at) {
    return String.fromCharCode(...this.#bytes.subarray(at, at + 4));
  }

  /** @param {number} count */
  #skip(count) {
    this.#bytes = this.#bytes.subarray(count);
  }
}

/** @param {string} why */
function unreadable(why) {
  return new ChanterError("format", `The sound that arrived cannot be read: ${why}.`);
}

/**
 * @param {Uint8Array} a
 * @param {Uint8Array} b
 */
function joined(a, b) {
  if (!a.length) return b;
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}
