/// <reference path="../../app/lib/audio/worklet-scope.d.ts" />

const BLOCK = 8192;

class Tap extends AudioWorkletProcessor {
  #samples = new Float32Array(BLOCK);
  #length = 0;

  constructor() {
    super();
    this.port.onmessage = () => this.#flush();
  }

  /** @param {Float32Array[][]} inputs @param {Float32Array[][]} outputs */
  process([[input]], [[output]]) {
    if (input) output.set(input);
    this.#samples.set(output, this.#length);
    this.#length += output.length;
    if (this.#length === BLOCK) this.#flush();
    return true;
  }

  #flush() {
    this.port.postMessage({ frame: currentFrame, samples: this.#samples.slice(0, this.#length) });
    this.#length = 0;
  }
}

registerProcessor("tap", Tap);
