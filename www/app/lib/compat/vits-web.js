/**
 * The calls of vits-web, for programs that use it. Voices that it stored are found where it left them. What differs:
 * a voice is downloaded once, checked and kept before it speaks, and several speakers work.
 */
import { Chanter } from "../chanter.js";
import { Voices } from "../voices/index.js";

export const HF_BASE = "https://huggingface.co/rhasspy/piper-voices/resolve/main";

/**
 * @typedef {(progress: {url: string, total: number, loaded: number}) => void} ProgressCallback
 *
 * @typedef {object} InferenceConfig
 * @property {string} text
 * @property {string} voiceId
 * @property {number | string} [speakerId]
 */

/** @type {Voices | undefined} */
let shelf;
/** @type {Chanter | undefined} */
let chanter;

function all() {
  return (shelf ??= new Voices());
}

/** A text as a WAV file. @param {InferenceConfig} config @param {ProgressCallback} [callback] @returns {Promise<Blob>} */
export async function predict({ text, voiceId, speakerId }, callback) {
  await atHand(voiceId, callback);
  chanter ??= new Chanter({ target: "browser" });
  chanter.voice = voiceId;
  return chanter.synthesize(text, { speaker: speakerId });
}

/** @param {string} voiceId @param {ProgressCallback} [callback] */
export async function download(voiceId, callback) {
  const url = `${HF_BASE}/${pathOf(voiceId)}`;
  await all().download(voiceId, { onProgress: (loaded, total) => callback?.({ url, total, loaded }) });
}

/** @returns {Promise<string[]>} */
export async function stored() {
  return all().stored();
}

/** @param {string} voiceId */
export async function remove(voiceId) {
  await all().remove(voiceId);
}

export async function flush() {
  await all().flush();
}

/** Voices as Piper's catalogue has them. */
export async function voices() {
  const list = await all().list();
  return list.map(({ key, name, language, quality, numSpeakers, bytes }) => ({
    key,
    name,
    language,
    quality,
    num_speakers: numSpeakers,
    speaker_id_map: {},
    files: { [pathOf(key)]: { size_bytes: bytes, md5_digest: "" } },
    aliases: [],
  }));
}

/** A voice that is kept ready. */
export class TtsSession {
  /** @param {string} voiceId */
  constructor(voiceId) {
    this.voiceId = voiceId;
    this.ready = false;
  }

  /** @param {{voiceId: string, progress?: ProgressCallback}} options @returns {Promise<TtsSession>} */
  static async create({ voiceId, progress }) {
    const session = new TtsSession(voiceId);
    await atHand(voiceId, progress);
    session.ready = true;
    return session;
  }

  /** @param {string} text @returns {Promise<Blob>} */
  predict(text) {
    return predict({ text, voiceId: this.voiceId });
  }
}

/** Downloads a voice that is neither stored nor one of this site's. @param {string} voiceId @param {ProgressCallback} [callback] */
async function atHand(voiceId, callback) {
  const near = await all().list({ near: true });
  if (!near.some(({ key, stored, source }) => key === voiceId && (stored || source === "site"))) {
    await download(voiceId, callback);
  }
}

/** Where Piper's repository has a voice. @param {string} key */
function pathOf(key) {
  const [code, name, quality] = key.split("-");
  return `${code.split("_")[0]}/${code}/${name}/${quality}/${key}.onnx`;
}
