/** Voices in a real browser: downloads that break, wrong files, full disks, files of the user's. */
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { after, before, beforeEach, test } from "node:test";

import { launch } from "./support/chromium.js";
import { serve } from "./support/site.js";
import { asked, file } from "./voices-answers.js";

const KEY = "en_US-test-low";
const MODEL = Buffer.concat([Buffer.from([8, 8]), randomBytes(3_000_000)]);
const CONFIG = Buffer.from(JSON.stringify({ audio: { sample_rate: 16000, quality: "low" }, phoneme_id_map: { _: [0] }, num_speakers: 2, language: { code: "en_US", name_english: "English" } }));
const ENTRY = { name: "test", language: { code: "en_US", name_english: "English" }, quality: "low", num_speakers: 2, aliases: ["en-us-test"] };

/** @type {import("./support/site.js").Route} */
const html = (_, response) => response.writeHead(200, { "content-type": "text/html" }).end("<!doctype html><title>Test</title>");

/** @type {import("./support/site.js").Site} */ let site;
/** @type {import("playwright-core").Browser} */ let browser;
/** @type {import("playwright-core").BrowserContext} */ let context;
/** @type {import("playwright-core").Page} */ let page;

before(async () => {
  [site, browser] = await Promise.all([serve({ "/blank.html": html }), launch()]);
});
after(async () => {
  await browser?.close();
  await site?.close();
});
beforeEach(async () => {
  await context?.close();
  context = await browser.newContext();
  page = await open();
  offer();
});

/** A page with `voices` of this site only. @param {string[]} [catalogues] */
async function open(catalogues = ["/app/voices/voices.json"]) {
  const page = await context.newPage();
  page.on("pageerror", (error) => assert.fail(error));
  await page.goto(`${site.url}blank.html`);
  await page.evaluate(async (catalogues) => {
    const { Voices } = await import("/app/lib/voices/index.js".slice());
    Object.assign(window, { voices: new Voices({ catalogues }), Voices });
  }, catalogues);
  return page;
}

/**
 * Puts the voice on the site.
 * @param {{sha256?: string | null, bytes?: number, model?: import("./support/site.js").Route, config?: Buffer}} [how]
 */
function offer({ sha256 = sha(MODEL), bytes = MODEL.length, model = file(MODEL), config = CONFIG } = {}) {
  const files = {
    [`low/${KEY}.onnx`]: { size_bytes: bytes, ...(sha256 && { sha256 }) },
    [`low/${KEY}.onnx.json`]: { size_bytes: config.length },
  };
  asked.length = 0;
  site.routes["/app/voices/voices.json"] = file(Buffer.from(JSON.stringify({ [KEY]: { key: KEY, ...ENTRY, files } })));
  site.routes[`/app/voices/low/${KEY}.onnx`] = model;
  site.routes[`/app/voices/low/${KEY}.onnx.json`] = file(config);
}

/** @param {Buffer} bytes */
function sha(bytes) {
  return createHash("sha256").update(bytes).digest("hex");
}

/** Downloads, and tells how that went. */
function download(on = page, key = KEY) {
  return on.evaluate(async (key) => {
    /** @type {[number, number][]} */
    const progress = [];
    try {
      await /** @type {any} */ (window).voices.download(key, { onProgress: (/** @type {number} */ a, /** @type {number} */ b) => progress.push([a, b]) });
      return { progress, kind: "", message: "" };
    } catch (error) {
      const { kind, message } = /** @type {any} */ (error);
      return { progress, kind, message };
    }
  }, key);
}

/** The files on the shelf, with their sizes. @param {import("playwright-core").Page} [on] @returns {Promise<Record<string, number>>} */
function shelf(on = page) {
  return on.evaluate(async () => {
    const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle("piper", { create: true });
    /** @type {Record<string, number>} */
    const sizes = {};
    // @ts-ignore: iteration of folders is missing from older lists of the DOM
    for await (const [name, entry] of folder.entries()) sizes[name] = (await entry.getFile()).size;
    return sizes;
  });
}

