// One question at a time to a worker, and its answer.

/** @param {Worker} worker */
export function ask(worker, /** @type {unknown} */ question) {
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) => ("error" in data ? reject(new Error(data.error)) : resolve(data.answer));
    worker.onerror = (event) => reject(new Error(event.message));
    worker.postMessage(question);
  });
}

/** @param {(question: any) => Promise<unknown>} handle */
export function answer(handle) {
  onmessage = async ({ data }) => {
    try {
      postMessage({ answer: await handle(data) });
    } catch (error) {
      postMessage({ error: String(/** @type {any} */ (error)?.stack ?? error) });
    }
  };
}
