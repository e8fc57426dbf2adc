/**
 * The engine in this browser: works offline.
 * @returns {import("./target.js").Target}
 */
export function browser() {
  return { option: "browser", source: (voice) => ({ kind: "engine", voice }) };
}
