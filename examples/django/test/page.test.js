// The page in Chromium, Django behind it, and a real Chanter server behind that.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import http from "node:http";
import { createInterface } from "node:readline";
import { pipeline } from "node:stream/promises";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";

import { complaints, launch } from "../../../www/test/support/chromium.js";
import { startWith } from "../../../www/test/page-server.js";

const KEY = "a-key-that-no-page-may-hold";
const TEXT = "This is spoken while it is made. The rest of it comes later, once the first part of it is heard.";
/** About a second of sound. */
const FIRST_PART = 50_000;
const python = process.env.PYTHON ?? fileURLToPath(new URL("../../../.venv/bin/python", import.meta.url));

/** What stands between Django and the server, and holds back what comes after the first part. */
const gate = {
  open: Promise.resolve(),
  /** @type {http.IncomingMessage[]} */
  asked: [],
  /** Resolves when the last reader is gone before the end. @type {Promise<void>} */
  left: Promise.resolve(),
};
/** @type {(() => unknown)[]} */
const endings = [];
/** @type {string} */
let site;
/** @type {import("playwright-core").Browser} */
let browser;

before(async () => {
  process.env.API_KEYS = KEY;
  const server = await startWith("--port", "0");
  endings.push(server.stop);
  const between = http.createServer((request, response) => pass(new URL(request.url, server.url), request, response));
  between.listen(0, "127.0.0.1");
  await once(between, "listening");
  endings.push(() => between.close());
  site = await django(`http://127.0.0.1:${between.address().port}/`);
  browser = await launch();
  endings.push(() => browser.close());
});

after(async () => {
  for (const end of endings.reverse()) await end();
});

test("speaks while the rest of the speech is still to come", async () => {
  const [page, said] = await open();
  let opened = () => {};
  gate.open = new Promise((resolve) => (opened = resolve));
  await page.fill("textarea", TEXT);
  await page.click("#speak");
  await status(page, /^Speaking$/);
  opened();
  await status(page, /^Spoken/);
  assert.deepEqual(said, []);
  const { headers, url } = gate.asked.at(-1);
  assert.equal(url, "/synthesize-stream");
  assert.equal(headers.authorization, `Bearer ${KEY}`);
  await page.close();
});

test("a visitor who leaves ends the speech", async () => {
  const [page] = await open();
  gate.open = new Promise(() => {});
  await page.fill("textarea", TEXT);
  await page.click("#speak");
  await status(page, /^Speaking$/);
  const left = gate.left;
  await page.close();
  await left;
});

test("says what the server says of a text that cannot be spoken", async () => {
  const [page] = await open();
  gate.open = Promise.resolve();
  await page.fill("textarea", "a".repeat(20_000));
  await page.click("#speak");
  await status(page, /The server cannot speak this: .*5000/);
  await page.close();
});

test("keeps the key from the page, and other sites from the speech", async () => {
  for (const path of ["", "static/page.js", "static/chanter/chanter.js", "speech/health"]) {
    const answer = await fetch(site + path);
    assert.equal(answer.status, 200, path);
    const sent = JSON.stringify([...answer.headers]) + (await answer.text());
    assert.ok(!sent.includes(KEY), path);
  }
  const body = JSON.stringify({ text: "Hello." });
  const form = await fetch(`${site}speech/synthesize-stream`, { method: "POST", body });
  assert.equal(form.status, 415);
  const asked = { method: "OPTIONS", headers: { origin: "https://other.example", "access-control-request-method": "POST" } };
  const preflight = await fetch(`${site}speech/synthesize-stream`, asked);
  assert.equal(preflight.headers.get("access-control-allow-origin"), null);
});

/** @returns {Promise<[import("playwright-core").Page, string[]]>} the page, and what it complains of */
async function open() {
  const page = await browser.newPage();
  const said = complaints(page);
  await page.goto(site);
  return [page, said];
}

/**
 * Waits until the page says so.
 * @param {import("playwright-core").Page} page
 * @param {RegExp} text
 */
async function status(page, text) {
  await page.locator("[role=status]").filter({ hasText: text }).waitFor();
}

/**
 * @param {URL} url
 * @param {http.IncomingMessage} request
 * @param {http.ServerResponse} response
 */
function pass(url, request, response) {
  gate.asked.push(request);
  const on = http.request(url, { method: request.method, headers: request.headers });
  gate.left = new Promise((resolve) => response.on("close", () => response.writableFinished || resolve()));
  response.on("close", () => on.destroy());
  on.on("error", () => response.destroy());
  on.on("response", (answer) => {
    response.writeHead(answer.statusCode, answer.headers);
    pipeline(answer, hold, response).catch(() => {});
  });
  request.pipe(on);
}

/** @param {AsyncIterable<Buffer>} answer */
async function* hold(answer) {
  let sent = 0;
  for await (const piece of answer) {
    if (sent > FIRST_PART) await gate.open;
    yield piece;
    sent += piece.length;
  }
}

/**
 * Starts it, and gives its address.
 * @param {string} server
 */
async function django(server) {
  const flags = ["-m", "uvicorn", "speaking.asgi:application", "--port", "0"];
  const child = spawn(python, flags, {
    cwd: fileURLToPath(new URL("..", import.meta.url)),
    env: { ...process.env, DEBUG: "1", CHANTER_SERVER: server, CHANTER_KEY: KEY },
    stdio: ["ignore", "ignore", "pipe"],
  });
  const ended = once(child, "exit");
  endings.push(async () => {
    child.kill();
    await ended;
  });
  let log = "";
  for await (const line of createInterface({ input: child.stderr })) {
    log += `${line}\n`;
    const address = /running on (http:\/\/\S+)/.exec(line)?.[1];
    if (!address) continue;
    child.stderr.resume();
    return `${address}/`;
  }
  throw new Error(`Django ended: ${log}`);
}
