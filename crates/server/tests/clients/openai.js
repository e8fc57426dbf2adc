// OpenAI's own client of npm: formats, streaming, events, errors. Run by test_openai_js.py, which starts the server.

import assert from "node:assert/strict";
import { test } from "node:test";

import OpenAI from "openai";

const { SERVER } = process.env;
const client = new OpenAI({ baseURL: `${SERVER}/v1`, apiKey: "none", maxRetries: 0 });
const input = "The first sentence is here. The second one comes after it, and it is longer.";
const speak = (/** @type {object} */ fields) => client.audio.speech.create({ model: "tts-1", voice: "alloy", input, ...fields });
const bytes = async (/** @type {object} */ fields) => Buffer.from(await (await speak(fields)).arrayBuffer());

test("each format", async () => {
  const magic = { mp3: "\xff\xf3", opus: "OggS", aac: "\xff\xf1", flac: "fLaC", wav: "RIFF\xff\xff\xff\xff", pcm: "" };
  for (const [response_format, beginning] of Object.entries(magic)) {
    const sound = await bytes({ response_format });
    assert.equal(sound.subarray(0, beginning.length).toString("latin1"), beginning, response_format);
    assert.ok(sound.length > 10_000, response_format);
  }
});

test("a stream comes in pieces", async () => {
  const answer = await speak({ response_format: "pcm" });
  assert.equal(answer.headers.get("content-type"), "audio/pcm");
  const pieces = [];
  for await (const piece of answer.body) {
    pieces.push(piece);
  }
  assert.ok(pieces.length > 1);
  assert.deepEqual(Buffer.concat(pieces), await bytes({ response_format: "pcm" }));
});

test("events", async () => {
  const answer = await speak({ response_format: "wav", stream_format: "sse" });
  assert.equal(answer.headers.get("content-type"), "text/event-stream");
  const lines = (await answer.text()).split("\n").filter(Boolean);
  const events = lines.map((line) => JSON.parse(line.replace(/^data: /, "")));
  const done = events.pop();
  assert.ok(events.length > 1 && events.every(({ type }) => type === "speech.audio.delta"));
  const sound = Buffer.concat(events.map(({ audio }) => Buffer.from(audio, "base64")));
  assert.deepEqual(sound, await bytes({ response_format: "wav" }));
  const { input_tokens, output_tokens, total_tokens } = done.usage;
  assert.ok(done.type === "speech.audio.done" && input_tokens > 0 && total_tokens === input_tokens + output_tokens);
});

test("speed", async () => {
  const [slow, fast] = await Promise.all([0.5, 2].map((speed) => bytes({ response_format: "pcm", speed })));
  assert.ok(slow.length > 3 * fast.length);
});

test("errors are its own", async () => {
  const wrong = { input: "", voice: "nobody", response_format: "mp4", speed: 9 };
  for (const [param, value] of Object.entries(wrong)) {
    await assert.rejects(speak({ [param]: value }), (/** @type {any} */ error) => {
      assert.ok(error instanceof OpenAI.BadRequestError);
      assert.deepEqual([error.type, error.param], ["invalid_request_error", param]);
      return true;
    });
  }
  await assert.rejects(client.models.retrieve("gpt-9"), OpenAI.NotFoundError);
});

test("models", async () => {
  const names = [];
  for await (const { id } of client.models.list()) {
    names.push(id);
  }
  assert.ok(["tts-1", "tts-1-hd", "gpt-4o-mini-tts"].every((name) => names.includes(name)));
});
