/**
 * An exporter inside an app: collectors that run, and a handler for the page.
 *
 * @module
 */

import process from "node:process";
import { applyConfig, assemble, nameOf } from "./assembly.ts";
import { checkMetrics } from "./batch.ts";
import type { FamilyBatch } from "./batch.ts";
import { type Clock, systemClock } from "./clock.ts";
import type { AnyCollector, Metric } from "./collector.ts";
import { ConfigError, resolveConfig } from "./config.ts";
import type { MetricsRegistry } from "./exposition.ts";
import { failureMessage } from "./failure.ts";
import { type Logger, rateLimited, silentLogger } from "./log.ts";
import { MetricsEndpoint } from "./metrics_endpoint.ts";
import { plain } from "./plain_response.ts";
import { pathOf, queryAt } from "./request_target.ts";

/** The configuration, in the form of the file: see `docs/sonde.schema.json`. */
export interface ExporterConfig {
  /** By collector: `true` or `false`, or its settings, as `{ interval: "1m" }`. */
  readonly collectors?: Readonly<Record<string, unknown>>;
  /** `telemetry-path`, `max-requests`, `disable-exporter-metrics`; what else the command has is refused. */
  readonly web?: Readonly<Record<string, unknown>>;
  /** `freshness`, `strict`. */
  readonly scrape?: Readonly<Record<string, unknown>>;
  /** `procfs`, `sysfs`, `rootfs`, `udev.data`. */
  readonly path?: Readonly<Record<string, unknown>>;
  /** What collectors take at the top level, as `probes`. */
  readonly [key: string]: unknown;
}

/** What an app may give its exporter. */
export interface ExporterOptions {
  /** Told of failures; by default nobody is. */
  readonly log?: Logger;
  /** The app's own prom-client registry, whose metrics are then on the page too. */
  readonly registry?: MetricsRegistry;
  /** Time. */
  readonly clock?: Clock;
}

/** A running exporter. */
export interface Exporter {
  /**
   * Answers requests: the page at its path (`/metrics`), what collectors mount, 404 elsewhere. Never throws. Answers
   * OpenMetrics to those that ask for it.
   */
  readonly handler: (request: Request) => Response | Promise<Response>;
  /** Path of the page, as `/metrics`. */
  readonly path: string;
  /** Holds all families: give it to prom-client's own metrics, `new Counter({ …, registers: [exporter.registry] })`. */
  readonly registry: MetricsRegistry;
  /** What the page would show at this moment, by family: for who adds up the figures of several processes. */
  readonly snapshot: () => Promise<ReadonlyMap<string, FamilyBatch>>;
  /**
   * Begins to run collectors on their intervals.
   *
   * @throws {TypeError} if it has been started, and has not stopped
   */
  start(): void;
  /** Ends all runs, and waits for those in flight, for a second at the most. Doing so again waits for the same. */
  stop(): Promise<void>;
}

/** How long a snapshot waits for collectors: who adds up waits longer, so that one that hangs does not cost the others. */
const SNAPSHOT_SECONDS = 0.5;
/** Settings of the command, which have no effect in an app. */
const COMMAND_ONLY: readonly (readonly [path: readonly string[], instead: string])[] = [
  [["profile"], "choose its collectors"],
  [["plugins"], "give their collectors to createExporter"],
  [["log"], "give it a log function"],
  [["web", "listen-address"], "serve its handler"],
  [["web", "external-url"], "serve its handler there"],
  [["web", "route-prefix"], "serve its handler there"],
  [["web", "landing-page"], "its handler has none"],
  [["config"], "it is not read from a file"],
  [["web", "openmetrics"], "its handler answers as it is asked"],
];

/** @throws {ConfigError} if something is set that would have no effect */
function refuseCommandOnly(config: ExporterConfig): void {
  const faults = COMMAND_ONLY.flatMap(([path, instead]) => {
    const found = path.reduce<unknown>((value, key) => Object(value)[key], config);
    const message = `has no effect in an app: ${instead}`;
    return found === undefined ? [] : [{ origin: "configuration", path: path.join("."), message }];
  });
  if (faults.length > 0) throw new ConfigError(faults);
}

