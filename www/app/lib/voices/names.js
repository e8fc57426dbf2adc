/** What voices and their files may be called: names come from catalogues and from users. */

/** One part of a path: no separators, no leading dot, nothing unprintable. */
const SAFE = /^[\p{L}\p{M}\p{N}_][\p{L}\p{M}\p{N}_.+ ()-]{0,119}$/u;

/** @param {unknown} key @returns {key is string} */
export function isKey(key) {
  return typeof key === "string" && SAFE.test(key);
}

/** @param {unknown} path @returns {path is string} a relative path that stays where it starts */
export function isPath(path) {
  return typeof path === "string" && path.length <= 500 && path.split("/").every((part) => SAFE.test(part));
}

/** The names of a voice's two files. @param {string} key */
export function filesOf(key) {
  return { model: `${key}.onnx`, config: `${key}.onnx.json` };
}

/** What a file is called until it is whole and checked. @param {string} name */
export function partOf(name) {
  return `${name}.part`;
}