/** The stored voice as the engine gets it, read in a worker. */
function readInWorker() {
  site.routes["/reader.js"] = (_, answer) => {
    answer.writeHead(200, { "content-type": "text/javascript" });
    answer.end(`
      import { openVoice } from "/app/lib/voices/open.js";
      import { Sha256 } from "/app/lib/voices/sha256.js";
      onmessage = async ({ data }) => {
        try {
          const voice = await openVoice(data);
          const hash = new Sha256();
          for await (const piece of voice.pieces()) hash.update(piece);
          postMessage({ bytes: voice.bytes, sha256: hash.hex(), config: new TextDecoder().decode(voice.config) });
        } catch (error) { postMessage({ kind: error.kind, message: error.message }); }
      };`);
  };
  return page.evaluate(
    (key) =>
      new Promise((done) => {
        const worker = new Worker("/reader.js", { type: "module" });
        worker.onmessage = ({ data }) => done(data);
        worker.postMessage(key);
      }),
    KEY,
  );
}

/**
 * Runs `check` while a module is served with some calls replaced.
 * @param {string} path @param {string[]} calls @param {string} other @param {() => Promise<void>} check
 */
async function altered(path, calls, other, check) {
  const source = await readFile(new URL(`..${path}`, import.meta.url), "utf8");
  for (const call of calls) assert.ok(source.includes(call), call);
  const changed = calls.reduce((text, call) => text.replace(call, other), source);
  site.routes[path] = (_, answer) => void answer.writeHead(200, { "content-type": "text/javascript" }).end(changed);
  await check().finally(() => void delete site.routes[path]);
}

const READ = { bytes: MODEL.length, sha256: sha(MODEL), config: CONFIG.toString() };
const list = () => page.evaluate(() => /** @type {any} */ (window).voices.list());

test("a voice is downloaded with progress, noted, listed as stored, and read by a worker", async () => {
  const [listed] = await list();
  assert.deepEqual(
    { key: listed.key, stored: listed.stored, source: listed.source, bytes: listed.bytes, numSpeakers: listed.numSpeakers },
    { key: KEY, stored: false, source: "site", bytes: MODEL.length + CONFIG.length, numSpeakers: 2 },
  );
  const { progress, message } = await download();
  assert.equal(message, "");
  const total = MODEL.length + CONFIG.length;
  assert.deepEqual(progress.at(-1), [total, total]);
  assert.ok(progress.every(([loaded], i) => loaded >= (progress[i - 1]?.[0] ?? 0)), "progress goes back");

  const { "chanter.json": notes, ...files } = await shelf();
  assert.ok(notes > 0);
  assert.deepEqual(files, { [`${KEY}.onnx`]: MODEL.length, [`${KEY}.onnx.json`]: CONFIG.length });
  assert.deepEqual(await page.evaluate(() => /** @type {any} */ (window).voices.stored()), [KEY]);
  assert.equal((await list())[0].stored, true);
  assert.deepEqual(await readInWorker(), READ);

  asked.length = 0;
  assert.equal((await download()).message, "");
  assert.deepEqual(asked.filter(({ path }) => path.includes(KEY)), [], "a stored voice is downloaded again");
});

test("the notes have our own SHA-256 where the catalogue has none", async () => {
  offer({ sha256: null });
  assert.equal((await download()).message, "");
  const note = await page.evaluate(async (key) => {
    const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle("piper");
    return JSON.parse(await (await (await folder.getFileHandle("chanter.json")).getFile()).text())[key];
  }, KEY);
  assert.deepEqual(note.files[`${KEY}.onnx`], { bytes: MODEL.length, sha256: sha(MODEL) });
  assert.deepEqual(note.files[`${KEY}.onnx.json`], { bytes: CONFIG.length, sha256: sha(CONFIG) });
  assert.equal(note.source, "site");
});

