// A real Chanter server with the built page.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const target = process.env.TARGET ?? fileURLToPath(new URL("../../target", import.meta.url));
const program = `${target}/release/chanter-server`;
const www = process.env.WWW ?? `${target}/www`;

/**
 * @param {string} [port] any free one where it is left out
 * @returns {Promise<{url: string, stop: () => Promise<void>}>}
 */
export async function startServer(port = "0") {
  for (const path of [program, `${www}/index.html`]) {
    if (!existsSync(path)) throw new Error(`${path} is missing: cargo xtask run builds it`);
  }
  const child = spawn(program, ["--port", port, "--www", www], { stdio: ["ignore", "ignore", "pipe"] });
  const ended = once(child, "exit");
  const stop = async () => {
    child.kill();
    await ended;
  };
  let log = "";
  for await (const line of createInterface({ input: child.stderr })) {
    log += `${line}\n`;
    if (!line.includes("the voice is ready")) continue;
    child.stderr.resume();
    return { url: `${/http:\/\/[^\s\x1b]+/.exec(log)?.[0]}/`, stop };
  }
  throw new Error(`chanter-server ended: ${log}`);
}
