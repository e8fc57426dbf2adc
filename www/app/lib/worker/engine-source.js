import { toWire } from "../settings.js";
import { openVoice } from "./engine.js";

/** @typedef {{voice?: string}} Spec */

/** Seconds that are there before a text sounds, where the engine is fast enough. */
const START = 0.1;
/** The same at most; more would not fit into the worklet's queue. */
const LONGEST_START = 6;
/** Seconds that a character takes to be spoken, about. */
const CHARACTER = 0.07;

/** Seconds that a second of sound took to make lately. */
let pace = 0;

/** A device that is too slow makes as much ahead as it will fall behind. @param {string | object} text */
export function engineStart(text) {
  if (pace < 0.9) return START;
  const length = typeof text === "string" ? text.length * CHARACTER : Infinity;
  return Math.min(LONGEST_START, Math.max(START, length * (1 - 0.9 / pace)));
}

/**
 * Speech from the engine in this worker. A chunk is computed in one go, so messages get their turn before each.
 * @param {Spec} spec
 * @param {string | import("./text-feed.js").TextFeed} text
 * @param {import("../settings.js").Settings} settings
 * @param {AbortSignal} signal
 * @returns {AsyncGenerator<import("./sources.js").Piece | null, void, void>}
 */
export async function* engineSource(spec, text, settings, signal) {
  const voice = await openVoice(spec.voice);
  /** @type {import("./engine.js").EngineSpeech | undefined} */
  let speech;
  try {
    signal.throwIfAborted();
    const json = JSON.stringify(toWire(settings));
    let began = performance.now();
    const live = typeof text === "string" ? undefined : voice.speakLive(json);
    speech = live ?? voice.speak(/** @type {string} */ (text), json);
    let whole = typeof text === "string" ? text : "";
    let told = 0;
    for (;;) {
      const chunk = speech.next();
      if (chunk === undefined) return;
      if (chunk === null) {
        const feed = /** @type {import("./text-feed.js").TextFeed} */ (text);
        if (!feed.ready) yield null;
        const more = await feed.take();
        if (more === undefined) live?.finish();
        else live?.push(more);
        whole += more ?? "";
      } else {
        const end = Math.max(told, chunk.words.at(-1)?.end ?? 0);
        const busyMs = performance.now() - began;
        const seconds = chunk.samples.length / voice.sampleRate;
        if (seconds) pace += 0.3 * (busyMs / 1000 / seconds - pace);
        yield toPiece(chunk, whole.slice(told, end), voice.sampleRate, busyMs);
        told = end;
        await turn();
      }
      signal.throwIfAborted();
      began = performance.now();
    }
  } finally {
    try {
      speech?.free();
      voice.release();
    } catch {
      // After a trap nothing can be freed; the trap is what is told.
    }
  }
}

/**
 * @param {Spec} spec
 * @returns {Promise<import("../chanter.js").VoiceFacts>}
 */
export async function prepareEngine(spec) {
  const voice = await openVoice(spec.voice);
  try {
    voice.warm();
    return voice.facts;
  } finally {
    voice.release();
  }
}

/**
 * @param {import("./engine.js").EngineChunk} chunk
 * @param {string} text
 * @param {number} sampleRate
 * @param {number} busyMs
 */
function toPiece({ samples, sentence, words, phonemes }, text, sampleRate, busyMs) {
  const seconds = (/** @type {{from: number, to: number}} */ span) => ({
    from: span.from / sampleRate,
    to: span.to / sampleRate,
  });
  return {
    samples,
    sampleRate,
    text,
    sentence,
    words: words.map((word) => ({ ...word, ...seconds(word) })),
    phonemes: phonemes.map((phoneme) => ({ ...phoneme, ...seconds(phoneme) })),
    busyMs,
  };
}

/** Lets the messages that have arrived be read. A timer would be held to 4 ms. */
function turn() {
  const { port1, port2 } = new MessageChannel();
  return new Promise((resolve) => {
    port1.onmessage = () => {
      port1.close();
      resolve(undefined);
    };
    port2.postMessage(0);
  });
}