test("an older name of a voice finds it", async () => {
  assert.equal((await download(page, "en-us-test")).message, "");
  assert.ok((await shelf())[`${KEY}.onnx`]);
});

test("a broken connection is taken up where it broke", async () => {
  offer({ model: file(MODEL, { cuts: [1_000_000, 500_000] }) });
  assert.equal((await download()).message, "");
  const ranges = asked.filter(({ path }) => path.endsWith(".onnx")).map(({ range }) => Number(/\d+/.exec(range ?? "0")?.[0]));
  assert.equal(ranges.length, 3);
  assert.ok(0 < ranges[1] && ranges[1] < ranges[2] && ranges[2] <= 1_500_000, String(ranges));
  assert.deepEqual(await readInWorker(), READ);
});

test("a connection that breaks again and again does not end a download that gets on", async () => {
  offer({ model: file(MODEL, { cuts: Array(6).fill(400_000) }) });
  assert.equal((await download()).message, "");
  assert.deepEqual(await readInWorker(), READ);
});

test("a server without ranges sends it all again", async () => {
  offer({ model: file(MODEL, { cuts: [1_000_000], ranges: false }) });
  assert.equal((await download()).message, "");
  assert.deepEqual(await readInWorker(), READ);
});

test("an aborted download goes on later, also in another tab", async () => {
  offer({ model: file(MODEL, { hold: 1_000_000 }) });
  const aborted = await page.evaluate(async (key) => {
    const control = new AbortController();
    try {
      await /** @type {any} */ (window).voices.download(key, { signal: control.signal, onProgress: (/** @type {number} */ n) => n > 900_000 && control.abort() });
    } catch (error) {
      return /** @type {Error} */ (error).name;
    }
  }, KEY);
  assert.equal(aborted, "AbortError");
  const begun = (await shelf())[`${KEY}.onnx.part`];
  assert.ok(begun > 800_000, `${begun}`);
  assert.equal((await list())[0].begun, begun);
  offer();
  const { progress, message } = await download(await open());
  assert.equal(message, "");
  assert.equal(asked.find(({ path }) => path.endsWith(".onnx"))?.range, `bytes=${begun}-`);
  assert.ok(progress.some(([loaded]) => loaded >= begun));
  assert.deepEqual(await readInWorker(), READ);
});

test("a beginning of another version of the file is thrown away", async () => {
  const older = Buffer.concat([Buffer.from([8, 7]), randomBytes(3_000_000)]);
  offer({ model: file(older, { hold: 1_000_000 }) });
  await page.evaluate(async (key) => {
    const control = new AbortController();
    await /** @type {any} */ (window).voices.download(key, { signal: control.signal, onProgress: (/** @type {number} */ n) => n > 900_000 && control.abort() }).catch(() => {});
  }, KEY);
  offer();
  assert.equal((await download()).message, "");
  assert.deepEqual(await readInWorker(), READ);
});

test("a wrong SHA-256 is refused, and nothing is kept", async () => {
  offer({ sha256: "a".repeat(64) });
  const { kind, message } = await download();
  assert.equal(kind, "voice");
  assert.match(message, /SHA-256/);
  assert.equal((await shelf())[`${KEY}.onnx`], undefined);
  offer();
  assert.equal((await download()).message, "");
});

for (const [what, bytes] of Object.entries({ longer: MODEL.length - 10, shorter: MODEL.length + 10 })) {
  test(`a file that is ${what} than listed is refused`, async () => {
    offer({ bytes });
    const { kind, message } = await download();
    assert.equal(kind, "voice");
    assert.match(message, /not as the catalogue says: 3\.0 MB were expected/);
    assert.deepEqual((await shelf())[`${KEY}.onnx.part`] ?? 0, 0);
  });
}

