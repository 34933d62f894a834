/**
 * One page for several workers: threads, processes of a cluster, or whatever a channel leads to.
 *
 * @module
 */

import { type Channel, channelOf, type Peer } from "./aggregation/channel.ts";
import type { GaugeRule } from "./aggregation/gauge_rules.ts";
import { Workers, type WorkersReport } from "./aggregation/workers.ts";
import { KeyedSamples } from "./batch.ts";
import { systemClock } from "./clock.ts";
import { type AnyCollector, defineCollector } from "./collector.ts";
import { createExporter, type Exporter, type ExporterConfig, type ExporterOptions } from "./exporter.ts";
import { failureMessage } from "./failure.ts";
import { type Logger, rateLimited } from "./log.ts";
import { scrapeBudget } from "./metrics_endpoint.ts";
import { plain } from "./plain_response.ts";
import { queryAt } from "./request_target.ts";

/** How {@linkcode createAggregator} adds up, and what it shows besides. */
export interface AggregatorOptions extends ExporterOptions {
  /**
   * How one gauge is made of those of all workers, by family or by a pattern as `jobs_*`, of which the first that fits
   * counts. A gauge without a rule is left out, and named in the log and in `sonde_workers_refused_families`. Those of
   * `process_*`, of prom-client's default metrics and of Sonde itself have fixed ones.
   */
  readonly rules?: Readonly<Record<string, GaugeRule>>;
  /** What runs here and not in the workers: collectors of the host, the app's own. */
  readonly collectors?: readonly AnyCollector[];
  /** Their configuration, and that of the page. By `scrape: { strict: true }` a family that is left out makes it a 503. */
  readonly config?: ExporterConfig;
  /** Told of failures; by default errors are told to the console. */
  readonly log?: Logger;
  /** How long an answer of a worker is waited for; by default 1. */
  readonly timeoutSeconds?: number;
  /** After how long workers are asked if nobody scrapes: of one that dies no more than this is lost. By default 5. */
  readonly intervalSeconds?: number;
}

/** How a worker is taken in. */
export interface AddOptions {
  /** What it is called on the page and in the log; by default the next number. One of the same name is replaced. */
  readonly id?: string;
}

/** Adds workers up. */
export interface Aggregator extends Pick<Exporter, "handler" | "path" | "registry"> {
  /**
   * Takes a worker in, one that calls `shareMetrics` with the other end; it takes the place of one that has died.
   *
   * @returns a function that lets it go: what it has counted stays in the sums
   * @throws {TypeError} if it is none
   */
  add(worker: Peer, options?: AddOptions): () => void;
  /**
   * Begins to ask workers, and to run collectors, on their intervals.
   *
   * @throws {TypeError} if it has been started and not stopped
   */
  start(): void;
  /** Ends that, and hears the workers no more. Doing so again does nothing. */
  stop(): Promise<void>;
}

/** Families of one page that are named as left out. */
const MOST_REFUSED = 100;

const consoleErrors: Logger = (level, message, fields = {}) => {
  if (level === "error") console.error(`${message}: ${fields.error ?? ""}`);
};

/**
 * Makes one page of the metrics of several workers. Counters, histograms and summaries are summed, and stay in the sums when
 * a worker dies, hangs or restarts: no sum ever falls. Gauges are those of the workers that answer, by their rules. A scrape
 * is answered in time whatever workers do; `sonde_workers_missing` counts those that did not answer.
 *
 * @throws {RangeError} if a rule or a time is none
 * @throws {ConfigError} with every fault of the configuration
 *
 * @example
 * ```ts
 * import { createAggregator, createExporter, shareMetrics } from "@sonde/sonde";
 *
 * const { port1, port2 } = new MessageChannel();
 * const worker = createExporter([]); // in the worker
 * const shared = shareMetrics(worker, port2);
 *
 * const aggregator = createAggregator({ rules: { jobs_waiting: "sum" } }); // in the primary
 * aggregator.add(port1);
 * aggregator.start();
 * const page = await aggregator.handler(new Request("http://localhost/metrics"));
 * console.log(await page.text()); // sonde_workers 1 …
 * await shared.stop();
 * await aggregator.stop();
 * port1.close();
 * ```
 */
