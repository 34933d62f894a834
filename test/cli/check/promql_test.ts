import assert from "node:assert/strict";
import fc from "fast-check";
import { type MetricSelector, promqlReader } from "../../../src/cli/check/promql.ts";

const reader = await promqlReader();
const text = (selector: MetricSelector): string => "name" in selector ? selector.name : `~${selector.pattern}`;

Deno.test("PromqlReader: finds metrics, and nothing else that has a name", () => {
  const cases: readonly (readonly [expression: string, metrics: string])[] = [
    [
      'sum by (cpu) (rate(node_a{mode="idle"}[5m])) / on (job) group_left (x) node_b offset 5m > bool 3',
      "node_a node_b",
    ],
    ['label_replace(up, "a", "$1", "b", "(.*)")', "up"],
    ["max_over_time(job:x:rate5m[1h:1m] @ end())", "job:x:rate5m"],
    ["histogram_quantile(0.9, sum without (instance) (rate(x_bucket[5m])))", "x_bucket"],
    ['count_values("version", build) unless absent(b) or topk(3, -c)', "build b c"],
    ['{__name__="x", job="y"}', "x"],
    ["{__name__='x\\x41\\u0042\\\\'}", "xAB\\"],
    ['{__name__=~"a|b.*"}', "~a|b.*"],
    ["{__name__=~`a\\.b`}", "~a\\.b"],
    ['{"with.dots", job="y"} + {job="y"} + {__name__!="z"}', "with.dots"],
    ["# node_c\nnode_d # node_e", "node_d"],
    ["1 + 2 * time() > vector(1) + 5m", ""],
  ];
  for (const [expression, metrics] of cases) {
    assert.equal(reader.metrics(expression).map(text).join(" "), metrics, expression);
  }
});

Deno.test("PromqlReader: tells at which character an expression is none", () => {
  const cases: readonly (readonly [expression: string, found: string])[] = [
    ["", "its end at character 1"],
    ["sum(rate(a[5m])", "its end at character 16"],
    ['a{b="c"} d', '"d" at character 10'],
    ["a[5m", "its end at character 5"],
  ];
  for (const [expression, found] of cases) {
    const message = `Cannot parse the expression: ${found} is not expected there`;
    assert.throws(() => reader.metrics(expression), { name: "SyntaxError", message });
  }
});

Deno.test("PromqlReader: throws nothing but SyntaxError, whatever the text", () => {
  const part = fc.constantFrom(
    "{",
    "}",
    "(",
    ")",
    "[5m]",
    '"',
    "'",
    "`",
    "sum",
    "by",
    "=~",
    "__name__",
    "\\",
    ",",
    "a ",
  );
  fc.assert(fc.property(fc.array(fc.oneof(part, fc.string())), (parts) => {
    try {
      reader.metrics(parts.join(""));
    } catch (error) {
      assert.ok(error instanceof SyntaxError, String(error));
    }
  }));
});
