import { wavBlob } from "../wav.js";

/**
 * Plays where there is no AudioWorklet (an origin that is not secure, an old browser): each text as a whole, once all of
 * it is made, through an audio element. Tells what Player tells, as far as the element does.
 */
export class ElementPlayer {
  #report;
  #element = new Audio();
  /** @type {Map<number, {pieces: Float32Array[], rate: number, ready: boolean}>} */
  #tracks = new Map();
  /** The track that the element has. @type {number | undefined} */
  #current;
  #paused = false;
  #unlocked = false;
  node = undefined;
  clock = { now: () => performance.now() / 1000 };

  /** @param {(report: import("./player.js").Report) => void} report */
  constructor(report) {
    this.#report = report;
    this.#element.onplaying = () => this.#tell("playing");
    this.#element.ontimeupdate = () => this.#tell("position");
    this.#element.onpause = () => this.#tell("starved");
    this.#element.onended = () => this.#done();
    this.#element.onerror = () => this.#current !== undefined && this.#done();
  }

  connect() {}

  async prepare() {}

  /**
   * In the click: later plays are allowed when one was.
   * @param {boolean} [paused]
   */
  async wake(paused = false) {
    this.#paused = paused;
    if (!this.#unlocked) {
      this.#unlocked = true;
      this.#element.src = URL.createObjectURL(wavBlob([new Float32Array(64)], 8000));
      this.#element.play().catch(() => (this.#unlocked = false));
    } else if (this.#current !== undefined && !paused) {
      this.#play();
    }
  }

  pause() {
    this.#paused = true;
    this.#element.pause();
  }

  idle() {}

  /**
   * @param {number} track
   * @param {Float32Array} samples
   * @param {number} rate
   */
  push(track, samples, rate) {
    const entry = this.#tracks.get(track) ?? { pieces: [], rate, ready: false };
    entry.pieces.push(samples);
    this.#tracks.set(track, entry);
  }

  /** @param {number} track */
  end(track) {
    const entry = this.#tracks.get(track);
    if (entry) entry.ready = true;
    else this.#report({ type: "done", track, at: 0, position: 0 });
    this.#next();
  }

  /** @param {number} track */
  stop(track) {
    this.#tracks.delete(track);
    if (track !== this.#current) return;
    this.#drop();
    this.#next();
  }

  async close() {
    this.#drop();
    this.#tracks.clear();
  }

  /** Begins with the first track, if it is ready and nothing plays. */
  #next() {
    const first = this.#tracks.entries().next().value;
    if (this.#current !== undefined || !first?.[1].ready) return;
    const [track, { pieces, rate }] = first;
    this.#current = track;
    this.#show(wavBlob(pieces, rate));
    if (!this.#paused) this.#play();
  }

  #play() {
    this.#element.play().then(
      () => this.#report({ type: "context", held: undefined }),
      (error) => {
        if (error.name !== "NotAllowedError") return;
        const message = "The browser allows sound only after a click. Press Speak again, or resume.";
        this.#report({ type: "context", held: "blocked", message });
      },
    );
  }

  /** @param {"playing" | "position" | "starved" | "done"} type */
  #tell(type) {
    if (this.#current === undefined) return;
    const position = this.#element.currentTime;
    this.#report({ type, track: this.#current, at: this.clock.now(), position, counted: false });
  }

  #done() {
    if (this.#current === undefined) return;
    this.#tell("done");
    this.#tracks.delete(this.#current);
    this.#drop();
    this.#next();
  }

  #drop() {
    this.#current = undefined;
    this.#element.pause();
    this.#show(undefined);
  }

  /** @param {Blob | undefined} blob */
  #show(blob) {
    if (this.#element.src) URL.revokeObjectURL(this.#element.src);
    if (blob) this.#element.src = URL.createObjectURL(blob);
    else this.#element.removeAttribute("src");
  }
}
