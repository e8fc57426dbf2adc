import { Resampler } from "./resampler.js";

/** Seconds that lie ready in the worklet at most. */
const AHEAD = 8;

/** The way of the samples to the worklet, at its rate. */
export class SampleOutput {
  /** @type {MessagePort | undefined} */
  #port;
  #rate = 0;
  /** Frames that were sent, and that were used up. */
  #sent = 0;
  #consumed = 0;
  #wake = () => {};
  /** @type {Resampler | undefined} */
  #resampler;
  /** Whether the next track goes on where the last ended. */
  #joins = false;

  /**
   * @param {MessagePort} port
   * @param {number} rate
   */
  connect(port, rate) {
    this.#port = port;
    this.#rate = rate;
    this.#sent = this.#consumed = 0;
    port.onmessage = ({ data }) => {
      this.#consumed = data.consumed;
      this.#wake();
    };
    this.#wake();
  }

  /**
   * @param {number} track
   * @param {number} start seconds to have before it begins
   */
  begin(track, start) {
    if (!this.#joins || this.#consumed >= this.#sent) this.#resampler?.reset();
    this.#port?.postMessage({ type: "begin", track, start });
  }

  /**
   * Sends samples, and waits until there is room for more.
   * @param {number} track
   * @param {Float32Array<ArrayBuffer>} samples
   * @param {number} rate
   * @param {AbortSignal} signal
   */
  async write(track, samples, rate, signal) {
    if (this.#resampler?.from !== rate || this.#resampler.to !== this.#rate) {
      this.#flush(track);
      this.#resampler = new Resampler(rate, this.#rate);
    }
    this.#send(track, this.#resampler.push(samples));
    const wake = () => this.#wake();
    signal.addEventListener("abort", wake);
    while (!signal.aborted && this.#sent - this.#consumed > AHEAD * this.#rate) {
      await new Promise((/** @type {(_: void) => void} */ resolve) => (this.#wake = resolve));
    }
    signal.removeEventListener("abort", wake);
  }

  /**
   * Waits for text.
   * @param {number} track
   */
  idle(track) {
    this.#flush(track);
    this.#port?.postMessage({ type: "idle", track });
  }

  /**
   * @param {number} track
   * @param {boolean} stopped
   */
  end(track, stopped) {
    if (!stopped) this.#flush(track);
    this.#joins = !stopped;
    this.#port?.postMessage({ type: "end", track });
  }

  /** @param {number} track */
  #flush(track) {
    if (this.#resampler) this.#send(track, this.#resampler.flush());
  }

  /**
   * @param {number} track
   * @param {Float32Array<ArrayBuffer>} samples
   */
  #send(track, samples) {
    if (!samples.length) return;
    this.#sent += samples.length;
    this.#port?.postMessage({ type: "samples", track, samples }, [samples.buffer]);
  }
}
