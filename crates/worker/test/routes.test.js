// Each route, and what is refused.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { start, until } from "./support.js";

/** @type {import("./support.js").Running} */
let worker;
before(async () => void (worker = await start({ vars: { MAX_TEXT_LENGTH: "100" } })));
after(() => worker?.stop());

/** The error of a refusal. @param {Response} response */
async function refusal(response) {
  assert.equal(response.headers.get("content-type"), "application/json");
  assert.equal(response.headers.get("cache-control"), "no-store");
  return (await response.json()).error;
}

/** @param {ArrayBuffer} wav */
const rate = (wav) => new DataView(wav).getUint32(24, true);

test("health", async () => {
  const response = await worker.fetch("health");
  assert.equal(response.status, 200);
  const health = await response.json();
  assert.equal(health.status, "ready");
  assert.equal(health.sample_rate, 22050);
  assert.equal((await worker.fetch("health", { method: "HEAD" })).status, 200);
});

test("speaks by GET and by POST of JSON, text and a form", async () => {
  const answers = await Promise.all([
    worker.fetch("synthesize-stream?text=One+two+three.&seed=1"),
    worker.post("synthesize-stream", { text: "One two three.", seed: 1 }),
    worker.fetch("synthesize-stream?seed=1", { method: "POST", body: "One two three.", headers: { "content-type": "text/plain" } }),
    worker.fetch("synthesize-stream", { method: "POST", body: new URLSearchParams({ text: "One two three.", seed: "1" }) }),
  ]);
  const wavs = [];
  for (const answer of answers) {
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get("content-type"), "audio/wav");
    wavs.push(await answer.arrayBuffer());
  }
  assert.equal(rate(wavs[0]), 22050);
  assert.ok(wavs[0].byteLength > 22050, "half a second at least");
  for (const wav of wavs) assert.deepEqual(Buffer.from(wav), Buffer.from(wavs[0]));
});

test("speaks as OpenAI's API does", async () => {
  const say = (/** @type {object} */ fields) => worker.post("v1/audio/speech", { model: "tts-1", voice: "alloy", input: "One two.", ...fields });
  const wav = await say({ response_format: "wav" });
  assert.equal(wav.headers.get("content-type"), "audio/wav");
  const atVoiceRate = await wav.arrayBuffer();
  const pcm = await say({ response_format: "pcm" });
  assert.equal(pcm.status, 200);
  const at24k = await pcm.arrayBuffer();
  const seconds = [(atVoiceRate.byteLength - 44) / 2 / 22050, at24k.byteLength / 2 / 24000];
  assert.ok(Math.abs(seconds[0] - seconds[1]) < 0.01, `${seconds}`);
  const fast = await (await say({ response_format: "wav", speed: 2 })).arrayBuffer();
  assert.ok(fast.byteLength < 0.7 * atVoiceRate.byteLength, `${fast.byteLength} of ${atVoiceRate.byteLength}`);
  const refused = await say({ speed: 9 });
  assert.equal(refused.status, 400);
  assert.equal((await refusal(refused)).param, "speed");
});

test("speaks as Piper's own servers do", async () => {
  const text = "One two three.";
  const stream = Buffer.from(await (await worker.post("synthesize-stream", { text })).arrayBuffer());
  for (const ask of [worker.post("synthesize", { text }), worker.fetch("synthesize?text=One+two+three.")]) {
    const file = Buffer.from(await (await ask).arrayBuffer());
    assert.equal(file.readUInt32LE(40), file.length - 44);
    assert.deepEqual(file.subarray(44), stream.subarray(44));
  }
  for (const ask of [worker.post("stream", { text }), worker.post("synthesize", { text, streaming: true })]) {
    assert.deepEqual(Buffer.from(await (await ask).arrayBuffer()), stream);
  }
});

test("reads documents, and says when words sound", async () => {
  const text = '<speak>One <break time="1s"/> two <emphasis>three</emphasis>.</speak>';
  const answer = await worker.post("synthesize-stream", { text, ssml: true, timings: "json" });
  assert.match(answer.headers.get("x-speech-warnings") ?? "", /emphasis/);
  const { words, samples, sample_rate } = await answer.json();
  assert.deepEqual(words.map((/** @type {{text: string}} */ word) => word.text), ["One", "two", "three"]);
  assert.ok(words[1].start - words[0].end > 0.9 && words[2].samples[1] <= samples && sample_rate === 22050);
});

