/**
 * A program that serves, started for a bench and ended after it.
 *
 * @module
 */

import { readFile } from "node:fs/promises";
import { processCpuSeconds } from "./cpu_clock.ts";
import type { Program } from "./programs.ts";

/** A program that runs and answers. */
export interface RunningServer extends AsyncDisposable {
  /** What its figures are shown under. */
  readonly label: string;
  /** Its metrics. */
  readonly url: string;
  /** Processor time that it has had, in seconds. */
  cpuSeconds(): number;
  /** Memory that it holds, in bytes. */
  memory(): Promise<Memory>;
}

/** Memory of a process, in bytes. */
export interface Memory {
  /** All that is resident, also the pages of the program file, which other processes of it share. */
  readonly resident: number;
  /** What of it is its own: heap and stacks. */
  readonly anonymous: number;
}

/** What Prometheus 3 sends. */
const HEADERS = {
  "accept": "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6," +
    "application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4," +
    "text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
  "accept-encoding": "gzip",
  "user-agent": "Prometheus/3.5.0",
  "x-prometheus-scrape-timeout-seconds": "10",
};
const PATIENCE_MS = 30_000;
/** Between two attempts to reach a program that starts. */
const ATTEMPT_MS = 2;

/** A port that nobody listens on. */
export function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

/** Scrapes as Prometheus does; the text of the page. */
export async function scrape(url: string): Promise<string> {
  const response = await fetch(url, { headers: HEADERS });
  const text = await response.text();
  if (!response.ok) throw new Error(`Cannot scrape ${JSON.stringify(url)}: status ${response.status}, ${text}`);
  return text;
}

/**
 * Asks until a page is there and complete.
 *
 * @throws {Error} if the program ends, or takes half a minute
 */
async function untilComplete(url: string, child: Deno.ChildProcess, complete: (page: string) => boolean) {
  let ended: Deno.CommandStatus | undefined;
  child.status.then((status) => ended = status);
  const until = performance.now() + PATIENCE_MS;
  while (performance.now() < until) {
    if (ended) throw new Error(`Cannot start the server of ${url}: it ended with status ${ended.code}`);
    const page = await scrape(url).catch(() => undefined);
    if (page !== undefined && complete(page)) return;
    await new Promise((resolve) => setTimeout(resolve, ATTEMPT_MS));
  }
  throw new Error(`Cannot start the server of ${url}: no complete page within ${PATIENCE_MS} ms`);
}

async function memoryOf(pid: number): Promise<Memory> {
  const status = await readFile(`/proc/${pid}/status`, "latin1");
  const bytes = (field: string) => Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, "m").exec(status)?.[1]) * 1024;
  return { resident: bytes("VmRSS"), anonymous: bytes("RssAnon") };
}

/** How a server is started. */
export interface StartOptions {
  /** The one processor that it may use; absent: all. */
  readonly processor?: number;
  /** Whether a page is what is waited for; absent: any page is. */
  readonly complete?: (page: string) => boolean;
}

/**
 * Starts a program and waits for its first page.
 *
 * @throws {Error} if it does not serve
 */
export async function startServer(
  { label, command, path }: Program,
  { processor, complete = () => true }: StartOptions = {},
): Promise<RunningServer> {
  const port = freePort();
  const pinned = processor === undefined ? [] : ["taskset", "-c", String(processor)];
  const [program = "", ...args] = [...pinned, ...command(port)];
  const child = new Deno.Command(program, { args, stdin: "null", stdout: "null", stderr: "null" }).spawn();
  const stop = async () => {
    child.kill("SIGTERM");
    await child.status;
  };
  const url = `http://127.0.0.1:${port}${path}`;
  try {
    await untilComplete(url, child, complete);
  } catch (error) {
    await stop().catch(() => {});
    throw error;
  }
  return {
    label,
    url,
    cpuSeconds: () => processCpuSeconds(child.pid),
    memory: () => memoryOf(child.pid),
    [Symbol.asyncDispose]: stop,
  };
}

/** Starts several, and ends all when one does not start. */
export async function startServers(programs: readonly Program[], options: StartOptions = {}): Promise<RunningServer[]> {
  await using started = new AsyncDisposableStack();
  const servers: RunningServer[] = [];
  for (const program of programs) servers.push(started.use(await startServer(program, options)));
  started.move();
  return servers;
}
