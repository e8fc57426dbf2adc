// The Worker in workerd, by miniflare.

import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

import { Log, LogLevel, Miniflare } from "miniflare";

import { startWith } from "../../../www/test/page-server.js";

export const root = fileURLToPath(new URL("../../../", import.meta.url));
export const target = process.env.TARGET ?? join(root, "target");
const worker = process.env.WORKER ?? join(target, "worker-test");

/** A voice of a real one's size, where a folder of them lies beside the repository. @param {string} name */
export function bigVoice(name) {
  const path = join(root, "../shared/voices", `${name}.onnx`);
  return existsSync(path) ? path : undefined;
}

/**
 * @typedef {object} Options
 * @property {Record<string, unknown>} [vars]
 * @property {string[]} [voices] models that are put into the bucket
 * @property {string} [assets] a folder
 * @property {{limit: number, period: 10 | 60}} [rateLimit] of the binding RATE_LIMIT
 */

/**
 * Starts the Worker, alone in an isolate.
 * @param {Options} [options]
 */
export async function start({ vars = {}, voices = [], assets, rateLimit } = {}) {
  /** @type {string[]} */
  const lines = [];
  const cache = mkdtempSync(join(tmpdir(), "chanter-worker-"));
  const runtime = new Miniflare({
    name: "chanter",
    modulesRoot: worker,
    modules: [
      { type: "ESModule", path: join(worker, "entry.js") },
      { type: "ESModule", path: join(worker, "index.js") },
      { type: "CompiledWasm", path: join(worker, "index_bg.wasm") },
    ],
    compatibilityDate: "2026-04-01",
    compatibilityFlags: ["enable_request_signal"],
    bindings: /** @type {any} */ (vars),
    r2Buckets: ["VOICES"],
    ...(assets && {
      assets: {
        directory: assets,
        binding: "ASSETS",
        routerConfig: { has_user_worker: true, invoke_user_worker_ahead_of_assets: false },
      },
    }),
    ...(rateLimit && { ratelimits: { RATE_LIMIT: { simple: rateLimit } } }),
    host: "127.0.0.1",
    port: 0,
    cf: false,
    telemetry: { enabled: false },
    log: new Log(LogLevel.WARN),
    defaultPersistRoot: cache,
    handleRuntimeStdio(stdout, stderr) {
      for (const stream of [stdout, stderr]) {
        createInterface({ input: stream }).on("line", (line) => lines.push(line));
      }
    },
  });
  const url = (await runtime.ready).href;
  /** Puts a file into the bucket. @param {string} name @param {string} file */
  async function put(name, file) {
    const bucket = await runtime.getR2Bucket("VOICES");
    await bucket.put(name, new Uint8Array(readFileSync(file)).buffer);
  }
  for (const model of voices) {
    await put(basename(model), model);
    await put(`${basename(model)}.json`, `${model}.json`);
  }
  return {
    url,
    put,
    /** What the Worker wrote on its console. */
    lines,
    /** What is logged of requests. */
    log: () => lines.flatMap((line) => (line.startsWith("{") ? [JSON.parse(line)] : [])),
    /** @param {string} path @param {RequestInit} [init] */
    fetch: (path, init) => fetch(new URL(path, url), init),
    /** @param {string} path @param {unknown} body @param {RequestInit} [init] */
    post: (path, body, init = {}) =>
      fetch(new URL(path, url), {
        ...init,
        method: "POST",
        headers: { "content-type": "application/json", ...init.headers },
        body: JSON.stringify(body),
      }),
    /** @returns {Promise<{memory: number, active_streams: number, made: number[], loaded: string[]}>} */
    probe: async () => (await fetch(new URL("probe", url))).json(),
    async stop() {
      await runtime.dispose();
      rmSync(cache, { recursive: true, force: true });
    },
  };
}

/** @typedef {Awaited<ReturnType<typeof start>>} Running */

/** A native server beside it. @param {string[]} flags */
export const startNative = (...flags) => startWith("--port", "0", ...flags);

/** Samples of a WAV stream. @param {ArrayBuffer} wav */
export const samples = (wav) => new Int16Array(wav.slice(44, wav.byteLength - (wav.byteLength % 2)));

/** Text of so many sentences. @param {number} sentences */
export const text = (sentences) => "This is one of many sentences that are spoken one after another. ".repeat(sentences).trim();

/** @param {number} ms */
export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Waits until something holds. @param {() => unknown} holds @param {string} what */
export async function until(holds, what) {
  for (let i = 0; i < 600; i++) {
    if (await holds()) return;
    await sleep(50);
  }
  throw new Error(`${what}: not after 30 s`);
}
