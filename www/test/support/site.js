// A small static server for tests: the files of www/ as they lie, with what the build adds (wasm, voices, packs) laid
// over them; or, with the variable WWW, that built folder alone. Routes answer what files do not.

import { createReadStream, existsSync, readdirSync, statSync } from "node:fs";
import http from "node:http";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";

const source = fileURLToPath(new URL("../../", import.meta.url));
const built = process.env.WWW ?? join(source, "../target/www");

const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".mjs": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".json": "application/json",
  ".wasm": "application/wasm",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".webmanifest": "application/manifest+json",
};

export const CSP =
  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; connect-src *; img-src 'self' data:; " +
  "media-src blob:; manifest-src 'self'; worker-src 'self'";

/** The built app's folder, if there is one. */
export function builtApp() {
  const name = existsSync(built) && readdirSync(built).find((entry) => /^app(-[0-9a-f]+)?$/.test(entry));
  return name ? join(built, name) : undefined;
}

/** Whether the engine is there to be run in a browser. */
export const hasEngine = () => existsSync(join(builtApp() ?? "", "lib/wasm/simd/chanter_browser_bg.wasm"));

/** @param {string} path @returns {string | undefined} */
function find(path) {
  const candidates = process.env.WWW ? [join(built, path)] : [join(source, path)];
  const app = builtApp();
  if (app && path.startsWith("/app/")) candidates.push(join(app, path.slice(5)));
  return candidates.find((file) => existsSync(file) && statSync(file).isFile());
}

/**
 * @typedef {(request: http.IncomingMessage, response: http.ServerResponse, url: URL) => unknown} Route
 *
 * @typedef {object} Site
 * @property {string} url ends with /
 * @property {Record<string, Route>} routes by path, such as "/health"; may be changed
 * @property {string[]} requests paths, as they came
 * @property {() => Promise<void>} close cuts all connections
 */

/**
 * @param {Record<string, Route>} [routes]
 * @param {{port?: number, csp?: string | null}} [options]
 * @returns {Promise<Site>}
 */
export async function serve(routes = {}, { port = 0, csp = CSP } = {}) {
  /** @type {string[]} */
  const requests = [];
  const server = http.createServer((request, response) => {
    const url = new URL(request.url ?? "/", "http://localhost");
    requests.push(url.pathname);
    if (csp) response.setHeader("content-security-policy", csp);
    response.on("error", () => {});
    const route = routes[url.pathname];
    if (route) return void Promise.resolve(route(request, response, url)).catch(() => response.destroy());
    const path = normalize(decodeURIComponent(url.pathname));
    const file = find(path.endsWith("/") ? `${path}index.html` : path);
    if (!file) return response.writeHead(404, { "content-type": "text/plain" }).end("there is nothing here");
    const type = /** @type {Record<string, string>} */ (TYPES)[extname(file)] ?? "application/octet-stream";
    const { size } = statSync(file);
    const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? "");
    const start = range ? Number(range[1]) : 0;
    const end = range?.[2] ? Math.min(Number(range[2]), size - 1) : size - 1;
    response.writeHead(range ? 206 : 200, {
      "content-type": type,
      "content-length": end - start + 1,
      "accept-ranges": "bytes",
      "cache-control": "no-cache",
      ...(range && { "content-range": `bytes ${start}-${end}/${size}` }),
    });
    if (request.method === "HEAD" || !size) return response.end();
    createReadStream(file, { start, end }).pipe(response);
  });
  await new Promise((resolve) => server.listen(port, "127.0.0.1", () => resolve(undefined)));
  const address = /** @type {import("node:net").AddressInfo} */ (server.address());
  return {
    url: `http://127.0.0.1:${address.port}/`,
    routes,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
