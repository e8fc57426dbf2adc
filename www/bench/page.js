// Two ways to speak a text on a click, and the workers of both. run.mjs clicks and asks.

import { ask } from "./rpc.js";

const { app, voice, model, text, ids, scales, rate } = JSON.parse(decodeURIComponent(location.hash.slice(1)));
const { Chanter } = await import(`${app}/lib/chanter.js`);

const peer = new Worker(new URL("./peer.js", import.meta.url), { type: "module" });
const engine = new Worker(new URL("./ours.js", import.meta.url), { type: "module" });
const chanter = new Chanter({ target: "browser", voice });

/** @type {AudioContext | undefined} */
let context;

/** The latest click's milliseconds to the first sample that is heard. @type {Promise<number>} */
let heard;

button("ours", async () => {
  const speech = chanter.speak(text);
  const { ms } = await new Promise((resolve) => speech.addEventListener("firstaudio", (/** @type {any} */ e) => resolve(e.detail ?? e)));
  speech.stop();
  return ms;
});

// As a page has it that synthesises the whole text and then plays it.
button("peer", async () => {
  const clicked = performance.now();
  context ??= new AudioContext();
  await context.resume();
  const { samples } = await ask(peer, { speak: { ids, scales } });
  const buffer = context.createBuffer(1, samples.length, rate);
  buffer.copyToChannel(samples, 0);
  const source = new AudioBufferSourceNode(context, { buffer });
  source.connect(context.destination);
  source.start();
  const ms = performance.now() - clicked + 1000 * (context.baseLatency + context.outputLatency);
  setTimeout(() => source.stop(), 200);
  return ms;
});

/** @param {string} id @param {() => Promise<number>} speak */
function button(id, speak) {
  /** @type {HTMLButtonElement} */ (document.getElementById(id)).onclick = () => {
    heard = speak();
  };
}

Object.assign(window, {
  heard: () => heard,
  load: async (/** @type {string} */ wasm) => ({
    peer: await ask(peer, { load: { model } }),
    engine: await ask(engine, { load: { model, wasm } }),
    page: await chanter.prepare(),
  }),
  peer: async () => (await ask(peer, { speak: { ids, scales } })).ms,
  engine: () => ask(engine, { speak: { text, settings: {} } }),
});