test("names models and voices for OpenAI's clients", async () => {
  const [models, one, none, voices] = await Promise.all(["models", "models/tts-1", "models/gpt-9", "audio/voices"].map((path) => worker.fetch(`v1/${path}`)));
  assert.ok((await models.json()).data.some((/** @type {{id: string}} */ { id }) => id === "tts-1"));
  assert.deepEqual([(await one.json()).id, none.status], ["tts-1", 404]);
  assert.deepEqual(await voices.json(), { voices: [{ id: "en_US-slt-tiny", name: "en_US-slt-tiny" }] });
});

test("names its voices", async () => {
  const voices = await (await worker.fetch("voices")).json();
  assert.deepEqual(Object.keys(voices), ["en_US-slt-tiny"]);
  assert.equal(voices["en_US-slt-tiny"].audio.sample_rate, 22050);
});

test("refuses as the server does", async () => {
  const long = "x".repeat(101);
  const cases = /** @type {const} */ ([
    ["synthesize-stream", {}, 400, "invalid_request", "text"],
    ["synthesize-stream", { text: " " }, 400, "invalid_request", "text"],
    ["synthesize-stream", { text: long }, 413, "too_long", "text"],
    ["synthesize-stream", { text: "Hi.", length_scale: 0 }, 400, "invalid_request", "length_scale"],
    ["synthesize-stream", { text: "Hi.", voice: "nobody" }, 400, "invalid_request", "voice"],
    ["synthesize-stream", { text: "Hi.", voice: "../secret" }, 400, "invalid_request", "voice"],
    ["synthesize-stream", { text: "Hi.", speaker: "nobody" }, 400, "invalid_request", undefined],
    ["v1/audio/speech", { input: long }, 413, "invalid_request_error", "input"],
  ]);
  for (const [path, body, status, type, param] of cases) {
    const response = await worker.post(path, body);
    const error = await refusal(response);
    assert.deepEqual([response.status, error.type, error.param], [status, type, param], JSON.stringify(body));
    assert.ok(error.message.length > 5);
  }
});

test("refuses a body that is too large, before it is read", async () => {
  const response = await worker.fetch("synthesize-stream", { method: "POST", body: " ".repeat(1 << 20) });
  assert.equal(response.status, 413);
  // Nor does it have to say its length.
  const pieces = new Blob([" ".repeat(200_000)]).stream();
  const unannounced = await worker.fetch("synthesize-stream", /** @type {any} */ ({ method: "POST", body: pieces, duplex: "half" }));
  assert.equal(unannounced.status, 413);
});

test("what is not there, and what is not taken, is said in JSON", async () => {
  const nothing = await worker.fetch("nothing");
  assert.deepEqual([nothing.status, (await refusal(nothing)).type], [404, "not_found"]);
  for (const [path, method] of [["synthesize-stream", "DELETE"], ["v1/audio/speech", "GET"], ["health", "POST"], ["voices", "PROPFIND"]]) {
    const response = await worker.fetch(path, { method });
    const { type, code } = await refusal(response);
    assert.deepEqual([response.status, code ?? type], [405, "method_not_allowed"], path);
    assert.ok(response.headers.get("allow"), path);
  }
});

test("odd requests are answered, and harm nothing", async () => {
  const odd = await worker.fetch("health", { headers: { "x-name": "caf\u00e9" } });
  assert.equal(odd.status, 200);
  for (const query of ["text=%ff", "text=a&text=b", "%", "text=Hi&seed=-1"]) {
    const response = await worker.fetch(`synthesize-stream?${query}`);
    assert.equal(response.status, 400, query);
    await refusal(response);
  }
  const response = await worker.fetch("synthesize-stream", { method: "POST", body: new Uint8Array([0xff]), headers: { "content-type": "text/plain" } });
  assert.equal(response.status, 400);
});

test("the log has a line of JSON for each request, and no text", async () => {
  await (await worker.post("synthesize-stream", { text: "A secret sentence." })).arrayBuffer();
  const written = () => worker.log().findLast((line) => line.path === "/synthesize-stream" && line.characters === 18);
  await until(written, "the line comes, by another way than the answer");
  const entry = written();
  assert.equal(entry.outcome, "finished");
  assert.ok(entry.seconds > 0.5 && entry.chunks > 0);
  assert.ok(!worker.lines.some((line) => line.includes("secret sentence")));
});
