import assert from "node:assert/strict";
import * as z from "zod";
import type { AnyCollector, Schema } from "../../src/collector.ts";
import { ConfigError, loadConfig } from "../../src/config.ts";

/** What is said of `value` under the key `x`, each with its path below that. */
async function said(schema: Schema<unknown>, value: unknown): Promise<string[]> {
  const options = schema instanceof z.ZodType ? z.strictObject({ x: schema }) : schema;
  const only: AnyCollector = { name: "a", help: "", metrics: {}, options, read: () => null, samples: () => {} };
  const text = JSON.stringify({ collectors: { a: { x: value } } });
  try {
    await loadConfig({ collectors: [only], file: { name: "f", text } });
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.faults.map(({ path, message }) => `${path.replace("collectors.a.x", "")}: ${message}`);
  }
  return [];
}

const pets = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("dog"), barks: z.boolean() }),
  z.strictObject({ kind: z.literal("cat"), lives: z.int() }),
]);
const either = z.union([
  z.strictObject({ a: z.number(), b: z.string() }),
  z.strictObject({ c: z.number() }),
  z.string(),
]);

const SAID: readonly (readonly [schema: z.ZodType, value: unknown, ...said: string[]])[] = [
  [z.string(), null, ": expected text, found nothing"],
  [z.number(), "1", ': expected a number, found "1"'],
  [z.number().gt(3), 3, ": expected more than 3, found 3"],
  [z.number().lt(3), 3, ": expected less than 3, found 3"],
  [z.number().multipleOf(5), 3, ": expected a multiple of 5, found 3"],
  [z.string().max(1), "ab", ': expected at most 1 character, found "ab"'],
  [z.string().length(3), "ab", ': expected exactly 3 characters, found "ab"'],
  [z.array(z.string()).min(2), ["a"], ": expected at least 2 items, found a list"],
  [z.tuple([z.string()]), ["a", "b"], ": expected at most 1 item, found a list"],
  [z.record(z.string(), z.string()), [], ": expected a map, found an empty list"],
  [z.partialRecord(z.enum(["ab", "c"]), z.number()), { aab: 1 }, '.aab: unknown key "aab"'],
  [z.never(), 1, ": expected nothing, found 1"],
  [z.email(), "x", ': expected an e-mail address, found "x"'],
  [z.ipv4(), "x", ': expected an IPv4 address, found "x"'],
  [z.iso.datetime(), "x", ': expected a time as 2030-01-31T12:00:00Z, found "x"'],
  [z.string().startsWith("x"), "y", ': expected text that begins with "x", found "y"'],
  [z.string().endsWith("x"), "y", ': expected text that ends with "x", found "y"'],
  [z.string().includes("x"), "y", ': expected text that has "x" in it, found "y"'],
  [z.string().regex(/^x$/), "y", ': expected text like /^x$/, found "y"'],
  [z.jwt(), "y", ': expected text of the form jwt, found "y"'],
  [z.string().regex(/^x$/, "only x will do"), "y", ": only x will do"],
  [z.string().refine(() => false), "y", ': cannot be "y"'],
  [z.string().refine(() => false, "two\n  lines"), "y", ": two lines"],
  [z.literal(["a", 5, null]), "b", ': expected "a", 5 or null, found "b", did you mean "a"?'],
  [z.string().max(200), "x".repeat(300), `: expected at most 200 characters, found "${"x".repeat(80)}…"`],
  [z.union([z.string(), z.number()]), [], ": expected text or a number, found an empty list"],
  [z.union([z.int(), z.int().min(5)]), true, ": expected a number, found true"],
  [z.xor([z.number(), z.int()]), 1, ": cannot be 1"],
  [z.union([z.number(), z.strictObject({ a: z.number() })]), { a: "b" }, '.a: expected a number, found "b"'],
  [
    either,
    { a: "b", z: 1 },
    '.a: expected a number, found "b"',
    ".b: missing, expected text",
    '.z: unknown key "z"',
  ],
  [either, { c: "b" }, '.c: expected a number, found "b"'],
  [either, 5, ": expected a map or text, found 5"],
  [pets, { kind: "dgo" }, '.kind: expected "dog" or "cat", found "dgo", did you mean "dog"?'],
  [
    pets,
    { kind: "dog", barx: true },
    ".barks: missing, expected true or false",
    '.barx: unknown key "barx", expected one of kind, barks',
  ],
  [pets, { kind: "cat", lives: "9" }, '.lives: expected a number, found "9"'],
  [
    z.object({ a: z.object({ b: z.string() }) }),
    { a: { b: "", other: 1 } },
    '.a.other: unknown key "other", expected one of b',
  ],
  [z.looseObject({ a: z.string().optional() }), { b: 1 }],
  [z.strictObject({ a: z.string().optional() }).catchall(z.number()), { b: "1" }, '.b: expected a number, found "1"'],
];

Deno.test("loadConfig: everything that a schema refuses is said in plain words", async () => {
  for (const [schema, value, ...expected] of SAID) {
    assert.deepEqual((await said(schema, value)).sort(), [...expected].sort(), JSON.stringify(value));
  }
});

Deno.test("loadConfig: schemas of other making say what they say, as far as it has places", async () => {
  const refusing = (thrown: unknown): Schema<unknown> => ({
    parse() {
      throw thrown;
    },
  });
  const text = async (thrown: unknown) => (await said(refusing(thrown), 1)).join();
  assert.equal(await text(new Error("no")), "collectors.a: no");
  assert.equal(await text("no"), "collectors.a: no");
  assert.equal(await text({ issues: [{ path: ["x"], message: "bad" }] }), ": bad");
  assert.equal(await text({ issues: [{ path: ["x", "y", 3], message: "bad" }] }), ": bad");
  assert.equal(await text({ issues: [{ path: ["z", 3], message: "bad" }] }), "collectors.a.z[3]: bad");
  assert.equal(await text({ issues: [] }), "collectors.a: [object Object]");
  assert.equal(await text(Object.assign(new Error("odd"), { issues: [{ path: 5 }] })), "collectors.a: odd");
});

Deno.test("loadConfig: a schema that zod cannot write down still validates", async () => {
  const same = () => z.string().meta({ id: "same" });
  const schema = z.strictObject({ a: same(), b: same() });
  assert.deepEqual(await said(schema, { a: "x", b: "y" }), []);
  assert.deepEqual(await said(schema, { a: "x", b: 1, c: 1 }), [
    ".b: expected text, found 1",
    '.c: unknown key "c"',
  ]);
});
