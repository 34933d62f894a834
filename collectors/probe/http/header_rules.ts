/**
 * Rules for the headers of a response.
 *
 * @module
 */

import type { Rejection } from "./http_judge.ts";
import type { HeaderRule, HttpModule } from "../module.ts";
import type { ProbeTools } from "../prober.ts";

/** Values by lower-case name. */
type Headers = ReadonlyMap<string, readonly string[]>;

/** The first rule that is broken: all that no value may match, then all that one must. */
export function judgeHeaders(
  headers: Headers,
  { failIfHeaderMatches, failIfHeaderNotMatches }: HttpModule,
  tools: Pick<ProbeTools, "trace">,
): Rejection | undefined {
  for (const rule of failIfHeaderMatches) {
    const rejection = judgeHeader(rule, headers, true, tools);
    if (rejection) return rejection;
  }
  for (const rule of failIfHeaderNotMatches) {
    const rejection = judgeHeader(rule, headers, false, tools);
    if (rejection) return rejection;
  }
  return undefined;
}

function judgeHeader(
  { header, pattern, allowMissing }: HeaderRule,
  headers: Headers,
  failsOnMatch: boolean,
  { trace }: Pick<ProbeTools, "trace">,
): Rejection | undefined {
  const values = headers.get(header.toLowerCase()) ?? [];
  if (values.length === 0) {
    if (allowMissing) return undefined;
    trace.note("error", "Missing required header", { header });
    return { reason: "header", message: `the header ${header} is missing` };
  }
  if (values.some((value) => pattern.find(value)) !== failsOnMatch) return undefined;
  const fields = { header, regexp: pattern.source, value_count: values.length };
  trace.note("error", `Header ${failsOnMatch ? "matched" : "did not match"} regular expression`, fields);
  const how = failsOnMatch ? "matches" : "does not match";
  return { reason: "header", message: `the header ${header} ${how} ${JSON.stringify(pattern.source)}` };
}
