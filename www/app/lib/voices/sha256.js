/** SHA-256 (FIPS 180-4) that takes its input in pieces, as WebCrypto's cannot. */

// Fractions of the cube roots of the first 64 primes, and of the square roots of the first 8.
const K = new Int32Array(64);
const START = new Int32Array(8);
for (let n = 2, found = 0; found < 64; n++) {
  let prime = true;
  for (let d = 2; d * d <= n; d++) if (n % d === 0) prime = false;
  if (!prime) continue;
  if (found < 8) START[found] = fraction(Math.sqrt(n));
  K[found++] = fraction(Math.cbrt(n));
}

/** @param {number} x */
function fraction(x) {
  return ((x - Math.floor(x)) * 0x100000000) | 0;
}

export class Sha256 {
  #state = START.slice();
  #words = new Int32Array(64);
  #rest = new Uint8Array(64);
  #bytes = 0;

  /** @param {Uint8Array} piece */
  update(piece) {
    let at = 0;
    const filled = this.#bytes % 64;
    this.#bytes += piece.length;
    if (filled) {
      at = Math.min(64 - filled, piece.length);
      this.#rest.set(piece.subarray(0, at), filled);
      if (filled + at < 64) return this;
      this.#blocks(this.#rest, 0, 64);
    }
    const end = piece.length - ((piece.length - at) % 64);
    this.#blocks(piece, at, end);
    this.#rest.set(piece.subarray(end));
    return this;
  }

  /** The digest in hexadecimal; the object is done with afterwards. */
  hex() {
    const filled = this.#bytes % 64;
    const tail = new Uint8Array(filled < 56 ? 64 : 128);
    tail.set(this.#rest.subarray(0, filled));
    tail[filled] = 0x80;
    const view = new DataView(tail.buffer);
    view.setUint32(tail.length - 8, Math.floor(this.#bytes / 0x20000000));
    view.setUint32(tail.length - 4, this.#bytes << 3);
    this.#blocks(tail, 0, tail.length);
    return Array.from(this.#state, (word) => (word >>> 0).toString(16).padStart(8, "0")).join("");
  }

  /**
   * @param {Uint8Array} bytes
   * @param {number} from
   * @param {number} to a whole number of 64-byte blocks after `from`
   */
  #blocks(bytes, from, to) {
    const w = this.#words;
    const state = this.#state;
    for (let at = from; at < to; at += 64) {
      for (let i = 0, p = at; i < 16; i++, p += 4) {
        w[i] = (bytes[p] << 24) | (bytes[p + 1] << 16) | (bytes[p + 2] << 8) | bytes[p + 3];
      }
      for (let i = 16; i < 64; i++) {
        const x = w[i - 15];
        const y = w[i - 2];
        const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
        const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
        w[i] = (w[i - 16] + s0 + w[i - 7] + s1) | 0;
      }
      let a = state[0];
      let b = state[1];
      let c = state[2];
      let d = state[3];
      let e = state[4];
      let f = state[5];
      let g = state[6];
      let h = state[7];
      for (let i = 0; i < 64; i++) {
        const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
        const t1 = (h + s1 + (g ^ (e & (f ^ g))) + K[i] + w[i]) | 0;
        const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
        const t2 = (s0 + ((a & b) | (c & (a | b)))) | 0;
        h = g;
        g = f;
        f = e;
        e = (d + t1) | 0;
        d = c;
        c = b;
        b = a;
        a = (t1 + t2) | 0;
      }
      state[0] += a;
      state[1] += b;
      state[2] += c;
      state[3] += d;
      state[4] += e;
      state[5] += f;
      state[6] += g;
      state[7] += h;
    }
  }
}
