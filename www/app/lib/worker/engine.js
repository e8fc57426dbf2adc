import { ChanterError } from "../errors.js";
import { openVoice as openFiles } from "../voices/open.js";
import { build } from "../wasm/features.js";

/**
 * @typedef {{from: number, to: number}} Span in samples of the speech
 * @typedef {object} EngineChunk
 * @property {Float32Array<ArrayBuffer>} samples
 * @property {number} offset
 * @property {number} sentence
 * @property {({start: number, end: number} & Span)[]} words
 * @property {({phoneme: string} & Span)[]} phonemes
 *
 * @typedef {{next(): EngineChunk | null | undefined, free(): void}} EngineSpeech
 * @typedef {EngineSpeech & {push(piece: string): void, finish(): void}} EngineLiveSpeech
 * @typedef {object} EngineVoice
 * @property {number} sampleRate
 * @property {() => import("../chanter.js").VoiceFacts} facts
 * @property {(ids: number) => void} prepare
 * @property {(text: string, settings: string) => EngineSpeech} speak
 * @property {(settings: string) => EngineLiveSpeech} speakLive
 * @property {() => void} free
 */

/** Lengths of sentences, in phoneme ids, that a voice is prepared for when nothing else is to be done. */
const PREPARED_IDS = [256, 384, 192, 512];

/** A voice, for as long as somebody uses it. */
class SharedVoice {
  users = 0;
  /** Whether it goes once nobody uses it. */
  dropped = false;
  #voice;
  #planned = false;

  /** @param {EngineVoice} voice */
  constructor(voice) {
    this.#voice = voice;
    this.sampleRate = voice.sampleRate;
    this.facts = voice.facts();
  }

  /** @param {string} text @param {string} settings */
  speak(text, settings) {
    return this.#voice.speak(text, settings);
  }

  /** @param {string} settings */
  speakLive(settings) {
    return this.#voice.speakLive(settings);
  }

  release() {
    this.users--;
    this.#freeUnused();
  }

  drop() {
    this.dropped = true;
    this.#freeUnused();
  }

  /** Speaks a sentence, so that the browser compiles the engine well, and makes plans while nobody speaks. */
  warm() {
    if (this.#planned) return;
    this.#planned = true;
    try {
      const speech = this.speak("Ready to begin, one two three.", "{}");
      while (speech.next());
      speech.free();
    } catch (error) {
      // A voice that cannot read this says so when it is to speak; a trap is another thing.
      if (!(/** @type {any} */ (error).kind)) throw error;
    }
    const plans = [...PREPARED_IDS];
    const plan = () => {
      const ids = plans.shift();
      if (!ids || this.dropped) return;
      // Not while it speaks: the next chunk would be late.
      if (this.users) plans.unshift(ids);
      else this.#voice.prepare(ids);
      setTimeout(plan, 100);
    };
    setTimeout(plan, 100);
  }

  #freeUnused() {
    if (this.dropped && !this.users) this.#voice.free();
  }
}

/** @type {Promise<any> | undefined} */
let engine;
/** The voice that was asked for last. @type {{key: string | undefined, shared: Promise<SharedVoice>} | undefined} */
let current;

/**
 * A voice, loaded unless it is the last one; to be released.
 * @param {string | undefined} key
 */
export async function openVoice(key) {
  if (!current || current.key !== key) {
    const before = current?.shared;
    const mine = (current = { key, shared: load(key, before) });
    mine.shared.catch(() => {
      if (current === mine) current = undefined;
    });
  }
  const { shared } = current;
  const voice = await shared;
  voice.users++;
  return voice;
}

/**
 * @param {string | undefined} key
 * @param {Promise<SharedVoice> | undefined} before a voice that is not needed any more
 */
async function load(key, before) {
  // Two do not lie in memory at once, unless one still speaks.
  before?.then((voice) => voice.drop()).catch(() => {});
  const [{ VoiceLoader, packFor, addPack }, files] = await Promise.all([loadEngine(), openFiles(key)]);
  const pack = packFor(files.config);
  const packed = pack && fetchPack(pack);
  packed?.catch(() => {});
  const loader = new VoiceLoader();
  let finished = false;
  try {
    for await (const piece of files.pieces()) loader.push(piece);
    if (packed) addPack(await packed);
    finished = true; // It takes the loader, whatever comes of it.
    return new SharedVoice(loader.finish(files.config));
  } finally {
    if (!finished) loader.free();
  }
}

/** What the engine needs to know of a language. @param {string} name */
async function fetchPack(name) {
  const url = new URL(`../../packs/${encodeURIComponent(name)}.pack`, import.meta.url);
  const response = await fetch(url).catch(() => undefined);
  if (response?.ok) return new Uint8Array(await response.arrayBuffer());
  const why = response ? `it answered ${response.status}` : "the network or the site cannot be reached";
  throw new ChanterError("network", `The data of this voice's language (${name}) could not be fetched: ${why}.`);
}

function loadEngine() {
  engine ??= fetchEngine();
  engine.catch(() => (engine = undefined));
  return engine;
}

async function fetchEngine() {
  const folder = build();
  if (!folder) {
    const message = "This browser's WebAssembly is too old to speak (it lacks SIMD). Update it, or choose a server.";
    throw new ChanterError("browser", message);
  }
  const module = await import(`../wasm/${folder}/chanter_browser.js`).catch((cause) => {
    throw new ChanterError("network", "The speech engine could not be fetched. Check the network and try again.", { cause });
  });
  const file = new URL(`../wasm/${folder}/chanter_browser_bg.wasm`, import.meta.url);
  await module.default({ module_or_path: file }).catch((/** @type {unknown} */ cause) => {
    throw new ChanterError("network", `The speech engine could not be loaded: ${cause}. Try again.`, { cause });
  });
  return module;
}
