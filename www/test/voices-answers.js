/** Answers with files, in the ways that tests of downloads need. */

/** What was asked of these answers. @type {{path: string, range: string | undefined}[]} */
export const asked = [];

/**
 * @param {Buffer} bytes
 * @param {{cuts?: number[], ranges?: boolean, hold?: number}} [how] cuts: the connection of each answer in turn breaks
 *   after so many bytes; ranges: whether they are honoured; hold: nothing is sent after so many bytes
 * @returns {import("./support/site.js").Route}
 */
export function file(bytes, { cuts = [], ranges = true, hold } = {}) {
  return (request, response, { pathname }) => {
    const { range } = request.headers;
    asked.push({ path: pathname, range });
    const from = ranges ? Number(/^bytes=(\d+)-$/.exec(range ?? "")?.[1] ?? 0) : 0;
    response.setHeader("content-type", "application/octet-stream");
    if (from >= bytes.length) return response.writeHead(416, { "content-range": `bytes */${bytes.length}` }).end();
    const rest = bytes.subarray(from);
    const last = bytes.length - 1;
    response.writeHead(from ? 206 : 200, { "content-length": rest.length, ...(from && { "content-range": `bytes ${from}-${last}/${bytes.length}` }) });
    const cut = cuts.shift();
    if (cut !== undefined) response.write(rest.subarray(0, cut), () => setTimeout(() => response.destroy(), 50));
    else if (hold !== undefined) response.write(rest.subarray(0, hold));
    else response.end(rest);
  };
}
