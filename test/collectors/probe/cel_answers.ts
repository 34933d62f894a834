/**
 * What blackbox_exporter answers to programs of CEL over bodies, as recorded in test/fixtures/probe/cel.json.
 *
 * @module
 */

import * as z from "zod";

const answer = z.enum(["true", "false", "error", "type", "json", "refused"]);
/** What a program comes to. */
export type Answer = z.output<typeof answer>;

const body = z.union([z.string(), z.object({ nested: z.int() }), z.object({ named: z.literal("document") })]);
const schema = z.object({
  document: z.string(),
  answers: z.array(z.tuple([z.string(), body, answer]).rest(answer)),
});

/** A program, a body, and what becomes of them. */
export interface CelAnswer {
  readonly source: string;
  readonly body: string;
  /** What the peer answers. */
  readonly peer: Answer;
  /** What we do: the same, but for differences that are known. */
  readonly ours: Answer;
}

const file = new URL("../../fixtures/probe/cel.json", import.meta.url);
const { document, answers } = schema.parse(JSON.parse(await Deno.readTextFile(file)));

/** All that is recorded. */
export const celAnswers: readonly CelAnswer[] = answers.map(([source, body, peer, ours = peer]) => ({
  source,
  body: typeof body === "string"
    ? body
    : "nested" in body
    ? "[".repeat(body.nested) + "]".repeat(body.nested)
    : document,
  peer,
  ours,
}));
