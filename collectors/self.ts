/**
 * The exporter itself: its process under the names that all Prometheus clients use, its runtime, and the health of each
 * collector. 13 series and a histogram, 18 more per collector; /proc/self and counters of the engine.
 *
 * @module
 */

import * as z from "zod";
import {
  defineCollector,
  type EngineView,
  FAILURE_REASONS,
  type Metrics,
  type ProcessFigures,
} from "../src/collector.ts";

/** The engine as the page shows it, and the process it runs in. */
export interface Self {
  /** What the engine counts; `undefined` where only the process is to be reported. */
  readonly engine: EngineView | undefined;
  /** What the system and the runtime say of the process. */
  readonly process: ProcessFigures;
}

const labels = ["collector"] as const;

/** What all clients of Prometheus report of their process. */
const PROCESS_METRICS = {
  process_cpu_seconds_total: { type: "counter", help: "Total user and system CPU time spent in seconds." },
  process_start_time_seconds: { type: "gauge", help: "Start time of the process since unix epoch in seconds." },
  process_resident_memory_bytes: { type: "gauge", help: "Resident memory size in bytes." },
  process_virtual_memory_bytes: { type: "gauge", help: "Virtual memory size in bytes." },
  process_virtual_memory_max_bytes: { type: "gauge", help: "Maximum amount of virtual memory available in bytes." },
  process_open_fds: { type: "gauge", help: "Number of open file descriptors." },
  process_max_fds: { type: "gauge", help: "Maximum number of open file descriptors." },
} as const satisfies Metrics;

/** What is Sonde's. */
const OWN_METRICS = {
  process_threads: { type: "gauge", help: "Number of OS threads in the process." },
  sonde_runtime_heap_used_bytes: { type: "gauge", help: "Bytes of JavaScript heap in use." },
  sonde_runtime_heap_allocated_bytes: { type: "gauge", help: "Bytes of JavaScript heap allocated." },
  sonde_build_info: {
    type: "gauge",
    help: "Always 1; labelled with the versions of Sonde and of the runtime.",
    labels: ["version", "runtime"],
  },
  sonde_config_last_reload_successful: {
    type: "gauge",
    help: "Whether the last reload of the configuration succeeded.",
  },
  sonde_config_last_reload_success_timestamp_seconds: {
    type: "gauge",
    help: "Unix time of the last successful reload of the configuration.",
  },
  sonde_event_loop_delay_seconds: { type: "histogram", help: "By how much timers of the scheduler fired late." },
  sonde_collector_success: { type: "gauge", help: "Whether the collector's last run succeeded.", labels },
  sonde_collector_supported: {
    type: "gauge",
    help: "Whether there is on this host what the collector reports.",
    labels,
  },
  sonde_collector_duration_seconds: { type: "gauge", help: "Duration of the collector's last run.", labels },
  sonde_collector_last_success_timestamp_seconds: {
    type: "gauge",
    help: "Unix time of the collector's last success.",
    labels,
  },
  sonde_collector_interval_seconds: {
    type: "gauge",
    help: "Longest time between two runs of the collector; 0 if it runs only when scraped.",
    labels,
  },
  sonde_collector_series: { type: "gauge", help: "Series that the collector has on the page.", labels },
  sonde_collector_runs_total: { type: "counter", help: "Runs begun by the collector.", labels },
  sonde_collector_missed_runs_total: {
    type: "counter",
    help: "Ticks that the collector skipped because it was late or still running.",
    labels,
  },
  sonde_collector_failures_total: {
    type: "counter",
    help: "Runs of the collector that did not commit all that they should have, by reason.",
    labels: ["collector", "reason"],
  },
  sonde_collector_blocking_seconds_total: {
    type: "counter",
    help: "Seconds for which runs of the collector held the event loop.",
    labels,
  },
} as const satisfies Metrics;
const isOwn = (name: string): name is keyof typeof OWN_METRICS => Object.hasOwn(OWN_METRICS, name);

export default defineCollector({
  name: "self",
  help: "The exporter's own process, runtime and configuration, and the health of its collectors.",
  observes: true,
  options: z.strictObject({
    "process-only": z.boolean().default(false)
      .describe("Report the process alone, by the families that all clients of Prometheus have."),
  }),
  metrics: { ...PROCESS_METRICS, ...OWN_METRICS },
  omits: (options) => options["process-only"] ? Object.keys(OWN_METRICS).filter(isOwn) : [],
  sources: {
    "/proc/self": ["process_*"],
    "node:process cpuUsage() and memoryUsage()": [
      "process_cpu_seconds_total",
      "process_resident_memory_bytes",
      "sonde_runtime_*",
    ],
    "Sonde's engine": ["sonde_build_info", "sonde_config_*", "sonde_event_loop_*", "sonde_collector_*"],
  },
  read: ({ engine, options, source }): Self => ({
    engine: options["process-only"] ? undefined : engine,
    process: source.process(),
  }),
  samples({ engine, process }, emit) {
    emit("process_cpu_seconds_total", process.cpuSeconds);
    emit("process_start_time_seconds", process.startTimeSeconds);
    emit("process_resident_memory_bytes", process.residentBytes);
    emit("process_virtual_memory_bytes", process.virtualBytes);
    emit("process_virtual_memory_max_bytes", process.virtualMaxBytes);
    emit("process_open_fds", process.openFds);
    emit("process_max_fds", process.maxFds);
    if (!engine) return;
    emit("process_threads", process.threads);
    emit("sonde_runtime_heap_used_bytes", process.heapUsedBytes);
    emit("sonde_runtime_heap_allocated_bytes", process.heapTotalBytes);
    emit("sonde_build_info", 1, { version: engine.version, runtime: engine.runtime });
    emit("sonde_config_last_reload_successful", Number(engine.reload.successful));
    emit("sonde_config_last_reload_success_timestamp_seconds", engine.reload.successTimestampSeconds);
    emit("sonde_event_loop_delay_seconds", engine.loopDelay);
    for (const health of engine.collectors) {
      const of = { collector: health.collector };
      emit("sonde_collector_success", numberOf(health.success), of);
      emit("sonde_collector_supported", numberOf(health.supported), of);
      emit("sonde_collector_duration_seconds", health.durationSeconds, of);
      emit("sonde_collector_last_success_timestamp_seconds", health.lastSuccessTimestampSeconds, of);
      emit("sonde_collector_interval_seconds", health.intervalSeconds, of);
      emit("sonde_collector_series", health.series, of);
      emit("sonde_collector_runs_total", health.runs, of);
      emit("sonde_collector_missed_runs_total", health.missedRuns, of);
      emit("sonde_collector_blocking_seconds_total", health.blockingSeconds, of);
      for (const reason of FAILURE_REASONS) {
        emit("sonde_collector_failures_total", health.failures[reason], { ...of, reason });
      }
    }
  },
});

function numberOf(flag: boolean | undefined): number | undefined {
  return flag === undefined ? undefined : Number(flag);
}
