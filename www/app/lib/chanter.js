import { ElementPlayer } from "./audio/element-player.js";
import { Player } from "./audio/player.js";
import { ChanterError } from "./errors.js";
import { toSettings } from "./settings.js";
import { Speech } from "./speech.js";
import { toTarget } from "./targets/target.js";
import { WorkerLink } from "./worker/link.js";
import { wavBlob } from "./wav.js";

export { ChanterError, Speech };

/**
 * @typedef {import("./settings.js").Settings} Settings
 * @typedef {import("./targets/target.js").TargetOption} TargetOption
 * @typedef {import("./speech.js").Chunk} Chunk
 * @typedef {import("./speech.js").Outcome} Outcome
 * @typedef {string | AsyncIterable<string> | ReadableStream<string>} Text
 *
 * @typedef {object} ChanterOptions
 * @property {TargetOption} [target] where speech is made: "browser" (the default), {server: address} or {edge: address}
 * @property {string} [voice] its key; for the target "browser"
 * @property {number} [sampleRate] of the AudioContext; the device's own where it is left out
 *
 * @typedef {object} SpeakOptions
 * @property {boolean} [samples] whether the chunks that are iterated carry their samples
 * @property {AbortSignal} [signal] stops the speech
 *
 * @typedef {object} VoiceFacts what a target says of its voice; "browser" says it all, servers what they know
 * @property {number} [sampleRate]
 * @property {string} [language]
 * @property {string[]} [speakers] names by id
 * @property {number} [numSpeakers]
 * @property {string} [quality]
 * @property {{noiseScale: number, lengthScale: number, noiseWScale: number}} [inference] what the settings default to
 */

/**
 * Speaks texts, one after another without a gap.
 *
 * Events of every speech are heard here too, see {@link Speech}.
 *
 *     const chanter = new Chanter({ target: "browser" });
 *     button.onclick = async () => {
 *       const { firstAudioMs } = await chanter.speak("Hello there.");
 *     };
 */
export class Chanter extends EventTarget {
  /** What every text is spoken with unless its options say otherwise. @type {Settings} */
  settings;
  /** The voice's key, from the next text on; undefined for the one that comes with the site. @type {string | undefined} */
  voice;

  /** @type {import("./targets/target.js").Target} */
  #target;
  /** @type {Player | ElementPlayer} */
  #output;
  /** @type {WorkerLink | undefined} */
  #link;
  /** Those that are not over, by track, in the order they are heard. @type {Map<number, Speech>} */
  #speeches = new Map();
  #lastTrack = 0;
  /** What keeps all from sounding. @type {"paused" | "blocked" | "interrupted" | undefined} */
  #held;

  /** @param {ChanterOptions & Settings} [options] */
  constructor(options = {}) {
    super();
    this.#target = toTarget(options.target ?? "browser");
    this.voice = options.voice;
    this.settings = toSettings(options);
    const on = (/** @type {import("./audio/player.js").Report} */ report) => this.#heard(report);
    this.#output = Player.works() ? new Player(on, options.sampleRate) : new ElementPlayer(on);
  }

  /** Where speech is made, from the next text on. @returns {TargetOption} */
  get target() {
    return this.#target.option;
  }

  set target(option) {
    this.#target = toTarget(option);
  }

  /**
   * The node that all sound leaves by, connected to the context's destination; there once `prepare` or `speak` was
   * called, and never where the browser has no AudioWorklet. For a level meter: `output.connect(analyser)`.
   * @returns {AudioNode | undefined}
   */
  get output() {
    return this.#output.node;
  }

  /** Whether something is being spoken or waits to be. */
  get speaking() {
    return this.#speeches.size > 0;
  }

  get paused() {
    return this.#held === "paused";
  }

  /**
   * Speaks a text once those before it are spoken. To be called in the click, or the browser may keep it silent.
   * @param {Text} text
   * @param {SpeakOptions & Settings} [options]
   * @returns {Speech}
   */
  speak(text, options = {}) {
    if (typeof text === "string") return this.#begin(text, options);
    const speech = this.#begin(undefined, options);
    this.#feed(speech, text);
    return speech;
  }

  /**
   * Speaks a text that is yet to come: `push` pieces of it, then `finish`.
   * @param {SpeakOptions & Settings} [options]
   * @returns {Speech}
   */
  speakLive(options = {}) {
    return this.#begin(undefined, options);
  }

