/** The built page, as `cargo xtask www` makes it: after one visit it loads and speaks without a network. */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

import { complaints, launch } from "./support/chromium.js";

const www = (process.env.WWW ??= fileURLToPath(new URL("../../target/www", import.meta.url)));
const { serve } = await import("./support/site.js");

const worker = join(www, "sw.js");
const listed = existsSync(worker) ? (/const PRECACHE = (\[.*?\]);/s.exec(readFileSync(worker, "utf8"))?.[1] ?? "[]") : "[]";
/** @type {{url: string}[]} */
const entries = listed.includes("{") ? JSON.parse(listed) : [];
const skip = entries.length ? false : `${www} is not built: cargo xtask www`;

test("after one visit the page loads and speaks without a network", { skip }, async (t) => {
  const library = entries.find(({ url }) => url.endsWith("/lib/chanter.js"))?.url;
  assert.ok(library, "the library is not among the files that are kept");
  const [site, browser] = await Promise.all([serve(), launch()]);
  t.after(() => Promise.all([browser.close(), site.close()]));
  const context = await browser.newContext();
  const page = await context.newPage();
  const said = complaints(page);
  await page.goto(site.url);
  await page.evaluate(async () => {
    await navigator.serviceWorker.ready;
    if (!navigator.serviceWorker.controller) await new Promise((done) => (navigator.serviceWorker.oncontrollerchange = done));
  });
  assert.deepEqual(said, []);

  await page.goto("about:blank"); // Ends what the page still loads.
  await context.setOffline(true);
  await site.close();
  /** @type {string[]} */
  const failed = [];
  page.on("requestfailed", (request) => failed.push(`${request.url()} ${request.failure()?.errorText}`));
  await page.goto(site.url);
  assert.match((await page.textContent("h1")) ?? "", /Chanter/);
  const spoken = await page.evaluate(async (library) => {
    const { Chanter } = await import(new URL(library, location.href).href);
    const wav = await new Chanter({ target: "browser" }).synthesize("All is well without a network.");
    const samples = new Int16Array((await wav.arrayBuffer()).slice(44));
    return { count: samples.length, loudest: samples.reduce((most, one) => Math.max(most, Math.abs(one)), 0) };
  }, library);
  assert.ok(spoken.count > 22050 && spoken.loudest > 3000, JSON.stringify(spoken));
  assert.deepEqual(failed, []);
});
