import assert from "node:assert/strict";
import fc from "fast-check";
import { JSON_LIMIT_BYTES, JSON_LIMIT_VALUES, parseJsonBody } from "../../../../collectors/probe/http/json_body.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  return value instanceof Map ? Object.fromEntries([...value].map(([key, each]) => [key, plain(each)])) : value;
}

Deno.test("parseJsonBody: reads what JSON.parse reads, objects as maps", () => {
  fc.assert(fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
    const text = JSON.stringify(value);
    assert.equal(JSON.stringify(plain(parseJsonBody(bytes(text)))), JSON.stringify(JSON.parse(text)));
  }));
});

Deno.test("parseJsonBody: names that mean something to JavaScript are names", () => {
  const body = parseJsonBody(bytes('{"__proto__":{"a":1},"constructor":2,"toString":3}'));
  assert(body instanceof Map);
  assert.deepEqual([...body.keys()], ["__proto__", "constructor", "toString"]);
});

Deno.test("parseJsonBody: arbitrary bytes are JSON or a SyntaxError", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 50 }), (body) => {
    try {
      parseJsonBody(body);
    } catch (error) {
      assert(error instanceof SyntaxError);
    }
  }));
});

Deno.test("parseJsonBody: numbers, texts and marks as Go has them", () => {
  assert.throws(() => parseJsonBody(bytes("[1e999]")), { name: "SyntaxError", message: /a double's range/ });
  assert.equal(parseJsonBody(bytes('"\\ud800x"')), "\ufffdx");
  assert.equal(parseJsonBody(Uint8Array.from([0x22, 0xff, 0x22])), "\ufffd");
  assert.throws(() => parseJsonBody(bytes("\ufeff1")), SyntaxError);
});

Deno.test("parseJsonBody: depth, bytes and values are bounded", () => {
  const nested = (depth: number) => bytes("[".repeat(depth) + "]".repeat(depth));
  parseJsonBody(nested(10_000));
  assert.throws(() => parseJsonBody(nested(10_001)), { name: "SyntaxError", message: /more than 10000 deep/ });
  assert.throws(() => parseJsonBody(nested(400_000)), { name: "SyntaxError", message: /more than 10000 deep/ });
  const many = bytes(`[${"0,".repeat(JSON_LIMIT_VALUES)}0]`);
  assert.throws(() => parseJsonBody(many), {
    message: `Cannot read ${JSON_LIMIT_VALUES + 2} values of JSON: expected at most ${JSON_LIMIT_VALUES}`,
  });
  const long = bytes(`"${"a".repeat(JSON_LIMIT_BYTES)}"`);
  assert.throws(() => parseJsonBody(long), { name: "SyntaxError", message: /^Cannot read \d+ bytes of JSON/ });
});

Deno.test("parseJsonBody: what it says of a body quotes none of it", () => {
  for (
    const body of [
      "secret",
      "{secret}",
      '{"a": secret}',
      '{"secret": 1',
      '{"secret"}',
      '"a\nsecret',
      "[1] secret",
      "\n\nsecret",
    ]
  ) {
    for (const text of [body, `[${"1,".repeat(100)}${body}, 1]`]) {
      assert.throws(() => parseJsonBody(bytes(text)), (error) => {
        assert(error instanceof SyntaxError);
        assert.match(error.message, /^Cannot read JSON: ./);
        assert(!error.message.includes("ecre") && error.message.length < 120, error.message);
        return true;
      });
    }
  }
});