export function createAggregator(options: AggregatorOptions = {}): Aggregator {
  const { rules, collectors = [], config = {}, log = consoleErrors, clock = systemClock, registry } = options;
  const timeoutSeconds = seconds("timeoutSeconds", options.timeoutSeconds ?? 1);
  const intervalSeconds = seconds("intervalSeconds", options.intervalSeconds ?? 5);
  const tell = rateLimited(log, clock, ["worker", "family"]);
  const workers = new Workers({
    rules,
    clock,
    lied: (worker, error) => tell("error", "message of a worker refused", { worker, error: failureMessage(error) }),
  });
  const exporter = createExporter([workersCollector(workers, tell), ...collectors], config, { log, clock, registry });
  const strict = config.scrape?.strict === true;
  let added = 0;
  let cancel: (() => void) | undefined;
  const tick = () => {
    cancel = clock.timer(() => {
      void workers.ask(timeoutSeconds);
      tick();
    }, intervalSeconds);
  };
  return {
    path: exporter.path,
    registry: exporter.registry,
    async handler(request) {
      if (queryAt(exporter.path, request.url) === undefined) return exporter.handler(request);
      const began = clock.monotonic();
      const header = request.headers.get(TIMEOUT_HEADER);
      await workers.ask(Math.min(timeoutSeconds, scrapeBudget(header) / 2));
      const refused = strict ? workers.report().refused : [];
      if (refused.length > 0) return plain(503, refused.map(({ message }) => message).join("\n"));
      return exporter.handler(header === null ? request : hurried(request, header, clock.monotonic() - began));
    },
    add(worker, { id = String(++added) } = {}) {
      const channel: Channel = channelOf(worker);
      return workers.add(channel, id);
    },
    start() {
      exporter.start();
      tick();
    },
    async stop() {
      cancel?.();
      workers.close();
      await exporter.stop();
    },
  };
}

const TIMEOUT_HEADER = "x-prometheus-scrape-timeout-seconds";

/** The same request of a scraper that has waited already. */
function hurried(request: Request, timeout: string, waitedSeconds: number): Request {
  const left = Number(timeout) - waitedSeconds;
  if (!(left > 0)) return request;
  const headers = new Headers(request.headers);
  headers.set(TIMEOUT_HEADER, left.toFixed(3));
  return new Request(request, { headers });
}

/** @throws {RangeError} if it is no time to wait for */
function seconds(name: string, value: number): number {
  if (value > 0 && value < Infinity) return value;
  throw new RangeError(`Cannot use ${name} ${value}: expected seconds, more than 0`);
}

const METRICS = {
  sonde_workers: {
    type: "gauge",
    help: "Workers that there should be: those connected, and those that have died and were not replaced.",
  },
  sonde_workers_missing: { type: "gauge", help: "Workers among them that did not answer." },
  sonde_workers_refused_messages_total: { type: "counter", help: "Messages of workers that were not understood." },
  sonde_workers_refused_families: {
    type: "gauge",
    help: "Workers whose family is left out because it cannot be aggregated, by family and reason.",
    labels: ["family", "reason"],
  },
} as const;

/** Shows what workers show together. */
function workersCollector(workers: Workers, tell: Logger): AnyCollector {
  return defineCollector({
    name: "workers",
    help: "What the workers of this app show, together.",
    intervalSeconds: 0,
    freshnessSeconds: 0,
    metrics: METRICS,
    openFamilies: ["*"],
    sources: ["the workers of this app"],
    read: () => workers.report(),
    samples(report, emit) {
      emit("sonde_workers", report.workers);
      emit("sonde_workers_missing", report.missing);
      emit("sonde_workers_refused_messages_total", report.refusedMessages);
      for (const { count, labels } of refusals(report, tell)) emit("sonde_workers_refused_families", count, labels);
      for (const { series, ...family } of report.families) {
        if (series.size > 0) emit.family({ ...family, samples: new KeyedSamples(series) });
      }
    },
  });
}

/** Families that are left out, and how many workers have them; each is told. */
function refusals({ refused }: WorkersReport, tell: Logger): Iterable<Refusal> {
  const counted = new Map<string, Refusal>();
  for (const { family, reason, message } of refused) {
    const key = `${family} ${reason}`;
    const known = counted.get(key);
    if (known) known.count++;
    else if (counted.size < MOST_REFUSED) {
      counted.set(key, { labels: { family, reason }, count: 1 });
      tell("error", "family of a worker left out", { family, reason, error: message });
    }
  }
  return counted.values();
}

/** A family that is left out. */
interface Refusal {
  readonly labels: { readonly family: string; readonly reason: string };
  count: number;
}
