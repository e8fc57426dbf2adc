/** What is on the shelf: whole voices, begun ones, and what we noted about them. */
import { filesOf, isKey, partOf } from "./names.js";

/** Our notes about voices that we brought ourselves. */
export const NOTES = "chanter.json";

/**
 * @typedef {object} Note
 * @property {Record<string, {bytes: number, sha256: string}>} files
 * @property {string} source "site", "catalogue" or "file"
 * @property {string} added date and time
 */
/**
 * @typedef {object} Kept
 * @property {string} key
 * @property {number} bytes of both files
 * @property {boolean} whole both are there, and as long as we noted
 * @property {number} begun bytes of a download that was not finished
 * @property {string} source as in its note; "adopted" where there is none
 */

/** @param {import("./shelf.js").Shelf} shelf @returns {Promise<Record<string, Note>>} */
export async function readNotes(shelf) {
  try {
    const notes = JSON.parse((await (await shelf.read(NOTES))?.text()) ?? "{}");
    return typeof notes === "object" && notes ? Object.assign(Object.create(null), notes) : {};
  } catch {
    return {}; // A damaged note costs nothing but the note.
  }
}

/** @param {import("./shelf.js").Shelf} shelf @returns {Promise<Kept[]>} */
export async function inventory(shelf) {
  const [sizes, notes] = await Promise.all([shelf.sizes(), readNotes(shelf)]);
  const keys = new Set([...sizes.keys()].flatMap((name) => /^(.+)\.onnx(?:\.part)?$/.exec(name)?.[1] ?? []));
  return [...keys].filter(isKey).sort().map((key) => kept(key, sizes, notes[key]));
}

/** @param {string} key @param {Map<string, number>} sizes @param {Note | undefined} note @returns {Kept} */
export function kept(key, sizes, note) {
  const { model, config } = filesOf(key);
  const whole = [model, config].every((name) => {
    const there = sizes.get(name);
    return there && (note?.files?.[name]?.bytes ?? there) === there;
  });
  return {
    key,
    whole,
    bytes: (sizes.get(model) ?? 0) + (sizes.get(config) ?? 0),
    begun: sizes.get(partOf(model)) ?? 0,
    source: note?.source ?? "adopted",
  };
}
