/**
 * Gauges made of a JSON body by programs of CEL.
 *
 * What a program cannot make a number of is left out, and told: it is no failure of the target. A body is hostile until
 * shown otherwise: series, texts and time are bounded.
 *
 * @module
 */

import type { AnyEmit, Labels } from "../../../src/collector.ts";
import { failureMessage } from "../../../src/failure.ts";
import type { JsonSample } from "./http_result.ts";
import { parseJsonBody } from "./json_body.ts";
import type { CelProgram, JsonMetric } from "../module.ts";
import type { ProbeTools } from "../prober.ts";

/** Series that one response makes, of all its metrics. */
export const MOST_JSON_SERIES = 1000;
/** Characters of a label's value. */
export const LONGEST_JSON_LABEL = 1024;
/** Seconds that all of them may take. */
const LIMIT_SECONDS = 1;

/** Why there is no sample, in one clause. */
class LeftOut extends Error {
  override readonly name = "LeftOut";
}

/** Programs and variables of one sample. */
interface Draft {
  readonly metric: JsonMetric;
  readonly variables: Readonly<Record<string, unknown>>;
}

/** The samples of a body, the first of those with equal labels. */
export async function jsonSamples(
  body: Uint8Array,
  metrics: readonly JsonMetric[],
  { trace }: Pick<ProbeTools, "trace">,
): Promise<readonly JsonSample[]> {
  const told = new Set<string>();
  const tell = (metric: string, error: unknown) => {
    const err = failureMessage(error);
    const message = `${metric}\n${err}`;
    if (!told.has(message)) trace.note("warn", "Left out a JSON metric", { metric, err });
    told.add(message);
  };
  const endMs = performance.now() + LIMIT_SECONDS * 1000;
  const samples = new Map<string, JsonSample>();
  for (const { metric, variables } of await drafts(body, metrics, tell)) {
    try {
      if (performance.now() > endMs) throw new LeftOut(`all together took more than ${LIMIT_SECONDS} s`);
      const sample = sampleOf(metric, variables);
      const key = JSON.stringify([metric.name, Object.entries(sample.labels).sort()]);
      if (samples.has(key)) throw new LeftOut(`there are several with the labels ${JSON.stringify(sample.labels)}`);
      if (samples.size >= MOST_JSON_SERIES) throw new LeftOut(`there are more than ${MOST_JSON_SERIES} series`);
      samples.set(key, sample);
    } catch (error) {
      tell(metric.name, error);
    }
  }
  return [...samples.values()];
}

type Tell = (metric: string, error: unknown) => void;

async function drafts(body: Uint8Array, metrics: readonly JsonMetric[], tell: Tell): Promise<readonly Draft[]> {
  const found: Draft[] = [];
  try {
    const json = parseJsonBody(body);
    for (const metric of metrics) {
      await Promise.all([metric.value, metric.each, ...Object.values(metric.labels)].map((each) => each?.prepare()));
      found.push(...draftsOf(metric, { body: json }, tell));
    }
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    for (const { name } of metrics) tell(name, error);
  }
  return found;
}

function draftsOf(metric: JsonMetric, variables: Draft["variables"], tell: Tell): readonly Draft[] {
  if (!metric.each) return [{ metric, variables }];
  try {
    const items = metric.each.evaluate(variables);
    if (!Array.isArray(items)) throw new LeftOut(`${metric.each.source} does not come to a list`);
    const some: readonly unknown[] = items.slice(0, MOST_JSON_SERIES + 1);
    return some.map((item) => ({ metric, variables: { ...variables, item } }));
  } catch (error) {
    tell(metric.name, error);
    return [];
  }
}

function sampleOf(metric: JsonMetric, variables: Draft["variables"]): JsonSample {
  const value = numberOf(metric.value, variables);
  const labels = Object.entries(metric.labels).map(([name, program]) => [name, textOf(program, variables)] as const);
  return { metric, value, labels: Object.fromEntries(labels) };
}

/** A boolean is 0 or 1; the text of a number is none. */
function numberOf(program: CelProgram, variables: Draft["variables"]): number {
  const value = program.evaluate(variables);
  if (typeof value === "boolean" || typeof value === "bigint") return Number(value);
  if (typeof value !== "number") throw new LeftOut(`${program.source} comes to ${kindOf(value)}, not to a number`);
  if (!Number.isFinite(value)) throw new LeftOut(`${program.source} comes to ${value}`);
  return value;
}

function textOf(program: CelProgram, variables: Draft["variables"]): string {
  const value = program.evaluate(variables);
  if (!["string", "number", "bigint", "boolean"].includes(typeof value)) {
    throw new LeftOut(`${program.source} comes to ${kindOf(value)}, not to a text`);
  }
  const text = String(value);
  if (text.length > LONGEST_JSON_LABEL) {
    throw new LeftOut(`${program.source} comes to a text of more than ${LONGEST_JSON_LABEL} characters`);
  }
  return text;
}

function kindOf(value: unknown): string {
  return value === null ? "null" : Array.isArray(value) ? "a list" : typeof value === "string" ? "a text" : "a map";
}

/** Emits samples, family by family; labels of the target's own stand before those of the body. */
export function emitJson(emit: AnyEmit, labels: Labels, samples: readonly JsonSample[]): void {
  const families = new Map(samples.map(({ metric }) => [metric.name, metric]));
  for (const [name, { help }] of families) {
    const some = samples.filter(({ metric }) => metric.name === name);
    emit.family({
      name,
      type: "gauge",
      help,
      openLabels: true,
      samples: some.map((sample) => ({ value: sample.value, labels: { ...sample.labels, ...labels } })),
    });
  }
}
