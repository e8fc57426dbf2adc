/**
 * Piper's catalogue has no SHA-256, and its sizes and MD5s are known to lag behind the files. The Hub that holds the
 * files knows both of each: where it answers, its word counts; where it does not, the catalogue's size does.
 */
import { fetchSmall } from "./fetching.js";

const RESOLVED = /^(https:\/\/huggingface\.co)\/([\w.-]+\/[\w.-]+)\/resolve\/([\w.-]+)\/(.+)\/[^/]+$/;

/**
 * @param {import("./catalogue.js").Listed} voice
 * @param {AbortSignal} [signal]
 * @returns {Promise<import("./catalogue.js").Listed>}
 */
export async function withHubFacts(voice, signal) {
  const folder = treeAddress(voice.model.url);
  if (!folder || voice.model.sha256) return voice;
  try {
    const bytes = await fetchSmall(folder, 1 << 20, { signal, timeout: 8_000 });
    const files = JSON.parse(new TextDecoder().decode(bytes));
    return { ...voice, model: amended(voice.model, files), config: amended(voice.config, files) };
  } catch {
    signal?.throwIfAborted();
    return voice;
  }
}

/** @param {string} url of a file @returns {string | undefined} that of the listing of its folder */
export function treeAddress(url) {
  const [, host, repository, revision, folder] = RESOLVED.exec(url) ?? [];
  return host && `${host}/api/models/${repository}/tree/${revision}/${folder}`;
}

/** @param {import("./catalogue.js").RemoteFile} file @param {any} files @returns {import("./catalogue.js").RemoteFile} */
export function amended(file, files) {
  const name = decodeURIComponent(file.url.slice(file.url.lastIndexOf("/") + 1));
  const fact = files.find((/** @type {any} */ one) => String(one?.path).split("/").pop() === name);
  const bytes = fact?.lfs?.size ?? fact?.size;
  if (!Number.isInteger(bytes) || bytes <= 0) return file;
  const sha256 = /^(?:sha256:)?([0-9a-f]{64})$/.exec(fact.lfs?.oid)?.[1];
  return sha256 ? { ...file, bytes, sha256 } : { ...file, bytes };
}
