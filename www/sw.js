/**
 * The service worker: after the first visit the page works without a network. It keeps the files that the build lists,
 * takes over changed ones only when all are there, and leaves everything else (speech servers, other hosts) alone.
 */

/** @typedef {{url: string, bytes?: number, sha256?: string}} Entry */
/** @typedef {Event & {waitUntil(work: Promise<unknown>): void}} LifeEvent */
/** @typedef {LifeEvent & {request: Request, respondWith(response: Promise<Response>): void}} AskEvent */
/**
 * @typedef {object} Scope what TypeScript's list of the DOM leaves out
 * @property {{scope: string}} registration
 * @property {() => Promise<void>} skipWaiting
 * @property {{claim(): Promise<void>}} clients
 * @property {(type: string, listener: (event: any) => void) => void} addEventListener
 */

{
  // Filled in by the build.
  /** @type {Entry[]} */
  const PRECACHE = /*PRECACHE*/[]/**/;
  const VERSION = /*VERSION*/"dev"/**/;

  const worker = /** @type {Scope} */ (/** @type {unknown} */ (self));
  const home = worker.registration.scope;
  const mine = `chanter ${home} `;
  const current = mine + VERSION;
  /** Responses carry the SHA-256 that they were checked by. */
  const SHA256 = "x-chanter-sha256";
  /** The folder of a version: app-<hash>/ */
  const FOLDER = /^app-[0-9a-f]+\//;
  const folder = PRECACHE.map(({ url }) => FOLDER.exec(url)?.[0]).find(Boolean);
  const index = new URL("index.html", home).href;

  /** The address that a file is kept under: the page has two. @param {string} url */
  const addressOf = (url) => {
    const address = new URL(url, home);
    address.search = address.hash = "";
    return address.href === home ? index : address.href;
  };

  /** A module with an instruction of relaxed SIMD: which of the engine's builds this browser runs. */
  const RELAXED = new Uint8Array([
    0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 15, 1, 13, 0, 65, 1, 253, 15, 65, 2, 253, 15, 253,
    128, 2, 11,
  ]);
  const otherBuild = WebAssembly.validate(RELAXED) ? "/wasm/simd/" : "/wasm/relaxed/";

  /** Packs are kept from when they are first used, not before. @param {string} url */
  const isPack = (url) => url.includes("/packs/");
  const needed = PRECACHE.filter(({ url }) => !isPack(url) && !url.includes(otherBuild));
  const listed = new Set(needed.map(({ url }) => addressOf(url)));

  worker.addEventListener("install", (/** @type {LifeEvent} */ event) => event.waitUntil(install()));
  worker.addEventListener("activate", (/** @type {LifeEvent} */ event) => event.waitUntil(activate()));
  worker.addEventListener("fetch", (/** @type {AskEvent} */ event) => {
    const { request } = event;
    if (request.method !== "GET" || request.headers.has("range")) return;
    if (new URL(request.url).origin !== new URL(home).origin) return;
    const address = addressOf(request.url);
    if (listed.has(address)) event.respondWith(fromCurrent(address, request));
    else if (address.startsWith(home) && FOLDER.test(address.slice(home.length))) event.respondWith(fromAny(address, event));
  });

  /** All or nothing; what an older version has in the same form is not fetched again. */
  async function install() {
    const had = await caches.has(current);
    const cache = await caches.open(current);
    try {
      const known = await knownFiles();
      const fill = async (/** @type {Entry} */ entry) => {
        const response = await take(entry, known);
        if (response) await cache.put(addressOf(entry.url), response);
      };
      // The page comes last: a cache that has it is whole.
      const last = needed.filter(({ url }) => addressOf(url) === index);
      await all([...needed.filter((entry) => !last.includes(entry)), ...packsInUse(known)], fill);
      await all(last, fill);
    } catch (error) {
      if (!had) await caches.delete(current);
      throw error;
    }
    // Open pages go on with the older version's files, which are kept; the next load gets the new ones.
    await worker.skipWaiting();
  }

  async function activate() {
    const whole = [];
    for (const name of await ownCaches()) {
      if (name === current) continue;
      if (await (await caches.open(name)).match(index)) whole.push(name);
      else await caches.delete(name);
    }
    for (const name of whole.slice(0, -1)) await caches.delete(name);
    await worker.clients.claim();
  }

  /** @typedef {{cache: Cache, request: Request, sha256: string | null}} Known */

  /** The files of older versions. */
  async function knownFiles() {
    /** @type {Known[]} */
    const known = [];
    for (const name of await ownCaches()) {
      const cache = await caches.open(name);
      for (const request of await cache.keys()) {
        known.push({ cache, request, sha256: (await cache.match(request))?.headers.get(SHA256) ?? null });
      }
    }
    return known;
  }

  /** Packs that an older version came to use, as this version's. @param {Known[]} known @returns {Entry[]} */
  function packsInUse(known) {
    const names = new Set(known.flatMap(({ request }) => /\/packs\/.*/.exec(request.url)?.[0] ?? []));
    return [...names].map((name) => PRECACHE.find(({ url }) => url.endsWith(name)) ?? { url: folder?.slice(0, -1) + name });
  }

  /** A file of this version, checked. @param {Entry} entry @param {Known[]} known */
  async function take(entry, known) {
    const { url, bytes, sha256 } = entry;
    const same = sha256 && known.find((file) => file.sha256 === sha256);
    const old = same && (await same.cache.match(same.request));
    if (old) return old;
    // Files of a version's folder never change, so the browser's own cache may have them.
    const response = await fetch(new URL(url, home), { cache: FOLDER.test(url) ? "default" : "no-cache" });
    if (response.status === 404 && isPack(url)) return; // A language that is no more.
    if (!response.ok) throw new Error(`${url}: status ${response.status}`);
    const body = await response.arrayBuffer();
    if (bytes !== undefined && body.byteLength !== bytes) throw new Error(`${url}: ${body.byteLength} bytes in place of ${bytes}`);
    const digest = sha256 && hex(await crypto.subtle.digest("SHA-256", body));
    if (digest !== sha256) throw new Error(`${url}: SHA-256 ${digest} in place of ${sha256}`);
    return kept(response, body, sha256);
  }

  /** A response as it is kept: unpacked, and not a redirected one, which browsers refuse for pages. @param {Response} response @param {ArrayBuffer} body @param {string} [sha256] */
  function kept(response, body, sha256) {
    const headers = new Headers(response.headers);
    for (const name of ["content-encoding", "transfer-encoding", "vary"]) headers.delete(name);
    headers.set("content-length", String(body.byteLength));
    if (sha256) headers.set(SHA256, sha256);
    return new Response(body, { headers });
  }

  /** A listed file. @param {string} address @param {Request} request */
  async function fromCurrent(address, request) {
    return (await (await caches.open(current)).match(address)) ?? fetch(request);
  }

  /**
   * A file of a version's folder: an older version's for a page that is still open, or a pack. Models come and go by
   * the voice store, as they would fill the cache.
   * @param {string} address @param {AskEvent} event
   */
  async function fromAny(address, event) {
    for (const name of await ownCaches()) {
      const found = await (await caches.open(name)).match(address);
      if (found) return found;
    }
    const response = await fetch(event.request);
    if (response.status === 200 && folder && address.startsWith(home + folder) && !address.endsWith(".onnx")) {
      event.waitUntil(keep(address, response.clone()).catch(() => {})); // Without room it works for now.
    }
    return response;
  }

  /** @param {string} address @param {Response} response */
  async function keep(address, response) {
    const body = await response.arrayBuffer();
    const sha256 = hex(await crypto.subtle.digest("SHA-256", body));
    await (await caches.open(current)).put(address, kept(response, body, sha256));
  }

  /** Oldest first. */
  async function ownCaches() {
    return (await caches.keys()).filter((name) => name.startsWith(mine));
  }

  /** A few at a time. @param {Entry[]} entries @param {(entry: Entry) => Promise<void>} work */
  async function all(entries, work) {
    const queue = [...entries];
    const lane = async () => {
      for (let entry = queue.shift(); entry; entry = queue.shift()) await work(entry);
    };
    await Promise.all([lane(), lane(), lane(), lane(), lane(), lane()]);
  }

  /** @param {ArrayBuffer} digest */
  function hex(digest) {
    return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
  }
}
