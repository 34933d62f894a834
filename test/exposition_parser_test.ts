import assert from "node:assert/strict";
import fc from "fast-check";
import type { MetricType, SampleValue } from "../src/collector.ts";
import { parseExposition, seriesOf } from "../src/exposition_parser.ts";
import { renderLabels } from "../src/batch.ts";
import { renderHeader, renderSeries } from "../src/text_format.ts";
import { parsedOrRefused, textLike } from "./arbitrary_text.ts";

const plain = { noNullPrototype: true };
const count = fc.maxSafeNat();
const value = fc.double();
const bounds = fc.dictionary(fc.double({ noNaN: true, noDefaultInfinity: true }).map(String), count, { maxKeys: 5 })
  .map((entries) =>
    new Map(Object.entries(entries).map(([k, v]) => [Number(k), v] as const).sort(([a], [b]) => a - b))
  );
const valueOf: Record<MetricType, fc.Arbitrary<SampleValue>> = {
  counter: value,
  gauge: value,
  untyped: value,
  histogram: fc.record({ buckets: bounds, sum: value, count }, plain),
  summary: fc.record({ quantiles: bounds, sum: value, count }, plain),
};
const labels = fc.dictionary(
  fc.stringMatching(/^[a-zA-Z_][a-zA-Z0-9_]{0,6}$/).filter((l) => !["le", "quantile", "__name__"].includes(l)),
  fc.string({ unit: "grapheme" }).map((text) => text.toWellFormed()),
  { maxKeys: 4, noNullPrototype: true },
);
const family = fc.constantFrom<MetricType>("counter", "gauge", "untyped", "histogram", "summary").chain((type) =>
  fc.record({
    name: fc.stringMatching(/^[a-zA-Z:][a-zA-Z0-9_:]{0,12}x$/),
    type: fc.constant(type),
    help: fc.string({ unit: "grapheme" }).map((text) => `A${text}`),
    series: fc.uniqueArray(fc.record({ labels, value: valueOf[type] }, plain), {
      selector: ({ labels }) => renderLabels(labels),
      maxLength: 4,
    }),
  }, plain)
);

Deno.test("parseExposition: reads back what was rendered", () => {
  fc.assert(fc.property(fc.uniqueArray(family, { selector: ({ name }) => name, maxLength: 4 }), (families) => {
    const page = families.map((one) =>
      renderHeader(one, "text") +
      one.series.map(({ labels, value }) => renderSeries(one.name, renderLabels(labels), value)).join("")
    ).join("");
    const parsed = parseExposition(page).map((one) => ({
      name: one.name,
      type: one.type,
      help: one.help,
      series: seriesOf(one),
    }));
    assert.deepEqual(parsed, families);
  }));
});

const PAGE = `# HELP a_total Lines with \\\\ and \\n.
# TYPE a_total counter
a_total{x="1",y="q\\"{}, =\\n",} 10
  a_total { z = "" }1.5e3 -1500

# a comment
b +Inf
# TYPE h histogram
h_bucket{le="0.5"} 1
h_bucket{le="+Inf"} 3
h_sum 2.5
h_count 3
# TYPE s summary
s{quantile="0.9"} NaN
s_sum 1
s_count 2
s_bucket 7
`;

Deno.test("parseExposition: takes what the format allows", () => {
  const [a, b, h, s, bucket] = parseExposition(PAGE);
  assert.deepEqual([a?.name, a?.type, a?.help], ["a_total", "counter", "Lines with \\ and \n."]);
  assert.deepEqual(a?.samples, [
    { name: "a_total", labels: { x: "1", y: 'q"{}, =\n' }, value: 10, timestampSeconds: undefined },
    { name: "a_total", labels: { z: "" }, value: 1500, timestampSeconds: -1.5 },
  ]);
  assert.deepEqual([b?.type, b?.help, b?.samples[0]?.value], ["untyped", undefined, Infinity]);
  assert.deepEqual(h && seriesOf(h), [{ labels: {}, value: { buckets: new Map([[0.5, 1]]), sum: 2.5, count: 3 } }]);
  assert.deepEqual(s && seriesOf(s), [{ labels: {}, value: { quantiles: new Map([[0.9, NaN]]), sum: 1, count: 2 } }]);
  assert.deepEqual([bucket?.name, bucket?.type], ["s_bucket", "untyped"]);
  assert.deepEqual(parseExposition("# TYPE a\na 1\n")[0]?.type, "untyped");
});

Deno.test("parseExposition: names the line that breaks the format, and why", () => {
  const wrong: [text: string, reason: string | RegExp][] = [
    ["0a 1", "expected a name, labels in braces if any, a value"],
    ["a", /expected a number as value/],
    ["a 1_000", /expected a number as value, found "1_000"/],
    ["a 0x10", /expected a number as value/],
    ["a 1e999", /expected a number as value/],
    ["a 1 2 3", "expected a name, labels in braces if any, a value"],
    ["a 1 1.5", /expected milliseconds/],
    ['a{b="1"', /expected a/],
    ["a{b=1} 1", /expected a label as name="value" at "b=1"/],
    ['a{b="\\t"} 1', /expected a label/],
    ['a{b="1",b="2"} 1', 'the label "b" stands twice'],
    ['a{,b="1"} 1', /expected a label/],
    ['a{__name__="b"} 1', 'the label "__name__" is reserved'],
    ["# TYPE a gouge", /expected a type, one of counter/],
    ["# TYPE", ""],
    ["# HELP 0a x", "expected the name of a metric after HELP"],
    ["# HELP a \\x", /expected no escape sequence/],
    ["# TYPE h histogram", "h has a TYPE already"],
    ["# TYPE first gauge", "the TYPE of first stands after its samples"],
    ['h_bucket{le="x"} 1', 'a bucket has the label "le", a number'],
    ["h 1", "a histogram has no sample of its own name"],
  ];
  for (const [line, reason] of wrong) {
    if (reason === "") {
      assert.doesNotThrow(() => parseExposition(`${line}\n`));
      continue;
    }
    assert.throws(() => parseExposition(`first 1\n# TYPE h histogram\n${line}\nlast 1\n`), (error: unknown) => {
      assert(error instanceof SyntaxError);
      const head = `Cannot parse line 3 ${JSON.stringify(line)}: `;
      assert(error.message.startsWith(head), error.message);
      const found = error.message.slice(head.length);
      typeof reason === "string" ? assert.equal(found, reason) : assert.match(found, reason);
      return true;
    });
  }
  assert.throws(() => parseExposition("a 1\nb 12"), {
    message: 'Cannot parse line 2 "b 12": it has no newline at its end',
  });
});

Deno.test("parseExposition: refuses arbitrary text by a SyntaxError only", () => {
  fc.assert(
    fc.property(textLike(PAGE), (text) => {
      for (const family of parsedOrRefused(parseExposition, text) ?? []) {
        for (const { value } of seriesOf(family)) assert(typeof value === "number" || !Number.isNaN(value.count));
      }
    }),
    { numRuns: 1000 },
  );
});
