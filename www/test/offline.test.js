/** The service worker on a small site that changes: first visit, no network, new versions. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { brotliCompressSync } from "node:zlib";

import { launch } from "./support/chromium.js";
import { serve } from "./support/site.js";

const SW = await readFile(new URL("../sw.js", import.meta.url), "utf8");
const HOME = "/site/";
/** What every page does, and what tells versions apart. @param {string} version */
const script = (version) => `navigator.serviceWorker.register("./sw.js", { scope: "./" }); document.title = ${JSON.stringify(version)};`;
const PACK_DE = "the pack of German";
const WASM = { "lib/wasm/simd/engine.wasm": "the plain engine", "lib/wasm/relaxed/engine.wasm": "the faster engine" };

/** @type {import("./support/site.js").Site} */ let site;
/** @type {import("playwright-core").Browser} */ let browser;
/** @type {import("playwright-core").BrowserContext} */ let context;
/** @type {import("playwright-core").Page} */ let page;

before(async () => void (browser = await launch()));
after(() => browser?.close());
beforeEach(async () => {
  site = await serve({}, { csp: null });
  context = await browser.newContext();
  page = await context.newPage();
});
afterEach(async () => {
  await context.close();
  await site.close();
});

/**
 * Puts a version on the server in place of the one before.
 * @param {string} hash
 * @param {Record<string, string>} [files] of the app's folder; those of `packs/` among them
 * @param {(list: {url: string, bytes?: number, sha256?: string}[]) => void} [amend] changes what the build lists
 */
function publish(hash, files = {}, amend) {
  const folder = `app-${hash}/`;
  /** @type {Record<string, string>} */
  const all = { "index.html": `<!doctype html><html lang="en"><title></title><script src="${folder}main.js"></script>` };
  for (const [name, text] of Object.entries({ "main.js": script(hash), "packs/de.pack": PACK_DE, ...WASM, ...files })) all[folder + name] = text;
  const list = Object.entries(all).map(([url, text]) => ({ url, bytes: Buffer.byteLength(text), sha256: createHash("sha256").update(text).digest("hex") }));
  amend?.(list);
  const sw = SW.replace("/*PRECACHE*/[]/**/", JSON.stringify(list)).replace('/*VERSION*/"dev"/**/', JSON.stringify(hash));
  assert.ok(sw.includes(JSON.stringify(list)) && sw.includes(`VERSION = "${hash}"`), "the placeholders are gone");
  for (const path of Object.keys(site.routes)) delete site.routes[path];
  for (const [url, text] of Object.entries({ ...all, "sw.js": sw })) {
    site.routes[HOME + url] = (request, response) => {
      const type = url.endsWith(".html") ? "text/html; charset=utf-8" : url.endsWith(".js") ? "text/javascript" : "application/octet-stream";
      const packed = Boolean(request.headers["accept-encoding"]?.includes("br"));
      response.writeHead(200, { "content-type": type, "content-security-policy": "default-src 'self'", vary: "accept-encoding", ...(packed && { "content-encoding": "br" }) });
      response.end(packed ? brotliCompressSync(text) : text);
    };
  }
  site.routes[HOME] = site.routes[`${HOME}index.html`];
  site.requests.length = 0;
}

/** Opens the page, and waits for what it gets from its service worker. */
async function visit(query = "") {
  await page.goto(`${site.url}site/${query}`);
  await page.evaluate(async () => {
    await navigator.serviceWorker.ready;
    if (!navigator.serviceWorker.controller) await new Promise((done) => (navigator.serviceWorker.oncontrollerchange = done));
  });
}

/** Has the browser look for a new version, and waits until that has taken over, or was refused. */
function update() {
  return page.evaluate(async () => {
    const registration = await navigator.serviceWorker.ready;
    await registration.update();
    const coming = registration.installing ?? registration.waiting;
    if (!coming) return registration.active?.state;
    await new Promise((done) => {
      setTimeout(done, 20_000);
      coming.onstatechange = () => ["activated", "redundant"].includes(coming.state) && done(0);
    });
    return coming.state;
  });
}

/** A file as the page gets it. @param {string} path relative to the page @param {Record<string, string>} [headers] */
function get(path, headers) {
  return page.evaluate(
    async ([path, headers]) => {
      try {
        const response = await fetch(path, { headers });
        return `${response.status} ${await response.text()}`;
      } catch {
        return "failed";
      }
    },
    /** @type {const} */ ([path, headers]),
  );
}

/** The versions in the cache, and what they have. */
function cached() {
  return page.evaluate(async () => {
    /** @type {Record<string, string[]>} */
    const found = {};
    for (const name of await caches.keys()) {
      const requests = await (await caches.open(name)).keys();
      found[name.split(" ").pop() ?? ""] = requests.map(({ url }) => url.split("/site/")[1]).sort();
    }
    return found;
  });
}

async function cutOff() {
  await context.setOffline(true);
  await site.close();
}

/** @param {string} path */
const timesAsked = (path) => site.requests.filter((asked) => asked === HOME + path).length;

test("after one visit the page loads without a network, whatever its query", async () => {
  publish("1a");
  await visit();
  await cutOff();
  for (const query of ["", "?text=hello", "index.html", "index.html?x#y"]) {
    const response = await page.goto(`${site.url}site/${query}`);
    assert.equal(await page.title(), "1a", query);
    const headers = response?.headers() ?? {};
    assert.equal(headers["content-security-policy"], "default-src 'self'");
    assert.equal(headers["content-encoding"], undefined, "what is kept is unpacked");
  }
  await page.reload();
  assert.equal(await page.title(), "1a");
});

