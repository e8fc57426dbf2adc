// The worker: makes or fetches the samples of one text after another and sends them to the worklet, no further ahead
// than needed; tells the page what they say. Texts that are not played are made beside.

import { toPlain } from "../errors.js";
import { prepare, sources } from "./sources.js";
import { SampleOutput } from "./sample-output.js";
import { TextFeed } from "./text-feed.js";

/**
 * @typedef {object} Request
 * @property {number} id
 * @property {number} track
 * @property {string} [text] undefined for one that is pushed
 * @property {boolean} [play]
 * @property {boolean} [samples] whether the page gets them too
 * @property {import("../targets/target.js").SourceSpec} source
 * @property {import("../settings.js").Settings} settings
 *
 * @typedef {{request: Request, text: string | TextFeed, stop: AbortController}} Run
 */

// A worker's scope is much as a port.
const scope = /** @type {MessagePort} */ (/** @type {unknown} */ (self));
const output = new SampleOutput();
/** @type {Map<number, Run>} */
const runs = new Map();
/** The end of what is played so far. @type {Promise<unknown>} */
let lastPlayed = Promise.resolve();

/** @type {Record<string, (message: any) => unknown>} */
const calls = {
  output: ({ port, rate }) => output.connect(port, rate),
  push: ({ track, text }) => feed(track)?.push(text),
  finish: ({ track }) => feed(track)?.finish(),
  stop: ({ track }) => runs.get(track)?.stop.abort(),
  prepare: (request) => answer(request, prepare(request.source)),
  speak: (request) => answer(request, speak(request)),
};

scope.onmessage = ({ data }) => calls[data.call]?.(data);

/** @param {number} track */
function feed(track) {
  const text = runs.get(track)?.text;
  return text instanceof TextFeed ? text : undefined;
}

/**
 * @param {{id: number}} request
 * @param {Promise<unknown>} result
 */
function answer({ id }, result) {
  result.then(
    (ok) => scope.postMessage({ id, ok }),
    (error) => scope.postMessage({ id, error: toPlain(error) }),
  );
}

/** @param {Request} request */
async function speak(request) {
  const stop = new AbortController();
  const run = { request, text: request.text ?? new TextFeed(stop.signal), stop };
  runs.set(request.track, run);
  try {
    if (!request.play) return await make(run);
    const before = lastPlayed;
    const made = before.then(() => make(run));
    lastPlayed = made.catch(() => {});
    await made;
  } catch (error) {
    if (!stop.signal.aborted) throw error;
  } finally {
    runs.delete(request.track);
  }
}

/** @param {Run} run */
async function make({ request, text, stop: { signal } }) {
  const { track, play, samples: wanted } = request;
  const source = sources[request.source.kind];
  let to = 0;
  let begun = false;
  // The first chunk tells how fast the next ones are to be expected.
  const begin = () => {
    if (!begun && !signal.aborted) output.begin(track, source.start(text));
    begun = true;
  };
  try {
    signal.throwIfAborted();
    for await (const piece of source.open(request.source, text, request.settings, signal)) {
      if (signal.aborted) break;
      if (!piece) {
        if (begun) output.idle(track);
        continue;
      }
      const { samples, ...facts } = piece;
      const from = to;
      to += samples.length / facts.sampleRate;
      const chunk = { ...facts, from, to, samples: wanted ? samples : undefined };
      scope.postMessage({ track, chunk });
      if (!play) continue;
      begin();
      await output.write(track, samples, facts.sampleRate, signal);
    }
  } finally {
    if (play) {
      begin();
      output.end(track, signal.aborted);
    }
  }
}
