import assert from "node:assert/strict";
import fc from "fast-check";
import { celProgram, programOf } from "../../../../collectors/probe/cel/cel.ts";
import { doubleText, EVALUATION_LIMIT_SECONDS } from "../../../../collectors/probe/cel/cel_functions.ts";
import { parseJsonBody } from "../../../../collectors/probe/http/json_body.ts";
import { type Answer, celAnswers } from "../cel_answers.ts";

const json = (text: string) => parseJsonBody(new TextEncoder().encode(text));

async function answerTo(source: string, body: string): Promise<Answer> {
  const program = programOf(source, ["body"]);
  try {
    await program.prepare();
  } catch (error) {
    assert(error instanceof SyntaxError);
    assert(error.message.startsWith(`Cannot compile CEL program ${JSON.stringify(source)}: `), error.message);
    return "refused";
  }
  let variables;
  try {
    variables = { body: json(body) };
  } catch (error) {
    assert(error instanceof SyntaxError);
    return "json";
  }
  try {
    const value = program.evaluate(variables);
    return typeof value !== "boolean" ? "type" : value ? "true" : "false";
  } catch (error) {
    assert(error instanceof Error);
    return "error";
  }
}

Deno.test("celProgram: comes to what blackbox_exporter's CEL comes to", async () => {
  const differing = [];
  for (const { source, body, ours } of celAnswers) {
    const answer = await answerTo(source, body);
    if (answer !== ours) differing.push([source, body.slice(0, 40), answer, ours]);
  }
  assert.deepEqual(differing, []);
});

Deno.test("celProgram: says what is wrong, and where", async () => {
  const faults: Readonly<Record<string, string>> = {
    "body.a = 1": "1:8: found = but expecting end of input",
    "": "it is not complete",
    "(": "it is not complete",
    "body.a )": "1:8: found ) but expecting end of input",
    "size(body, 1)": '"size" cannot be called with 2 arguments',
    "body.lower()": 'there is no function "lower"',
    "bdy.a == 1": 'there is no variable "bdy"',
    "item.a == 1": 'there is no variable "item"',
    "1 + 'a' == 2": "found no matching overload for '_+_' applied to '(int, string)'",
    "x.y.Z{a: 1}.a": 'there is no type "x.y.Z"',
  };
  for (const [source, fault] of Object.entries(faults)) {
    await assert.rejects(programOf(source, ["body"]).prepare(), {
      name: "SyntaxError",
      message: `Cannot compile CEL program ${JSON.stringify(source)}: ${fault}`,
    });
  }
});

Deno.test("celProgram: arbitrary text is a program or a SyntaxError", async () => {
  await fc.assert(fc.asyncProperty(fc.string({ maxLength: 40, unit: "grapheme" }), async (source) => {
    await programOf(source, ["body"]).prepare().catch((error) => assert(error instanceof SyntaxError));
  }));
});

Deno.test("celProgram: cannot be evaluated before it is prepared; two of one text are the same to JSON", async () => {
  const program = celProgram(["body"]).parse("body == 1");
  assert.throws(() => program.evaluate({ body: 1 }), { name: "TypeError", message: /is not prepared/ });
  await Promise.all([program.prepare(), program.prepare()]);
  assert.equal(program.evaluate({ body: 1 }), true);
  assert.throws(() => program.evaluate({}), { message: /unresolved attribute/ });
  assert.equal(JSON.stringify({ program }), '{"program":"body == 1"}');
  assert.equal(celProgram(["body"]).parse(true).source, "true");
});

Deno.test("celProgram: lists, unsigned numbers and items come out as values of JavaScript", async () => {
  const each = programOf("body.filter(x, x.ok).map(x, x.n)", ["body"]);
  await each.prepare();
  assert.deepEqual(each.evaluate({ body: json('[{"n":1,"ok":true},{"n":2,"ok":false},{"n":3,"ok":true}]') }), [1, 3]);
  const whole = programOf("body", ["body"]);
  await whole.prepare();
  const items: unknown = whole.evaluate({ body: json('[{"n":1}]') });
  assert(Array.isArray(items));
  const value = programOf("uint(item.n) + size(body) * 1u", ["body", "item"]);
  await assert.rejects(async () => {
    await value.prepare();
    value.evaluate({ body: json("[1]"), item: items[0] });
  }, /overload/);
  const unsigned = programOf("uint(item.n)", ["body", "item"]);
  await unsigned.prepare();
  assert.equal(unsigned.evaluate({ item: items[0], body: null }), 1n);
});

Deno.test("celProgram: long lists are built without recursion", async () => {
  const program = programOf("size(body.map(x, x > 5.0, x).map(y, y + 1.0)) == 9994", ["body"]);
  await program.prepare();
  const body = Array.from({ length: 10_000 }, (_, i) => i);
  for (let left = 20;; left--) {
    try {
      assert.equal(program.evaluate({ body }), true);
      break;
    } catch (error) {
      // A machine that is busy may be too slow now and then.
      if (left === 0 || !String(error).includes("too many steps")) throw error;
    }
  }
});

Deno.test("celProgram: what takes too long is ended, also where its error would be passed over", async () => {
  const body = Array.from({ length: 100_000 }, (_, i) => i);
  for (const loop of ["body.all(x, body.all(y, x + y >= 0.0))", "body.all(x, x in body)"]) {
    for (const source of [loop, `${loop} || true`, `body.exists(z, ${loop} && false) || true`]) {
      const program = programOf(source, ["body"]);
      await program.prepare();
      const message = `Cannot evaluate within ${EVALUATION_LIMIT_SECONDS} s: too many steps`;
      assert.throws(() => program.evaluate({ body }), (error) => String(error).includes(message));
    }
  }
});

Deno.test("doubleText: as Go writes numbers", () => {
  const texts: readonly [number, string][] = [
    [0, "0"],
    [-0, "-0"],
    [3, "3"],
    [999999, "999999"],
    [1e6, "1e+06"],
    [1234567.5, "1.2345675e+06"],
    [0.0001, "0.0001"],
    [0.00001, "1e-05"],
    [-1e-7, "-1e-07"],
    [5e-324, "5e-324"],
    [1.7976931348623157e308, "1.7976931348623157e+308"],
    [NaN, "NaN"],
    [Infinity, "+Inf"],
    [-Infinity, "-Inf"],
  ];
  for (const [value, text] of texts) assert.equal(doubleText(value), text);
  fc.assert(fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
    assert.equal(Number(doubleText(value)), value);
  }));
});
