/**
 * Sonde: a Prometheus exporter to run, and to build into a program of your own.
 *
 * Run as a program it is the command `sonde`; imported it does nothing until asked, and loads nothing of the command.
 * {@linkcode createExporter} runs {@linkcode collectors}, or those that {@linkcode defineCollector} types.
 *
 * @example A collector
 * ```ts
 * import { defineCollector } from "@sonde/sonde";
 *
 * export default defineCollector({
 *   name: "dice",
 *   help: "A die thrown at each scrape.",
 *   freshnessSeconds: 0.1,
 *   metrics: { dice_eyes: { type: "gauge", help: "Eyes of the last throw." } },
 *   read: () => 1 + Math.floor(Math.random() * 6),
 *   samples: (eyes, emit) => emit("dice_eyes", eyes),
 * });
 * ```
 *
 * @module
 */

export { collectors } from "./collectors/mod.ts";
export type { Clock } from "./src/clock.ts";
export { defineCollector, FAILURE_REASONS } from "./src/collector.ts";
export type {
  AnyCollector,
  AnyEmit,
  Client,
  Collector,
  CollectorHealth,
  Context,
  Emit,
  EngineView,
  FailureReason,
  Family,
  FileSystemSpace,
  FoldingCollector,
  HistogramValue,
  Instance,
  InstanceTiming,
  LabelArgs,
  Labels,
  Metric,
  Metrics,
  MetricType,
  Needed,
  NeedResult,
  Needs,
  NodeHealth,
  NodeState,
  NodeView,
  OpenEmit,
  Platform,
  ProcessFigures,
  RequestHandler,
  RouteContext,
  RouteHandler,
  RuntimeCpu,
  RuntimeFigures,
  Sample,
  SampleValue,
  Schema,
  Source,
  Sources,
  StatfsAnswer,
  StatfsManner,
  SummaryValue,
  ValueOf,
  ValueOfCollector,
  WantedNames,
} from "./src/collector.ts";
export { ConfigError } from "./src/config.ts";
export type { Fault } from "./src/config.ts";
export { createExporter } from "./src/exporter.ts";
export type { Exporter, ExporterConfig, ExporterOptions } from "./src/exporter.ts";
export type { MetricsRegistry } from "./src/exposition.ts";
export { GraphError } from "./src/graph.ts";
export { Shared } from "./src/scope.ts";
export type { Scope } from "./src/scope.ts";
export { LOG_LEVELS } from "./src/log.ts";
export type { LogFields, Logger, LogLevel } from "./src/log.ts";
export type { ClockState, SystemCalls } from "./src/system_calls.ts";

// Not awaited: a plugin imports this module while the command runs, and would wait for it to end.
if (import.meta.main) import("./src/cli.ts");
