/**
 * 10,000 targets that are probed once a minute against a server of this machine: how late probes are, how long they wait for
 * each other, what they cost, whether memory and sockets stay, and what a scrape of `/metrics` takes beside them and without.
 *
 * @module
 */

import { readdir, readlink } from "node:fs/promises";
import process from "node:process";
import { fileURLToPath } from "node:url";
import http from "../../collectors/http.ts";
import { systemClock } from "../../src/clock.ts";
import type { AnyCollector } from "../../src/collector.ts";
import { Engine } from "../../src/engine.ts";
import { hashFraction } from "../../src/hash.ts";
import { silentLogger } from "../../src/log.ts";
import { createSource } from "../../src/source.ts";
import { type Bench, type Figure, quantile, type Unit } from "./figure.ts";
import { interleaved, report, rowsOf, type Values } from "./subject_process.ts";

const TARGETS = 10_000;
const INTERVAL_SECONDS = 60;
/** So long that each target is probed once, at the start. */
const NEVER_SECONDS = 86_400;
const ROUNDS = 1;
/** First runs are spread over ten seconds, second ones over an interval after the first; then all is as it stays. */
const WARM_UP_MS = 130_000;
const WINDOW_MS = 120_000;
const SCRAPE_EVERY_MS = 250;
/** Every so many scrapes, that is every 15 s, the whole page is asked for; at other times that of one collector. */
const WHOLE_EVERY = 60;
const MACHINE = "bench";

const seconds = () => performance.now() / 1000;
const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** A collector that is read at each scrape. */
const local: AnyCollector = {
  name: "local",
  help: "A gauge of the bench.",
  freshnessSeconds: 0.1,
  metrics: { sonde_bench_local: { type: "gauge", help: "A gauge of the bench." } },
  read: seconds,
  samples: (value, emit) => emit("sonde_bench_local", Number(value)),
};

/** What is noted of every probe, in seconds. */
interface Notes {
  readonly lateness: number[];
  readonly waits: number[];
  readonly durations: number[];
}

const numberAt = (value: unknown, ...keys: readonly string[]): number =>
  Number(keys.reduce((inner, key) => Reflect.get(Object(inner), key), value));

/** The prober of URLs, told when each of its probes begins. */
function noting({ lateness, waits, durations }: Notes, intervalSeconds: number): AnyCollector {
  return {
    ...http,
    async read(context) {
      const name = String(Reflect.get(Object(Reflect.get(Object(context.options), "labels")), "target"));
      const phase = hashFraction(`${MACHINE}\0http:${name}`) * intervalSeconds;
      lateness.push((seconds() - phase) % intervalSeconds);
      const reading = await http.read(context);
      waits.push(numberAt(reading, "waitedSeconds"));
      durations.push(numberAt(reading, "result", "outcome", "durationSeconds"));
      return reading;
    },
  };
}

function engineOf(port: number, intervalSeconds: number, notes: Notes): Engine {
  const collector = noting(notes, intervalSeconds);
  const options = http.options?.parse({
    probes: Array.from({ length: TARGETS }, (_, i) => ({
      name: `t${i}`,
      target: `http://127.0.0.1:${port}/${i}`,
      interval: `${intervalSeconds}s`,
    })),
  });
  const engine = new Engine({
    source: createSource(),
    clock: systemClock,
    machineId: MACHINE,
    log: silentLogger,
    version: "0",
    runtime: "deno",
  });
  const settings = new Map([
    ["local", { enabled: true, options: undefined }],
    ["http", { enabled: true, options }],
  ]);
  engine.apply([local, collector], settings, { exporterMetrics: true });
  return engine;
}

async function openSockets(): Promise<number> {
  const links = await Promise.all(
    (await readdir("/proc/self/fd")).map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => "")),
  );
  return links.filter((link) => link.startsWith("socket:")).length;
}

/** What scrapes took from the moment at which they were due, which counts what held the event loop then. */
async function scrapes(engine: Engine, until: number) {
  const one: number[] = [];
  const whole: number[] = [];
  const sockets: number[] = [];
  const collectors = new Set(["local"]);
  for (let i = 1, due = performance.now() + SCRAPE_EVERY_MS; due < until; i++, due += SCRAPE_EVERY_MS) {
    await pause(Math.max(0, due - performance.now()));
    const isWhole = i % WHOLE_EVERY === 0;
    const { page } = await engine.scrape({
      format: "text",
      budgetSeconds: 10,
      ...(isWhole ? {} : { collectors }),
    });
    page.body();
    (isWhole ? whole : one).push((performance.now() - due) / 1000);
    if (i % 4 === 0) sockets.push(await openSockets());
  }
  return { one, whole, sockets };
}

