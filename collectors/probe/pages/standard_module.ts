/**
 * The module of a target for which none is named, guessed from its form.
 *
 * @module
 */

import { isIP } from "node:net";
import type { Module } from "../module.ts";

const BY_FORM: readonly (readonly [form: RegExp, module: string])[] = [
  [/^https?:\/\//i, "http_2xx"],
  [/^wss?:\/\//i, "websocket"],
  [/^(?:unix:|\/)/, "unix_connect"],
  [/^(?:\[[^\]]+\]|[^:/\s]+):\d{1,5}$/, "tcp_connect"],
];

/** The name of a module of `known`. */
export function standardModule(target: string, known: ReadonlyMap<string, Module>): string {
  const byForm = BY_FORM.find(([form]) => form.test(target))?.[1] ?? (isIP(target) === 0 ? "http_2xx" : "icmp");
  return known.has(byForm) ? byForm : "http_2xx";
}
