import { Timeline } from "./audio/timeline.js";

/**
 * @typedef {object} Word
 * @property {number} start where it begins in the text, in UTF-16 units
 * @property {number} end
 * @property {number} from when it begins in the speech, in seconds
 * @property {number} to
 *
 * @typedef {object} Chunk a piece of a speech, as it is made
 * @property {string} text what of the text is new in it, up to the end of its last word; empty where the target does not
 *   tell
 * @property {number} sentence the sentence's number, from 0
 * @property {number} from seconds in the speech
 * @property {number} to
 * @property {number} sampleRate
 * @property {Word[]} words a word that is cut is in both chunks, with its part
 * @property {{phoneme: string, from: number, to: number}[]} phonemes with times in seconds
 * @property {number} busyMs how long it took to make, or to arrive
 * @property {Float32Array} [samples] with the option `samples`
 *
 * @typedef {object} Outcome
 * @property {boolean} stopped whether it was stopped before its end
 * @property {number} seconds that sounded
 * @property {number | undefined} firstAudioMs from the call to the first sample heard
 * @property {number} underruns times that the sound broke off because the next piece was late
 * @property {number} underrunMs how long it did, in all
 * @property {number} realTimeFactor time to make a second of sound, in seconds
 *
 * @typedef {"waiting" | "playing" | "starved" | "paused" | "blocked" | "interrupted" | "done" | "stopped" | "failed"} State
 */

/** An event of a speech. What it carries stands in its properties; `speech` is always there. */
export class SpeechEvent extends Event {
  /**
   * @param {string} type
   * @param {Speech} speech
   * @param {object} fields
   */
  constructor(type, speech, fields) {
    super(type);
    this.speech = speech;
    Object.assign(this, fields);
  }
}

/**
 * A text that is being spoken, or will be.
 *
 * `await speech` gives the {@link Outcome} once the last sample has sounded, or throws a ChanterError.
 * `for await (const chunk of speech)` gives each {@link Chunk} as it is made, from the first.
 *
 * Events, at the time they are heard:
 * `firstaudio` {ms}; `progress` {position}, in seconds, about 20 a second; `word` {start, end, from, to};
 * `underrun` {count, ms}, when the sound goes on; `state` {state, message}; and last one of `done` (also when stopped)
 * {outcome} and `error` {error}. An error is told when it happens; what was made before still sounds.
 */
export class Speech extends EventTarget {
  /** @type {Chunk[]} */
  #chunks = [];
  /** Whether no more chunks come. */
  #made = false;
  /** Wakes those who iterate. @type {(() => void)[]} */
  #waiting = [];
  /** @type {Word[]} */
  #words = [];
  #nextWord = 0;