  /**
   * A text as a WAV file, without a sound.
   * @param {string} text
   * @param {{signal?: AbortSignal, onChunk?: (chunk: Chunk) => void} & Settings} [options]
   * @returns {Promise<Blob>}
   */
  async synthesize(text, options = {}) {
    options.signal?.throwIfAborted();
    const track = ++this.#lastTrack;
    const link = this.#worker();
    /** @type {Float32Array[]} */
    const pieces = [];
    let rate = 0;
    link.onChunk(track, (chunk) => {
      if (chunk.samples) pieces.push(chunk.samples);
      rate = chunk.sampleRate;
      options.onChunk?.(chunk);
    });
    const abort = () => link.post({ call: "stop", track });
    options.signal?.addEventListener("abort", abort);
    try {
      await link.call("speak", { track, text, samples: true, ...this.#request(options) });
    } finally {
      options.signal?.removeEventListener("abort", abort);
      link.onChunk(track, undefined);
    }
    options.signal?.throwIfAborted();
    if (!rate) throw new ChanterError("text", "There is nothing to speak in this text.");
    return wavBlob(pieces, rate);
  }

  /**
   * Loads all that the first word needs, so that it sounds at once after the click.
   * @returns {Promise<VoiceFacts>} facts of the voice
   */
  async prepare() {
    const link = this.#worker();
    const [facts] = await Promise.all([link.call("prepare", this.#request({})), this.#output.prepare()]);
    return facts;
  }

  /** Holds the sound where it is. */
  pause() {
    this.#output.pause();
    this.#hold("paused");
  }

  /** Goes on after `pause`. To be called in a click too. */
  resume() {
    this.#hold(undefined);
    this.#output.wake().catch(() => {});
  }

  /** Ends all that is spoken or waits to be. */
  stop() {
    for (const speech of [...this.#speeches.values()]) speech.stop();
    if (!this.paused) return;
    this.resume();
    this.#output.idle();
  }

  /** Stops, and gives the worker and the audio context back. The next call starts them again. */
  async close() {
    this.stop();
    this.#link?.close();
    this.#link = undefined;
    await this.#output.close();
  }

  /** @param {SpeakOptions & Settings} options */
  #request(options) {
    return { source: this.#target.source(this.voice), settings: { ...this.settings, ...toSettings(options) } };
  }

  /**
   * @param {string | undefined} text
   * @param {SpeakOptions & Settings} options
   */
  #begin(text, options) {
    const track = ++this.#lastTrack;
    const speech = new Speech(this.#output.clock, {
      push: (piece) => this.#link?.post({ call: "push", track, text: piece }),
      finish: () => this.#link?.post({ call: "finish", track }),
      stopped: () => {
        this.#link?.post({ call: "stop", track });
        this.#output.stop(track);
      },
      over: () => {
        this.#speeches.delete(track);
        this.#link?.onChunk(track, undefined);
        options.signal?.removeEventListener("abort", stop);
        if (!this.#speeches.size) this.#output.idle();
      },
      emit: (event) => this.dispatchEvent(event),
    });
    const stop = () => speech.stop();
    this.#speeches.set(track, speech);
    speech._hold(this.#held);
    // First of all, in the click; all else may wait.
    this.#output.wake(this.paused).catch((error) => speech.stop(error));
    const link = this.#worker();
    link.onChunk(track, (chunk) => {
      if (this.#output instanceof ElementPlayer && chunk.samples) {
        this.#output.push(track, chunk.samples, chunk.sampleRate);
        if (!options.samples) delete chunk.samples;
      }
      speech._chunk(chunk);
    });
    const play = this.#output instanceof Player;
    const request = { track, text, play, samples: !play || !!options.samples, ...this.#request(options) };
    link.call("speak", request).then(
      () => {
        speech._made();
        this.#output.end(track, false);
      },
      (error) => {
        speech._fail(error, false);
        this.#output.end(track, link.dead);
      },
    );
    options.signal?.addEventListener("abort", stop);
    if (options.signal?.aborted) stop();
    return speech;
  }

  /**
   * @param {Speech} speech
   * @param {AsyncIterable<string> | ReadableStream<string>} text
   */
  async #feed(speech, text) {
    try {
      for await (const piece of pieces(text)) {
        if (speech.over) return;
        speech.push(piece);
      }
      speech.finish();
    } catch (error) {
      speech.stop(error instanceof Error ? error : new Error(String(error)));
    }
  }

  /** The worker; another one where the last broke down. */
  #worker() {
    if (!this.#link || this.#link.dead) {
      const link = (this.#link = new WorkerLink());
      this.#output.connect((port, rate) => link.post({ call: "output", port, rate }, [port]));
    }
    return this.#link;
  }

  /**
   * @param {"paused" | "blocked" | "interrupted" | undefined} held
   * @param {string} [message]
   */
  #hold(held, message) {
    this.#held = held;
    for (const speech of this.#speeches.values()) speech._hold(held, message);
  }

  /** @param {import("./audio/player.js").Report} report */
  #heard(report) {
    if (report.type === "context") {
      if (!this.paused) this.#hold(report.held, report.message);
    } else {
      this.#speeches.get(report.track)?._heard(report);
    }
  }
}

/**
 * Safari's streams cannot be iterated.
 * @param {AsyncIterable<string> | ReadableStream<string>} text
 * @returns {AsyncIterable<string>}
 */
async function* pieces(text) {
  if (Symbol.asyncIterator in text) return yield* text;
  const reader = /** @type {ReadableStream<string>} */ (text).getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}
