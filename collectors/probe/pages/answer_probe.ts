/**
 * The answers to requests for probes: on demand, of the last result of a target on an interval, and explained.
 *
 * @module
 */

import type { RouteContext } from "../../../src/collector.ts";
import { LOG_LEVELS } from "../../../src/log.ts";
import { acceptsGzip } from "../../../src/negotiate.ts";
import { CONTENT_TYPES, type Page } from "../../../src/page.ts";
import { plain } from "../../../src/plain_response.ts";
import { debugText } from "./debug_text.ts";
import { evidenceOf, FAILURES_ON_DEMAND } from "../evidence.ts";
import { histories } from "./history.ts";
import { type LiveProbe, ongoing, probeLive, type ProbeRequest } from "./live_probe.ts";
import { isOnThisHost } from "./local_client.ts";
import { isRefusal, probeRequest, type Refusal } from "./probe_query.ts";
import { probeReport, reportText } from "./probe_report.ts";
import { PROBERS } from "../probers.ts";
import { resultPage } from "./result_page.ts";
import { scheduledTargets } from "./scheduled.ts";
import type { ProbeSettings } from "../settings.ts";
import { standardModule } from "./standard_module.ts";
import { withoutUserInfo } from "../target_name.ts";
import { allowedSocket } from "./unix_path.ts";
import { unknownModules } from "./unknown_modules.ts";

type Answering = RouteContext<ProbeSettings>;

/** Up to here compressing costs more than a tenth of the probe, and saves a packet or two. */
const SMALL_PAGE_LENGTH = 8192;

/** Whether who asks may see particulars. */
export function maySeeParticulars(request: Request, { client, options }: Answering): boolean {
  return options.debug || isOnThisHost(client, request);
}

/** The answer to who may not. */
export function forThisHostOnly(what: string): Response {
  return plain(403, `Cannot show ${what}: it is for this host only, unless "probe.debug" is set`);
}

/** The answer to other methods than GET and HEAD; `undefined` for these. */
export function refusedMethod({ method }: Request): Response | undefined {
  return method === "GET" || method === "HEAD" ? undefined : plain(405, "Method not allowed", { allow: "GET, HEAD" });
}

/** The query of a request. */
export function queryOf({ url }: Request): URLSearchParams {
  const start = url.indexOf("?");
  return new URLSearchParams(start < 0 ? "" : url.slice(start + 1).split("#", 1)[0]);
}

/** `/probe`. */
export async function answerProbe(request: Request, context: Answering): Promise<Response> {
  const refused = refusedMethod(request);
  if (refused) return refused;
  const query = queryOf(request);
  const name = query.get("scheduled");
  const scheduled = () => scheduledTargets(context.nodes);
  const { options, clock, scope } = context;
  if (name !== null) {
    const targets = scheduled();
    if (targets.length > 0) return answerScheduled(request, name, targets);
  }
  if (options.configured.size === 0) return plain(404, "Not found");
  const isDebug = query.get("debug") === "true";
  if (isDebug && !maySeeParticulars(request, context)) return forThisHostOnly("debug=true");
  const asking = {
    settings: options,
    written: context.written,
    isLocal: isOnThisHost(context.client, request),
    named: () => scheduled().map(({ node: { target } }) => ({ target: target.target, module: target.module.name })),
  };
  const asked = probeRequest(query, request.headers.get("x-prometheus-scrape-timeout-seconds"), asking);
  if (isRefusal(asked)) {
    if (asked.isUnknownModule) unknownModules.of(scope).count++;
    return plain(asked.status, asked.message);
  }
  if (options.maxRequests > 0 && ongoing.of(scope).count >= options.maxRequests) {
    const text = `Limit of concurrent probes reached (${options.maxRequests}), try again later.`;
    return plain(503, text, { "retry-after": "1" });
  }
  const ready = await withAllowedSocket(asked, options);
  if (isRefusal(ready)) return plain(ready.status, ready.message);
  const began = clock.monotonic();
  const probe = await run(ready, request, context);
  if (!probe) return plain(503, `The probe was stopped after ${(clock.monotonic() - began).toFixed(1)} s`);
  histories.of(scope).add(probe, options.historyLimit);
  keepFailure(probe, context);
  logProbe(probe, context);
  if (isDebug) return text(request, debugText(probe));
  return await page(request, resultPage(probe.prober, probe.result));
}

