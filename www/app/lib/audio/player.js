import { ChanterError } from "../errors.js";

/**
 * What the output tells. Times are in seconds: `at` on the output's clock, `position` in the track.
 * @typedef {{type: "playing" | "position" | "starved" | "done", track: number, at: number, position: number,
 *   gap?: number, counted?: boolean}} TrackReport `gap`: seconds of an underrun that is over; `counted`: whether being
 *   starved is an underrun, or the text is yet to come
 * @typedef {{type: "context", held: "blocked" | "interrupted" | undefined, message?: string}} ContextReport
 * @typedef {TrackReport | ContextReport} Report
 */

const BLOCKED = "The browser allows sound only after a click or a key. Click anywhere to hear it.";
const INTERRUPTED = "Something else took the sound (a call?). It goes on afterwards, or at a click.";
/** Until when a context that may start does so. */
const START_MS = 500;
/** A context that plays nothing for so long gives the device back. */
const IDLE_MS = 30_000;
const GESTURES = ["pointerdown", "keydown"];

/** Plays through one AudioContext and one AudioWorklet for as long as the page lives. */
export class Player {
  /** @type {AudioContext | undefined} */
  #context;
  /** @type {AudioWorkletNode | undefined} */
  #node;
  /** @type {Promise<AudioWorkletNode> | undefined} */
  #ready;
  /** @type {((port: MessagePort, rate: number) => void) | undefined} */
  #onPort;
  #report;
  #rate;
  #paused = false;
  #busy = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #idleTimer;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #blockedTimer;

  static works() {
    return typeof AudioContext === "function" && typeof AudioWorkletNode === "function";
  }

  /**
   * @param {(report: Report) => void} report
   * @param {number} [rate] of the context
   */
  constructor(report, rate) {
    this.#report = report;
    this.#rate = rate;
  }

  /** @returns {AudioNode | undefined} */
  get node() {
    return this.#node;
  }

  /** What is heard now on the context's clock. */
  clock = {
    now: () => {
      const context = this.#context;
      return context ? context.currentTime - (context.outputLatency || context.baseLatency || 0) : 0;
    },
  };

  /**
   * Gives a worker's end of the line to the worklet, now or once there is one.
   * @param {(port: MessagePort, rate: number) => void} onPort
   */
  connect(onPort) {
    this.#onPort = onPort;
    if (this.#context) this.#plug(this.#context);
  }

  /** Everything but the permission to play. */
  async prepare() {
    await this.#open();
  }

  /**
   * Starts the sound; called in a click, before anything is awaited.
   * @param {boolean} [paused] whether to leave it paused
   */
  async wake(paused = false) {
    this.#busy = true;
    this.#paused = paused;
    clearTimeout(this.#idleTimer);
    const ready = this.#open();
    if (!paused) this.#resume();
    await ready;
  }

  pause() {
    this.#paused = true;
    this.#context?.suspend().catch(() => {});
  }

  /** Nothing is to be spoken. */
  idle() {
    this.#busy = false;
    clearTimeout(this.#idleTimer);
    this.#idleTimer = setTimeout(() => this.#context?.suspend().catch(() => {}), IDLE_MS);
  }

  /** @param {number} track */
  stop(track) {
    this.#send({ type: "stop", track });
  }

  /**
   * A track's samples are all made. The worker has told the worklet, unless it is lost.
   * @param {number} track
   * @param {boolean} lost
   */
  end(track, lost) {
    if (lost) this.#send({ type: "lost", track });
  }

  async close() {
    clearTimeout(this.#idleTimer);
    await this.#forget()?.close();
  }

  /** The next sound has a context of its own. */
  #forget() {
    const context = this.#context;
    this.#context = this.#node = this.#ready = undefined;
    return context;
  }

  /** @param {object} message */
  #send(message) {
    this.#ready?.then((node) => node.port.postMessage(message)).catch(() => {});
  }

  #open() {
    if (this.#context?.state === "closed") this.#forget();
    if (!this.#context) {
      this.#context = this.#create();
      this.#context.addEventListener("statechange", () => this.#changed());
    }
    if (!this.#ready) {
      this.#ready = this.#load(this.#context);
      // A context never tries again to load what failed once.
      this.#ready.catch(() => this.#forget()?.close());
      this.#plug(this.#context);
    }
    return this.#ready;
  }

  #create() {
    // Otherwise the mute switch of an iPhone silences us.
    const session = /** @type {any} */ (navigator).audioSession;
    if (session) session.type = "playback";
    const options = /** @type {AudioContextOptions} */ ({ latencyHint: "interactive" });
    try {
      return new AudioContext(this.#rate ? { ...options, sampleRate: this.#rate } : options);
    } catch {
      return new AudioContext(); // at the device's rate
    }
  }

  /** @param {AudioContext} context */
  async #load(context) {
    try {
      await context.audioWorklet.addModule(new URL("./worklet.js", import.meta.url));
    } catch (cause) {
      const message = "The part that plays the sound could not be loaded. Check the network and try again.";
      throw new ChanterError("sound", message, { cause });
    }
    const node = new AudioWorkletNode(context, "chanter", { numberOfInputs: 0, outputChannelCount: [1] });
    node.port.onmessage = ({ data }) => this.#report(data);
    node.connect(context.destination);
    this.#node = node;
    return node;
  }

  /** @param {AudioContext} context */
  #plug(context) {
    if (!this.#onPort || !this.#ready) return;
    const { port1, port2 } = new MessageChannel();
    this.#ready.then((node) => node.port.postMessage({ type: "port", port: port1 }, [port1])).catch(() => {});
    this.#onPort(port2, context.sampleRate);
  }

  #resume() {
    // Also when it is running: a suspend may be under way.
    this.#context?.resume().catch(() => {});
    clearTimeout(this.#blockedTimer);
    this.#blockedTimer = setTimeout(() => this.#changed(), START_MS);
  }

  /** Looks at the context's state: anything but running needs a gesture, unless it is meant. */
  #changed() {
    const state = /** @type {string | undefined} */ (this.#context?.state);
    if (state === "running" || this.#paused || !this.#busy) {
      clearTimeout(this.#blockedTimer);
      this.#listen(false);
      if (!this.#paused) this.#report({ type: "context", held: undefined });
    } else if (state === "interrupted") {
      this.#listen(true);
      this.#report({ type: "context", held: "interrupted", message: INTERRUPTED });
    } else if (state === "suspended") {
      this.#listen(true);
      this.#report({ type: "context", held: "blocked", message: BLOCKED });
    }
  }

  #again = () => {
    if (this.#busy && !this.#paused && document.visibilityState === "visible") this.#resume();
  };

  /** @param {boolean} on */
  #listen(on) {
    const change = on ? "addEventListener" : "removeEventListener";
    for (const type of GESTURES) document[change](type, this.#again, true);
    document[change]("visibilitychange", this.#again);
  }
}
