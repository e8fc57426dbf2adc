// The library's files with one voice as the only one, its default.

import { createReadStream, readFileSync } from "node:fs";
import { basename } from "node:path";

import { serve } from "../test/support/site.js";

/**
 * @param {string} model NAME.onnx, with NAME.onnx.json beside it
 * @returns {Promise<{site: import("../test/support/site.js").Site, name: string, config: any}>}
 */
export async function voiceSite(model) {
  const name = basename(model, ".onnx");
  const config = JSON.parse(readFileSync(`${model}.json`, "utf8"));
  const file = (/** @type {string} */ path) => (/** @type {any} */ _, /** @type {any} */ response) => createReadStream(path).pipe(response);
  const catalogue = JSON.stringify({
    [name]: {
      key: name, name, language: config.language, quality: config.audio.quality, num_speakers: config.num_speakers, aliases: [],
      files: Object.fromEntries([model, `${model}.json`].map((path) => [basename(path), { size_bytes: readFileSync(path).length }])),
    },
  });
  const site = await serve({
    [`/app/voices/${name}.onnx`]: file(model),
    [`/app/voices/${name}.onnx.json`]: file(`${model}.json`),
    "/app/voices/voices.json": (_, response) => response.end(catalogue),
  }, { csp: null });
  return { site, name, config };
}
