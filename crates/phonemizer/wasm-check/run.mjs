// node run.mjs MODULE.wasm PACKS_FOLDER < CLAUSES: checks that the module gives the clauses that the native phonemizer printed, and that it is small.

import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants } from "node:zlib";

const LARGEST = 400_000;

const [module, packs] = process.argv.slice(2);
const wasm = readFileSync(module);
const brotli = brotliCompressSync(wasm, {
  params: {
    [constants.BROTLI_PARAM_QUALITY]: 11,
    [constants.BROTLI_PARAM_LGWIN]: 24,
    [constants.BROTLI_PARAM_SIZE_HINT]: wasm.length,
  },
});
const { exports } = (await WebAssembly.instantiate(wasm)).instance;

function ask(name, request) {
  for (const byte of request) exports.put(byte);
  const answer = Uint8Array.from({ length: exports[name]() }, (_, at) => exports.get(at));
  return new TextDecoder().decode(answer);
}

let failures = 0;
function fail(...what) {
  failures += 1;
  if (failures <= 10) console.error(...what);
}

for (const file of readdirSync(packs)) {
  const answer = ask("add_pack", readFileSync(join(packs, file)));
  if (answer.startsWith("error")) fail(file, answer);
}

const lines = readFileSync(0, "utf8").split("\n").filter(Boolean);
for (const line of lines) {
  const { language, text, clauses } = JSON.parse(line);
  const native = clauses.map(([phonemes, mark, ends]) => `${phonemes}\t${mark}\t${Number(ends)}\n`).join("");
  const answer = ask("phonemize", new TextEncoder().encode(`${language}\n${text}`));
  if (answer !== native) fail(`${language}: ${text}\n  native ${native}\n  wasm   ${answer}`);
}

console.log(`${lines.length - failures} of ${lines.length} lines are the same in WebAssembly`);
console.log(`code and English data: ${wasm.length} bytes, ${brotli.length} after brotli (at most ${LARGEST})`);
if (lines.length === 0) fail("there were no lines to compare");
if (brotli.length > LARGEST) fail("the module is too large");
process.exitCode = failures ? 1 : 0;
