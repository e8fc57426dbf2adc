// The page as people use it, served by a real server.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, afterEach, before, test } from "node:test";

import { startServer } from "./page-server.js";
import { complaints, launch } from "./support/chromium.js";

const LONG = "This is one of many sentences that are spoken one after another. ".repeat(40);
const SHORT = "One two three.";

/** @type {Awaited<ReturnType<typeof startServer>>} */
let server;
/** @type {import("playwright-core").Browser} */
let browser;
/** @type {import("playwright-core").BrowserContext[]} */
const contexts = [];

before(async () => {
  [server, browser] = await Promise.all([startServer(), launch()]);
});
after(() => Promise.all([browser?.close(), server?.stop()]));
afterEach(() => Promise.all(contexts.splice(0).map((context) => context.close())));

/**
 * The page in a browser of its own, ready to speak.
 * @param {{choices?: object, server?: typeof server} & import("playwright-core").BrowserContextOptions} [options]
 */
async function open({ choices = { target: "site" }, server: from = server, ...options } = {}) {
  const context = await browser.newContext(options);
  contexts.push(context);
  // Nothing in tests leaves this machine.
  await context.route(/^https:/, (route) => route.abort());
  const page = await context.newPage();
  const said = complaints(page);
  await page.addInitScript((choices) => {
    if (!localStorage.getItem("chanter")) localStorage.setItem("chanter", JSON.stringify(choices));
  }, choices);
  await page.goto(from.url);
  await state(page, /^Ready$/);
  return { page, said };
}

/** Waits until the line says something. @param {import("playwright-core").Page} page @param {RegExp} what */
async function state(page, what) {
  const line = page.locator("#state", { hasText: what });
  await line.waitFor({ timeout: 60_000 }).catch(async () => {
    const [is, alerts] = [await page.textContent("#state"), await page.textContent("#alerts")];
    assert.fail(`the line says "${is}", not ${what}; alerts: "${alerts}"`);
  });
}

/** @param {import("playwright-core").Page} page */
async function speakToTheEnd(page) {
  await page.fill("#text", SHORT);
  await page.click("#speak");
  await state(page, /^Spoken: /);
  assert.equal(await page.textContent("#alerts"), "");
  assert.match((await page.textContent("#first")) ?? "", /^\d+ ms$/);
  assert.match((await page.textContent("#factor")) ?? "", /^\d\.\d\d$/);
  assert.equal(await page.textContent("#underruns"), "0");
}

/** The choices of the page that has the engine. */
const HERE = { target: "browser" };

for (const [name, choices] of /** @type {const} */ ([["server", { target: "site" }], ["browser", HERE]])) {
  test(`speaks: ${name}`, async () => {
    const { page, said } = await open({ choices });
    await speakToTheEnd(page);
    assert.equal(await page.getAttribute("#stop", "aria-disabled"), "true");
    await speakToTheEnd(page);
    assert.deepEqual(said, []);
  });

  test(`saves a WAV: ${name}`, async () => {
    const { page, said } = await open({ choices: { ...choices, seed: "7", silence: 0.5 } });
    await page.fill("#text", SHORT);
    const [download] = await Promise.all([page.waitForEvent("download"), page.click("#save")]);
    assert.equal(download.suggestedFilename(), "One-two-three.wav");
    const saved = await readFile(await download.path());
    await state(page, /^Saved/);
    const body = JSON.stringify({ text: SHORT, seed: 7, sentence_silence: 0.5 });
    const request = { method: "POST", headers: { "content-type": "application/json" }, body };
    const spoken = Buffer.from(await (await fetch(`${server.url}synthesize-stream`, request)).arrayBuffer());
    const samples = (/** @type {Buffer} */ wav) => new Int16Array(wav.buffer.slice(wav.byteOffset + 44, wav.byteOffset + wav.length));
    assert.equal(saved.toString("latin1", 0, 4), "RIFF");
    assert.equal(saved.readUInt32LE(24), spoken.readUInt32LE(24));
    assert.equal(saved.readUInt32LE(40), saved.length - 44);
    const [ours, theirs] = [samples(saved), samples(spoken)];
    assert.equal(ours.length, theirs.length);
    const worst = ours.reduce((most, sample, i) => Math.max(most, Math.abs(sample - theirs[i])), 0);
    // The built-in voice agrees between machines to 1e-3, see models/README.md.
    assert.ok(worst <= (name === "server" ? 1 : 40), `${worst} of 32768 apart`);
    assert.deepEqual(said, []);
  });
}