  #timeline;
  #controls;
  #asked = performance.now();
  /** On the clock of what is heard. @type {number | undefined} */
  #firstAt;
  /** @type {number | undefined} */
  #doneAt;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /** @type {State} */
  #state = "waiting";
  /** What keeps all from sounding. @type {State | undefined} */
  #held;
  /** @type {Error | undefined} */
  #error;
  #over = false;
  /** @type {(outcome: Outcome) => void} */
  #resolve = () => {};
  /** @type {(error: Error) => void} */
  #reject = () => {};
  /** @type {Promise<Outcome>} */
  #outcome = new Promise((resolve, reject) => {
    this.#resolve = resolve;
    this.#reject = reject;
  });

  #busyMs = 0;
  #madeSeconds = 0;
  /** @type {number | undefined} */
  #firstAudioMs;
  #underruns = 0;
  #underrunMs = 0;

  /**
   * @param {import("./audio/timeline.js").Clock} clock
   * @param {{push(piece: string): void, finish(): void, stopped(): void, over(): void, emit(event: Event): void}} controls
   */
  constructor(clock, controls) {
    super();
    this.#timeline = new Timeline(clock);
    this.#controls = controls;
    // Nobody has to wait for a speech.
    this.#outcome.catch(() => {});
  }

  /** @returns {State} */
  get state() {
    return this.#over ? this.#state : (this.#held ?? this.#state);
  }

  /** Whether nothing more is heard of it. */
  get over() {
    return this.#over;
  }

  /** What is heard now, in seconds from the beginning. */
  get position() {
    return this.#timeline.position();
  }

  /** What is known so far. @returns {Outcome} */
  get counters() {
    return {
      stopped: this.#state === "stopped",
      seconds: this.position,
      firstAudioMs: this.#firstAudioMs,
      underruns: this.#underruns,
      underrunMs: this.#underrunMs,
      realTimeFactor: this.#madeSeconds ? this.#busyMs / 1000 / this.#madeSeconds : 0,
    };
  }

  /**
   * Adds to a text that is spoken live.
   * @param {string} piece
   */
  push(piece) {
    if (!this.#over) this.#controls.push(piece);
  }

  /** Ends a text that is spoken live. */
  finish() {
    if (!this.#over) this.#controls.finish();
  }

  /**
   * Ends it at once; those that wait are told so, without an error unless one is given.
   * @param {Error} [error]
   */
  stop(error) {
    if (this.#over) return;
    this.#controls.stopped();
    if (error) this._fail(error, true);
    else this.#end("stopped");
  }

  /**
   * @template [A=Outcome]
   * @template [B=never]
   * @param {((outcome: Outcome) => A | PromiseLike<A>) | null} [done]
   * @param {((error: any) => B | PromiseLike<B>) | null} [failed]
   * @returns {Promise<A | B>}
   */
  then(done, failed) {
    return this.#outcome.then(done, failed);
  }

  /** @returns {AsyncGenerator<Chunk, void, void>} */
  async *[Symbol.asyncIterator]() {
    for (let i = 0; ; i++) {
      while (i >= this.#chunks.length) {
        if (this.#error) throw this.#error;
        if (this.#made || this.#over) return;
        await new Promise((/** @type {(_: void) => void} */ resolve) => this.#waiting.push(resolve));
      }
      yield this.#chunks[i];
    }
  }

  // What follows is for Chanter.

  /** @param {Chunk} chunk */
  _chunk(chunk) {
    if (this.#over) return;
    this.#chunks.push(chunk);
    for (const word of chunk.words) {
      const last = this.#words.at(-1);
      if (last?.start === word.start && last.end === word.end) last.to = word.to;
      else this.#words.push({ ...word });
    }
    this.#busyMs += chunk.busyMs;
    this.#madeSeconds = chunk.to;
    this.#wakeIterators();
    this.#tick();
  }

  /** No more chunks come. */
  _made() {
    this.#made = true;
    this.#wakeIterators();
  }

  /**
   * @param {Error} error
   * @param {boolean} now whether nothing of it will sound any more
   */
  _fail(error, now) {
    if (this.#over) return;
    if (!this.#error) {
      this.#error = error;
      this.#emit("error", { error });
      this.#wakeIterators();
    }
    if (now) this.#end("failed");
  }

  /**
   * @param {State | undefined} held
   * @param {string} [message]
   */
  _hold(held, message) {
    const before = this.state;
    this.#held = held;
    if (this.state !== before) this.#emit("state", { state: this.state, message });
    this.#tick();
  }

  /** @param {import("./audio/player.js").TrackReport} report */
  _heard(report) {
    if (this.#over) return;
    const { type, at, position } = report;
    this.#timeline.add(at, position, type === "playing" || type === "position");
    if (type === "playing") {
      this.#firstAt ??= at;
      if (report.gap) {
        this.#underrunMs += 1000 * report.gap;
        this.#emit("underrun", { count: this.#underruns, ms: 1000 * report.gap });
      }
      this.#setState("playing");
    } else if (type === "starved") {
      if (report.counted) this.#underruns++;
      this.#setState(report.counted ? "starved" : "waiting");
    } else if (type === "done") {
      if (report.gap) this.#underrunMs += 1000 * report.gap;
      this.#doneAt = at;
    }
    this.#tick();
    if (type === "position" && !this.#over) this.#emit("progress", { position: this.position });
  }

  /** Tells what is heard by now, and comes back when the next thing is. */
  #tick() {
    clearTimeout(this.#timer);
    if (this.#over) return;
    const now = this.#timeline.now();
    const position = this.#timeline.position();
    if (this.#firstAt !== undefined && this.#firstAudioMs === undefined && now >= this.#firstAt) {
      this.#firstAudioMs = performance.now() - this.#asked - 1000 * (now - this.#firstAt);
      this.#emit("firstaudio", { ms: this.#firstAudioMs });
    }
    while (this.#nextWord < this.#words.length && this.#words[this.#nextWord].from <= position) {
      if (this.#over) return;
      if (this.#firstAudioMs === undefined) break;
      this.#emit("word", this.#words[this.#nextWord++]);
    }
    if (this.#doneAt !== undefined && now >= this.#doneAt) return this.#end(this.#error ? "failed" : "done");
    const next = [];
    if (this.#firstAudioMs === undefined && this.#firstAt !== undefined) next.push(this.#firstAt - now);
    if (this.#doneAt !== undefined) next.push(this.#doneAt - now);
    if (this.#timeline.moving && this.#nextWord < this.#words.length) {
      next.push(this.#words[this.#nextWord].from - position);
    }
    if (next.length && !this.#held) {
      this.#timer = setTimeout(() => this.#tick(), Math.max(1, Math.ceil(1000 * Math.min(...next))));
    }
  }

  /** @param {State} state */
  #setState(state) {
    const before = this.state;
    this.#state = state;
    if (this.state !== before) this.#emit("state", { state: this.state });
  }

  /** @param {"done" | "stopped" | "failed"} state */
  #end(state) {
    if (this.#over) return;
    clearTimeout(this.#timer);
    const outcome = { ...this.counters, stopped: state === "stopped" };
    this.#over = true;
    this.#controls.over();
    this.#setState(state);
    this.#wakeIterators();
    if (state === "failed") {
      this.#reject(/** @type {Error} */ (this.#error));
    } else {
      this.#emit("done", { outcome });
      this.#resolve(outcome);
    }
  }

  #wakeIterators() {
    for (const wake of this.#waiting.splice(0)) wake();
  }

  /**
   * @param {string} type
   * @param {object} fields
   */
  #emit(type, fields) {
    this.dispatchEvent(new SpeechEvent(type, this, fields));
    this.#controls.emit(new SpeechEvent(type, this, fields));
  }
}
