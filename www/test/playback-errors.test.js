// What goes wrong is told in plain words, nothing is stuck, and the next text is spoken.

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { shared } from "./support/page.js";
import { serve } from "./support/site.js";
import { fails, sleep, speaks, tones } from "./support/speech-server.js";

const good = speaks(() => tones(0.3, 22050));

/** @type {import("./support/site.js").Site} */
let site;
/** @type {import("playwright-core").Page} */
let page;

const lib = shared();
beforeEach(async () => {
  await page?.close();
  site = lib.site;
  site.routes["/synthesize-stream"] = good;
  page = await lib.open();
});

/**
 * Speaks where something is wrong, then where all is well.
 * @param {object} [target]
 */
async function fail(target = { server: "/" }) {
  const error = await page.evaluate(async (target) => {
    const scope = /** @type {any} */ (globalThis);
    const chanter = (scope.chanter ??= new Chanter());
    chanter.target = target;
    const speech = chanter.speak("x");
    const events = log(speech);
    const error = await speech.then(() => undefined, (/** @type {any} */ error) => error);
    return (
      error && {
        kind: error.kind,
        message: error.message,
        seconds: speech.counters.seconds,
        state: speech.state,
        events: events.filter(({ type }) => type === "error" || type === "done").length,
        speaking: chanter.speaking,
        type: error instanceof Error && error.name,
      }
    );
  }, target);
  site.routes["/synthesize-stream"] = good;
  const outcome = await page.evaluate(async () => {
    const { chanter } = /** @type {any} */ (globalThis);
    chanter.target = { server: "/" };
    return chanter.speak("x");
  });
  assert.ok(!outcome.stopped && Math.abs(outcome.seconds - 0.3) < 0.01, "the next text is spoken");
  assert.ok(error, "it failed");
  assert.deepEqual([error.state, error.events, error.speaking, error.type], ["failed", 1, false, "ChanterError"]);
  return error;
}

test("a server that is down", async () => {
  const other = await serve();
  await other.close();
  const { kind, message } = await fail({ server: other.url });
  assert.equal(kind, "network");
  assert.match(message, /server cannot be reached at http.*running/);
});

test("an edge that is down is called so", async () => {
  const other = await serve();
  await other.close();
  assert.match((await fail({ edge: other.url })).message, /edge cannot be reached/);
});

test("an error of the server's is told in its words", async () => {
  site.routes["/synthesize-stream"] = fails(413, "text is 100000 characters long; at most 5000 are spoken");
  const { kind, message } = await fail();
  assert.equal(kind, "server");
  assert.equal(message, "The server cannot speak this: text is 100000 characters long; at most 5000 are spoken.");
});

test("an address where there is no server for speech", async () => {
  delete site.routes["/synthesize-stream"];
  const { kind, message } = await fail();
  assert.equal(kind, "server");
  assert.match(message, /404; is the address right\?$/);
});

test("an answer that is a page, not sound", async () => {
  site.routes["/synthesize-stream"] = (_, response) => {
    response.writeHead(200, { "content-type": "text/html; charset=utf-8" }).end("<p>Welcome</p>");
  };
  const { kind, message } = await fail();
  assert.equal(kind, "format");
  assert.match(message, /answered with text\/html, not with sound/);
});

test("sound that is no WAV", async () => {
  site.routes["/synthesize-stream"] = (_, response) => {
    response.writeHead(200, { "content-type": "audio/mpeg" }).end(Buffer.alloc(1000, 255));
  };
  assert.equal((await fail()).kind, "format");
});

test("an answer that breaks off: what came is heard, then it is told", async () => {
  site.routes["/synthesize-stream"] = speaks(() => tones(3, 22050), { breakAt: 1, piece: 4410, pace: 2 });
  const { kind, message, seconds } = await fail();
  assert.equal(kind, "broken");
  assert.match(message, /broke off/);
  assert.ok(seconds > 0.5 && seconds < 1.3, `${seconds}`);
});

