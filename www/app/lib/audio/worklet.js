/**
 * Plays tracks one after another: their samples come from the worker over a port of its own, so that a busy page cannot
 * hold them up; stop comes from the page. What is heard is told to the page, and what is used up to the worker.
 *
 * A track begins once `start` seconds of it are there, or all of it. When it runs dry before its end, the sound fades,
 * and goes on once there is more than before. Samples are otherwise passed on as they are.
 */

const FADE = Math.round(0.004 * sampleRate);
const REPORT = Math.round(0.05 * sampleRate);
/** Seconds that a track waits for at most, unless it asks for more. */
const LONGEST_START = 1;
const AFTER_GAP = 0.1;

/** @type {(i: number) => number} falls from 1 to 0 */
const fall = (i) => (i < FADE ? 0.5 + 0.5 * Math.cos((Math.PI * (i + 1)) / FADE) : 0);

class Track {
  /** @type {Float32Array[]} */
  chunks = [];
  head = 0;
  offset = 0;
  queued = 0;
  played = 0;
  ended = false;
  /** Waits for text, not for sound. */
  idle = false;
  /** @type {"buffering" | "playing" | "starved"} */
  state = "buffering";
  /** Frames of the present underrun. */
  gap = 0;
  underruns = 0;
  /** Frames of fade-in that are done. */
  fade = FADE;

  /**
   * @param {number} id
   * @param {number} start
   */
  constructor(id, start) {
    this.id = id;
    this.start = start;
  }
}

class ChanterProcessor extends AudioWorkletProcessor {
  /** @type {Track[]} */
  #tracks = [];
  /** Those that are stopped but not over for the worker. */
  #stopped = new Set();
  /** @type {MessagePort | undefined} */
  #worker;
  /** Frames from the present port that are used up. */
  #consumed = 0;
  /** What tracks wait for grows after an underrun, by this. */
  #caution = 1;
  #last = 0;
  /** Frames of fade-out that are done. */
  #fall = FADE;
  #fallFrom = 0;
  /** Where in the present quantum it begins. */
  #fallAt = 0;
  #sinceReport = 0;
  // Made once: process() makes nothing.
  #position = { type: "position", track: 0, at: 0, position: 0 };
  #credit = { consumed: 0 };

  constructor() {
    super();
    this.port.onmessage = ({ data }) => this.#command(data);
  }

  /** From the page. @param {{type: "port" | "stop" | "lost", track: number, port: MessagePort}} message */
  #command({ type, track: id, port }) {
    const track = this.#tracks.find((t) => t.id === id);
    if (type === "port") {
      // What the old worker did not end, nobody will.
      for (const t of this.#tracks) t.ended = true;
      this.#consumed = -this.#tracks.reduce((sum, t) => sum + t.queued, 0);
      this.#worker?.close();
      this.#worker = port;
      port.onmessage = ({ data }) => this.#receive(data);
    } else if (type === "stop") {
      if (!track?.ended) this.#stopped.add(id);
      if (!track) return;
      if (track.state === "playing" && track === this.#tracks[0]) this.#fadeOut();
      this.#consumed += track.queued;
      this.#tracks.splice(this.#tracks.indexOf(track), 1);
      this.#report(0);
    } else if (type === "lost") {
      if (track) track.ended = true;
      else this.port.postMessage({ type: "done", track: id, at: currentFrame / sampleRate, position: 0 });
    }
  }

  /**
   * From the worker.
   * @param {{type: "begin" | "samples" | "idle" | "end", track: number, start: number, samples: Float32Array}} message
   */
  #receive({ type, track: id, start, samples }) {
    if (this.#stopped.has(id)) {
      if (type === "samples") this.#consumed += samples.length;
      if (type === "samples") this.#report(0);
      if (type === "end") this.#stopped.delete(id);
      return;
    }
    if (type === "begin") this.#tracks.push(new Track(id, start));
    const track = this.#tracks.find((t) => t.id === id);
    if (!track) return;
    track.idle = type === "idle";
    if (type === "samples" && samples.length) {
      track.chunks.splice(0, track.head);
      track.head = 0;
      track.chunks.push(samples);
      track.queued += samples.length;
    } else if (type === "end") {
      track.ended = true;
    }
  }

