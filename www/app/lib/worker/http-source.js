import { ChanterError } from "../errors.js";
import { toWire } from "../settings.js";
import { sentences } from "./sentences.js";
import { openSocket, socketSource } from "./socket-source.js";
import { WavStream } from "./wav-stream.js";

/** @typedef {{url: string, name: string}} Spec */

/**
 * Speech from a server: a WAV stream, read only as far as it is asked for, so that the server waits meanwhile. A text
 * that arrives in pieces goes over a WebSocket; where there is none, as at the edge, it is asked for sentence by sentence.
 * @param {Spec} spec
 * @param {string | import("./text-feed.js").TextFeed} text
 * @param {import("../settings.js").Settings} settings
 * @param {AbortSignal} signal
 * @returns {AsyncGenerator<import("./sources.js").Piece | null, void, void>}
 */
export async function* httpSource(spec, text, settings, signal) {
  if (typeof text === "string") return yield* request(spec, text, settings, 0, signal);
  const socket = spec.name === "server" ? await openSocket(spec.url, signal) : undefined;
  if (socket) return yield* socketSource(socket, spec, text, settings, signal);
  let sentence = 0;
  for await (const part of settings.ssml ? whole(text) : sentences(text)) {
    if (part) yield* request(spec, part, settings, sentence++, signal);
    else yield null;
  }
}

/**
 * A document cannot be cut.
 * @param {import("./text-feed.js").TextFeed} text
 */
async function* whole(text) {
  yield "";
  let all = "";
  for (let piece; (piece = await text.take()) !== undefined; ) all += piece;
  yield all;
}

/**
 * @param {Spec} spec
 * @returns {Promise<import("../chanter.js").VoiceFacts>}
 */
export async function prepareHttp(spec) {
  const response = await ask(spec, "health", {});
  const health = await response.json().catch(() => ({}));
  return { sampleRate: health.sample_rate, language: health.language, speakers: health.speakers };
}

/**
 * @param {Spec} spec
 * @param {string} text
 * @param {import("../settings.js").Settings} settings
 * @param {number} sentence
 * @param {AbortSignal} signal
 * @returns {AsyncGenerator<import("./sources.js").Piece, void, void>}
 */
async function* request(spec, text, settings, sentence, signal) {
  let asked = performance.now();
  const response = await ask(spec, "synthesize-stream", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ text, ...toWire(settings) }),
    signal,
  });
  const type = response.headers.get("content-type") ?? "nothing";
  if (!/^(audio\/|application\/octet-stream)/i.test(type) || !response.body) {
    response.body?.cancel().catch(() => {});
    const message = `${the(spec)} answered with ${type.split(";")[0]}, not with sound. Is the address right?`;
    throw new ChanterError("format", message);
  }
  const wav = new WavStream();
  const reader = response.body.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read().catch((cause) => {
        throw broken(spec, cause);
      });
      if (done) break;
      const samples = wav.push(value);
      if (!samples.length) continue;
      const busyMs = performance.now() - asked;
      yield { samples, sampleRate: wav.sampleRate, text: "", sentence, words: [], phonemes: [], busyMs };
      asked = performance.now();
    }
    if (!wav.complete) throw broken(spec);
  } finally {
    reader.cancel().catch(() => {});
  }
}

/**
 * An answer, if it is a good one.
 * @param {Spec} spec
 * @param {string} path
 * @param {RequestInit} options
 */
async function ask(spec, path, options) {
  const url = new URL(path, spec.url);
  const response = await fetch(url, options).catch((cause) => {
    const message = `${the(spec)} cannot be reached at ${spec.url}. Is it running, and is the address right?`;
    throw new ChanterError("network", message, { cause });
  });
  if (response.ok) return response;
  const why = await response.json().then(
    (body) => body?.error?.message ?? body?.error ?? body?.detail,
    () => undefined,
  );
  throw refused(spec, typeof why === "string" ? why : `it answered ${response.status}; is the address right?`);
}

/**
 * @param {Spec} spec
 * @param {string} why
 */
export function refused(spec, why) {
  return new ChanterError("server", `${the(spec)} cannot speak this: ${/[.?!]$/.test(why) ? why : `${why}.`}`);
}

/** @param {Spec} spec */
const the = ({ name }) => `The ${name}`;

/**
 * @param {Spec} spec
 * @param {unknown} [cause]
 */
export function broken(spec, cause) {
  const message = `The speech broke off: the connection to the ${spec.name} failed. Try again.`;
  return new ChanterError("broken", message, { cause });
}
