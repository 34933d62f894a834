/**
 * Makes a collector of a prober: a node per target, the peer's families of its last result, and our own totals.
 *
 * @module
 */

import type { AnyCollector, AnyEmit, Context, Instance, InstanceTiming, Labels } from "../../src/collector.ts";
import { addOutcome, noTotals, type Totals, withStops } from "./accounting.ts";
import { evidenceOf, FAILURES } from "./evidence.ts";
import { admission } from "./address/guard.ts";
import { emitParticulars, emitTotals, OWN_FAMILIES } from "./own_families.ts";
import type { Prober } from "./prober.ts";
import type { ProbeResult } from "./result.ts";
import { type ProberOptions, proberOptions, type ProbeSettings, type ScheduledTarget, TOP_LEVEL } from "./settings.ts";
import { Trace } from "./trace.ts";
import { TURNS } from "./turns.ts";

/** A target, ready to be probed. */
export interface ProbeNode {
  /** What is probed, and how. */
  readonly target: ScheduledTarget;
  /** Labels of its samples. */
  readonly labels: Labels;
  /** Seconds that one probe may take. */
  readonly timeoutSeconds: number;
  /** Which addresses may be connected to, and how many probes are busy at once. */
  readonly settings: Pick<ProbeSettings, "allow" | "deny" | "concurrency">;
}

/** One probe of one target. */
export interface ProbeReading {
  /** What was probed. */
  readonly node: ProbeNode;
  /** What it came to. */
  readonly result: ProbeResult;
  /** Unix time at which it began, in seconds; absent of a run that failed itself. */
  readonly beganSeconds?: number;
  /** How long it waited for other probes before, in seconds; absent of a run that failed itself. */
  readonly waitedSeconds?: number;
}

/** The last probe of a target, and its totals since the start. */
export interface ProbeRecord extends ProbeReading {
  /** With the last probe. */
  readonly totals: Totals;
}

/** The peer's: what Prometheus' default scrape timeout of 10 s leaves after its offset of 0.5 s. */
const TIMEOUT_SECONDS = 9.5;
/** What a node has beyond its probe's own limit: twice what it may wait for its turn. */
const GRACE_SECONDS = 1;
const INTERVAL_SECONDS = 15;

/** The collector of a prober. */
export function defineProber(prober: Prober): AnyCollector {
  // Not by defineCollector: the families are known only to the prober's own functions.
  return {
    name: prober.name,
    help: prober.help,
    intervalSeconds: INTERVAL_SECONDS,
    options: proberOptions(prober),
    topLevel: TOP_LEVEL,
    prepare: async ({ settings }: ProberOptions) => await prober.prepare?.(settings.modules),
    metrics: { ...prober.metrics, ...OWN_FAMILIES },
    openFamilies: prober.openFamilies ?? [],
    sources: ["the configured targets", ...prober.systemCall === undefined ? [] : [prober.systemCall]],
    instances({ targets, settings }: ProberOptions, timing) {
      const { allow, deny, concurrency } = settings;
      return targets.map((target) => instance(target, { allow, deny, concurrency }, timing));
    },
    read: (context: Context<ProbeNode, unknown>) => readingOf(prober, context),
    fold(now: ProbeReading, previous: ProbeRecord | undefined): ProbeRecord {
      const { target: { module } } = now.node;
      const before = !previous
        ? noTotals(prober.stops(module), prober.durationBounds)
        : previous.node === now.node
        ? previous.totals
        : withStops(previous.totals, prober.stops(module));
      return { ...now, totals: addOutcome(before, now.result.outcome) };
    },
    keepsFold: true,
    failureValue(error, node: ProbeNode): ProbeReading {
      return { node, result: prober.failed(error) };
    },
    nextSeconds({ node: { target }, result: { outcome } }: ProbeRecord) {
      return outcome.success ? undefined : target.intervalOnFailureSeconds;
    },
    samples({ node: { labels, target: { module } }, result, waitedSeconds, totals }: ProbeRecord, emit: AnyEmit) {
      prober.emit(result, emit, labels);
      emitParticulars(emit, labels, { ...result, waitedSeconds }, module);
      emitTotals(emit, labels, totals, module);
    },
  };
}

/** Probes once, when it is its turn; what failed is kept as evidence. */
async function readingOf(prober: Prober, context: Context<ProbeNode, unknown>): Promise<ProbeReading> {
  const { options, clock, signal, source, scope, engine } = context;
  const { target: { name, target, module }, timeoutSeconds, settings } = options;
  const turn = await TURNS.of(scope).take(settings.concurrency, clock, signal);
  const { waitedSeconds } = turn;
  const trace = new Trace(clock);
  const beganSeconds = clock.wall();
  const keep = (result: ProbeResult) => {
    const about = { target: name, prober: prober.name, module: module.name, beganSeconds, waitedSeconds };
    const evidence = evidenceOf(result, { ...about, events: trace.events });
    if (evidence) FAILURES.of(scope).add(evidence);
  };
  try {
    const userAgent = `Sonde/${engine.version}`;
    const admit = admission(settings);
    const tools = { clock, signal, source, scope, timeoutSeconds, userAgent, admit, trace };
    const result = await prober.probe(target, module, tools);
    keep(result);
    return { node: options, result, beganSeconds, waitedSeconds };
  } catch (error) {
    if (!isAborted(signal)) keep(prober.failed(error));
    throw error;
  } finally {
    turn.end();
  }
}

/** Whether the exporter stops, or has another node in the place of this one, which is nobody's failure. */
function isAborted({ aborted, reason }: AbortSignal): boolean {
  return aborted && reason instanceof DOMException && reason.name === "AbortError";
}

function instance(
  target: ScheduledTarget,
  settings: ProbeNode["settings"],
  timing: InstanceTiming,
): Instance<ProbeNode> {
  const intervalSeconds = target.intervalSeconds ?? timing.intervalSeconds;
  const timeoutSeconds = target.timeoutSeconds ?? target.module.timeoutSeconds ?? timing.timeoutSeconds ??
    Math.min(intervalSeconds || Infinity, TIMEOUT_SECONDS);
  return {
    name: target.name,
    options: {
      target,
      labels: { ...target.labels, target: target.name },
      timeoutSeconds,
      settings,
    },
    intervalSeconds: target.intervalSeconds,
    timeoutSeconds: timeoutSeconds + GRACE_SECONDS,
  };
}