test("only the engine that this browser runs is fetched, and packs only when they are used", async () => {
  publish("1a");
  await visit();
  assert.deepEqual(await cached(), { "1a": ["app-1a/lib/wasm/relaxed/engine.wasm", "app-1a/main.js", "index.html"] });
  assert.equal(timesAsked("app-1a/lib/wasm/simd/engine.wasm"), 0);
  assert.equal(await get("app-1a/packs/de.pack"), `200 ${PACK_DE}`);
  await page.waitForFunction(async () => Boolean(await caches.match("app-1a/packs/de.pack")));
  await cutOff();
  assert.equal(await get("app-1a/packs/de.pack"), `200 ${PACK_DE}`);
  assert.equal(await get("app-1a/lib/wasm/relaxed/engine.wasm"), "200 the faster engine");
  assert.equal(await get("app-1a/lib/wasm/simd/engine.wasm"), "failed");
});

test("speech and other calls, ranges and large models are left alone", async () => {
  publish("1a", { "voices/big.onnx": "a model" }, (list) => list.splice(list.findIndex(({ url }) => url.endsWith(".onnx")), 1));
  let calls = 0;
  site.routes[`${HOME}synthesize-stream`] = site.routes[`${HOME}health`] = (_, response) => response.end(`call ${++calls}`);
  site.routes[`${HOME}app-1a/main.js`] = ((plain) => (/** @type {any} */ request, /** @type {any} */ response, /** @type {any} */ url) =>
    request.headers.range ? response.writeHead(206, { "content-range": "bytes 1-2/9" }).end("ar") : plain(request, response, url))(site.routes[`${HOME}app-1a/main.js`]);
  await visit();
  assert.equal(await get("synthesize-stream?text=a"), "200 call 1");
  assert.equal(await get("synthesize-stream?text=a"), "200 call 2");
  await page.goto(`${site.url}site/health`);
  assert.equal(await page.textContent("body"), "call 3");
  await visit();
  assert.equal(await get("app-1a/main.js", { range: "bytes=1-2" }), "206 ar");
  assert.equal(await get("app-1a/voices/big.onnx"), "200 a model");
  assert.equal(await get("app-1a/voices/big.onnx"), "200 a model");
  assert.equal(timesAsked("app-1a/voices/big.onnx"), 2);
  await cutOff();
  assert.equal(await get("synthesize-stream?text=a"), "failed");
});

test("a new version takes over at the next load; what did not change is not fetched again", async () => {
  publish("1a", { "same.txt": "same" });
  await visit();
  await get("app-1a/packs/de.pack");
  await page.waitForFunction(async () => Boolean(await caches.match("app-1a/packs/de.pack")));
  publish("2b", { "same.txt": "same" });
  assert.equal(await update(), "activated");
  assert.deepEqual(["lib/wasm/relaxed/engine.wasm", "same.txt", "packs/de.pack", "main.js"].map((name) => timesAsked(`app-2b/${name}`)), [0, 0, 0, 1]);
  // The page that is open is still the older one, though the server has no file of it any more.
  assert.equal(await page.title(), "1a");
  assert.equal(await get("app-1a/same.txt"), "200 same");
  await page.reload();
  assert.equal(await page.title(), "2b");
  await cutOff();
  await page.reload();
  assert.equal(await page.title(), "2b");
  assert.equal(await get("app-2b/packs/de.pack"), `200 ${PACK_DE}`);
  assert.equal(await get("app-2b/lib/wasm/relaxed/engine.wasm"), "200 the faster engine");
});

test("a pack in use is brought to the new version: its new form, or none where it is no more", async () => {
  publish("1a", { "packs/fr.pack": "French" });
  await visit();
  for (const name of ["de", "fr"]) await get(`app-1a/packs/${name}.pack`);
  await page.waitForFunction(async () => Boolean((await caches.match("app-1a/packs/de.pack")) && (await caches.match("app-1a/packs/fr.pack"))));
  publish("2b", { "packs/de.pack": "better German" });
  assert.equal(await update(), "activated");
  await cutOff();
  await page.reload();
  assert.equal(await get("app-2b/packs/de.pack"), "200 better German");
  assert.equal(await get("app-2b/packs/fr.pack"), "failed");
});

test("two versions are kept, no more", async () => {
  for (const hash of ["1a", "2b", "3c", "4d"]) {
    publish(hash);
    if (hash === "1a") await visit();
    else assert.equal(await update(), "activated");
  }
  assert.deepEqual(Object.keys(await cached()).sort(), ["3c", "4d"]);
  await page.reload();
  assert.equal(await page.title(), "4d");
});

for (const [what, amend] of Object.entries({
  "a file that is missing": (/** @type {any[]} */ list) => list.push({ url: "app-2b/none.js", bytes: 3, sha256: "" }),
  "a file of another size": (/** @type {any[]} */ list) => (list[1].bytes += 1),
  "a file with other content": (/** @type {any[]} */ list) => (list[1].sha256 = "0".repeat(64)),
})) {
  test(`${what} keeps a version from taking over, and the older one goes on`, async () => {
    publish("1a");
    await visit();
    publish("2b", {}, amend);
    assert.equal(await update(), "redundant");
    assert.deepEqual(Object.keys(await cached()), ["1a"]);
    await cutOff();
    await page.reload();
    assert.equal(await page.title(), "1a");
  });
}

test("the source as it lies, without a list, goes to the network as ever", async () => {
  publish("1a");
  site.routes[`${HOME}sw.js`] = (_, response) => response.writeHead(200, { "content-type": "text/javascript" }).end(SW);
  await visit();
  site.requests.length = 0;
  await page.reload();
  assert.equal(await page.title(), "1a");
  assert.equal(timesAsked(""), 1);
});
