/**
 * Health: a node's running totals, and a collector's nodes taken together.
 *
 * @module
 */

import { type CollectorHealth, FAILURE_REASONS, type FailureReason, type NodeState } from "./collector.ts";

/** Running totals of a node, which only grow. */
export interface NodeTotals {
  /** Runs begun. */
  readonly runs: number;
  /** Ticks skipped. */
  readonly missedRuns: number;
  /** Seconds for which its runs held the event loop. */
  readonly blockingSeconds: number;
  /** Failures by reason. */
  readonly failures: Readonly<Record<FailureReason, number>>;
}

/** No failures, by every reason. */
const noFailures = (): Record<FailureReason, number> => ({
  timeout: 0,
  error: 0,
  parse: 0,
  dependency: 0,
  duplicate: 0,
  limit: 0,
  late: 0,
  invalid: 0,
  crash: 0,
});

/** No runs. */
export const NO_TOTALS: NodeTotals = { runs: 0, missedRuns: 0, blockingSeconds: 0, failures: noFailures() };

/** The sums of two nodes' totals. */
export function addTotals(a: NodeTotals, b: NodeTotals): NodeTotals {
  const failures = noFailures();
  for (const reason of FAILURE_REASONS) failures[reason] = a.failures[reason] + b.failures[reason];
  return {
    runs: a.runs + b.runs,
    missedRuns: a.missedRuns + b.missedRuns,
    blockingSeconds: a.blockingSeconds + b.blockingSeconds,
    failures,
  };
}

/** What a node knows of its own health; changed by the node alone. */
export interface NodeFigures {
  /** Runs begun; this and the next three also of nodes that it replaced. */
  runs: number;
  /** Ticks skipped. */
  missedRuns: number;
  /** Seconds for which its runs held the event loop. */
  blockingSeconds: number;
  /** Failures by reason. */
  readonly failures: Record<FailureReason, number>;
  /** Outcome of the last finished run. */
  state: NodeState;
  /** Series committed and on the page. */
  series: number;
  /** Wall-clock time at which the last run began, in seconds. */
  lastRunTimestampSeconds: number | undefined;
  /** Wall-clock time of the last success, in seconds. */
  lastSuccessTimestampSeconds: number | undefined;
  /** Duration of the last finished run in seconds. */
  durationSeconds: number | undefined;
  /** Message of the failure, if the last finished run failed. */
  lastError: string | undefined;
}

/** Figures of a node that has not run, which goes on counting where another stopped. */
export function newFigures(before: NodeTotals = NO_TOTALS): NodeFigures {
  return {
    runs: before.runs,
    missedRuns: before.missedRuns,
    blockingSeconds: before.blockingSeconds,
    failures: { ...before.failures },
    state: "pending",
    series: 0,
    lastRunTimestampSeconds: undefined,
    lastSuccessTimestampSeconds: undefined,
    durationSeconds: undefined,
    lastError: undefined,
  };
}

/** A node as {@linkcode collectorHealth} counts it. */
export interface CountedNode {
  /** Its figures. */
  readonly figures: NodeFigures;
  /** Its interval in seconds. */
  readonly intervalSeconds: number;
  /** Whether its run did not end in time for the page, which leaves it out: it counts as failed. */
  readonly stale: boolean;
}

/**
 * Health of the nodes of one collector together. One pass and no garbage, for there may be ten thousand.
 *
 * @param gone totals of nodes that a reload removed
 */
export function collectorHealth(
  { name, peer }: { readonly name: string; readonly peer?: boolean },
  nodes: Iterable<CountedNode>,
  gone: NodeTotals = NO_TOTALS,
): CollectorHealth {
  const total = newFigures(gone);
  let failed = false;
  let pending = false;
  let allAbsent = true;
  let lastSuccess = Infinity;
  let intervalSeconds = 0;
  for (const { figures, intervalSeconds: interval, stale } of nodes) {
    failed ||= stale || figures.state === "failed";
    pending ||= figures.state === "pending";
    allAbsent &&= figures.state === "absent";
    lastSuccess = Math.min(lastSuccess, figures.lastSuccessTimestampSeconds ?? NaN);
    intervalSeconds = Math.max(intervalSeconds, interval);
    total.runs += figures.runs;
    total.missedRuns += figures.missedRuns;
    total.blockingSeconds += figures.blockingSeconds;
    for (const reason of FAILURE_REASONS) total.failures[reason] += figures.failures[reason];
    if (figures.durationSeconds !== undefined) {
      total.durationSeconds = (total.durationSeconds ?? 0) + figures.durationSeconds;
    }
    if (!stale) total.series += figures.series;
  }
  return {
    collector: name,
    peer: peer === true,
    success: failed ? false : pending ? undefined : true,
    supported: allAbsent ? false : pending && !failed ? undefined : true,
    durationSeconds: total.durationSeconds,
    lastSuccessTimestampSeconds: Number.isFinite(lastSuccess) ? lastSuccess : undefined,
    intervalSeconds,
    series: total.series,
    runs: total.runs,
    missedRuns: total.missedRuns,
    blockingSeconds: total.blockingSeconds,
    failures: total.failures,
  };
}
