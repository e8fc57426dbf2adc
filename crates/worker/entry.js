// What the runtime calls. A panic ends the engine's instance, and with it everything that was being spoken; a speech is
// the same each time, so those of other requests go on here from a new instance, at the byte where they broke off.

import Engine from "./index.js";

/** Of worker-build's own code: which instance runs, and whether it has died. @type {{instanceId: number, criticalError: boolean}} */
const state = globalThis.__worker_init_state;

/** What panics each time must not take all others with it for ever: a request is begun so often, */
const BEGINNINGS = 2;
/** and a speech that makes no progress goes on so often. */
const RESUMPTIONS = 3;
/** So often a wait looks whether its instance has died: nobody else says so. */
const LOOK_AGAIN_MS = 50;
/** A larger body is not kept for another attempt. */
const MAX_BODY = 1 << 16;

export default {
  /** @param {Request} request @param {any} env @param {any} context */
  async fetch(request, env, context) {
    const repeat = await repeatable(request);
    if (!repeat) return new Engine(context, env).fetch(request);
    try {
      const { response, lives } = await answer(repeat, env, context);
      if (response.status !== 200 || !response.body) return response;
      return new Response(unbroken(response.body, lives, repeat, env, context), response);
    } catch (error) {
      if (!(error instanceof Died)) throw error;
      const message = "the speech could not be made; the log says why";
      return Response.json({ error: { message, type: "internal" } }, { status: 500 });
    }
  },
};

/** Gives the request as often as it is needed; `undefined` for one that is not to be repeated. @param {Request} request */
async function repeatable(request) {
  if (!["GET", "POST"].includes(request.method)) return undefined;
  if (!request.body) return () => new Request(request);
  // Without a length, or with a large one, the engine decides how much it reads.
  const length = Number(request.headers.get("content-length") ?? NaN);
  if (!(length <= MAX_BODY)) return undefined;
  const body = await request.arrayBuffer();
  return () => new Request(request.url, { method: request.method, headers: request.headers, body, signal: request.signal });
}

/** @param {() => Request} repeat @param {any} env @param {any} context */
async function answer(repeat, env, context) {
  for (let left = BEGINNINGS; ; ) {
    try {
      return await begin(repeat, env, context);
    } catch (error) {
      left -= 1;
      if (!(error instanceof Died) || left === 0) throw error;
    }
  }
}

/** @param {() => Request} repeat @param {any} env @param {any} context */
async function begin(repeat, env, context) {
  const answered = new Engine(context, env).fetch(repeat());
  const lives = sameInstance();
  return { response: await unless(lives, answered), lives };
}

/**
 * The bytes of a body, from one instance after another.
 * @param {ReadableStream<Uint8Array>} body @param {() => boolean} lives @param {() => Request} repeat @param {any} env @param {any} context
 */
function unbroken(body, lives, repeat, env, context) {
  let reader = body.getReader();
  let [sent, skip, left] = [0, 0, RESUMPTIONS];
  return new ReadableStream(
    {
      async pull(controller) {
        for (;;) {
          try {
            if (!lives()) {
              const again = await begin(repeat, env, context);
              if (again.response.status !== 200 || !again.response.body) throw new Error(`${again.response.status} instead of the rest`);
              [reader, lives, skip] = [again.response.body.getReader(), again.lives, sent];
            }
            const { value, done } = await unless(lives, reader.read());
            if (done) return controller.close();
            const fresh = value.subarray(Math.min(skip, value.length));
            skip -= value.length - fresh.length;
            if (fresh.length === 0) continue;
            [sent, left] = [sent + fresh.length, RESUMPTIONS];
            return controller.enqueue(fresh);
          } catch (error) {
            left -= 1;
            if (!(error instanceof Died) || left < 0) throw error;
          }
        }
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  );
}

class Died extends Error {}

/** Whether the instance of now still runs. */
function sameInstance() {
  const { instanceId } = state;
  return () => state.instanceId === instanceId && !state.criticalError;
}

/** What is awaited, or that the instance died meanwhile: then it would never come. */
async function unless(lives, awaited) {
  let timer;
  const died = new Promise((_, reject) => {
    timer = setInterval(() => lives() || reject(new Died("the engine broke down")), LOOK_AGAIN_MS);
  });
  try {
    return await Promise.race([awaited, died]);
  } catch (error) {
    throw lives() ? error : new Died("the engine broke down", { cause: error });
  } finally {
    clearInterval(timer);
  }
}
