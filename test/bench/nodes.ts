/**
 * 10,000 nodes that run every second: how late they are, what they cost, and what one scrape of their page takes, beside
 * what one writes with prom-client: a setInterval for each.
 *
 * @module
 */

import process from "node:process";
import { Gauge, Registry } from "prom-client";
import nodeScrape from "../../collectors/node_scrape.ts";
import self from "../../collectors/self.ts";
import { systemClock } from "../../src/clock.ts";
import type { AnyCollector } from "../../src/collector.ts";
import { Engine } from "../../src/engine.ts";
import { hashFraction } from "../../src/hash.ts";
import { silentLogger } from "../../src/log.ts";
import { createSource } from "../../src/source.ts";
import { type Bench, type Figure, median, quantile, type Unit } from "./figure.ts";
import { interleaved, report, rowsOf, type Values } from "./subject_process.ts";

const NODES = 10_000;
const INTERVAL_SECONDS = 1;
const ROUNDS = 5;
const WARM_UP_MS = 4_000;
const WINDOW_MS = 10_000;
const SCRAPES = 5;
const SCRAPE_PAUSE_MS = 500;
const MACHINE = "bench";
const GAUGES = ["sonde_bench_up", "sonde_bench_seconds"] as const;

/** A subject that runs. */
interface Running {
  /** By how much every run was late, in seconds; emptied before it is measured. */
  readonly lateness: number[];
  /** Ticks that did not come, in all. */
  missed(): number;
  /** Length of the page. */
  scrape(): Promise<number>;
}

const seconds = () => performance.now() / 1000;

/** Where on its grid a node ticks: the scheduler's own rule. */
const phaseOf = (node: string) => hashFraction(`${MACHINE}\0target:${node}`) * INTERVAL_SECONDS;

function sonde(): Running {
  const lateness: number[] = [];
  const phases = new Map(Array.from({ length: NODES }, (_, i) => [`t${i}`, phaseOf(`t${i}`)]));
  const target: AnyCollector = {
    name: "target",
    help: "Targets of the bench.",
    intervalSeconds: INTERVAL_SECONDS,
    metrics: Object.fromEntries(
      GAUGES.map((name) => [name, { type: "gauge", help: "A family of the bench.", labels: ["target"] }]),
    ),
    instances: () => [...phases.keys()].map((name) => ({ name, options: name })),
    read({ options }) {
      lateness.push((seconds() - (phases.get(String(options)) ?? NaN)) % INTERVAL_SECONDS);
      return { name: String(options), at: seconds() };
    },
    samples(value, emit) {
      if (typeof value !== "object" || value === null || !("name" in value && "at" in value)) return;
      emit(GAUGES[0], 1, { target: String(value.name) });
      emit(GAUGES[1], Number(value.at), { target: String(value.name) });
    },
  };
  const collectors = [target, self, nodeScrape];
  const engine = new Engine({
    source: createSource(),
    clock: systemClock,
    machineId: MACHINE,
    log: silentLogger,
    version: "0",
    runtime: "deno",
  });
  const settings = new Map(collectors.map(({ name }) => [name, { enabled: true, options: undefined }]));
  engine.apply(collectors, settings, { exporterMetrics: true });
  engine.start();
  return {
    lateness,
    missed: () => engine.nodes().reduce((sum, { missedRuns }) => sum + missedRuns, 0),
    scrape: async () => (await engine.scrape({ format: "text", budgetSeconds: 10 })).page.body().length,
  };
}

/** A timer for each, begun at the same phases. */
function promClient(): Running {
  const lateness: number[] = [];
  let missed = 0;
  const registry = new Registry();
  const [up, at] = GAUGES.map((name) =>
    new Gauge({ name, help: "A family of the bench.", labelNames: ["target"], registers: [registry] })
  );
  const start = (target: string) => {
    let due = seconds() + INTERVAL_SECONDS;
    setInterval(() => {
      const now = seconds();
      lateness.push(now - due);
      const skipped = Math.floor((now - due) / INTERVAL_SECONDS);
      missed += skipped;
      due += (1 + skipped) * INTERVAL_SECONDS;
      up?.set({ target }, 1);
      at?.set({ target }, now);
    }, INTERVAL_SECONDS * 1000);
  };
  for (let i = 0; i < NODES; i++) setTimeout(() => start(`t${i}`), phaseOf(`t${i}`) * 1000);
  return {
    lateness,
    missed: () => missed,
    scrape: async () => (await registry.metrics()).length,
  };
}

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

async function measure({ lateness: all, missed, scrape }: Running): Promise<Values> {
  await pause(WARM_UP_MS);
  for (let i = 0; i < SCRAPES; i++) await scrape();
  all.length = 0;
  const missedBefore = missed();
  const cpuBefore = process.cpuUsage();
  const began = seconds();
  await pause(WINDOW_MS);
  const { user, system } = process.cpuUsage(cpuBefore);
  const passed = seconds() - began;
  const lateness = [...all];
  const missedInWindow = missed() - missedBefore;
  const times: number[] = [];
  for (let i = 0; i < SCRAPES; i++) {
    await pause(SCRAPE_PAUSE_MS);
    const asked = seconds();
    await scrape();
    times.push(seconds() - asked);
  }
  return {
    p50: median(lateness),
    p99: quantile(lateness, 0.99),
    runs: lateness.length / passed,
    missed: missedInWindow,
    cpu: (user + system) / 1e6 / passed,
    scrape: median(times),
    resident: process.memoryUsage.rss(),
  };
}

const VALUES: readonly {
  readonly key: string;
  readonly name: string;
  readonly unit: Unit;
  readonly atMost?: number;
}[] = [
  { key: "p50", name: "lateness p50", unit: "seconds" },
  { key: "p99", name: "lateness p99", unit: "seconds", atMost: 0.01 },
  { key: "runs", name: "runs", unit: "per second" },
  { key: "missed", name: "ticks missed", unit: "count" },
  { key: "cpu", name: "CPU per second", unit: "seconds" },
  { key: "scrape", name: "one scrape meanwhile", unit: "seconds" },
  { key: "resident", name: "RSS", unit: "bytes" },
];

export default {
  name: "nodes",
  title: "10,000 nodes at 1 s",
  async run({ rounds = ROUNDS }) {
    const peer = "setInterval and prom-client";
    const found = await interleaved(import.meta.url, { Sonde: ["sonde"], [peer]: ["prom-client"] }, rounds);
    const figures = VALUES.map(({ key, name, unit, atMost }): Figure => ({
      name,
      unit,
      rows: rowsOf(found, key),
      peer,
      aim: atMost === undefined ? undefined : { subject: "Sonde", of: "value", atMost },
    }));
    return { figures, notes: [] };
  },
} satisfies Bench;

if (import.meta.main) report(await measure(Deno.args[0] === "sonde" ? sonde() : promClient()));
