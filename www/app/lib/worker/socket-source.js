import { toWire } from "../settings.js";
import { broken, refused } from "./http-source.js";

/**
 * A server's WebSocket for text in pieces; undefined where it has none, or cannot be reached.
 * @param {string} url the server's
 * @param {AbortSignal} signal
 * @returns {Promise<WebSocket | undefined>}
 */
export async function openSocket(url, signal) {
  signal.throwIfAborted();
  const address = new URL("v1/stream", url);
  address.protocol = address.protocol.replace("http", "ws");
  const socket = make(address);
  if (!socket) return undefined;
  socket.binaryType = "arraybuffer";
  const opened = await new Promise((resolve) => {
    socket.onopen = () => resolve(true);
    socket.onerror = () => resolve(false);
    signal.addEventListener("abort", () => resolve(false));
  });
  if (signal.aborted) socket.close();
  signal.throwIfAborted();
  return opened ? socket : undefined;
}

/** A page of HTTPS may not open one that is not encrypted, and hears of it at once. @param {URL} address */
function make(address) {
  try {
    return new WebSocket(address);
  } catch {
    return undefined;
  }
}

/**
 * Speech from a server's WebSocket: text goes as it comes, chunks come with their words. Browsers take all that is sent, so
 * the server waits only where the text is not there yet; a text's limit bounds what lies here.
 * @param {WebSocket} socket
 * @param {{url: string, name: string}} spec
 * @param {import("./text-feed.js").TextFeed} feed
 * @param {import("../settings.js").Settings} settings
 * @param {AbortSignal} signal
 * @returns {AsyncGenerator<import("./sources.js").Piece | null, void, void>}
 */
export async function* socketSource(socket, spec, feed, settings, signal) {
  const say = (/** @type {object} */ message) => socket.send(JSON.stringify(message));
  const text = new Text();
  const inbox = new Inbox(socket, signal);
  let asked = performance.now();
  const send = (/** @type {string} */ more) => {
    const piece = more.replace(/\p{Surrogate}/gu, "\ufffd");
    text.push(piece);
    say({ type: "text", text: piece });
    asked = performance.now();
  };
  const write = async () => {
    say({ type: "start", ...toWire(settings) });
    let rest = "";
    for (let more = await feed.take(); more !== undefined; more = await feed.take()) {
      const whole = rest + more;
      // A character that is cut waits for its other half.
      const end = /[\ud800-\udbff]$/.test(whole) ? whole.length - 1 : whole.length;
      rest = whole.slice(end);
      send(whole.slice(0, end));
    }
    if (rest) send(rest);
    say({ type: "end" });
  };
  // A stop is told below; after an error nobody reads what is written.
  write().catch(() => {});
  try {
    let sampleRate = 0;
    let told = 0;
    for (;;) {
      const message = await inbox.take();
      signal.throwIfAborted();
      if (!message) throw broken(spec);
      const { json, at } = message;
      if (json.type === "error") throw refused(spec, json.error.message);
      if (json.type === "done") return;
      if (json.type === "waiting") yield null;
      if (json.type === "started") sampleRate = json.sample_rate;
      if (json.type !== "audio") continue;
      const sound = await inbox.take();
      if (!sound) throw broken(spec);
      const seconds = (/** @type {[number, number]} */ [from, to]) => ({ from: from / sampleRate, to: to / sampleRate });
      const words = json.words.map((/** @type {any} */ word) => ({
        start: text.index(word.text[0]),
        end: text.index(word.text[1]),
        ...seconds(word.samples),
      }));
      const phonemes = json.phonemes.map((/** @type {any} */ { phoneme, samples }) => ({ phoneme, ...seconds(samples) }));
      const end = Math.max(told, words.at(-1)?.end ?? 0);
      const busyMs = Math.max(0, at - asked);
      asked = Math.max(asked, at);
      const samples = toFloats(sound.bytes);
      yield { samples, sampleRate, text: text.slice(told, end), sentence: json.sentence, words, phonemes, busyMs };
      told = end;
    }
  } finally {
    socket.close();
  }
}

/** Messages, and when they came. */
class Inbox {
  /** @type {{json: any, bytes: ArrayBuffer, at: number}[]} */
  #messages = [];
  #over = false;
  #wake = () => {};

  /**
   * @param {WebSocket} socket
   * @param {AbortSignal} signal
   */
  constructor(socket, signal) {
    socket.onmessage = ({ data }) => {
      const isText = typeof data === "string";
      this.#messages.push({ json: isText && JSON.parse(data), bytes: data, at: performance.now() });
      this.#wake();
    };
    const end = () => {
      this.#over = true;
      this.#wake();
    };
    socket.onerror = null;
    socket.onclose = end;
    signal.addEventListener("abort", end);
  }

  /** The next one; undefined where there will be none. */
  async take() {
    while (!this.#messages.length && !this.#over) {
      await new Promise((/** @type {(_: void) => void} */ resolve) => (this.#wake = resolve));
    }
    return this.#messages.shift();
  }
}

/** A text that grows, and the places of its bytes in UTF-16. */
class Text {
  #text = "";
  /** For each byte of UTF-8. @type {number[]} */
  #units = [];

  /** @param {string} piece */
  push(piece) {
    let unit = this.#text.length;
    for (const c of piece) {
      const code = c.codePointAt(0) ?? 0;
      for (let bytes = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4; bytes; bytes--) this.#units.push(unit);
      unit += c.length;
    }
    this.#text += piece;
  }

  /** @param {number} byte */
  index(byte) {
    return this.#units[byte] ?? this.#text.length;
  }

  /** @param {number} from @param {number} to */
  slice(from, to) {
    return this.#text.slice(from, to);
  }
}

/** 16-bit samples as the engine has them. @param {ArrayBuffer} bytes */
function toFloats(bytes) {
  const view = new DataView(bytes);
  return Float32Array.from({ length: bytes.byteLength >> 1 }, (_, i) => view.getInt16(2 * i, true) / 32767);
}
