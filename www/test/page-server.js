// A real Chanter server.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const target = process.env.TARGET ?? fileURLToPath(new URL("../../target", import.meta.url));
const program = `${target}/release/chanter-server`;
const www = process.env.WWW ?? `${target}/www`;

/**
 * With the built page.
 * @param {string} [port] any free one where it is left out
 */
export async function startServer(port = "0") {
  if (!existsSync(`${www}/index.html`)) throw new Error(`${www}/index.html is missing: cargo xtask run builds it`);
  return startWith("--port", port, "--www", www);
}

/**
 * @param {string[]} flags
 * @returns {Promise<{url: string, stop: () => Promise<void>}>}
 */
export async function startWith(...flags) {
  if (!existsSync(program)) throw new Error(`${program} is missing: cargo xtask run builds it`);
  const child = spawn(program, flags, { stdio: ["ignore", "ignore", "pipe"] });
  const ended = once(child, "exit");
  const stop = async () => {
    child.kill();
    await ended;
  };
  let log = "";
  for await (const line of createInterface({ input: child.stderr })) {
    log += `${line}\n`;
    if (!line.includes("ready to speak")) continue;
    child.stderr.resume();
    return { url: `${/http:\/\/[^\s\x1b]+/.exec(log)?.[0]}/`, stop };
  }
  throw new Error(`chanter-server ended: ${log}`);
}
