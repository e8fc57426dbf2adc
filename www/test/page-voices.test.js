// The page's voices: the dialog, downloads, files that are dropped.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, afterEach, before, test } from "node:test";
import { fileURLToPath } from "node:url";

import { startServer } from "./page-server.js";
import { launch } from "./support/chromium.js";

const read = (/** @type {string} */ name) => readFileSync(fileURLToPath(new URL(`../../models/test/${name}`, import.meta.url)));
const model = read("tiny-multi.onnx");
const config = read("tiny-multi.onnx.json");
const CORS = { "access-control-allow-origin": "*" };

/** @type {Awaited<ReturnType<typeof startServer>>} */
let server;
/** @type {import("playwright-core").Browser} */
let browser;
/** @type {import("playwright-core").BrowserContext | undefined} */
let context;

before(async () => {
  [server, browser] = await Promise.all([startServer(), launch()]);
});
after(() => Promise.all([browser?.close(), server?.stop()]));
afterEach(() => context?.close());

/** @param {(path: string, route: import("playwright-core").Route) => unknown} published answers for Piper's catalogue */
async function open(published) {
  // What goes past a service worker cannot be answered here.
  context = await browser.newContext({ serviceWorkers: "block" });
  await context.route(/^https:/, (route) => published(new URL(route.request().url()).pathname, route));
  const page = await context.newPage();
  await page.goto(server.url);
  await page.locator("#state", { hasText: "Ready" }).waitFor({ timeout: 60_000 });
  return page;
}

const entry = (/** @type {string} */ key, /** @type {string} */ name, /** @type {string} */ language) => ({
  key,
  name,
  language: { code: "en_GB", family: "en", region: "GB", name_native: language, name_english: language, country_english: "Great Britain" },
  quality: "low",
  num_speakers: 4,
  speaker_id_map: {},
  files: { [`a/${key}.onnx`]: { size_bytes: model.length }, [`a/${key}.onnx.json`]: { size_bytes: config.length } },
  aliases: [],
});
const catalogue = { "en_GB-many-low": entry("en_GB-many-low", "many", "English"), "cy_GB-other-low": entry("cy_GB-other-low", "other", "Welsh") };

/** @param {import("playwright-core").Page} page */
async function speaks(page) {
  await page.fill("#text", "One two three.");
  await page.click("#speak");
  await page.locator("#state", { hasText: "Spoken" }).waitFor({ timeout: 60_000 });
  assert.equal(await page.textContent("#alerts"), "");
}

test("finds a voice, downloads it with progress, speaks with it, removes it", async () => {
  let held = /** @type {import("playwright-core").Route | undefined} */ (undefined);
  const page = await open(async (path, route) => {
    if (path.endsWith("/voices.json")) return route.fulfill({ json: catalogue, headers: CORS });
    if (path.endsWith(".onnx.json")) return route.fulfill({ body: config, headers: CORS });
    if (!path.endsWith(".onnx")) return route.fulfill({ status: 404, headers: CORS });
    held = route;
  });
  await page.click("#more-voices");
  await page.waitForSelector("button[aria-label^='Download other']");
  assert.equal(await page.locator("#voice-list li").count(), 3);
  await page.fill("#filter", "english many");
  assert.equal(await page.locator("#voice-list li").count(), 1);
  await page.click("button[aria-label^='Download many']");
  await page.waitForSelector("progress");
  while (!held) await page.waitForTimeout(20);
  await page.click("button[aria-label^='Cancel many']");
  await page.locator("#voices-note", { hasText: "cancelled" }).waitFor();
  held = undefined;
  await page.click("button[aria-label*=' many,']");
  while (!held) await page.waitForTimeout(20);
  await /** @type {import("playwright-core").Route} */ (held).fulfill({ body: model, headers: CORS });
  await page.waitForSelector("button[aria-label^='Remove many']");
  assert.match((await page.textContent("#storage")) ?? "", /used of the .* allows/);
  await page.keyboard.press("Escape");
  assert.equal(await page.inputValue("#voice"), "en_GB-many-low");
  await page.waitForSelector("#speaker-field:not([hidden])");
  assert.ok((await page.locator("#speaker option").count()) > 1);
  await page.selectOption("#speaker", "1");
  await speaks(page);
  // It is still there after a reload, and so is the speaker.
  await page.reload();
  await page.waitForSelector("#speaker-field:not([hidden])");
  assert.deepEqual([await page.inputValue("#voice"), await page.inputValue("#speaker")], ["en_GB-many-low", "1"]);
  await page.click("#more-voices");
  await page.click("button[aria-label^='Remove many']");
  await page.waitForSelector("button[aria-label^='Download many']");
  await page.click("#voices-close");
  assert.notEqual(await page.inputValue("#voice"), "en_GB-many-low");
  await speaks(page);
});

