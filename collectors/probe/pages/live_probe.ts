/**
 * A probe that somebody has just asked for, as against those on an interval.
 *
 * @module
 */

import { toNanosecond } from "../../../src/clock.ts";
import type { RouteContext } from "../../../src/collector.ts";
import { failureMessage } from "../../../src/failure.ts";
import { Shared } from "../../../src/scope.ts";
import { VERSION } from "../../../src/version.ts";
import { admission } from "../address/guard.ts";
import type { Module } from "../module.ts";
import type { Prober, ProbeTools } from "../prober.ts";
import type { ProbeResult } from "../result.ts";
import type { ProbeSettings } from "../settings.ts";
import { Trace, type TraceEvent } from "../trace.ts";

/** What is asked for. */
export interface ProbeRequest {
  /** What is probed. */
  readonly target: string;
  /** How. */
  readonly module: Module;
  /** By what. */
  readonly prober: Prober;
  /** The module as it was written. */
  readonly written: unknown;
  /** Seconds that it may take. */
  readonly timeoutSeconds: number;
  /** Name that stands for the target's. */
  readonly hostname?: string;
}

/** What came of it. */
export interface LiveProbe extends ProbeRequest {
  /** How it ended. */
  readonly result: ProbeResult;
  /** What it told on its way. */
  readonly events: readonly TraceEvent[];
  /** Unix time at which it began, in seconds. */
  readonly beganSeconds: number;
}

/** What a probe on demand needs of its surroundings. */
export type LiveContext = Pick<RouteContext<ProbeSettings>, "options" | "source" | "clock" | "scope" | "log">;

/** Probes on demand that have not ended; they end with the exporter. */
export class Ongoing implements Disposable {
  readonly #controller = new AbortController();
  #count = 0;

  /** How many there are. */
  get count(): number {
    return this.#count;
  }

  /** Runs one, whose signal aborts when `outer` does, or the exporter stops. */
  async run<T>(outer: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const one = new AbortController();
    const ends = [outer, this.#controller.signal].map((signal) => {
      const abort = () => one.abort(signal.reason);
      if (signal.aborted) abort();
      signal.addEventListener("abort", abort);
      return () => signal.removeEventListener("abort", abort);
    });
    this.#count++;
    try {
      return await work(one.signal);
    } finally {
      this.#count--;
      for (const end of ends) end();
    }
  }

  /** Aborts them all. */
  [Symbol.dispose](): void {
    this.#controller.abort(new Error("the exporter stops"));
  }
}

/** Those of each exporter. */
export const ongoing: Shared<Ongoing> = new Shared(() => new Ongoing());

/**
 * Probes once.
 *
 * @throws the reason for which `signal` aborted
 */
export async function probeLive(request: ProbeRequest, context: LiveContext, signal: AbortSignal): Promise<LiveProbe> {
  const { target, module, prober, timeoutSeconds } = request;
  const { clock, source, scope, options } = context;
  const trace = new Trace(clock);
  const beganSeconds = clock.wall();
  trace.note("debug", "Beginning probe", { probe: prober.name, timeout_seconds: timeoutSeconds });
  const tools: ProbeTools = {
    clock,
    signal,
    source,
    scope,
    timeoutSeconds,
    userAgent: `Sonde/${VERSION}`,
    ...(request.hostname !== undefined && { hostname: request.hostname }),
    admit: admission(options),
    trace,
  };
  const result = await outcomeOf(prober, target, module, tools);
  const { outcome } = result;
  const duration = outcome.durationSeconds ?? 0;
  if (outcome.success) trace.note("debug", "Probe succeeded", { duration_seconds: duration });
  else {
    const { reason, phase, message } = outcome.failure;
    trace.note("error", "Probe failed", { duration_seconds: duration, reason, phase, err: message });
  }
  return { ...request, result, events: trace.events, beganSeconds };
}

/** The result of a probe, also of one that this host could not make: it answers for the target all the same. */
async function outcomeOf(prober: Prober, target: string, module: Module, tools: ProbeTools): Promise<ProbeResult> {
  const begin = tools.clock.monotonic();
  try {
    return await prober.probe(target, module, tools);
  } catch (error) {
    tools.signal.throwIfAborted();
    tools.trace.note("error", "Cannot probe", { err: failureMessage(error) });
    const failed = prober.failed(error);
    return {
      ...failed,
      outcome: { ...failed.outcome, durationSeconds: toNanosecond(tools.clock.monotonic() - begin) },
    };
  }
}
