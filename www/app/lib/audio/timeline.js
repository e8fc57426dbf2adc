/**
 * What time it is on the clock of what is heard, in seconds.
 * @typedef {{now(): number}} Clock
 */

/**
 * Which part of a track is heard when. What is reported is ahead of what is heard by the output's latency (a third of a
 * second over Bluetooth), so the last few reports are kept.
 */
export class Timeline {
  #clock;
  /** @type {{at: number, position: number, moving: boolean}[]} */
  #anchors = [];

  /** @param {Clock} clock */
  constructor(clock) {
    this.#clock = clock;
  }

  /**
   * From `at` on, the sound is at `position`, and moves or rests.
   * @param {number} at
   * @param {number} position
   * @param {boolean} moving
   */
  add(at, position, moving) {
    this.#anchors.push({ at, position, moving });
    const now = this.now();
    while (this.#anchors.length > 1 && this.#anchors[1].at <= now) this.#anchors.shift();
  }

  now() {
    return this.#clock.now();
  }

  /** Whether the sound moves, as far as is known. */
  get moving() {
    return this.#anchors.at(-1)?.moving ?? false;
  }

  /** What is heard now. */
  position() {
    const now = this.now();
    let i = this.#anchors.length - 1;
    while (i >= 0 && this.#anchors[i].at > now) i--;
    if (i < 0) return 0;
    const { at, position, moving } = this.#anchors[i];
    const limit = this.#anchors[i + 1]?.position ?? Infinity;
    return moving ? Math.min(position + now - at, limit) : position;
  }
}
