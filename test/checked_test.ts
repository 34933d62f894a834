import assert from "node:assert/strict";
import * as z from "zod";
import { checked } from "../src/checked.ts";
import { parseDuration } from "../src/duration.ts";

const schema = z.strictObject({ a: z.string().transform(checked(parseDuration)), b: z.number() });

Deno.test("checked: what the parser makes of a value is the value", () => {
  assert.deepEqual(schema.parse({ a: "1m30s", b: 1 }), { a: 90, b: 1 });
});

Deno.test("checked: an error becomes an issue at its key, beside the others", () => {
  const { error } = schema.safeParse({ a: "15", b: "x" });
  assert.deepEqual(error?.issues.map(({ path, code }) => [path, code]), [[["a"], "custom"], [["b"], "invalid_type"]]);
  assert.equal(error?.issues[0]?.message, 'Cannot parse duration "15": a unit is missing, try "15s"');
});

Deno.test("checked: what is thrown and is no error is reported as text", () => {
  const messages: string[] = [];
  const parse = checked(() => {
    // deno-lint-ignore no-throw-literal -- foreign code may
    throw "no";
  });
  parse("x", { addIssue: ({ message }) => messages.push(message) });
  assert.deepEqual(messages, ["no"]);
});
