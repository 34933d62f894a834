/**
 * What Sonde costs as it is shipped, with one scraper every 15 seconds, beside node_exporter with the same collectors.
 *
 * All programs run side by side in the same minutes. An hour is extrapolated from minutes, which begin when what the
 * runtimes do after a start is over.
 *
 * @module
 */

import { type Bench, type Figure, median, quantile, type Row, type Unit } from "./figure.ts";
import { bareServer, nodeExporters, sondePrograms } from "./programs.ts";
import { type RunningServer, scrape, startServer, startServers } from "./server_process.ts";

const SCRAPE_INTERVAL_MS = 15_000;
const SCRAPES_PER_WINDOW = 4;
const WINDOWS = 4;
const HOUR_MS = 3_600_000;
/** V8 collects the garbage of a start half a minute after it. */
const SETTLE_MS = 75_000;
const WARM_UP_SCRAPES = 50;
const DENSE_ROUNDS = 5;
const DENSE_SCRAPES = 100;
/** How often `usage`, which is on by default, wakes Sonde up between two scrapes. */
const USAGE_INTERVAL_SECONDS = 5;
/** Longer than the freshness, so that every scrape reads the host. */
const DENSE_PAUSE_MS = 120;

/** Values of each round, by figure and subject. */
class Found {
  readonly #rounds = new Map<string, { readonly unit: Unit; readonly bySubject: Map<string, number[]> }>();

  add(name: string, unit: Unit, subject: string, value: number): void {
    const figure = this.#rounds.get(name) ?? { unit, bySubject: new Map() };
    this.#rounds.set(name, figure);
    const rounds = figure.bySubject.get(subject) ?? [];
    figure.bySubject.set(subject, rounds);
    rounds.push(value);
  }

  figures(peer: string | undefined): Figure[] {
    return [...this.#rounds].map(([name, { unit, bySubject }]) => ({
      name,
      unit,
      rows: [...bySubject].map(([subject, rounds]): Row => ({ subject, rounds })),
      peer,
    }));
  }
}

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** How long a scrape takes, in seconds. */
async function timed(url: string): Promise<number> {
  const began = performance.now();
  await scrape(url);
  return (performance.now() - began) / 1000;
}

/** Scrapes each server in turn, and waits; the times by server. */
async function scrapeAll(servers: readonly RunningServer[], times: number, pauseMs: number) {
  const taken = new Map<RunningServer, number[]>(servers.map((server) => [server, []]));
  for (let i = 0; i < times; i++) {
    const due = performance.now() + pauseMs;
    for (const server of servers) taken.get(server)?.push(await timed(server.url));
    await pause(due - performance.now());
  }
  return taken;
}

async function sparse(servers: readonly RunningServer[], windows: number, found: Found): Promise<void> {
  for (let window = 0; window < windows; window++) {
    const before = servers.map((server) => server.cpuSeconds());
    const began = performance.now();
    const taken = await scrapeAll(servers, SCRAPES_PER_WINDOW, SCRAPE_INTERVAL_MS);
    const hours = (performance.now() - began) / HOUR_MS;
    for (const [i, server] of servers.entries()) {
      const { resident, anonymous } = await server.memory();
      found.add("CPU per hour", "seconds", server.label, (server.cpuSeconds() - (before[i] ?? NaN)) / hours);
      found.add("scrape every 15 s", "seconds", server.label, median(taken.get(server) ?? []));
      found.add("RSS", "bytes", server.label, resident);
      found.add("RSS but the program's file", "bytes", server.label, anonymous);
    }
  }
}

async function dense(servers: readonly RunningServer[], rounds: number, found: Found): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    const before = servers.map((server) => server.cpuSeconds());
    const taken = await scrapeAll(servers, DENSE_SCRAPES, DENSE_PAUSE_MS);
    for (const [i, server] of servers.entries()) {
      const cpu = (server.cpuSeconds() - (before[i] ?? NaN)) / DENSE_SCRAPES;
      const times = taken.get(server) ?? [];
      found.add("CPU per scrape, one every 0.12 s", "seconds", server.label, cpu);
      found.add("scrape p50, one every 0.12 s", "seconds", server.label, median(times));
      found.add("scrape p99, one every 0.12 s", "seconds", server.label, quantile(times, 0.99));
    }
  }
}

export default {
  name: "headline",
  title: "One scraper every 15 s, as shipped",
  async run({ rounds }) {
    const sonde = await sondePrograms();
    const peers = await nodeExporters();
    const found = new Found();
    await using stack = new AsyncDisposableStack();
    const servers = (await startServers([...sonde.programs, ...peers.programs])).map((each) => stack.use(each));
    const first = servers[0];
    if (first) servers.push(stack.use(await startServer(bareServer(first.url, "gzip", USAGE_INTERVAL_SECONDS))));
    await scrapeAll(servers, WARM_UP_SCRAPES, DENSE_PAUSE_MS);
    await pause(SETTLE_MS);
    await sparse(servers, rounds ?? WINDOWS, found);
    await dense(servers, rounds ?? DENSE_ROUNDS, found);
    const aim = { subject: "Sonde", of: "ratio", atMost: 0.25 } as const;
    const figures = found.figures(peers.programs[0]?.label)
      .map((figure) => figure.name === "CPU per hour" ? { ...figure, aim } : figure);
    return { figures, notes: [...sonde.notes, ...peers.notes] };
  },
} satisfies Bench;
