// Chanter's engine in a worker, without the library around it.

import { answer } from "./rpc.js";

/** @type {any} */
let voice;

answer(async ({ load, speak }) => {
  if (load) {
    const engine = await import(`${load.wasm}/chanter_browser.js`);
    await engine.default({ module_or_path: `${load.wasm}/chanter_browser_bg.wasm` });
    const [model, config] = await Promise.all([bytes(load.model), bytes(`${load.model}.json`)]);
    const began = performance.now();
    const loader = new engine.VoiceLoader();
    loader.push(model);
    voice = loader.finish(config);
    return { ms: performance.now() - began, facts: voice.facts() };
  }
  const began = performance.now();
  const speech = voice.speak(speak.text, JSON.stringify(speak.settings));
  let first = 0;
  let samples = 0;
  for (let chunk; (chunk = speech.next()); ) {
    first ||= performance.now() - began;
    samples += chunk.samples.length;
  }
  speech.free();
  return { ms: performance.now() - began, first, samples };
});

const bytes = async (/** @type {string} */ url) => new Uint8Array(await (await fetch(url)).arrayBuffer());
