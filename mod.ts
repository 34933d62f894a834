/**
 * Sonde: a Prometheus exporter to run, and to build into a program of your own.
 *
 * Run as a program it is the command `sonde`; imported it does nothing until asked, and loads nothing of the command.
 * {@linkcode createExporter} runs {@linkcode collectors}, or those that {@linkcode defineCollector} types;
 * {@linkcode instrument}, and its like for frameworks, measures an app's own requests.
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

export type { Channel, NodePort, NodeProcess, Peer, WebPort } from "./src/aggregation/channel.ts";
export { GAUGE_RULES } from "./src/aggregation/gauge_rules.ts";
export type { GaugeRule } from "./src/aggregation/gauge_rules.ts";
export { createAggregator } from "./src/aggregator.ts";
export type { AddOptions, Aggregator, AggregatorOptions } from "./src/aggregator.ts";
export type { FamilyBatch } from "./src/batch.ts";
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
export { fastifyMetrics } from "./src/fastify_metrics.ts";
export type { FastifyHook, FastifyReply, FastifyRequest } from "./src/fastify_metrics.ts";
export { GraphError } from "./src/graph.ts";
export { honoMetrics } from "./src/hono_metrics.ts";
export type { HonoContext, HonoMiddleware } from "./src/hono_metrics.ts";
export { instrument } from "./src/instrument.ts";
export type { Answer, Handler, Instrumented, InstrumentOptions } from "./src/instrument.ts";
export { Shared } from "./src/scope.ts";
export type { Scope } from "./src/scope.ts";
export { LOG_LEVELS } from "./src/log.ts";
export type { LogFields, Logger, LogLevel } from "./src/log.ts";
export { nodeMetrics, sendPage } from "./src/node_metrics.ts";
export type { NodeArgs, NodeMetricsOptions, NodeMiddleware, NodeRequest, NodeResponse } from "./src/node_metrics.ts";
export type { MeterOptions } from "./src/request_meter.ts";
export { shareMetrics } from "./src/share_metrics.ts";
export type { SharedMetrics } from "./src/share_metrics.ts";
export type { ClockState, SystemCalls } from "./src/system_calls.ts";
export { createTimers } from "./src/timed.ts";
export type { TimedDecorator, TimedOptions, Timers } from "./src/timed.ts";

// Not awaited: a plugin imports this module while the command runs, and would wait for it to end.
if (import.meta.main) import("./src/cli.ts");
