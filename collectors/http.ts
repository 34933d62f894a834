/**
 * Probes URLs over HTTP as blackbox_exporter's module `http_2xx` does, each on its own interval, scraped or not: GET over
 * HTTP/1.1, redirects followed, certificates verified, success is a status 2xx and a body that arrived whole.
 *
 * Per target 17 series of the peer's, which keep their zeros for what was not reached, 1 more with `Last-Modified` and 5 over
 * TLS, and 39 of our own.
 *
 * @module
 */

import * as z from "zod";
import { checked } from "../src/checked.ts";
import { defineCollector, type Instance, type InstanceTiming } from "../src/collector.ts";
import { addOutcome, noTotals, type Totals } from "./probe/accounting.ts";
import {
  ADDRESS_FAMILIES,
  emitAddress,
  emitResult,
  emitTls,
  emitTotals,
  RESULT_FAMILIES,
  type TargetLabels,
  TLS_FAMILIES,
  TOTAL_FAMILIES,
} from "./probe/families.ts";
import { emitHttp, HTTP_FAMILIES } from "./probe/http_families.ts";
import { HTTP_STOPS, type HttpModule, type HttpResult, probeHttp } from "./probe/http_probe.ts";
import { type HttpTarget, parseTarget, withoutUserInfo } from "./probe/http_request.ts";
import { positiveDuration, refuseDuplicates, targetLabels } from "./probe/options.ts";

/** A target, ready to be probed. */
export interface HttpNode {
  /** Labels of its samples. */
  readonly labels: TargetLabels;
  /** What is asked for. */
  readonly target: HttpTarget;
  /** How it is asked for. */
  readonly module: HttpModule;
}

/** One probe of one target. */
export interface HttpReading {
  /** Labels of the target that was probed. */
  readonly labels: TargetLabels;
  /** What it came to. */
  readonly result: HttpResult;
}

/** The last probe of a target, and its totals since the start. */
export interface HttpRecord extends HttpReading {
  /** With the last probe. */
  readonly totals: Totals;
}

/** The peer's: what Prometheus' default scrape timeout of 10 s leaves after its offset of 0.5 s. */
const TIMEOUT_SECONDS = 9.5;
/** What a node has beyond its probe's own limit. */
const GRACE_SECONDS = 1;

const MODULES = {
  /** The peer reads bodies of any size; ours end where no health check does. */
  http_2xx: { maxRedirects: 10, bodyLimitBytes: 128 * 1024 * 1024 },
} as const satisfies Record<string, Omit<HttpModule, "timeoutSeconds">>;

/** In seconds. */
const DURATION_BOUNDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

const METRICS = { ...RESULT_FAMILIES, ...ADDRESS_FAMILIES, ...HTTP_FAMILIES, ...TLS_FAMILIES, ...TOTAL_FAMILIES };

const url = z.string().superRefine((text, context) => {
  checked(parseTarget)(text, context);
}).meta({ placeholder: "URL" });

const probe = z.strictObject({
  name: z.string().min(1).optional().meta({ description: "Label `target`; by default the URL without user-info." }),
  target: url.meta({
    description: "URL of http or https; user-info becomes basic authentication.",
    namedBy: "name",
  }),
  module: z.enum(["http_2xx"]).default("http_2xx").meta({ description: "How it is probed." }),
  interval: positiveDuration.optional().meta({
    description: "Time between two probes; by default the collector's interval.",
  }),
  timeout: positiveDuration.optional().meta({
    description: "Limit of one probe, redirects included; by default the interval, but at most 9.5s.",
  }),
  labels: targetLabels(METRICS).default({}).meta({ description: "Further labels of the target's series." }),
});

const schema = z.strictObject({
  target: z.array(url.meta({ namedBy: "probes[].name" })).default([]).meta({
    description: "URLs to probe with the module http_2xx.",
    placeholder: "URL",
  }),
  probes: z.array(probe).default([]).meta({ description: "Targets to probe." }),
}).superRefine(({ target, probes }, context) => {
  refuseDuplicates([
    ...target.map((text, i) => ({ name: withoutUserInfo(text), path: ["target", i] })),
    ...probes.map(({ name, target }, i) => ({
      name: name ?? withoutUserInfo(target),
      path: ["probes", i, name === undefined ? "target" : "name"],
    })),
  ], (issue) => context.addIssue(issue));
});

type Probe = z.output<typeof probe>;

export default defineCollector({
  name: "http",
  help: "Outcome, phases and certificate of HTTP probes of configured URLs.",
  intervalSeconds: 15,
  options: schema,
  topLevel: ["probes"],
  metrics: METRICS,
  sources: ["the configured URLs"],
  instances: ({ target, probes }, timing) => [
    ...target.map((text) => instance({ target: text, module: "http_2xx", labels: {} }, timing)),
    ...probes.map((probe) => instance(probe, timing)),
  ],
  async read({ options, clock, signal, engine }): Promise<HttpReading> {
    const tools = { clock, signal, userAgent: `Sonde/${engine.version}` };
    return { labels: options.labels, result: await probeHttp(options.target, options.module, tools) };
  },
  fold: (now: HttpReading, previous: HttpRecord | undefined): HttpRecord => ({
    ...now,
    totals: addOutcome(previous?.totals ?? noTotals(HTTP_STOPS, DURATION_BOUNDS), now.result.outcome),
  }),
  failureValue: (error, { labels }: HttpNode): HttpReading => ({ labels, result: internalFailure(error) }),
  samples({ labels, result, totals }, emit) {
    emitResult(emit, labels, result);
    emitAddress(emit, labels, result);
    emitHttp(emit, labels, result);
    if (result.response?.tls) emitTls(emit, labels, result.response.tls, result.wallSeconds);
    emitTotals(emit, labels, totals);
  },
});

function instance(
  { name, target, module, interval, timeout, labels }: Probe,
  timing: InstanceTiming,
): Instance<HttpNode> {
  const id = name ?? withoutUserInfo(target);
  const intervalSeconds = interval ?? timing.intervalSeconds;
  const timeoutSeconds = timeout ?? timing.timeoutSeconds ?? Math.min(intervalSeconds || Infinity, TIMEOUT_SECONDS);
  return {
    name: id,
    options: {
      labels: { ...labels, target: id },
      target: parseTarget(target),
      module: { ...MODULES[module], timeoutSeconds },
    },
    intervalSeconds: interval,
    timeoutSeconds: timeoutSeconds + GRACE_SECONDS,
  };
}

/** Nothing is known of the target: the run itself failed. */
function internalFailure(error: unknown): HttpResult {
  const message = error instanceof Error ? error.message : String(error);
  return {
    outcome: { success: false, failure: { reason: "internal", phase: "resolve", message } },
    lookupSeconds: 0,
    requests: [],
    redirects: 0,
    wallSeconds: 0,
  };
}
