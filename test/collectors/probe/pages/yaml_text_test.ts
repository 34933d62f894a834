import assert from "node:assert/strict";
import fc from "fast-check";
import { parse } from "yaml";
import { yamlText } from "../../../../collectors/probe/pages/yaml_text.ts";

Deno.test("yamlText: maps, lists and quotes", () => {
  const value = {
    modules: { a: { prober: "http", codes: [200, 201], rules: [{ header: "X", regexp: ".*" }], none: [] } },
  };
  assert.equal(
    yamlText(value),
    [
      "modules:",
      "  a:",
      "    prober: http",
      "    codes:",
      "      - 200",
      "      - 201",
      "    rules:",
      "      - header: X",
      '        regexp: ".*"',
      "    none: []",
    ].join("\n"),
  );
  assert.equal(
    yamlText({ password: "<secret>", quoted: "yes", number: "12" }),
    'password: <secret>\nquoted: "yes"\nnumber: "12"',
  );
});

Deno.test("yamlText: YAML reads back what was written", () => {
  const text = fc.oneof(
    fc.string({ unit: "grapheme" }),
    fc.constantFrom(
      "",
      "-",
      "- a",
      "#",
      "a: b",
      "a #b",
      "~",
      "é",
      "1e3",
      "0x1",
      "<<",
      "=",
      "!x",
      "&a",
      "*a",
      "?",
      "\u0085",
      "\u2028",
      " a",
      "a ",
      "a\nb",
    ),
  );
  const value = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: "small" },
      text,
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
      fc.array(tie("value")),
      fc.dictionary(text, tie("value"), { noNullPrototype: true }),
    ),
  })).value;
  fc.assert(
    fc.property(value, (input) => {
      assert.deepEqual(parse(yamlText(input)), input);
    }),
    { numRuns: 1000 },
  );
});
