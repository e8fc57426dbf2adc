import { browser } from "./browser.js";
import { edge } from "./edge.js";
import { server } from "./server.js";

/**
 * Where speech is made. The worker makes a stream of chunks of the source that a target names.
 * @typedef {"browser" | {server: string | URL} | {edge: string | URL}} TargetOption
 *
 * @typedef {{kind: "engine", voice?: string} | {kind: "http", url: string, name: string}} SourceSpec
 *
 * @typedef {object} Target
 * @property {TargetOption} option what it was made from
 * @property {(voice: string | undefined) => SourceSpec} source
 */

/**
 * @param {TargetOption} option
 * @returns {Target}
 */
export function toTarget(option) {
  if (option === "browser") return browser();
  if (typeof option === "object" && "server" in option) return server(option.server);
  if (typeof option === "object" && "edge" in option) return edge(option.edge);
  throw new TypeError('the target must be "browser", {server: address} or {edge: address}');
}
