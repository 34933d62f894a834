import assert from "node:assert/strict";
import fc from "fast-check";
import { jsonFault } from "../../../src/cli/check/json_fault.ts";

const isJson = (text: string): boolean => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

Deno.test("jsonFault: finds none in JSON, and one in all else", () => {
  const near = fc.tuple(fc.json(), fc.nat(), fc.constantFrom("", ",", "}", "]", ":", '"', "x", "-", "01", "\\"));
  fc.assert(fc.property(fc.json(), (text) => assert.equal(jsonFault(` ${text}\n`), undefined)));
  fc.assert(
    fc.property(near, ([text, at, what]) => {
      const spoilt = text.slice(0, at % (text.length + 1)) + what + text.slice(at % (text.length + 1) + 1);
      assert.equal(jsonFault(spoilt) === undefined, isJson(spoilt), spoilt);
    }),
    { numRuns: 500 },
  );
});

Deno.test("jsonFault: tells where, and what is expected", () => {
  const cases: readonly (readonly [string, number, number, string])[] = [
    ["", 1, 1, "a value"],
    ['{\n  "a": [1,]\n}', 2, 11, "a value"],
    ['{\n  "a": 1,\n}', 3, 1, "a key in quotes"],
    ['{"a" 1}', 1, 6, '":"'],
    ['{"a": 1', 1, 8, '"," or "}"'],
    ["[1 2]", 1, 4, '"," or "]"'],
    ["{} {}", 1, 4, "its end"],
    ["[tru]", 1, 2, 'a value or "]"'],
    ["[01]", 1, 2, 'a value or "]"'],
  ];
  for (const [text, line, column, expected] of cases) {
    assert.deepEqual(jsonFault(text), { line, column, expected }, text);
  }
});
