import { folder } from "./server.js";

/**
 * A Chanter worker at the edge. It speaks the server's protocol; only its name in messages differs.
 * @param {string | URL} address its `/`; relative to the page
 * @returns {import("./target.js").Target}
 */
export function edge(address) {
  const url = folder(address);
  return { option: { edge: address }, source: () => ({ kind: "http", url, name: "edge" }) };
}
