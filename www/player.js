// Speaks a text: asks the server for a WAV stream and plays it while it arrives.

const HEADER_BYTES = 44;
const LEAD = 0.05; // seconds from a sample's arrival to its sound, where none is sounding
const AHEAD = 20; // seconds of sound to fetch ahead; the server waits meanwhile

const form = document.querySelector("#form");
const text = document.querySelector("#text");
const speakButton = document.querySelector("#speak");
const stopButton = document.querySelector("#stop");
const status = document.querySelector("#status");

let current; // the AbortController of what is being spoken
let voiceRate; // Hz; a context of the voice's own rate joins the pieces without a seam

fetch("health")
  .then((response) => response.json())
  .then((health) => (voiceRate = health.sample_rate))
  .catch(() => {});

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  current?.abort();
  const mine = (current = new AbortController());
  speakButton.disabled = true;
  stopButton.disabled = false;
  status.textContent = "Asking the server …";
  try {
    await speak(text.value, mine.signal, (ms) => (status.textContent = `Speaking; first sound after ${ms} ms.`));
    status.textContent += " Done.";
  } catch (error) {
    status.textContent = mine.signal.aborted ? "Stopped." : error.message;
  }
  if (current === mine) {
    speakButton.disabled = false;
    stopButton.disabled = true;
  }
});

stopButton.addEventListener("click", () => current?.abort());

/** Resolves when the last sample has sounded; rejects with a message for people. */
async function speak(words, signal, onFirstSound) {
  const asked = performance.now();
  const context = new AudioContext({ sampleRate: voiceRate }); // here, in the click, or the browser keeps it silent
  const stopped = new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
  stopped.catch(() => {});
  try {
    await Promise.race([context.resume(), stopped]);
    const response = await ask(words, signal);
    const reader = response.body.getReader();
    let bytes = new Uint8Array(0); // not played yet
    let rate = 0; // Hz, once the header is read
    let end = 0; // when the last scheduled sample will have sounded, on the context's clock
    for (;;) {
      const { value, done } = await reader.read().catch(() => {
        throw signal.aborted ? signal.reason : new Error("The speech broke off: the server or the connection failed.");
      });
      if (done) break;
      bytes = joined(bytes, value);
      if (!rate) {
        if (bytes.length < HEADER_BYTES) continue;
        rate = new DataView(bytes.buffer, bytes.byteOffset).getUint32(24, true);
        bytes = bytes.subarray(HEADER_BYTES);
      }
      const samples = toFloats(bytes);
      bytes = bytes.subarray(samples.length * 2); // an odd byte waits for its other half
      if (!samples.length) continue;
      const now = context.currentTime;
      if (!end) onFirstSound(Math.round(performance.now() - asked + 1000 * (LEAD + (context.outputLatency || 0))));
      const start = Math.max(end, now + LEAD);
      end = start + play(context, samples, rate, start);
      await Promise.race([sleep(1000 * (end - now - AHEAD)), stopped]);
    }
    await Promise.race([sleep(1000 * (end - context.currentTime)), stopped]);
  } finally {
    await context.close(); // silences what is still scheduled
  }
}

/** The answer to a request to speak, if it is a good one. */
async function ask(words, signal) {
  let response;
  try {
    response = await fetch("synthesize-stream", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ text: words }),
      signal,
    });
  } catch (error) {
    throw signal.aborted ? error : new Error("The server cannot be reached.");
  }
  if (response.ok) return response;
  const { error } = await response.json().catch(() => ({}));
  throw new Error(`The server cannot speak this: ${error?.message ?? `it answered ${response.status}`}.`);
}

/** Schedules samples; returns how many seconds they sound. */
function play(context, samples, rate, start) {
  const buffer = context.createBuffer(1, samples.length, rate);
  buffer.copyToChannel(samples, 0);
  const source = new AudioBufferSourceNode(context, { buffer });
  source.connect(context.destination);
  source.start(start);
  return buffer.duration;
}

function toFloats(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Float32Array.from({ length: bytes.length >> 1 }, (_, i) => view.getInt16(2 * i, true) / 32768);
}

function joined(a, b) {
  if (!a.length) return b;
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)));
