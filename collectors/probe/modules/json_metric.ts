/**
 * An entry of `json_metrics`, which is not blackbox_exporter's.
 *
 * @module
 */

import * as z from "zod";
import { celProgram, programOf } from "../cel/cel.ts";
import type { JsonMetric } from "../module.ts";
import { text } from "./fields.ts";

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const LABEL = /^(?!__)[a-zA-Z_][a-zA-Z0-9_]*$/;
const EXPECTED = "expected letters, digits and underscores, the first no digit";
/** Labels that Prometheus gives a meaning, and that of scheduled targets. */
const TAKEN = ["job", "instance", "le", "quantile", "target"];

const name = z.string().regex(NAME, `Cannot use this name: ${EXPECTED}`)
  .refine((name) => !/^(?:probe|sonde)_/.test(name), 'Cannot use this name: "probe_" and "sonde_" are taken');
const label = z.string().regex(LABEL, `Cannot use this label: ${EXPECTED}`)
  .refine((name) => !TAKEN.includes(name), `Cannot use this label: ${TAKEN.join(", ")} are taken`);

/** A gauge made of a body; `item` is known only where there is `each`. */
export const jsonMetric: z.ZodType<JsonMetric, JsonMetricInput> = z.strictObject({
  name: name.meta({ description: "Full name of the gauge." }),
  help: text.nullish().meta({ description: "Text of HELP." }),
  value: text.meta({
    description: "CEL that comes to a number or a boolean; knows body, and item where there is each.",
  }),
  each: celProgram(["body"]).nullish().meta({ description: "CEL that comes to a list: one series for each item." }),
  labels: z.record(label, text).nullish().meta({ description: "CEL of each label's value, by name." }),
}).transform(({ name, help, value, each, labels }): JsonMetric => {
  const variables = each ? ["body", "item"] : ["body"];
  const programs = Object.entries(labels ?? {}).map(([label, source]) => [label, programOf(source, variables)]);
  return {
    name,
    help: help || `Value of ${value} in the body.`,
    value: programOf(value, variables),
    each: each ?? undefined,
    labels: Object.fromEntries(programs),
  };
});

/** As it is written. */
export interface JsonMetricInput {
  /** Full name of the gauge. */
  name: string;
  /** Text of HELP. */
  help?: string | number | boolean | null;
  /** Its value. */
  value: string | number | boolean;
  /** Its items. */
  each?: string | number | boolean | null;
  /** Its labels. */
  labels?: Record<string, string | number | boolean> | null;
}
