/**
 * Rules for the body of a response: patterns that may or must be found in it, programs of CEL over its JSON.
 *
 * Unlike blackbox_exporter 0.28 a module may have both: there the patterns take the body, and leave CEL an empty one.
 *
 * @module
 */

import { failureMessage } from "../../../src/failure.ts";
import type { Pattern } from "../../../src/pattern.ts";
import type { Rejection } from "./http_judge.ts";
import { type JsonValue, parseJsonBody } from "./json_body.ts";
import type { CelProgram, HttpModule } from "../module.ts";
import type { ProbeTools } from "../prober.ts";

type Tools = Pick<ProbeTools, "trace">;

/** Bytes of a body beyond which other work gets a turn between two patterns: ten milliseconds, about. */
const LARGE_BYTES = 1024 * 1024;

/** The first pattern that is found and may not be, or must be and is not. */
export async function judgePatterns(
  body: Uint8Array,
  { failIfBodyMatches, failIfBodyNotMatches }: HttpModule,
  { trace }: Tools,
): Promise<Rejection | undefined> {
  const rules: readonly (readonly [Pattern, boolean])[] = [
    ...failIfBodyMatches.map((pattern) => [pattern, true] as const),
    ...failIfBodyNotMatches.map((pattern) => [pattern, false] as const),
  ];
  for (const [pattern, failsOnMatch] of rules) {
    if (body.length > LARGE_BYTES) await new Promise((resolve) => setTimeout(resolve));
    if (pattern.find(body) !== failsOnMatch) continue;
    const regexp = pattern.source;
    trace.note("error", `Body ${failsOnMatch ? "matched" : "did not match"} regular expression`, { regexp });
    const how = failsOnMatch ? "matches" : "does not match";
    return { reason: "body", message: `the body ${how} ${JSON.stringify(regexp)}` };
  }
  return undefined;
}

/** The first program that does not come to what it must; also where it comes to no boolean, or the body is not JSON. */
export async function judgeJson(body: Uint8Array, module: HttpModule, tools: Tools): Promise<Rejection | undefined> {
  let json: JsonValue;
  try {
    json = parseJsonBody(body);
  } catch (error) {
    const err = failureMessage(error);
    tools.trace.note("error", "Error unmarshalling HTTP body to JSON", { err });
    return { reason: "body", message: `the body is not JSON: ${err}` };
  }
  const { failIfJsonMatches, failIfJsonNotMatches } = module;
  return (failIfJsonMatches && await judgeProgram(failIfJsonMatches, true, json, tools)) ??
    (failIfJsonNotMatches && await judgeProgram(failIfJsonNotMatches, false, json, tools));
}

async function judgeProgram(
  program: CelProgram,
  failsOnMatch: boolean,
  body: JsonValue,
  { trace }: Tools,
): Promise<Rejection | undefined> {
  await program.prepare();
  const expression = program.source;
  let matched: unknown;
  try {
    matched = program.evaluate({ body });
  } catch (error) {
    const err = failureMessage(error);
    trace.note("error", "Error evaluating CEL expression", { err });
    return { reason: "body", message: `the program ${expression} cannot be evaluated: ${err}` };
  }
  if (typeof matched !== "boolean") {
    trace.note("error", "CEL evaluation result is not a boolean", { expression });
    return { reason: "body", message: `the program ${expression} does not come to true or false` };
  }
  if (matched !== failsOnMatch) return undefined;
  trace.note("error", `Body ${failsOnMatch ? "matched" : "did not match"} CEL expression`, { expression });
  return { reason: "body", message: `the body ${failsOnMatch ? "matches" : "does not match"} ${expression}` };
}
