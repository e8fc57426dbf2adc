// What this browser's WebAssembly can do, asked by validating a function of one instruction.

const I32_CONST_0 = [0x41, 0];
const SPLAT = [0xfd, 0x0f]; // i8x16.splat
const RELAXED_SWIZZLE = [0xfd, 0x80, 0x02]; // i8x16.relaxed_swizzle

/** Whether a function of these instructions, which leave one v128, is valid. @param {number[]} code */
function valid(code) {
  const body = [0, ...code, 0x0b]; // no locals; end
  const header = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
  const types = [1, 5, 1, 0x60, 0, 1, 0x7b]; // () -> v128
  const functions = [3, 2, 1, 0];
  const module = [...header, ...types, ...functions, 10, body.length + 2, 1, body.length, ...body];
  return typeof WebAssembly === "object" && WebAssembly.validate(new Uint8Array(module));
}

/**
 * The build of the engine for this browser, a folder beside this file; undefined where none runs.
 * @returns {"relaxed" | "simd" | undefined}
 */
export function build() {
  const vector = [...I32_CONST_0, ...SPLAT];
  if (valid([...vector, ...vector, ...RELAXED_SWIZZLE])) return "relaxed";
  return valid(vector) ? "simd" : undefined;
}
