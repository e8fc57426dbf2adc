import { after, before } from "node:test";

import { complaints, launch } from "./chromium.js";
import { serve } from "./site.js";

/**
 * A server and a browser for all tests of a file; they are there once the tests run.
 * @returns {{site: import("./site.js").Site, browser: import("playwright-core").Browser, open: () => Promise<import("playwright-core").Page>}}
 * `open` opens a page with the library.
 */
export function shared() {
  const it = /** @type {ReturnType<typeof shared>} */ ({
    open: async () => {
      const page = await it.browser.newPage();
      await page.goto(`${it.site.url}test/support/lib.html`);
      await page.waitForFunction(() => "ready" in globalThis);
      return page;
    },
  });
  before(async () => {
    it.site = await serve();
    it.browser = await launch();
  });
  after(() => Promise.all([it.browser?.close(), it.site?.close()]));
  return it;
}

/**
 * A page with the library, from a server with routes.
 * @param {import("node:test").TestContext} test
 * @param {Record<string, import("./site.js").Route>} routes
 * @param {{strict?: boolean, init?: () => void}} [options]
 */
export async function libPage(test, routes, { strict, init } = {}) {
  const site = await serve(routes);
  const browser = await launch({ strict });
  test.after(() => Promise.all([browser.close(), site.close()]));
  const page = await browser.newPage();
  const said = complaints(page);
  if (init) await page.addInitScript(init);
  await page.goto(`${site.url}test/support/lib.html`);
  // Whatever playwright evaluates counts as a gesture.
  if (!strict) await page.waitForFunction(() => "ready" in globalThis);
  return { page, site, said, browser };
}

/** Samples that a tap took. @param {string} base64 */
export function floats(base64) {
  const bytes = Buffer.from(base64, "base64");
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
}