test("an answer without a sample is over at once", async () => {
  site.routes["/synthesize-stream"] = speaks(() => new Int16Array(0));
  const outcome = await page.evaluate(() => Promise.resolve(new Chanter({ target: { server: "/" } }).speak("x")));
  assert.equal(outcome.seconds, 0);
});

test("a server that never answers can be stopped", async () => {
  site.routes["/synthesize-stream"] = () => sleep(20_000);
  const outcome = await page.evaluate(async () => {
    const chanter = new Chanter({ target: { server: "/" } });
    const speech = chanter.speak("x");
    setTimeout(() => chanter.stop(), 200);
    return speech;
  });
  assert.ok(outcome.stopped);
});

test("an error in the middle of a queue leaves the others alone", async () => {
  let count = 0;
  site.routes["/synthesize-stream"] = (...all) => (++count === 2 ? fails(400, "no")(...all) : good(...all));
  const results = await page.evaluate(async () => {
    const chanter = new Chanter({ target: { server: "/" } });
    const all = await Promise.allSettled(["a", "b", "c"].map((text) => chanter.speak(text)));
    return all.map(({ status }) => status);
  });
  assert.deepEqual(results, ["fulfilled", "rejected", "fulfilled"]);
});

test("a source of text that fails is told with its own error", async () => {
  const message = await page.evaluate(async () => {
    async function* pieces() {
      yield "One. ";
      throw new Error("the model hung up");
    }
    return new Chanter({ target: { server: "/" } }).speak(pieces()).then(() => "", (error) => error.message);
  });
  assert.equal(message, "the model hung up");
});

for (const [what, path, kind] of [
  ["worklet", "/app/lib/audio/worklet.js", "sound"],
  ["worker", "/app/lib/worker/worker.js", "io"],
]) {
  test(`a ${what} that cannot be loaded is told, and tried again`, async () => {
    site.routes[path] = (_, response) => response.writeHead(500).end();
    const after = sleep(0).then(async () => {
      while (!site.requests.includes(path)) await sleep(5);
      await sleep(300);
      delete site.routes[path];
    });
    site.requests.length = 0;
    const result = await page.evaluate(async () => {
      const chanter = ((/** @type {any} */ (globalThis)).chanter = new Chanter({ target: { server: "/" } }));
      return chanter.speak("x").then(() => undefined, (error) => ({ kind: error.kind, message: error.message }));
    });
    assert.equal(result?.kind, kind);
    assert.match(String(result?.message), /again/);
    await after;
    const outcome = await page.evaluate(() => Promise.resolve((/** @type {any} */ (globalThis)).chanter.speak("x")));
    assert.equal(outcome.seconds, 0.3);
  });
}

test("a worker that breaks down is told, and the next text has another", async () => {
  // Stands for a trap in the engine: a module that is not there to begin with.
  site.routes["/app/lib/worker/sources.js"] = (_, response) => {
    response.writeHead(200, { "content-type": "text/javascript" }).end(`
      async function* open() { yield* []; throw new WebAssembly.RuntimeError("unreachable"); }
      export const prepare = () => {};
      export const sources = { http: { open, start: () => 0 } };
    `);
  };
  const error = await page.evaluate(async () => {
    const chanter = ((/** @type {any} */ (globalThis)).chanter = new Chanter({ target: { server: "/" } }));
    const both = await Promise.allSettled([chanter.speak("x"), chanter.speak("y")]);
    return both.map((result) => result.status === "rejected" && result.reason.kind);
  });
  assert.deepEqual(error, ["panic", "panic"]);
  delete site.routes["/app/lib/worker/sources.js"];
  const outcome = await page.evaluate(() => Promise.resolve((/** @type {any} */ (globalThis)).chanter.speak("x")));
  assert.equal(outcome.seconds, 0.3);
});
