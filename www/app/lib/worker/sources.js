import { engineSource, engineStart, prepareEngine } from "./engine-source.js";
import { httpSource, prepareHttp } from "./http-source.js";

/**
 * A chunk as a source makes it; the rest is known where the chunks are counted.
 * @typedef {Omit<import("../speech.js").Chunk, "from" | "to" | "samples"> & {samples: Float32Array<ArrayBuffer>}} Piece
 *
 * A source makes pieces of a text when it is asked for the next, and null when it waits for text.
 * @typedef {(spec: any, text: string | import("./text-feed.js").TextFeed,
 *   settings: import("../settings.js").Settings, signal: AbortSignal) => AsyncGenerator<Piece | null, void, void>} Open
 */

/**
 * `start`: seconds that are to be there before it sounds.
 * @type {Record<string, {open: Open, start: (text: string | object) => number}>}
 */
export const sources = {
  engine: { open: engineSource, start: engineStart },
  http: { open: httpSource, start: () => 0.15 },
};

/**
 * @param {import("../targets/target.js").SourceSpec} spec
 * @returns {Promise<import("../chanter.js").VoiceFacts>}
 */
export function prepare(spec) {
  return spec.kind === "engine" ? prepareEngine(spec) : prepareHttp(spec);
}