test("stops by button and by key, pauses, and speaks by key", async () => {
  const { page, said } = await open();
  await page.fill("#text", LONG);
  await page.click("#speak");
  await state(page, /^Speaking$/);
  await page.click("#stop");
  await state(page, /^Stopped$/);
  await page.focus("#text");
  await page.keyboard.press("Control+Enter");
  await state(page, /^Speaking$/);
  await page.click("#pause");
  await state(page, /^Paused$/);
  assert.equal(await page.textContent("#pause"), "Go on");
  await page.click("#pause");
  await state(page, /^Speaking$/);
  await page.keyboard.press("Escape");
  await state(page, /^Stopped$/);
  // Stopped while it is paused, it does not stay so.
  await page.click("#speak");
  await state(page, /^Speaking$/);
  await page.click("#pause");
  await state(page, /^Paused$/);
  await page.click("#stop");
  await state(page, /^Stopped$/);
  assert.equal(await page.textContent("#pause"), "Pause");
  await speakToTheEnd(page);
  assert.deepEqual(said, []);
});

test("speaking again begins again", async () => {
  const { page, said } = await open();
  await page.fill("#text", LONG);
  await page.dblclick("#speak");
  await state(page, /^Speaking$/);
  await speakToTheEnd(page);
  assert.deepEqual(said, []);
});

test("marks the word that is heard", async () => {
  const { page, said } = await open({ choices: HERE });
  const text = "Mark each word,\n\n\u{1F600} as “it” is heard.";
  await page.fill("#text", text);
  await page.focus("#text");
  await page.evaluate(() => {
    const marked = /** @type {string[]} */ (Object.assign(globalThis, { marked: [] }).marked);
    const set = CSS.highlights.set.bind(CSS.highlights);
    CSS.highlights.set = (name, highlight) => {
      if (name === "word") marked.push(...[...highlight].map(String));
      return set(name, highlight);
    };
  });
  await page.keyboard.press("Control+Enter");
  await page.waitForSelector("#reading:not([hidden])");
  assert.equal(await page.locator("#reading").textContent(), text);
  assert.equal(await page.evaluate(() => document.activeElement?.id), "reading");
  await state(page, /^Spoken/);
  const marked = await page.evaluate(() => /** @type {any} */ (globalThis).marked);
  assert.deepEqual(marked.filter((/** @type {string} */ word) => /\w/.test(word)).map((/** @type {string} */ word) => word.match(/\w+/)?.[0]), [
    "Mark", "each", "word", "as", "it", "is", "heard",
  ]);
  assert.ok(await page.isHidden("#reading"));
  assert.equal(await page.evaluate(() => document.activeElement?.id), "text");
  assert.equal(await page.inputValue("#text"), text);
  assert.deepEqual(said, []);
});

test("scrolls along with the words", async () => {
  const { page } = await open({ choices: { ...HERE, speed: 2 }, viewport: { width: 390, height: 500 } });
  await page.fill("#text", LONG);
  await page.click("#speak");
  await page.waitForFunction(() => (document.querySelector("#reading")?.scrollTop ?? 0) > 0, null, { timeout: 60_000 });
  const seen = await page.evaluate(() => {
    const word = [...(CSS.highlights.get("word") ?? [])][0];
    const at = /** @type {Range} */ (word).getBoundingClientRect();
    const view = /** @type {Element} */ (document.querySelector("#reading")).getBoundingClientRect();
    return at.top >= view.top && at.bottom <= view.bottom;
  });
  assert.ok(seen);
});

