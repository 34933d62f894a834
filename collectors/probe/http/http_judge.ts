/**
 * Whether a response is as it should be, held against a module's rules in blackbox_exporter's order: status, headers, body
 * by patterns, body by CEL, version, TLS. The first rule that it breaks is the failure; those for version and
 * against TLS tell of themselves even then.
 *
 * @module
 */

import { judgeJson, judgePatterns } from "./body_rules.ts";
import { judgeHeaders } from "./header_rules.ts";
import type { ResponseHead } from "./http_response.ts";
import { type JudgedResponse, unjudged, type Verdict } from "./http_result.ts";
import { jsonSamples } from "./json_metrics.ts";
import type { HttpModule } from "../module.ts";
import type { ProbeTools } from "../prober.ts";

/** What a rule that is broken makes of a response. */
export type Rejection = NonNullable<Verdict["failure"]>;

type Tools = Pick<ProbeTools, "trace">;

/** Judges a response; rules for a body that is not there are broken, as the peer has it. */
export async function judgeResponse(response: JudgedResponse, module: HttpModule, tools: Tools): Promise<Verdict> {
  const { body } = response;
  let failure = judgeStatus(response.head, module, tools) ?? judgeHeaders(response.head.headers, module, tools);
  let failedByPattern = failure?.reason === "header";
  if (!failure && hasPatterns(module)) {
    failure = body ? await judgePatterns(body, module, tools) : judgeNoBody(tools);
    failedByPattern = failure !== undefined;
  }
  let { failedByCel } = unjudged(module);
  if (!failure && failedByCel !== undefined) {
    failure = body ? await judgeJson(body, module, tools) : judgeNoBody(tools);
    failedByCel = failure !== undefined;
  }
  const version = judgeVersion(response, module, tools);
  failure ??= version;
  const tls = response.isTls || !failure ? judgeTls(response, module, tools) : undefined;
  failure ??= tls;
  const samples = body && module.jsonMetrics.length > 0 ? await jsonSamples(body, module.jsonMetrics, tools) : [];
  return { failure, failedByPattern, failedByCel, samples };
}

/**
 * The verdict on a response whose body broke off, to which another failure belongs: of rules for the body the peer takes
 * the first to be broken, if all before are kept.
 */
export function judgeUnread(head: ResponseHead, module: HttpModule, tools: Tools): Verdict {
  const nothing = unjudged(module);
  if (judgeStatus(head, module, tools)) return nothing;
  if (judgeHeaders(head.headers, module, tools)) return { ...nothing, failedByPattern: true };
  if (hasPatterns(module)) return { ...nothing, failedByPattern: true };
  return nothing.failedByCel === undefined ? nothing : { ...nothing, failedByCel: true };
}

function hasPatterns({ failIfBodyMatches, failIfBodyNotMatches }: HttpModule): boolean {
  return failIfBodyMatches.length + failIfBodyNotMatches.length > 0;
}

function judgeNoBody({ trace }: Tools): Rejection {
  const message = "the body of a redirect is not read";
  trace.note("error", "Error reading HTTP body", { err: message });
  return { reason: "body", message };
}

function judgeStatus(
  { status }: ResponseHead,
  { validStatusCodes }: HttpModule,
  { trace }: Tools,
): Rejection | undefined {
  if (validStatusCodes.length === 0) {
    if (status >= 200 && status <= 299) return undefined;
    trace.note("error", "Invalid HTTP response status code, wanted 2xx", { status_code: status });
    return { reason: "status", message: `status ${status} is not 2xx` };
  }
  if (validStatusCodes.includes(status)) return undefined;
  const valid = validStatusCodes.join(" ");
  trace.note("error", "Invalid HTTP response status code", { status_code: status, valid_status_codes: `[${valid}]` });
  return { reason: "status", message: `status ${status} is not one of ${validStatusCodes.join(", ")}` };
}

function judgeVersion(
  { version }: JudgedResponse,
  { validHttpVersions }: HttpModule,
  { trace }: Tools,
): Rejection | undefined {
  if (validHttpVersions.length === 0 || validHttpVersions.includes(version)) return undefined;
  trace.note("error", "Invalid HTTP version number", { version });
  return { reason: "protocol", message: `version ${version} is not one of ${validHttpVersions.join(", ")}` };
}

function judgeTls(
  { isTls }: JudgedResponse,
  { failIfSsl, failIfNotSsl }: HttpModule,
  { trace }: Tools,
): Rejection | undefined {
  if (isTls ? !failIfSsl : !failIfNotSsl) return undefined;
  const message = `Final request was ${isTls ? "" : "not "}over SSL`;
  trace.note("error", message);
  return { reason: "tls", message: `the response came ${isTls ? "over" : "without"} TLS` };
}