test("what is not a voice is refused: a web page, a missing file, settings that are none", async () => {
  offer({ model: (_, answer) => void answer.writeHead(200, { "content-type": "text/html" }).end("<html>") });
  assert.match((await download()).message, /sent a web page/);
  offer({ model: (_, answer) => void answer.writeHead(404).end() });
  assert.match((await download()).message, /does not have this file any more/);
  offer({ config: Buffer.from('{"hello": 1}') });
  assert.match((await download()).message, /not the settings file of a Piper voice/);
  assert.deepEqual(await page.evaluate(() => /** @type {any} */ (window).voices.stored()), []);
  offer();
  assert.equal((await download()).message, "");
});

test("a server that stays away is told, and what came is kept", async () => {
  offer({ model: file(MODEL, { cuts: [1_000_000, 0, 0, 0, 0] }) });
  const { kind, message } = await download();
  assert.equal(kind, "network");
  assert.match(message, /could not be reached/);
  assert.ok((await shelf())[`${KEY}.onnx.part`] > 0);
  assert.equal((await download()).message, "");
});

test("a full disk is told with sizes and with what can be removed", async () => {
  const session = await context.newCDPSession(page);
  const setQuota = (/** @type {number | undefined} */ quotaSize) => session.send("Storage.overrideQuotaForOrigin", { origin: new URL(site.url).origin, quotaSize });
  offer({ model: file(MODEL, { cuts: [500_000] }) });
  const going = download();
  await page.waitForFunction(async () => {
    const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle("piper", { create: true });
    return folder.getFileHandle("en_US-test-low.onnx.part").then(() => true, () => false);
  });
  await setQuota(1_000_000);
  const { kind, message } = await going;
  assert.equal(kind, "io");
  assert.match(message, /no room for this voice: it takes 3\.0 MB\./);
  assert.deepEqual(Object.keys(await shelf()).filter((name) => name.endsWith(".part")), []);

  await setQuota(undefined);
  assert.equal((await download()).message, "");
  await setQuota(4_000_000);
  const files = { "other.onnx": { size_bytes: 3 * MODEL.length }, "other.onnx.json": { size_bytes: CONFIG.length } };
  site.routes["/app/voices/voices.json"] = file(Buffer.from(JSON.stringify({ other: { files } })));
  site.routes["/app/voices/other.onnx"] = file(Buffer.concat([MODEL, MODEL, MODEL]));
  site.routes["/app/voices/other.onnx.json"] = file(CONFIG);
  assert.match((await download(await open(), "other")).message, /Remove a voice that you do not need: en_US-test-low \(3\.0 MB\)/);
  await setQuota(undefined);
});

test("browsers that tell how much room is left are asked before a download", async () => {
  await altered("/app/lib/voices/work.js", ["navigator.storage.estimate()"], "({ usage: 1e6, quota: 2e6 })", async () => {
    assert.match((await download()).message, /no room for this voice: it takes 3\.0 MB, and 1\.0 MB are left\./);
    assert.deepEqual(asked.filter(({ path }) => path.endsWith(".onnx")), []);
  });
});

test("two tabs that want the same voice download it once", async () => {
  const other = await open();
  const [a, b] = await Promise.all([download(page), download(other)]);
  assert.deepEqual([a.message, b.message], ["", ""]);
  assert.equal(asked.filter(({ path }) => path.endsWith(".onnx")).length, 1);
});

test("voices are removed, one or all; not while they are downloaded", async () => {
  const voices = (/** @type {string} */ call, /** @type {any} */ ...args) =>
    page.evaluate(([call, args]) => /** @type {any} */ (window).voices[call](...args).then(() => "", (/** @type {Error} */ error) => error.message), /** @type {const} */ ([call, args]));
  await download();
  assert.equal(await voices("remove", KEY), "");
  const { "chanter.json": _, ...left } = await shelf();
  assert.deepEqual(left, {});
  assert.equal(await voices("remove", "never-there"), "");
  await download();
  assert.equal(await voices("flush"), "");
  assert.deepEqual(await shelf(), {});
  assert.deepEqual(await page.evaluate(() => /** @type {any} */ (window).voices.stored()), []);

  offer({ model: file(MODEL, { hold: 1_000_000 }) });
  const other = await open();
  download(other).catch(() => {}); // Its page is closed.
  await page.waitForFunction(() => navigator.locks.query().then(({ held }) => held?.length));
  assert.match(await voices("remove", KEY), /is being downloaded/);
  await other.close();
  await page.waitForFunction(() => navigator.locks.query().then(({ held }) => !held?.length));
  assert.equal(await voices("remove", KEY), "");
  assert.deepEqual(Object.keys(await shelf()).filter((name) => name.startsWith(KEY)), []);
});

