// Minutes of speech with a page that is busy for a second now and then: `node bench/endurance.js [--minutes N] [NAME.onnx ...]`.

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

import { complaints, launch } from "../test/support/chromium.js";
import { voiceSite } from "./voice-site.js";

const root = fileURLToPath(new URL("../../", import.meta.url));
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { minutes: { type: "string", default: "5" } },
});
const models = positionals.length ? positionals : [join(root, "models/en_US-slt-tiny.onnx")];
const SENTENCES = [
  "The pipe that a piper plays the melody on is called the chanter.",
  "It has a reed inside, eight holes for the fingers, and no way to pause for breath, which is why the bag is there.",
  "Who plays it well?",
  "On the hills above the loch, where the wind comes in from the sea and the heather is wet, one hears it from a mile away, and further still at night.",
];

const browser = await launch();
try {
  for (const model of models) await endure(model);
} finally {
  await browser.close();
}

/** @param {string} model */
async function endure(model) {
  const { site, name } = await voiceSite(model);
  const page = await browser.newPage();
  const wrong = complaints(page);
  try {
    await page.goto(`${site.url}test/support/lib.html`);
    await page.waitForFunction("window.ready");
    const outcome = await page.evaluate(
      async ({ sentences, minutes }) => {
        const { Chanter, block } = /** @type {any} */ (window);
        const chanter = new Chanter({ target: "browser" });
        await chanter.prepare();
        const began = performance.now();
        // As much as is needed, a sentence at a time.
        const text = (async function* () {
          for (let i = 0; performance.now() - began < (minutes * 60 - 10) * 1000; i++) {
            yield `${sentences[i % sentences.length]} `;
            const ahead = () => i * 5 - (performance.now() - began) / 1000;
            while (ahead() > 30) await new Promise((resolve) => setTimeout(resolve, 200));
          }
        })();
        const busy = setInterval(() => block(1000), 7000);
        const outcome = await chanter.speak(text);
        clearInterval(busy);
        return outcome;
      },
      { sentences: SENTENCES, minutes: Number(values.minutes) },
    );
    console.log(
      `${name}: ${outcome.seconds.toFixed(0)} s, ${outcome.underruns} underruns, real-time factor ${outcome.realTimeFactor.toFixed(2)}`,
    );
  } finally {
    for (const line of wrong) console.log(`  the page says: ${line}`);
    await page.close();
    await site.close();
  }
}
