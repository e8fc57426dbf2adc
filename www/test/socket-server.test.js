// Text in pieces over a real server's WebSocket, from a page of another site.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { startWith } from "./page-server.js";
import { floats, libPage } from "./support/page.js";

/** @type {Awaited<ReturnType<typeof startWith>>} */
let server;

before(async () => (server = await startWith("--port", "0", "--cors-origins", "*")));
after(() => server?.stop());

/** What the server says of a whole text. @param {string} text */
async function whole(text) {
  const request = { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ text, seed: 7 }) };
  const wav = await (await fetch(`${server.url}synthesize-stream`, request)).arrayBuffer();
  return Float32Array.from(new Int16Array(wav.slice(44)), (sample) => sample / 32767);
}

test("text in pieces is the whole text's speech, with words that are heard where they stand", async (t) => {
  const { page, said } = await libPage(t, {});
  const text = "Größe 𝄞 matters. And so do the words, one 🎵 by one.";
  const { samples, words, texts, waited, outcome } = await page.evaluate(
    async ({ url, text }) => {
      const chanter = new Chanter({ target: { server: url }, seed: 7 });
      const speech = chanter.speakLive({ samples: true });
      const words = /** @type {string[]} */ ([]);
      speech.addEventListener("word", (/** @type {any} */ { start, end }) => words.push(text.slice(start, end)));
      const states = log(speech);
      // Every unit by itself: characters are cut too.
      const first = text.indexOf(".") + 6;
      for (const unit of text.slice(0, first).split("")) speech.push(unit);
      while (!states.some(({ state }) => state === "waiting")) await new Promise((resolve) => setTimeout(resolve, 20));
      for (const unit of text.slice(first).split("")) speech.push(unit);
      speech.finish();
      /** @type {number[]} */
      const samples = [];
      let texts = "";
      for await (const chunk of speech) {
        samples.push(...(chunk.samples ?? []));
        texts += chunk.text;
      }
      const bytes = new Uint8Array(Float32Array.from(samples).buffer);
      let binary = "";
      for (const byte of bytes) binary += String.fromCharCode(byte);
      const outcome = await speech;
      const waited = states.filter(({ state }) => state === "waiting").length;
      return { samples: btoa(binary), words, texts, waited, outcome };
    },
    { url: server.url, text },
  );
  assert.deepEqual(floats(samples), await whole(text));
  assert.deepEqual(words, ["Größe", "matters", "And", "so", "do", "the", "words", "one", "by", "one"]);
  assert.ok(text.startsWith(texts) && texts.endsWith("one"), texts);
  assert.equal(waited, 1);
  assert.equal(outcome.underruns, 0);
  assert.deepEqual(said, []);
});

test("a stop ends the server's work, and its errors are told in its words", async (t) => {
  const { page } = await libPage(t, {});
  const outcome = await page.evaluate(async (url) => {
    const chanter = new Chanter({ target: { server: url } });
    const speech = chanter.speakLive();
    speech.push("A sentence that takes its time. ".repeat(100));
    await new Promise((resolve) => speech.addEventListener("firstaudio", resolve));
    speech.stop();
    return await speech;
  }, server.url);
  assert.ok(outcome.stopped);
  for (let active = ""; active !== "0"; ) {
    const metrics = await (await fetch(`${server.url}metrics`)).text();
    active = /chanter_active_streams (\d+)/.exec(metrics)?.[1] ?? "";
  }
  const message = await page.evaluate(async (url) => {
    const speech = new Chanter({ target: { server: url } }).speakLive({ lengthScale: 99 });
    speech.push("a");
    return speech.then(String, (error) => `${error.kind}: ${error.message}`);
  }, server.url);
  assert.match(message, /^server: The server cannot speak this: length_scale is 99/);
});
