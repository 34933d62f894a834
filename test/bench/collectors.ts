/**
 * What one pass of each built-in collector costs on this host: read, corrected, folded, mapped to samples; beside what
 * node_exporter says of its own. What waits for others or cannot be read here is left out. The README's table is made of
 * the figures that `deno task bench collectors --json=docs/collector_costs.json` writes.
 *
 * @module
 */

import { collectors } from "../../collectors/mod.ts";
import { collectorSettings } from "../../src/assembly.ts";
import { systemClock } from "../../src/clock.ts";
import type { EngineView } from "../../src/collector.ts";
import { resolveConfig } from "../../src/config.ts";
import { buildGraph } from "../../src/graph.ts";
import { silentLogger } from "../../src/log.ts";
import { observe, RunningNode } from "../../src/node.ts";
import type { Node } from "../../src/plan.ts";
import { Scope } from "../../src/scope.ts";
import { createSource } from "../../src/source.ts";
import { healthOf } from "../context.ts";
import { loopCpuSeconds } from "./cpu_clock.ts";
import { type Bench, median, type Row } from "./figure.ts";
import { nodeExporters } from "./programs.ts";
import { scrape, startServer } from "./server_process.ts";
import { measureIn, report, type Values } from "./subject_process.ts";

const ROUNDS = 5;
const WARM_UP_PASSES = 2_000;
const PASSES = 1_000;
/** Of what takes long there are fewer passes. */
const MOST_SECONDS = 2;
/** Of the peer, whose durations come with a page. */
const PEER_SCRAPES = 200;
const SIGNAL = new AbortController().signal;

/** One pass of each node, by id, in the order in which they need each other. */
function passes(): Map<string, () => void> {
  const results = new Map<string, RunningNode>();
  const enabled = Object.fromEntries(collectors.map(({ name }) => [name, true]));
  const config = resolveConfig({ collectors, tree: { collectors: enabled } });
  const graph = buildGraph(collectors, collectorSettings(collectors, config));
  const view: EngineView = {
    version: "0",
    runtime: "deno",
    collectors: [...graph.nodes.values()].map(({ collector: { name, peer } }) =>
      healthOf(name, { peer: peer === true })
    ),
    reload: { successful: true, successTimestampSeconds: 0 },
    loopDelay: { buckets: new Map([[0.001, 0], [0.01, 0], [0.1, 0], [1, 0]]), sum: 0, count: 0 },
  };
  const parts = {
    source: createSource(),
    clock: systemClock,
    log: silentLogger,
    engine: () => view,
    scope: new Scope(),
    resultOf: (id: string) => results.get(id)?.result(),
    show: () => {},
  };
  const pass = (plan: Node) => {
    if (plan.collector.observes) return () => void observe(plan, parts, view);
    const node = new RunningNode(plan, parts);
    results.set(plan.id, node);
    const facts = { beganAt: 0, readAt: 0, durationSeconds: 0, blockingSeconds: 0 };
    let first: unknown;
    try {
      first = node.read(() => SIGNAL);
    } catch {
      return undefined;
    }
    // What waits for others has no pass that could be repeated at once.
    if (first instanceof Promise) return void first.catch(() => {});
    node.commit(first, facts);
    return () => node.commit(node.read(() => SIGNAL), facts);
  };
  return new Map(graph.order.flatMap((id) => {
    const plan = graph.nodes.get(id);
    const repeated = plan && pass(plan);
    return repeated ? [[id, repeated]] : [];
  }));
}

/** Seconds of processor time of one pass. */
function repeat(pass: () => void, most: number): number {
  const began = loopCpuSeconds();
  let done = 0;
  while (done < most && (done % 10 > 0 || loopCpuSeconds() - began < MOST_SECONDS)) {
    pass();
    done++;
  }
  return (loopCpuSeconds() - began) / done;
}

/** Seconds of one pass, by node. */
function measure(): Values {
  const all = passes();
  for (const pass of all.values()) repeat(pass, WARM_UP_PASSES);
  return Object.fromEntries([...all].map(([id, pass]) => [id, repeat(pass, PASSES)]));
}

/** Seconds of one pass of the peer's collectors by its own account, by name. */
async function peerDurations(url: string): Promise<Map<string, number>> {
  const seen = new Map<string, number[]>();
  for (let i = 0; i < PEER_SCRAPES; i++) {
    const page = await scrape(url);
    const lines = page.matchAll(/^node_scrape_collector_duration_seconds\{collector="(\w+)"\} (\S+)$/gm);
    for (const [, name = "", seconds] of lines) {
      const values = seen.get(name) ?? [];
      seen.set(name, values);
      values.push(Number(seconds));
    }
  }
  return new Map([...seen].map(([name, values]) => [name, median(values)]));
}

export default {
  name: "collectors",
  title: "One pass of each collector",
  async run({ rounds = ROUNDS }) {
    const { programs: [peer], notes } = await nodeExporters();
    const found = new Map<string, Row[]>();
    const add = (collector: string, subject: string, value: number) => {
      const rows = found.get(collector) ?? [];
      found.set(collector, rows);
      const at = rows.findIndex((row) => row.subject === subject);
      if (at < 0) rows.push({ subject, rounds: [value] });
      else rows[at] = { subject, rounds: [...rows[at]?.rounds ?? [], value] };
    };
    await using server = peer && await startServer(peer);
    for (let round = 0; round < rounds; round++) {
      for (const [name, value] of Object.entries(await measureIn(import.meta.url, []))) add(name, "Sonde", value);
      if (!server) continue;
      for (const [name, value] of await peerDurations(server.url)) if (found.has(name)) add(name, server.label, value);
    }
    const figures = [...found].map(([name, rows]) => ({ name, unit: "seconds" as const, rows, peer: peer?.label }));
    const account =
      "The peer's durations are those that it reports itself, by the clock; Sonde's are processor time of its " +
      "event loop, after 2,000 passes. `usage` and `cpu` reuse what `stat` and `meminfo` read.";
    return { figures, notes: [account, ...notes] };
  },
} satisfies Bench;

if (import.meta.main) report(measure());
