// Chanter beside onnxruntime-web, in one Chromium, turn by turn: `node bench/run.js [--rounds N] [--json] [NAME.onnx ...]`.
// Ratios are what counts; milliseconds depend on the machine and on what else it does.

import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

import { complaints, launch } from "../test/support/chromium.js";
import { voiceSite } from "./voice-site.js";

const root = fileURLToPath(new URL("../../", import.meta.url));
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { rounds: { type: "string", default: "5" }, engine: { type: "string" }, json: { type: "boolean" } },
});
const models = positionals.length ? positionals : [join(root, "models/en_US-slt-tiny.onnx")];
const chanter = join(process.env.TARGET ?? join(root, "target"), "release/chanter");
const text = "The quick brown fox jumps over the lazy dog, and then it runs away.";

const say = (/** @type {string} */ line) => values.json || console.log(line);

const browser = await launch();
try {
  const results = [];
  for (const model of models) results.push(await compare(model));
  if (values.json) console.log(JSON.stringify(results));
} finally {
  await browser.close();
}

/** @param {string} model */
async function compare(model) {
  if (!existsSync(model)) throw new Error(`${model} is not there`);
  const lines = execFileSync(chanter, ["phonemize", "-m", model], { input: `${text}\n`, encoding: "utf8" });
  const ids = JSON.parse(lines).phoneme_ids.flat();
  const { site, name, config } = await voiceSite(model);
  const { noise_scale, length_scale, noise_w } = config.inference;
  const page = await browser.newPage();
  const wrong = complaints(page);
  try {
    const facts = {
      app: "/app", voice: undefined, model: `/app/voices/${name}.onnx`, text, ids,
      scales: [noise_scale, length_scale, noise_w], rate: config.audio.sample_rate,
    };
    await page.goto(`${site.url}bench/index.html#${encodeURIComponent(JSON.stringify(facts))}`);
    await page.waitForFunction("window.load");
    // The build that the page would take.
    const best = () => page.evaluate(`import("/app/lib/wasm/features.js").then((features) => features.build())`);
    const build = values.engine ?? (await best());
    const wasm = `/app/lib/wasm/${build}`;
    const loaded = /** @type {any} */ (await page.evaluate(`window.load(${JSON.stringify(wasm)})`));
    say(`\n${name}, ${ids.length} ids, build ${build}; loading: Chanter ${ms(loaded.engine.ms)}, onnxruntime-web ${ms(loaded.peer.ms)}; kernels ${loaded.engine.facts.kernels}`);
    await page.waitForTimeout(5000); // Plans are made while nobody speaks.

    const whole = await turns("whole synthesis", {
      ours: () => page.evaluate("window.engine().then((e) => e.ms)"),
      peer: () => page.evaluate("window.peer()"),
    });
    const heard = await turns("click to first audible sample", {
      ours: () => click(page, "ours"),
      peer: () => click(page, "peer"),
    });
    const spoken = /** @type {any} */ (await page.evaluate("window.engine()"));
    const audio_seconds = spoken.samples / config.audio.sample_rate;
    say(`  real-time factor: ${(whole.ours / 1000 / audio_seconds).toFixed(3)} of ${audio_seconds.toFixed(1)} s`);
    return {
      voice: name, ids: ids.length, audio_seconds, browser: browser.version(), peer: loaded.peer.version, loaded, whole, heard,
    };
  } finally {
    for (const line of wrong) console.error(`  the page says: ${line}`);
    await page.close();
    await site.close();
  }
}

/** @param {import("playwright-core").Page} page @param {string} id */
async function click(page, id) {
  await page.click(`#${id}`);
  const ms = await page.evaluate("window.heard()");
  await page.waitForTimeout(500);
  return ms;
}

/**
 * Both, in turn; the first round warms up.
 * @param {string} what
 * @param {{ours: () => Promise<any>, peer: () => Promise<any>}} sides
 */
async function turns(what, { ours, peer }) {
  /** @type {[number, number][]} */
  const rounds = [];
  for (let round = 0; round <= Number(values.rounds); round++) rounds.push([await ours(), await peer()]);
  rounds.shift();
  const ratios = rounds.map(([a, b]) => a / b).sort((a, b) => a - b);
  const median = (/** @type {number[]} */ all) => [...all].sort((a, b) => a - b)[all.length >> 1];
  const done = {
    ours: median(rounds.map(([a]) => a)), peer: median(rounds.map(([, b]) => b)),
    median: median(ratios), least: ratios[0], most: ratios[ratios.length - 1],
  };
  const spread = `${done.median.toFixed(2)} (${done.least.toFixed(2)} to ${done.most.toFixed(2)})`;
  say(`  ${what}: ${ms(done.ours)} to ${ms(done.peer)}, ratio ${spread}`);
  return done;
}

/** @param {number} value */
function ms(value) {
  return `${Math.round(value)} ms`;
}