/** The probe; `undefined` if who asked has gone, or the exporter stops. */
async function run(asked: ProbeRequest, request: Request, context: Answering): Promise<LiveProbe | undefined> {
  return await ongoing.of(context.scope).run(request.signal, async (signal) => {
    try {
      return await probeLive(asked, context, signal);
    } catch (error) {
      if (signal.aborted) return undefined;
      throw error;
    }
  });
}

/** The request with the real path of its socket, if it is for one. */
async function withAllowedSocket(asked: ProbeRequest, { unixPaths }: ProbeSettings): Promise<ProbeRequest | Refusal> {
  if (asked.module.prober !== "unix") return asked;
  const target = await allowedSocket(asked.target, unixPaths);
  if (target !== undefined) return { ...asked, target };
  return { status: 403, message: 'Cannot probe this socket: it is in no folder of "probe.unix-path"' };
}

/** Of who asks for no other target than those of a Prometheus, this is what its alerts lead to. */
function keepFailure({ result, prober, module, target, beganSeconds, events }: LiveProbe, { scope }: Answering): void {
  const about = { target: withoutUserInfo(target), prober: prober.name, module: module.name, beganSeconds, events };
  const evidence = evidenceOf(result, { ...about, waitedSeconds: 0 });
  if (evidence) FAILURES_ON_DEMAND.of(scope).add(evidence);
}

function logProbe({ events, module, target }: LiveProbe, { log, options }: Answering): void {
  const least = LOG_LEVELS.indexOf(options.logLevel);
  const about = { collector: "probe", node: withoutUserInfo(target), module: module.name };
  for (const { level, message, fields } of events) {
    if (LOG_LEVELS.indexOf(level) >= least) log(level, message, { ...fields, ...about });
  }
}

/** The last committed result of a target, as a live probe would answer. */
async function answerScheduled(
  request: Request,
  name: string,
  scheduled: ReturnType<typeof scheduledTargets>,
): Promise<Response> {
  const one = scheduled.find(({ node }) => node.target.name === name);
  if (!one) return plain(400, `Unknown scheduled target ${JSON.stringify(name)}`);
  const prober = PROBERS.get(one.node.target.module.prober);
  if (!one.reading || !prober) return plain(503, `No result of ${JSON.stringify(name)} stands`, { "retry-after": "1" });
  return await page(request, resultPage(prober, one.reading.result));
}

/** `/-/explain`, for the command: any module, any socket, and the report as text or, with `format=json`, as JSON. */
export async function answerExplain(request: Request, context: Answering): Promise<Response> {
  if (context.client !== "operator") return plain(404, "Not found");
  const { options, written } = context;
  const query = queryOf(request);
  if (!query.get("module")) query.set("module", standardModule(query.get("target") ?? "", options.modules));
  const configured = new Set(options.modules.keys());
  const asking = {
    settings: { ...options, configured, timeoutOffsetSeconds: 0 },
    written,
    isLocal: true,
    named: () => [],
  };
  const asked = probeRequest(query, request.headers.get("x-prometheus-scrape-timeout-seconds"), asking);
  if (isRefusal(asked)) return plain(asked.status, asked.message);
  const probe = await run(asked, request, context);
  if (!probe) return plain(503, "The probe was stopped");
  const report = probeReport(probe);
  const shown = query.get("format") === "json" ? `${JSON.stringify(report, undefined, 2)}\n` : reportText(report);
  return new Response(shown, { headers: { "x-probe-success": report.success ? "1" : "0" } });
}

/** A text as the peer sends it. */
export function text(request: Request, content: string): Response {
  const body = new TextEncoder().encode(content);
  return new Response(request.method === "HEAD" ? null : body, {
    headers: {
      "content-type": "text/plain; charset=utf-8",
      "content-length": String(body.length),
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
    },
  });
}

async function page({ headers, method }: Request, result: Page): Promise<Response> {
  const gzip = result.text.length > SMALL_PAGE_LENGTH && acceptsGzip(headers.get("accept-encoding"));
  const body = gzip ? await result.gzip() : new TextEncoder().encode(result.text);
  return new Response(method === "HEAD" ? null : body, {
    headers: {
      "content-type": CONTENT_TYPES.text,
      "content-length": String(body.length),
      "vary": "Accept-Encoding",
      ...(gzip && { "content-encoding": "gzip" }),
    },
  });
}
