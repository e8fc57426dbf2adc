import { complaints, launch } from "./chromium.js";
import { serve } from "./site.js";

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
