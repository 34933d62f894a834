/**
 * Running totals of a target's probes: attempts are successes plus failures, always.
 *
 * @module
 */

import { toNanosecond } from "../../src/clock.ts";
import type { HistogramValue } from "../../src/collector.ts";
import type { Failure, Outcome, Phase, Reason } from "./result.ts";

/** Why and where a probe can stop. */
export type Stop = Pick<Failure, "reason" | "phase">;

/** Ways to stop in one phase. */
export function stopsIn(phase: Phase, ...reasons: Reason[]): readonly Stop[] {
  return reasons.map((reason) => ({ reason, phase }));
}

/** How often a probe stopped for one reason in one phase. */
export interface StopCount extends Stop {
  /** Failures so far. */
  readonly count: number;
}

/** Totals of one target since the start. */
export interface Totals {
  /** Probes finished. */
  readonly attempts: number;
  /** Failures by reason and phase. */
  readonly failures: readonly StopCount[];
  /** Durations of the successful ones in seconds. */
  readonly durations: HistogramValue;
}

/** Totals before the first probe, with the ways in which it can fail, and the bounds of the histogram in seconds. */
export function noTotals(stops: readonly Stop[], boundsSeconds: readonly number[]): Totals {
  return {
    attempts: 0,
    failures: stops.map(({ reason, phase }) => ({ reason, phase, count: 0 })),
    durations: { buckets: new Map(boundsSeconds.map((bound) => [bound, 0])), sum: 0, count: 0 },
  };
}

/** Totals that go on with other ways to fail, as those of another module; what has happened stays. */
export function withStops(totals: Totals, stops: readonly Stop[]): Totals {
  const { failures } = noTotals(stops, []);
  const happened = totals.failures.filter(({ count }) => count > 0);
  return { ...totals, failures: happened.reduce((sum, { count, ...stop }) => counted(sum, stop, count), failures) };
}

/** Totals with one more probe. */
export function addOutcome(totals: Totals, outcome: Outcome): Totals {
  const attempts = totals.attempts + 1;
  return outcome.success
    ? { ...totals, attempts, durations: observed(totals.durations, outcome.durationSeconds) }
    : { ...totals, attempts, failures: counted(totals.failures, outcome.failure, 1) };
}

function observed({ buckets, sum, count }: HistogramValue, seconds: number): HistogramValue {
  return {
    buckets: new Map([...buckets].map(([bound, below]) => [bound, seconds <= bound ? below + 1 : below])),
    sum: toNanosecond(sum + seconds),
    count: count + 1,
  };
}

/** A way to fail that was not foreseen is counted all the same. */
function counted(failures: readonly StopCount[], { reason, phase }: Stop, more: number): readonly StopCount[] {
  const isIt = (stop: Stop) => stop.reason === reason && stop.phase === phase;
  if (!failures.some(isIt)) return [...failures, { reason, phase, count: more }];
  return failures.map((stop) => isIt(stop) ? { ...stop, count: stop.count + more } : stop);
}
