// Stands for a Chanter server: streams a WAV of known samples, at a pace and with gaps as a test wants them.

import { once } from "node:events";

/** @typedef {import("./site.js").Route} Route */

export const sleep = (/** @type {number} */ ms) => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * Something like a voice: tones that rise and fall. Begins and ends in silence.
 * @param {number} seconds
 * @param {number} rate
 * @param {number} [pitch]
 */
export function tones(seconds, rate, pitch = 220) {
  const samples = new Int16Array(Math.round(seconds * rate));
  for (let i = 0; i < samples.length; i++) {
    const t = i / rate;
    const envelope = Math.min(1, 20 * t, 20 * (seconds - t)) * (0.6 + 0.4 * Math.sin(7 * t));
    const wave = Math.sin(2 * Math.PI * pitch * t) + 0.5 * Math.sin(2 * Math.PI * 3.01 * pitch * t) + 0.2 * Math.sin(9001 * t);
    samples[i] = Math.round(12000 * envelope * wave);
  }
  return samples;
}

/**
 * @param {number} rate
 * @param {number} [bytes] of samples; unknown where left out
 */
export function wavHeader(rate, bytes) {
  const header = Buffer.alloc(44);
  header.write("RIFF", 0);
  header.writeUInt32LE(bytes === undefined ? 0xffffffff : 36 + bytes, 4);
  header.write("WAVEfmt ", 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(rate, 24);
  header.writeUInt32LE(2 * rate, 28);
  header.writeUInt16LE(2, 32);
  header.writeUInt16LE(16, 34);
  header.write("data", 36);
  header.writeUInt32LE(bytes ?? 0xffffffff, 40);
  return header;
}

/**
 * A route that speaks.
 * @param {(text: string) => Int16Array} speak
 * @param {{rate?: number, gaps?: {at: number, ms: number}[], piece?: number, pace?: number, breakAt?: number}} [options]
 *   `gaps`: waits so many ms before the sample at so many seconds; `piece`: bytes sent at once; `pace`: seconds of sound
 *   sent in a second; `breakAt`: seconds after which the connection is cut
 * @returns {Route & {texts: string[], sent: number, open: number}}
 */
export function speaks(speak, { rate = 22050, gaps = [], piece = 10001, pace, breakAt } = {}) {
  const route = Object.assign(
    /** @type {Route} */ (
      async (request, response) => {
        let body = "";
        for await (const part of request) body += part;
        const { text } = JSON.parse(body);
        route.texts.push(text);
        route.open++;
        response.on("close", () => route.open--);
        const samples = speak(text);
        const bytes = Buffer.concat([wavHeader(rate), Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength)]);
        const byteAt = (/** @type {number} */ seconds) => 44 + 2 * Math.round(seconds * rate);
        const stops = gaps.map(({ at, ms }) => ({ at: byteAt(at), ms }));
        const began = performance.now();
        response.writeHead(200, { "content-type": "audio/wav", "cache-control": "no-store" });
        for (let from = 0; from < bytes.length && !response.destroyed; ) {
          const gap = stops.find(({ at }) => at >= from);
          if (gap?.at === from) {
            stops.splice(stops.indexOf(gap), 1);
            await sleep(gap.ms);
          }
          const to = Math.min(from + piece, bytes.length, stops.find(({ at }) => at > from)?.at ?? Infinity);
          if (pace) await sleep(began + ((from - 44) / 2 / rate / pace) * 1000 - performance.now());
          if (breakAt !== undefined && from >= byteAt(breakAt)) return response.destroy();
          if (!response.write(bytes.subarray(from, to))) {
            const stop = new AbortController();
            const over = { signal: stop.signal };
            await Promise.race([once(response, "drain", over), once(response, "close", over)]).catch(() => {});
            stop.abort();
          }
          route.sent += to - from;
          from = to;
        }
        response.end();
      }
    ),
    { texts: /** @type {string[]} */ ([]), sent: 0, open: 0 },
  );
  return route;
}

/** A route of an error as Chanter's servers tell it. @param {number} status @param {string} message @returns {Route} */
export const fails = (status, message) => (_, response) => {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify({ error: { message, type: "invalid_request" } }));
};
