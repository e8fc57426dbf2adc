/**
 * A Chanter server.
 * @param {string | URL} address its `/`; relative to the page
 * @returns {import("./target.js").Target}
 */
export function server(address) {
  const url = folder(address);
  return { option: { server: address }, source: () => ({ kind: "http", url, name: "server" }) };
}

/**
 * An address as one that others can be relative to.
 * @param {string | URL} address
 */
export function folder(address) {
  const url = new URL(address, globalThis.document?.baseURI ?? globalThis.location?.href);
  url.search = url.hash = "";
  if (!url.pathname.endsWith("/")) url.pathname += "/";
  return url.href;
}