test("voices that vits-web stored are adopted as they are", async () => {
  await page.evaluate(async ([model, config]) => {
    const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle("piper", { create: true });
    for (const [name, bytes] of Object.entries({ "de_DE-old-low.onnx": model, "de_DE-old-low.onnx.json": config, "half.onnx": model })) {
      const out = await (await folder.getFileHandle(name, { create: true })).createWritable();
      await out.write(bytes);
      await out.close();
    }
  }, ["x".repeat(5000), CONFIG.toString()]);
  const adopted = (await list()).find((/** @type {any} */ voice) => voice.key === "de_DE-old-low");
  assert.deepEqual([adopted.stored, adopted.source, adopted.name, adopted.numSpeakers], [true, "adopted", "old", 2]);
  assert.deepEqual(await page.evaluate(() => /** @type {any} */ (window).voices.stored()), ["de_DE-old-low"]);
});

test("files of the user's are stored, listed and read", async () => {
  const add = (/** @type {[string, string][]} */ files) =>
    page.evaluate((files) => {
      const given = files.map(([name, text]) => new File([Uint8Array.from(atob(text), (c) => c.charCodeAt(0))], name));
      return /** @type {any} */ (window).voices.addFiles(given).catch((/** @type {Error} */ error) => `! ${error.message}`);
    }, files);
  const model = MODEL.toString("base64");
  assert.match(await add([[`${KEY}.onnx`, model]]), /settings are missing/);
  assert.equal(await add([[`${KEY}.onnx`, model], [`${KEY}.onnx.json`, CONFIG.toString("base64")]]), KEY);
  assert.deepEqual(await readInWorker(), READ);
  const found = (await list()).find((/** @type {any} */ voice) => voice.key === KEY);
  assert.deepEqual([found.stored, found.source], [true, "file"]);
});

test("without the catalogue the voices at hand are listed, and why there are no others", async () => {
  await download();
  await page.close();
  const dead = await serve();
  await dead.close();
  page = await open([`${dead.url}voices.json`, "/app/voices/voices.json"]);
  assert.deepEqual((await list()).map((/** @type {any} */ voice) => voice.key), [KEY]);
  const problems = () => page.evaluate(() => /** @type {any} */ (window).voices.problems);
  assert.match((await problems())[0].message, /could not be reached\. Check the network/);
  site.routes["/app/voices/voices.json"] = (_, answer) => void answer.writeHead(200).end("<html>");
  page = await open();
  const [own] = await list();
  assert.deepEqual([own.key, own.stored, own.source, own.language.code], [KEY, true, "site", "en_US"]);
  assert.match((await problems())[0].message, /not send a catalogue/);
  assert.match((await download(page, "nobody")).message, /not send a catalogue/);
});

