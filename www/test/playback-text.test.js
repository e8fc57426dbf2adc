import assert from "node:assert/strict";
import { test } from "node:test";

import { toSettings, toWire } from "../app/lib/settings.js";
import { toTarget } from "../app/lib/targets/target.js";
import { sentences } from "../app/lib/worker/sentences.js";
import { TextFeed } from "../app/lib/worker/text-feed.js";

/** @param {string[]} pieces */
async function cut(pieces) {
  const feed = new TextFeed(new AbortController().signal);
  /** @type {string[]} */
  const out = [];
  const reading = (async () => {
    for await (const sentence of sentences(feed)) if (sentence) out.push(sentence);
  })();
  for (const piece of pieces) {
    feed.push(piece);
    await new Promise((resolve) => setTimeout(resolve));
  }
  const before = out.length;
  feed.finish();
  await reading;
  return { out, before };
}

test("a text that arrives in pieces is cut into sentences as they get whole", async () => {
  const text = "It is 3.5 km. “Really?” she asked. Yes! 你好。再见";
  for (const pieces of [[text], [...text], text.match(/.{1,5}/gsu) ?? []]) {
    const { out, before } = await cut(pieces);
    assert.deepEqual(out, ["It is 3.5 km. ", "“Really?” ", "she asked. ", "Yes! ", "你好。", "再见"]);
    assert.equal(before, 5, "the last sentence is open until the end");
  }
});

test("a text without sentences is cut at spaces; nothing is lost; blanks are not spoken", async () => {
  const text = "word ".repeat(300);
  const { out } = await cut([text, " \n"]);
  assert.ok(out.every((part) => part.length <= 401));
  assert.equal(out.join("").trimEnd(), text.trimEnd());
  assert.deepEqual((await cut(["  ", "\n"])).out, []);
});

test("waiting for text ends when it is stopped", async () => {
  const stop = new AbortController();
  const feed = new TextFeed(stop.signal);
  const taken = feed.take();
  stop.abort();
  await assert.rejects(taken, { name: "AbortError" });
});

test("settings go to a server under its names; other options do not", () => {
  const settings = toSettings({ lengthScale: 0.5, noiseWScale: 0, speaker: "a", ssml: true, manners: false, seed: undefined, target: "browser", samples: true });
  assert.deepEqual(toWire(settings), { length_scale: 0.5, noise_w_scale: 0, speaker: "a", ssml: true, manners: false });
});

test("a target's address may lack its last slash; another option is refused", () => {
  assert.deepEqual(toTarget({ server: "http://localhost:8080/voice?x#y" }).source(undefined), {
    kind: "http",
    url: "http://localhost:8080/voice/",
    name: "server",
  });
  assert.deepEqual(toTarget("browser").source("a"), { kind: "engine", voice: "a" });
  assert.throws(() => toTarget(/** @type {any} */ ("cloud")), TypeError);
});
