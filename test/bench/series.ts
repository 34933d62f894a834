/**
 * 100,000 series, 1,000 by each of 100 nodes: a scrape with nothing changed, with 1 % changed, and with everything read
 * anew, beside prom-client's own rendering of the same series.
 *
 * @module
 */

import { Gauge, Registry } from "prom-client";
import nodeScrape from "../../collectors/node_scrape.ts";
import self from "../../collectors/self.ts";
import { systemClock } from "../../src/clock.ts";
import type { AnyCollector } from "../../src/collector.ts";
import { Engine } from "../../src/engine.ts";
import { silentLogger } from "../../src/log.ts";
import { createSource } from "../../src/source.ts";
import { type Bench, type Figure, median } from "./figure.ts";
import { type Stalls, stallsDuring } from "./stall_meter.ts";
import { interleaved, report, rowsOf, type Values } from "./subject_process.ts";

const NODES = 100;
const SERIES_PER_NODE = 1000;
const FAMILIES = 10;
const ROUNDS = 5;
const WARM_UP_SCRAPES = 10;
const SCRAPES = 20;
/** Longer than the engine shows the same page to all, so that every scrape is one of its own. */
const PAUSE_MS = 130;

/** Nodes whose figures change between two scrapes, by what the figures are named. */
const CHANGES: Readonly<Record<string, number>> = {
  "nothing changed": 0,
  "1 % changed": NODES / 100,
  "everything changed": NODES,
};

const familyOf = (node: number) => `sonde_bench_${node % FAMILIES}`;

/** A node of 1,000 series, read at every scrape or only once. */
function collectorOf(node: number, changes: boolean): AnyCollector {
  const family = familyOf(node);
  let readings = 0;
  return {
    name: `node${node}`,
    help: "A node of the bench.",
    intervalSeconds: 3600,
    freshnessSeconds: changes ? 0 : undefined,
    metrics: { [family]: { type: "gauge", help: "A family of the bench.", labels: ["node", "series"] } },
    read: () => readings++,
    samples(value, emit) {
      for (let i = 0; i < SERIES_PER_NODE; i++) {
        emit(family, Number(value) + i / 7, { node: `node${node}`, series: `series${i}` });
      }
    },
  };
}

async function sondeScrape(changed: number): Promise<() => Promise<number>> {
  const collectors = [
    ...Array.from({ length: NODES }, (_, node) => collectorOf(node, node < changed)),
    self,
    nodeScrape,
  ];
  const settings = new Map(collectors.map(({ name }) => [name, { enabled: true, options: undefined }]));
  const engine = new Engine({
    source: createSource(),
    clock: systemClock,
    machineId: "bench",
    log: silentLogger,
    version: "0",
    runtime: "deno",
  });
  engine.apply(collectors, settings, { exporterMetrics: true });
  await engine.collect();
  return async () => {
    const { page } = await engine.scrape({ format: "text", budgetSeconds: 10 });
    return page.body().length;
  };
}

function promClientScrape(changed: number): () => Promise<number> {
  const registry = new Registry();
  const gauges = Array.from({ length: FAMILIES }, (_, family) =>
    new Gauge({
      name: familyOf(family),
      help: "A family of the bench.",
      labelNames: ["node", "series"],
      registers: [registry],
    }));
  let readings = 0;
  const read = (nodes: number) => {
    for (let node = 0; node < nodes; node++) {
      for (let i = 0; i < SERIES_PER_NODE; i++) {
        gauges[node % FAMILIES]?.set({ node: `node${node}`, series: `series${i}` }, readings + i / 7);
      }
    }
    readings++;
  };
  read(NODES);
  return async () => {
    read(changed);
    return (await registry.metrics()).length;
  };
}

/** Scrapes again and again, and tells the middle of their times and the longest stall of the event loop. */
async function measure(scrape: () => Promise<number>): Promise<Values> {
  const times: number[] = [];
  const stalls: Stalls[] = [];
  let length = 0;
  for (let i = 0; i < WARM_UP_SCRAPES + SCRAPES; i++) {
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    const stall = await stallsDuring(async () => {
      const began = performance.now();
      length = await scrape();
      return (performance.now() - began) / 1000;
    });
    if (i < WARM_UP_SCRAPES) continue;
    times.push(stall.result);
    stalls.push(stall);
  }
  return {
    time: median(times),
    longest: Math.max(...stalls.map(({ longest }) => longest)),
    longestWork: Math.max(...stalls.map(({ longestWork }) => longestWork)),
    length,
  };
}

const VALUES = {
  time: "scrape",
  longest: "longest stall by the clock",
  longestWork: "longest stall by the loop's own processor time",
} as const;

function figuresOf(change: string, found: ReadonlyMap<string, readonly Values[]>): Figure[] {
  return Object.entries(VALUES).map(([key, name]) => ({
    name: `${name}, ${change}`,
    unit: "seconds",
    rows: rowsOf(found, key),
    peer: "prom-client",
    aim: key === "time" ? undefined : { subject: "Sonde", of: "value", atMost: 0.02 },
  }));
}

export default {
  name: "series",
  title: "100,000 series",
  async run({ rounds = ROUNDS }) {
    const figures: Figure[] = [];
    for (const change of Object.keys(CHANGES)) {
      const args = { Sonde: ["sonde", change], "prom-client": ["prom-client", change] };
      figures.push(...figuresOf(change, await interleaved(import.meta.url, args, rounds)));
    }
    return { figures, notes: [] };
  },
} satisfies Bench;

if (import.meta.main) {
  const [subject, change = ""] = Deno.args;
  const changed = CHANGES[change] ?? 0;
  report(await measure(subject === "sonde" ? await sondeScrape(changed) : promClientScrape(changed)));
}
