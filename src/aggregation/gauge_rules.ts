/**
 * How one gauge is made of those of several workers: a rule for each, and none by default, because no rule is right for all.
 *
 * @module
 */

import { matchesPattern } from "../batch.ts";

/** What {@linkcode GaugeRule} may be. */
export const GAUGE_RULES = ["sum", "min", "max", "latest", "worker"] as const;

/**
 * One gauge of several: their `sum`, the least (`min`), the greatest (`max`), that of the worker which answered last
 * (`latest`), or all of them, each with its worker's id in the label `worker`.
 */
export type GaugeRule = (typeof GAUGE_RULES)[number];

/** Rules of families that are the same in every app. */
const FIXED: Readonly<Record<string, GaugeRule>> = {
  // What all clients of Prometheus report of their process; limits are those of the worker that comes to them first.
  process_start_time_seconds: "min",
  process_resident_memory_bytes: "sum",
  process_virtual_memory_bytes: "sum",
  process_virtual_memory_max_bytes: "min",
  process_open_fds: "sum",
  process_max_fds: "min",
  process_threads: "sum",
  // What prom-client reports by `collectDefaultMetrics`.
  process_heap_bytes: "sum",
  nodejs_eventloop_lag_seconds: "max",
  nodejs_eventloop_lag_min_seconds: "min",
  nodejs_eventloop_lag_max_seconds: "max",
  nodejs_eventloop_lag_mean_seconds: "max",
  nodejs_eventloop_lag_stddev_seconds: "max",
  nodejs_eventloop_lag_p50_seconds: "max",
  nodejs_eventloop_lag_p90_seconds: "max",
  nodejs_eventloop_lag_p99_seconds: "max",
  nodejs_active_resources: "sum",
  nodejs_active_resources_total: "sum",
  nodejs_active_handles: "sum",
  nodejs_active_handles_total: "sum",
  nodejs_active_requests: "sum",
  nodejs_active_requests_total: "sum",
  nodejs_heap_size_total_bytes: "sum",
  nodejs_heap_size_used_bytes: "sum",
  nodejs_external_memory_bytes: "sum",
  nodejs_heap_space_size_total_bytes: "sum",
  nodejs_heap_space_size_used_bytes: "sum",
  nodejs_heap_space_size_available_bytes: "sum",
  nodejs_version_info: "max",
  // What Sonde reports of a worker's exporter, and of the requests that it answers.
  sonde_runtime_heap_used_bytes: "sum",
  sonde_runtime_heap_allocated_bytes: "sum",
  sonde_build_info: "max",
  sonde_config_last_reload_successful: "min",
  sonde_config_last_reload_success_timestamp_seconds: "min",
  sonde_collector_success: "min",
  sonde_collector_supported: "max",
  sonde_collector_duration_seconds: "max",
  sonde_collector_last_success_timestamp_seconds: "min",
  sonde_collector_interval_seconds: "max",
  sonde_collector_series: "sum",
  http_server_active_requests: "sum",
  service_last_response_time_seconds: "latest",
};

/** Whether a family is of the process: workers that are threads of one process all report the same. */
export function isOfProcess(family: string): boolean {
  return family.startsWith("process_");
}

/** Why a family cannot be a worker's; `undefined` if it can. */
export function notOfWorkers(family: string): string | undefined {
  if (/^(node|probe)_/.test(family)) return "it is of the host, which every worker would count anew: collect it once";
  return family.startsWith("sonde_workers") ? "its name is that of a figure about workers" : undefined;
}

/** Finds the rule of a family. */
export class GaugeRules {
  readonly #exact = new Map<string, GaugeRule>(Object.entries(FIXED));
  readonly #patterns: [pattern: string, rule: GaugeRule][] = [];

  /**
   * The fixed rules, and these.
   *
   * @param rules by family, or by a pattern as `jobs_*`; of several patterns the first one counts
   * @throws {RangeError} if a rule is none, or its family has a fixed one
   */
  constructor(rules: Readonly<Record<string, GaugeRule>> = {}) {
    for (const [family, rule] of Object.entries(rules)) {
      const refuse = (reason: string) => new RangeError(`Cannot aggregate gauge ${JSON.stringify(family)}: ${reason}`);
      if (!GAUGE_RULES.includes(rule)) {
        throw refuse(`expected a rule (${GAUGE_RULES.join(", ")}), found ${JSON.stringify(rule)}`);
      }
      if (!/^[a-zA-Z0-9_:*]+$/.test(family)) throw refuse("expected the name of a family, or a pattern as jobs_*");
      const fixed = this.#exact.get(family);
      if (fixed && Object.hasOwn(FIXED, family)) throw refuse(`its rule is ${fixed}, leave it out`);
      if (family.includes("*")) this.#patterns.push([family, rule]);
      else this.#exact.set(family, rule);
    }
  }

  /** The rule of a family; `undefined` where none is declared. */
  of(family: string): GaugeRule | undefined {
    return this.#exact.get(family) ?? this.#patterns.find(([pattern]) => matchesPattern(family, [pattern]))?.[1];
  }
}