test("Piper's published catalogue: the Hub's SHA-256 counts", async () => {
  const base = "https://huggingface.co/rhasspy/piper-voices/resolve/main";
  const path = "en/en_US/test/low";
  let hub = [{ type: "file", path: `${path}/${KEY}.onnx`, size: MODEL.length, lfs: { oid: sha(MODEL), size: MODEL.length } }];
  await context.route("https://huggingface.co/**", (route) => {
    const url = route.request().url();
    const headers = { "access-control-allow-origin": "*" };
    // Its catalogue says a size that is no longer true.
    const files = { [`${path}/${KEY}.onnx`]: { size_bytes: 7, md5_digest: "" }, [`${path}/${KEY}.onnx.json`]: { size_bytes: CONFIG.length, md5_digest: "" } };
    if (url === `${base}/voices.json`) return route.fulfill({ headers, json: { [KEY]: { key: KEY, ...ENTRY, files } } });
    if (url === `https://huggingface.co/api/models/rhasspy/piper-voices/tree/main/${path}`) return route.fulfill({ headers, json: hub });
    if (url === `${base}/${path}/${KEY}.onnx`) return route.fulfill({ headers, body: MODEL });
    if (url === `${base}/${path}/${KEY}.onnx.json`) return route.fulfill({ headers, body: CONFIG });
    return route.fulfill({ status: 404, headers });
  });
  page = await open([`${base}/voices.json`]);
  assert.deepEqual((await list()).map((/** @type {any} */ voice) => [voice.key, voice.source]), [[KEY, "catalogue"]]);
  assert.equal((await download()).message, "");
  assert.deepEqual(await readInWorker(), READ);
  await page.evaluate(() => /** @type {any} */ (window).voices.flush());
  hub[0].lfs.oid = "b".repeat(64);
  assert.match((await download()).message, /SHA-256/);
});

test("where files cannot be renamed they are copied", async () => {
  await altered("/app/lib/voices/shelf.js", ["file.move(folder, to)"], "Promise.reject(new TypeError())", async () => {
    assert.equal((await download()).message, "");
    const { "chanter.json": _, ...files } = await shelf();
    assert.deepEqual(files, { [`${KEY}.onnx`]: MODEL.length, [`${KEY}.onnx.json`]: CONFIG.length });
    assert.deepEqual(await readInWorker(), READ);
  });
});

test("where there is no private file system, the cache keeps voices; where there is neither, that is told", async () => {
  const files = "navigator.storage.getDirectory()";
  const cache = "caches.open(`chanter ${FOLDER}`)";
  const missing = "Promise.reject(new DOMException())";
  await altered("/app/lib/voices/shelf.js", [files], missing, async () => {
    page = await open();
    offer({ model: file(MODEL, { cuts: [1_000_000] }) });
    assert.equal((await download()).message, "");
    assert.deepEqual(Object.keys(await shelf()), []);
    assert.equal((await list())[0].stored, true);
    assert.deepEqual(await readInWorker(), READ);
    assert.match((await page.evaluate(() => /** @type {any} */ (window).voices.quota())).note, /only for a while/);
    await page.evaluate((key) => /** @type {any} */ (window).voices.remove(key), KEY);
    assert.equal((await list())[0].stored, false);
  });
  await altered("/app/lib/voices/shelf.js", [files, cache], missing, async () => {
    page = await open();
    assert.match((await download()).message, /keeps no files for this page/);
    assert.equal((await list())[0].stored, false);
    assert.deepEqual(await readInWorker(), READ); // Streamed from the site.
  });
});

test("the site's own voice is read as it comes in, and a stored one that is damaged is told", async () => {
  assert.deepEqual(await readInWorker(), READ);
  assert.deepEqual(await shelf(), {});
  offer({ bytes: MODEL.length + 1 });
  assert.match(/** @type {any} */ (await readInWorker()).message, /not the file that this site's catalogue lists/);
  offer();
  await download();
  await page.evaluate(async (name) => {
    const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle("piper");
    const out = await (await folder.getFileHandle(name)).createWritable();
    await out.truncate(0);
    await out.write("short");
    await out.close();
  }, `${KEY}.onnx`);
  assert.match(/** @type {any} */ (await readInWorker()).message, /damaged\. Remove the voice and download it again/);
  assert.equal((await list())[0].stored, false);
  assert.equal((await download()).message, "");
  assert.deepEqual(await readInWorker(), READ);
});
