// The page, from the Worker's own assets, spoken to by the Worker.

import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { complaints, launch } from "../../../www/test/support/chromium.js";
import { start, startNative, target } from "./support.js";

/** @type {import("./support.js").Running} */
let worker;
/** @type {import("playwright-core").Browser} */
let browser;
before(async () => {
  [worker, browser] = await Promise.all([start({ assets: join(target, "www") }), launch()]);
});
after(() => Promise.all([browser?.close(), worker?.stop()]));

for (const chosen of /** @type {const} */ (["edge", "site"])) {
  test(`the page speaks: ${chosen}`, async () => {
    const context = await browser.newContext();
    await context.route(/^https:/, (route) => route.abort()); // Nothing in tests leaves this machine.
    const page = await context.newPage();
    const said = complaints(page);
    await page.addInitScript((choices) => localStorage.setItem("chanter", JSON.stringify(choices)), { target: chosen, edge: worker.url });
    await page.goto(worker.url);
    const state = (/** @type {RegExp} */ what) => page.locator("#state", { hasText: what }).waitFor({ timeout: 60_000 });
    await state(/^Ready$/);
    await page.fill("#text", "One two three.");
    await page.click("#speak");
    await state(/^Spoken: /);
    assert.equal(await page.textContent("#alerts"), "");
    assert.match((await page.textContent("#first")) ?? "", /^\d+ ms$/);
    assert.deepEqual(said, []);
    await context.close();
    const entry = worker.log().findLast((line) => line.path === "/synthesize-stream");
    assert.deepEqual([entry.characters, entry.outcome], [14, "finished"]);
  });
}

test("assets are sent as the server sends them, without the Worker", async (t) => {
  const native = await startNative("--www", join(target, "www"));
  t.after(() => native.stop());
  const html = await (await worker.fetch("")).text();
  const app = /app-[0-9a-f]+/.exec(html)?.[0];
  for (const path of ["", `${app}/page/main.js`]) {
    const [here, there] = await Promise.all([worker.fetch(path), fetch(new URL(path, native.url))]);
    for (const name of ["content-security-policy", "x-content-type-options", "referrer-policy"]) {
      assert.equal(here.headers.get(name), there.headers.get(name), `${name} of /${path}`);
    }
    assert.equal(/immutable/.test(here.headers.get("cache-control") ?? ""), path !== "", path);
    assert.deepEqual(await here.text(), await there.text());
  }
  assert.ok(!worker.log().some((line) => line.path === "/"));
});
