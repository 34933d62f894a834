/**
 * Sonde as its users run it: the program, from its source.
 *
 * @module
 */

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { type Page, parsePage } from "./page.ts";
import { type Folder, folder, type Output, output, type Running, start } from "./programs.ts";

/** The program's main module. */
export const MAIN = new URL("../../mod.ts", import.meta.url);

/** Collectors whose series are the same from scrape to scrape, and whose files {@linkcode copyOfProc} has. */
export const STEADY = ["stat", "cpu", "meminfo", "loadavg", "uptime", "usage", "http", "node_scrape", "self"] as const;
/** Flags that run those alone. */
export const STEADY_FLAGS: readonly string[] = [
  "--collector.disable-defaults",
  ...STEADY.map((name) => `--collector.${name}`),
];

/** The command that runs Sonde. */
export function sondeCommand(...args: readonly string[]): string[] {
  return [Deno.execPath(), "run", "-A", fileURLToPath(MAIN), ...args];
}

/** Runs Sonde to its end. */
export function runSonde(...args: readonly string[]): Promise<Output> {
  return output(sondeCommand(...args));
}

/** The flag that loads a plugin of this folder. */
export function pluginFlag(name: string): string {
  return `--plugin=${fileURLToPath(new URL(`plugins/${name}.ts`, import.meta.url))}`;
}

/** A procfs that stands still, as that of this host was. */
export async function copyOfProc(): Promise<Folder> {
  const proc = await folder();
  for (const name of ["stat", "meminfo", "loadavg", "uptime"]) {
    await proc.write(name, await Deno.readTextFile(`/proc/${name}`));
  }
  return proc;
}

type FetchOptions = RequestInit & { readonly client?: Deno.HttpClient };

/** An exporter that serves. */
export interface Sonde extends Running {
  /** Where, as `127.0.0.1:36041`. */
  readonly host: string;
  /** Asks for a path; the status is anything. */
  get(path: string, init?: FetchOptions): Promise<{ status: number; text: string; type: string | null }>;
  /** The metrics page, which must be answered with 200. */
  page(query?: string, init?: FetchOptions): Promise<Page>;
}

/** How Sonde is started. */
export interface SondeOptions extends Deno.CommandOptions {
  /** What comes before the command. */
  readonly within?: readonly string[];
}

/** Starts Sonde on a port that the system chooses, and waits until it listens. */
export async function serveSonde(
  args: readonly string[],
  { within = [], ...options }: SondeOptions = {},
): Promise<Sonde> {
  const running = start([...within, ...sondeCommand("--web.listen-address=127.0.0.1:0", ...args)], options);
  try {
    const [, host = ""] = await running.says(/msg=listening address=\S*?(127\.0\.0\.1:\d+)/);
    return { ...running, ...client(host) };
  } catch (error) {
    await running[Symbol.asyncDispose]();
    throw error;
  }
}

/** What asks a Sonde that listens at `host`. */
export function client(host: string): Pick<Sonde, "host" | "get" | "page"> {
  const get: Sonde["get"] = async (path, init) => {
    const response = await fetch(`http://${host}${path}`, { signal: AbortSignal.timeout(30_000), ...init });
    return { status: response.status, text: await response.text(), type: response.headers.get("content-type") };
  };
  return {
    host,
    get,
    async page(query = "", init) {
      const { status, text } = await get(`/metrics${query}`, init);
      assert.equal(status, 200, text);
      return parsePage(text);
    },
  };
}