async function measure(port: number, intervalSeconds: number): Promise<Values> {
  const notes: Notes = { lateness: [], waits: [], durations: [] };
  const engine = engineOf(port, intervalSeconds, notes);
  engine.start();
  await pause(WARM_UP_MS);
  for (const list of Object.values(notes)) list.length = 0;
  const missedBefore = engine.nodes().reduce((sum, { missedRuns }) => sum + missedRuns, 0);
  const residentBefore = process.memoryUsage.rss();
  const cpuBefore = process.cpuUsage();
  const began = seconds();
  const { one, whole, sockets } = await scrapes(engine, performance.now() + WINDOW_MS);
  const { user, system } = process.cpuUsage(cpuBefore);
  const passed = seconds() - began;
  return {
    probes: notes.durations.length / passed,
    late: quantile(notes.lateness, 0.99),
    missed: engine.nodes().reduce((sum, { missedRuns }) => sum + missedRuns, 0) - missedBefore,
    wait: quantile(notes.waits, 0.99),
    duration50: quantile(notes.durations, 0.5),
    duration99: quantile(notes.durations, 0.99),
    cpu: (user + system) / 1e6 / passed,
    resident: process.memoryUsage.rss(),
    grown: process.memoryUsage.rss() - residentBefore,
    sockets: quantile(sockets, 0.5),
    mostSockets: Math.max(...sockets),
    one50: quantile(one, 0.5),
    one99: quantile(one, 0.99),
    whole50: quantile(whole, 0.5),
    whole99: quantile(whole, 0.99),
  };
}

/** A server that answers everything with a short page, in a process of its own. */
async function withServer(use: (port: number) => Promise<Values>): Promise<Values> {
  const command = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", "--quiet", fileURLToPath(import.meta.url), "serve"],
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  });
  const server = command.spawn();
  try {
    const { value = "" } = await server.stdout.pipeThrough(new TextDecoderStream()).getReader().read();
    return await use(Number(value));
  } finally {
    server.kill("SIGKILL");
    await server.status;
  }
}

function serve(): void {
  const onListen = ({ port }: { port: number }) => console.log(port);
  Deno.serve({ hostname: "127.0.0.1", port: 0, onListen }, () => new Response("hello"));
}

const VALUES: readonly {
  readonly key: string;
  readonly name: string;
  readonly unit: Unit;
  /** Whether there is nothing of it without probes. */
  readonly ofProbes?: boolean;
}[] = [
  { key: "probes", name: "probes", unit: "per second", ofProbes: true },
  { key: "late", name: "lateness p99", unit: "seconds", ofProbes: true },
  { key: "missed", name: "ticks missed", unit: "count", ofProbes: true },
  { key: "wait", name: "wait for others p99", unit: "seconds", ofProbes: true },
  { key: "duration50", name: "probe_duration_seconds p50", unit: "seconds", ofProbes: true },
  { key: "duration99", name: "probe_duration_seconds p99", unit: "seconds", ofProbes: true },
  { key: "cpu", name: "CPU per second", unit: "seconds" },
  { key: "resident", name: "RSS", unit: "bytes" },
  { key: "grown", name: "RSS grown in two minutes", unit: "bytes" },
  { key: "sockets", name: "open sockets p50", unit: "count" },
  { key: "mostSockets", name: "most open sockets", unit: "count" },
  { key: "one50", name: "scrape of one collector p50", unit: "seconds" },
  { key: "one99", name: "scrape of one collector p99", unit: "seconds" },
  { key: "whole50", name: "scrape of all targets p50", unit: "seconds" },
  { key: "whole99", name: "scrape of all targets p99", unit: "seconds" },
];

export default {
  name: "targets",
  title: "10,000 targets at 60 s",
  async run({ rounds = ROUNDS }) {
    const peer = "their figures, not probed meanwhile";
    const subjects = { Sonde: [String(INTERVAL_SECONDS)], [peer]: [String(NEVER_SECONDS)] };
    const found = await interleaved(import.meta.url, subjects, rounds);
    const figures = VALUES.map(({ key, name, unit, ofProbes = false }): Figure => ({
      name,
      unit,
      rows: rowsOf(found, key).filter(({ subject }) => !ofProbes || subject !== peer),
      peer: ofProbes ? undefined : peer,
    }));
    return { figures, notes: ["A page of which nothing has changed is not made anew: all of it is, after any probe."] };
  },
} satisfies Bench;

if (import.meta.main) {
  const [what] = Deno.args;
  if (what === "serve") serve();
  else report(await withServer((port) => measure(port, Number(what))));
}
