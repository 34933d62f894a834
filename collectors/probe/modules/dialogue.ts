/**
 * The list `query_response`.
 *
 * @module
 */

import * as z from "zod";
import type { DialogueStep } from "../module.ts";
import { flag, list, pattern, refuse, refuseSeveral, text } from "./fields.ts";

const utf8 = new TextEncoder();
const none = utf8.encode("");

/** A text, or bytes, as `!!binary` gives them. */
const bytes = z.union([text.transform((value) => utf8.encode(value)), z.instanceof(Uint8Array)]);

const label = z.strictObject({ name: text, value: text }).superRefine(({ name }, sink) => {
  if (/^(?!__)[a-zA-Z_][a-zA-Z0-9_]*$/.test(name)) return;
  refuse(sink, ["name"], `Cannot use label "${name}": expected letters, digits and underscores, the first no digit`);
});

const step = z.strictObject({
  expect: pattern.nullish(),
  expect_bytes: bytes.nullish(),
  labels: list(label),
  send: bytes.nullish(),
  starttls: flag(false),
}).superRefine((value, sink) => {
  refuseSeveral(sink, { ...value, expect_bytes: value.expect_bytes?.length || undefined }, ["expect", "expect_bytes"]);
  for (const [i, { name }] of value.labels.entries()) {
    if (value.labels.findIndex((other) => other.name === name) === i) continue;
    refuse(sink, ["labels", i, "name"], `Cannot use label "${name}" twice in one step`);
  }
})
  .transform((value): DialogueStep => ({
    expect: value.expect && value.expect.source !== "" ? value.expect : undefined,
    expectBytes: value.expect_bytes?.length ? value.expect_bytes : undefined,
    labels: value.labels,
    send: value.send ?? none,
    startTls: value.starttls,
  }));

/** `query_response`; TLS cannot begin in all protocols. */
export const dialogue: z.ZodType<readonly DialogueStep[], z.input<typeof step>[] | null | undefined> = list(step);
