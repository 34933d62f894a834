/**
 * The HTTP prober.
 *
 * @module
 */

import { toNanosecond } from "../../../src/clock.ts";
import { failureMessage } from "../../../src/failure.ts";
import { builtInModule } from "../built_in_modules.ts";
import { failedResult } from "../failed_result.ts";
import { ADDRESS_FAMILIES, emitAddress, emitResult, emitTls, RESULT_FAMILIES, TLS_FAMILIES } from "../families.ts";
import { emitHttp, HTTP_FAMILIES } from "./http_families.ts";
import { probeHttp } from "./http_probe.ts";
import { type HttpTarget, parseTarget } from "./http_request.ts";
import { type HttpResult, unjudged } from "./http_result.ts";
import { httpStops } from "./http_stops.ts";
import { emitJson } from "./json_metrics.ts";
import type { HttpModule } from "../module.ts";
import { prepareModules } from "../prepare_modules.ts";
import type { Prober, ProbeTools } from "../prober.ts";

/** In seconds. */
const DURATION_BOUNDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

const STANDARD = builtInModule("http_2xx", "http");
/** What a probe that did not begin has seen. */
const NOTHING = { requests: [], redirects: 0, resolves: true, wallSeconds: 0 };

/** A target that is none is one that does not answer. */
function probe(text: string, module: HttpModule, tools: ProbeTools): Promise<HttpResult> {
  const { clock } = tools;
  const begin = clock.monotonic();
  let target: HttpTarget;
  try {
    target = parseTarget(text);
  } catch (error) {
    const message = failureMessage(error);
    tools.trace.note("error", "Could not parse target URL", { err: message });
    const failure = { reason: "dns", phase: "resolve", message } as const;
    const outcome = { success: false, durationSeconds: toNanosecond(clock.monotonic() - begin), failure } as const;
    const nothing = { ...NOTHING, resolves: false, lookupSeconds: 0, durations: {} };
    return Promise.resolve({ ...nothing, outcome, verdict: unjudged(module) });
  }
  return probeHttp(target, module, tools);
}

/** Probes URLs. */
export const httpProber: Prober<HttpModule, HttpResult> = {
  name: "http",
  help: "Outcome, phases and certificate of HTTP probes of configured URLs.",
  placeholder: "URL",
  openFamilies: ["*"],
  metrics: { ...RESULT_FAMILIES, ...ADDRESS_FAMILIES, ...HTTP_FAMILIES, ...TLS_FAMILIES },
  durationBounds: DURATION_BOUNDS,
  standard: STANDARD,
  checkTarget: (target) => void parseTarget(target),
  prepare: prepareModules,
  stops: httpStops,
  probe,
  failed: (error) => ({ ...failedResult(error), ...NOTHING, verdict: unjudged(STANDARD) }),
  emit(result, emit, labels) {
    emitResult(emit, labels, result);
    if (result.resolves) emitAddress(emit, labels, result);
    emitHttp(emit, labels, result);
    if (result.response?.tls) emitTls(emit, labels, result.response.tls, result.wallSeconds);
    emitJson(emit, labels, result.verdict.samples);
  },
};