/** Runtime and its version, as `deno 2.9.6`. */
function runtimeName(): string {
  const { deno, bun, node } = process.versions;
  return deno ? `deno ${deno}` : bun ? `bun ${bun}` : `node ${node}`;
}

/**
 * Makes an exporter of these collectors. Nothing runs before it is started, but for what a request for the page reads.
 *
 * @throws {TypeError} if Prometheus would refuse what a collector declares, or two declare one family differently
 * @throws {ConfigError} with every fault of the configuration
 * @throws {GraphError} if a collector needs what is not there
 *
 * @example
 * ```ts
 * import { createExporter, defineCollector } from "@sonde/sonde";
 *
 * const dice = defineCollector({
 *   name: "dice",
 *   help: "A die thrown at each scrape.",
 *   freshnessSeconds: 0.1,
 *   metrics: { dice_eyes: { type: "gauge", help: "Eyes of the last throw." } },
 *   read: () => 1 + Math.floor(Math.random() * 6),
 *   samples: (eyes, emit) => emit("dice_eyes", eyes),
 * });
 * const exporter = createExporter([dice]);
 * exporter.start();
 * const page = await exporter.handler(new Request("http://localhost/metrics"));
 * console.log(await page.text());
 * await exporter.stop();
 * ```
 */
export function createExporter(
  collectors: readonly AnyCollector[],
  config: ExporterConfig = {},
  { log = silentLogger, registry, clock = systemClock }: ExporterOptions = {},
): Exporter {
  refuseCommandOnly(config);
  const resolved = resolveConfig({ collectors, tree: config });
  const { path, web, scrape } = resolved;
  checkDeclarations(collectors.filter(({ name }) => resolved.collectors.get(name)?.enabled));
  const { engine, source } = assemble({
    path,
    log: rateLimited(log, clock),
    clock,
    runtime: runtimeName(),
    registry,
  });
  applyConfig(engine, collectors, resolved, log);
  const settings = { maxRequests: web.maxRequests, openMetrics: true, strict: scrape.strict };
  const metrics = new MetricsEndpoint({ engine, settings: () => settings, names: nameOf(collectors) });
  const answer = async (request: Request): Promise<Response> => {
    const query = queryAt(web.telemetryPath, request.url);
    if (query === undefined) return await engine.route(pathOf(request))?.(request) ?? plain(404, "Not found");
    if (request.method !== "GET" && request.method !== "HEAD") {
      return plain(405, "Method not allowed", { allow: "GET, HEAD" });
    }
    return metrics.answer(request, query);
  };
  let started = false;
  let stopping: Promise<void> | undefined;
  return {
    path: web.telemetryPath,
    registry: engine.registry,
    snapshot: () => engine.snapshot(SNAPSHOT_SECONDS),
    handler: (request) =>
      answer(request).catch((error) => {
        log("error", "request failed", { error: failureMessage(error) });
        return plain(500, "Internal server error");
      }),
    start() {
      if (started) throw new TypeError("Cannot start the exporter: it has been started already");
      started = true;
      engine.start();
    },
    stop() {
      if (!started) return Promise.resolve();
      return stopping ??= engine.stop().then(() => source.close()).finally(() => {
        started = false;
        stopping = undefined;
      });
    },
  };
}

/**
 * Checks what collectors declare, before anything of it is shown.
 *
 * @throws {TypeError} if Prometheus would refuse it, or two declare one family differently
 */
function checkDeclarations(collectors: readonly AnyCollector[]): void {
  const declared = new Map<string, { readonly collector: string; readonly metric: Metric }>();
  for (const { name, metrics } of collectors) {
    checkMetrics(metrics);
    for (const [family, metric] of Object.entries(metrics)) {
      const before = declared.get(family);
      if (!before || before.collector === name) declared.set(family, { collector: name, metric });
      else if (before.metric.type !== metric.type || (isSingle(before.metric) && isSingle(metric))) {
        throw new TypeError(
          `Cannot declare family "${family}" of collector "${name}": collector "${before.collector}" declares it too`,
        );
      }
    }
  }
}

/** Whether a family has one series at the most, which two collectors cannot share. */
const isSingle = ({ labels, openLabels }: Metric) => (labels?.length ?? 0) === 0 && !openLabels;
