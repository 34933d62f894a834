/**
 * Load by wrk.
 *
 * @module
 */

import { onPath } from "./programs.ts";
import type { RunningServer } from "./server_process.ts";

/** What a server did under load. */
export interface Load {
  /** Answers per second. */
  readonly perSecond: number;
  /** Processor time of the server per answer, in seconds. */
  readonly cpuSeconds: number;
}

/** How a server is loaded. */
export interface LoadOptions {
  /** Requests in flight. */
  readonly connections: number;
  /** For how long, in seconds. */
  readonly seconds: number;
  /** The processor that wrk has to itself. */
  readonly processor: number;
  /** Value of `Accept-Encoding`, if it is sent. */
  readonly acceptEncoding?: string;
}

/** Why there can be no load, if that is so. */
export async function whyNoLoad(): Promise<string | undefined> {
  for (const program of ["wrk", "taskset"]) {
    if (!await onPath(program)) return `\`${program}\` is not on PATH: nothing to make load with.`;
  }
  return undefined;
}

/**
 * Asks a server for its page as often as it answers.
 *
 * @throws {Error} if an answer is not a success
 */
export async function load(server: RunningServer, options: LoadOptions): Promise<Load> {
  const { connections, seconds, processor, acceptEncoding } = options;
  const headers = acceptEncoding === undefined ? [] : ["-H", `Accept-Encoding: ${acceptEncoding}`];
  const before = server.cpuSeconds();
  const { stdout } = await new Deno.Command("taskset", {
    args: ["-c", String(processor), "wrk", "-t1", `-c${connections}`, `-d${seconds}s`, ...headers, server.url],
    stdin: "null",
  }).output();
  const cpu = server.cpuSeconds() - before;
  const printed = new TextDecoder().decode(stdout);
  const [, count] = /^\s*(\d+) requests in/m.exec(printed) ?? [];
  const [, perSecond] = /^Requests\/sec:\s+([\d.]+)$/m.exec(printed) ?? [];
  if (count === undefined || perSecond === undefined || /Non-2xx|Socket errors/.test(printed)) {
    throw new Error(`Cannot load "${server.label}": ${printed.trim()}`);
  }
  return { perSecond: Number(perSecond), cpuSeconds: cpu / Number(count) };
}