test("without the published catalogue the voices at hand are listed, and it is said why", async () => {
  const page = await open((_, route) => route.abort());
  await page.click("#more-voices");
  await page.locator("#voices-note", { hasText: /huggingface\.co/ }).waitFor();
  assert.equal(await page.locator("#voice-list li").count(), 1);
});

test("a disk that is full is told of, with what to do", async () => {
  const page = await open((path, route) => {
    if (path.endsWith("/voices.json")) return route.fulfill({ json: catalogue, headers: CORS });
    if (path.endsWith(".onnx.json")) return route.fulfill({ body: config, headers: CORS });
    if (path.endsWith(".onnx")) return route.fulfill({ body: model, headers: CORS });
    return route.fulfill({ status: 404, headers: CORS });
  });
  const session = await page.context().newCDPSession(page);
  await session.send("Storage.overrideQuotaForOrigin", { origin: new URL(server.url).origin, quotaSize: 300_000 });
  await page.click("#more-voices");
  await page.click("button[aria-label^='Download many']");
  await page.locator("#voices-note", { hasText: /room|full|space/ }).waitFor();
  await page.click("#voices-close");
  await speaks(page);
});

/** @param {import("playwright-core").Page} page @param {[string, Buffer][]} files */
async function drop(page, files) {
  await page.evaluate((files) => {
    const dataTransfer = new DataTransfer();
    for (const [name, base64] of files) {
      dataTransfer.items.add(new File([Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))], name));
    }
    const target = document.querySelector("#panel");
    target?.dispatchEvent(new DragEvent("dragenter", { dataTransfer, bubbles: true }));
    if (/** @type {HTMLElement} */ (document.querySelector("#drop")).hidden) throw new Error("nothing says where to drop");
    target?.dispatchEvent(new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true }));
  }, files.map(([name, bytes]) => /** @type {[string, string]} */ ([name, bytes.toString("base64")])));
  assert.ok(await page.isHidden("#drop"));
}

test("files that are dropped: a voice, half of one, something else", async () => {
  const page = await open((_, route) => route.abort());
  await drop(page, [["mine.onnx", model]]);
  await page.locator(".alert", { hasText: "mine.onnx.json" }).waitFor();
  await drop(page, [["mine.onnx", model], ["mine.onnx.json", Buffer.from('{"no": "config"}')]]);
  await page.locator(".alert", { hasText: /mine\.onnx\.json.*Piper/ }).waitFor();
  await drop(page, [["mine.onnx", model], ["mine.onnx.json", config]]);
  await page.waitForFunction(() => /** @type {HTMLSelectElement} */ (document.querySelector("#voice")).value === "mine");
  await page.locator("#state", { hasText: "Ready" }).waitFor();
  await speaks(page);
});

test("a voice whose file is damaged is told of, and another one speaks", async () => {
  const page = await open((_, route) => route.abort());
  const usual = await page.inputValue("#voice");
  await drop(page, [["bad.onnx", Buffer.alloc(1000, 7)], ["bad.onnx.json", config]]);
  await page.waitForSelector(".alert");
  await page.selectOption("#voice", usual);
  await speaks(page);
});