test("a text that is empty or far too long", async () => {
  for (const choices of [{ target: "site" }, HERE]) {
    const { page } = await open({ choices });
    await page.fill("#text", " \n");
    await page.click("#speak");
    await page.waitForSelector(".alert");
    assert.match((await page.textContent("#alerts")) ?? "", /no text yet/);
    assert.equal(await page.evaluate(() => document.activeElement?.id), "text");
    await page.evaluate(() => {
      const box = /** @type {HTMLTextAreaElement} */ (document.querySelector("#text"));
      box.value = "Word. ".repeat(Math.ceil(100_000 / 6));
    });
    await page.click("#speak");
    if (choices !== HERE) {
      await page.waitForSelector(".alert");
      assert.match((await page.textContent("#alerts")) ?? "", /at most 5000/);
    } else {
      // It is spoken, or it is said why not; either way nothing hangs.
      await page.waitForFunction(() => document.querySelector(".alert") || document.querySelector("#state")?.textContent === "Speaking", null, { timeout: 60_000 });
      await page.keyboard.press("Escape");
      await page.waitForSelector("#text:not(.covered)");
    }
    await speakToTheEnd(page);
  }
});

test("a server that goes down is told, the next Speak works, and alerts go away", async () => {
  let other = await startServer();
  const { page } = await open({ server: other });
  await speakToTheEnd(page);
  await other.stop();
  await page.click("#speak");
  await page.waitForSelector(".alert");
  assert.match((await page.textContent("#alerts")) ?? "", /server cannot be reached/);
  assert.equal(await page.getAttribute("#stop", "aria-disabled"), "true");
  await page.click(".alert button");
  assert.equal(await page.textContent("#alerts"), "");
  assert.equal(await page.evaluate(() => document.activeElement?.id), "speak");
  other = await startServer(new URL(other.url).port);
  await speakToTheEnd(page);
  await other.stop();
});

test("an address that is missing or wrong", async () => {
  const { page } = await open();
  await page.selectOption("#target", "server");
  await page.click("#speak");
  await page.waitForSelector(".alert");
  assert.match((await page.textContent("#alerts")) ?? "", /Type the address/);
  assert.equal(await page.evaluate(() => document.activeElement?.id), "address");
  await page.fill("#address", "speech.example");
  await page.click("#speak");
  assert.match((await page.textContent("#alerts")) ?? "", /not complete/);
  await page.fill("#address", server.url);
  await speakToTheEnd(page);
});

test("without an audio worklet, as on pages that are not secure", async () => {
  const context = await browser.newContext();
  contexts.push(context);
  const page = await context.newPage();
  const said = complaints(page);
  await page.addInitScript(() => {
    for (const name of ["AudioWorkletNode", "AudioWorklet"]) Reflect.deleteProperty(globalThis, name);
    localStorage.setItem("chanter", '{"target": "site"}');
  });
  await page.goto(server.url);
  await state(page, /^Ready$/);
  await speakToTheEnd(page);
  assert.deepEqual(said, []);
});

test("choices last, and damaged ones do no harm", async () => {
  const { page } = await open();
  await page.locator("#speed").fill("1.5");
  await page.selectOption("#target", "browser");
  await page.reload();
  await state(page, /^Ready$/);
  assert.equal(await page.inputValue("#speed"), "1.5");
  assert.equal(await page.inputValue("#target"), "browser");
  for (const damage of ["{", "null", "[]", '{"speed": "fast", "target": 3}', '{"voice": "gone"}']) {
    await page.evaluate((damage) => localStorage.setItem("chanter", damage), damage);
    await page.reload();
    await state(page, /^Ready$/);
    assert.equal(await page.inputValue("#speed"), "1");
    assert.equal(await page.textContent("#alerts"), "");
  }
});

test("speed and expressiveness reach the engine", async () => {
  const { page } = await open({ choices: { target: "site", speed: 2, expression: 0.5, seed: "3", speaker: "" } });
  await page.fill("#text", SHORT);
  const [request] = await Promise.all([page.context().waitForEvent("request", (r) => r.url().includes("/synthesize-stream")), page.click("#speak")]);
  const { text, length_scale, noise_scale, noise_w_scale, seed, ...rest } = request.postDataJSON();
  assert.deepEqual([text, length_scale, noise_scale, noise_w_scale, seed], [SHORT, 0.5, 0.3335, 0.4, 3]);
  assert.deepEqual(rest, { sentence_silence: 0.2 });
  await state(page, /^Spoken/);
});
