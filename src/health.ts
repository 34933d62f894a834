/**
 * Health: a node's running totals, and a collector's nodes taken together.
 *
 * @module
 */

import { type CollectorHealth, FAILURE_REASONS, type FailureReason, type NodeHealth } from "./collector.ts";

/** Running totals of a node, which only grow. */
export interface NodeTotals {
  readonly runs: number;
  readonly missedRuns: number;
  readonly blockingSeconds: number;
  readonly failures: Readonly<Record<FailureReason, number>>;
}

/** No failures, by every reason. */
export const noFailures = (): Record<FailureReason, number> => ({
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

const sum = (values: readonly (number | undefined)[]) =>
  values.reduce<number | undefined>((total, value) => value === undefined ? total : (total ?? 0) + value, undefined);

/**
 * Health of the nodes of one collector together.
 *
 * @param nodes at least one
 * @param stale ids of nodes that stand on the page but were not made fresh for it: they count as failed
 * @param gone totals of nodes that a reload removed
 */
export function collectorHealth(
  nodes: readonly NodeHealth[],
  stale: ReadonlySet<string>,
  gone: NodeTotals = NO_TOTALS,
): CollectorHealth {
  const [first] = nodes;
  if (!first) throw new RangeError("Cannot sum up the health of a collector: it has no nodes");
  const failed = nodes.some(({ state, id }) => state === "failed" || stale.has(id));
  const pending = nodes.some(({ state }) => state === "pending");
  const successes = nodes.map((node) => node.lastSuccessTimestampSeconds ?? NaN);
  const lastSuccess = Math.min(...successes);
  return {
    ...nodes.reduce((totals, node) => addTotals(totals, node), gone),
    collector: first.collector,
    peer: first.peer,
    success: failed ? false : pending ? undefined : true,
    supported: nodes.every(({ state }) => state === "absent") ? false : pending && !failed ? undefined : true,
    durationSeconds: sum(nodes.map(({ durationSeconds }) => durationSeconds)),
    lastSuccessTimestampSeconds: Number.isNaN(lastSuccess) ? undefined : lastSuccess,
    intervalSeconds: Math.max(...nodes.map(({ intervalSeconds }) => intervalSeconds)),
    series: nodes.reduce((count, { series, id }) => stale.has(id) ? count : count + series, 0),
  };
}