  /**
   * @param {Float32Array[][]} _inputs
   * @param {Float32Array[][]} outputs
   */
  process(_inputs, outputs) {
    const out = outputs[0][0];
    let i = 0;
    while (i < out.length && this.#tracks.length) {
      const track = this.#tracks[0];
      if (!track.queued && track.ended) {
        this.#finish(track, i);
      } else if (track.state !== "playing" && !this.#ready(track)) {
        if (track.state === "starved") track.gap += out.length - i;
        break;
      } else if (!track.queued) {
        this.#starve(track, i);
      } else {
        if (track.state !== "playing") this.#begin(track, i);
        i = this.#copy(track, out, i);
        this.#last = out[i - 1];
      }
    }
    if (i < out.length) this.#last = 0;
    for (let k = this.#fallAt; this.#fall < FADE && k < out.length; k++) {
      out[k] += this.#fallFrom * fall(this.#fall++);
    }
    this.#fallAt = 0;
    this.#sinceReport += out.length;
    if (this.#sinceReport >= REPORT) this.#report(out.length);
    return true;
  }

  /** @param {Track} track */
  #ready(track) {
    const start = Math.max(track.start, Math.min(LONGEST_START, this.#caution * track.start));
    return track.ended || (track.queued > 0 && track.queued >= start * sampleRate);
  }

  /**
   * @param {Track} track
   * @param {number} i
   */
  #begin(track, i) {
    this.#tell("playing", track, i, track.gap, false);
    track.gap = 0;
    track.state = "playing";
  }

  /**
   * The samples that should sound now are not there.
   * @param {Track} track
   * @param {number} i
   */
  #starve(track, i) {
    const counted = !track.idle;
    track.state = counted ? "starved" : "buffering";
    if (counted) {
      track.fade = 0;
      track.underruns++;
      track.start = Math.max(track.start, AFTER_GAP);
      this.#caution = Math.min(this.#caution * 1.5, LONGEST_START / AFTER_GAP);
    }
    this.#tell("starved", track, i, 0, counted);
    this.#fadeOut(i);
  }

  /**
   * @param {Track} track
   * @param {number} i
   */
  #finish(track, i) {
    if (!track.underruns) this.#caution = Math.max(1, this.#caution / 1.5);
    this.#tell("done", track, i, track.gap, false);
    this.#tracks.shift();
  }

  /**
   * @param {Track} track
   * @param {Float32Array} out
   * @param {number} i
   */
  #copy(track, out, i) {
    const chunk = track.chunks[track.head];
    const n = Math.min(out.length - i, chunk.length - track.offset);
    for (let k = 0; k < n; k++) out[i + k] = chunk[track.offset + k];
    for (let k = 0; k < n && track.fade < FADE; k++) out[i + k] *= 1 - fall(track.fade++);
    track.offset += n;
    track.queued -= n;
    track.played += n;
    this.#consumed += n;
    if (track.offset === chunk.length) {
      track.head++;
      track.offset = 0;
    }
    return i + n;
  }

  /** Lets the last sample fade where the sound breaks off. */
  #fadeOut(i = 0) {
    this.#fallFrom = this.#last;
    this.#fallAt = i;
    this.#fall = 0;
  }

  /** @param {number} i frames of the present quantum that are played */
  #report(i) {
    this.#sinceReport = 0;
    this.#credit.consumed = this.#consumed;
    this.#worker?.postMessage(this.#credit);
    const track = this.#tracks[0];
    if (track?.state !== "playing") return;
    this.#position.track = track.id;
    this.#position.at = (currentFrame + i) / sampleRate;
    this.#position.position = track.played / sampleRate;
    this.port.postMessage(this.#position);
  }

  /**
   * @param {string} type
   * @param {Track} track
   * @param {number} i
   * @param {number} gap
   * @param {boolean} counted
   */
  #tell(type, track, i, gap, counted) {
    const at = (currentFrame + i) / sampleRate;
    this.port.postMessage({
      type, track: track.id, at, position: track.played / sampleRate, gap: gap / sampleRate, counted,
    });
  }
}

registerProcessor("chanter", ChanterProcessor);
