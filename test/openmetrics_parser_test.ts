import assert from "node:assert/strict";
import fc from "fast-check";
import { renderLabels } from "../src/batch.ts";
import type { MetricType, SampleValue } from "../src/collector.ts";
import { seriesOf } from "../src/exposition_parser.ts";
import { parseOpenMetrics } from "../src/openmetrics_parser.ts";
import { renderHeader, renderSeries } from "../src/text_format.ts";
import { parsedOrRefused, textLike } from "./arbitrary_text.ts";
import { CONFORMANCE } from "./conformance/fixtures.ts";

const plain = { noNullPrototype: true };
const positive = fc.double({ min: 0, noNaN: true, noDefaultInfinity: true });
const ascending = (max: number) =>
  fc.uniqueArray(fc.double({ min: 0, max, noNaN: true }).map((value) => value + 0), { maxLength: 5 })
    .map((values) => values.sort((a, b) => a - b));
const histogram = fc.tuple(ascending(1e9), positive, fc.nat()).map(([bounds, sum, more]) => ({
  buckets: new Map(bounds.map((bound, i) => [bound, i])),
  sum,
  count: bounds.length + more,
}));
const summary = fc.tuple(ascending(1), positive, fc.nat()).map(([quantiles, sum, count]) => ({
  quantiles: new Map(quantiles.map((quantile, i) => [quantile, i === 0 ? NaN : i])),
  sum,
  count,
}));
const valueOf: Record<MetricType, fc.Arbitrary<SampleValue>> = {
  counter: positive,
  gauge: fc.double(),
  untyped: fc.double(),
  histogram,
  summary,
};
const labels = fc.dictionary(
  fc.stringMatching(/^[a-zA-Z_][a-zA-Z0-9_]{0,6}$/).filter((label) => !["le", "quantile"].includes(label)),
  fc.string({ unit: "grapheme" }),
  { maxKeys: 4, ...plain },
);
const family = fc.constantFrom<MetricType>("counter", "gauge", "untyped", "histogram", "summary").chain((type) =>
  fc.record({
    name: fc.stringMatching(/^[a-z:][a-z0-9:]{0,12}$/).map((name) =>
      type === "counter" ? `${name}_total` : `${name}_x`
    ),
    type: fc.constant(type),
    help: fc.string({ unit: "grapheme" }),
    series: fc.uniqueArray(fc.record({ labels, value: valueOf[type] }, plain), {
      selector: ({ labels }) => renderLabels(labels),
      minLength: 1,
      maxLength: 4,
    }),
  }, plain)
);

Deno.test("parseOpenMetrics: reads back what was rendered", () => {
  fc.assert(fc.property(fc.uniqueArray(family, { selector: ({ name }) => name, maxLength: 4 }), (families) => {
    const page = families.map((one) =>
      renderHeader(one, "openmetrics") +
      one.series.map(({ labels, value }) => renderSeries(one.name, renderLabels(labels), value)).join("")
    ).join("");
    const parsed = parseOpenMetrics(`${page}# EOF\n`).map((one) => ({
      name: one.name,
      type: one.type,
      help: one.help,
      series: seriesOf(one),
    }));
    assert.deepEqual(parsed, families);
  }));
});

const PAGE = `# TYPE a_seconds counter
# UNIT a_seconds seconds
# HELP a_seconds Lines with \\\\ and \\n and \\".
a_seconds_total{x="} # ",y="\\\\\\z"} 10 1.5 # {id="é"} 0.5 2
a_seconds_created{x="} # ",y="\\\\\\z"} 7 1.5
# TYPE i info
i_info{v="1"} 1
# TYPE s stateset
s{s="on"} 1
s{s="off"} 0
# TYPE h histogram
h_bucket{le="1.0"} 1
h_bucket{le="+Inf"} 3
h_count 3
h_sum 2
h_created 5
# TYPE g gaugehistogram
g_bucket{le="+Inf"} 1
u NaN
# EOF
`;

Deno.test("parseOpenMetrics: gives names and types that the text format has for the same series", () => {
  const families = parseOpenMetrics(PAGE);
  assert.deepEqual(families.map(({ name, type }) => [name, type]), [
    ["a_seconds_total", "counter"],
    ["a_seconds_created", "gauge"],
    ["i_info", "gauge"],
    ["s", "gauge"],
    ["h", "histogram"],
    ["h_created", "gauge"],
    ["g_bucket", "gauge"],
    ["u", "untyped"],
  ]);
  assert.equal(families[0]?.help, 'Lines with \\ and \n and ".');
  assert.deepEqual(families[0]?.samples, [{
    name: "a_seconds_total",
    labels: { x: "} # ", y: "\\\\z" },
    value: 10,
    timestampSeconds: 1.5,
  }]);
});

Deno.test("parseOpenMetrics: names the line that breaks the format", () => {
  assert.throws(() => parseOpenMetrics("a 1\na 2\n# EOF\n"), {
    name: "SyntaxError",
    message: 'Cannot parse line 2 "a 2": the series stands twice',
  });
  assert.throws(() => parseOpenMetrics("a 1\n"), { message: /does not end with "# EOF"/ });
  assert.throws(() => parseOpenMetrics("a 1\n# EOF\nb 1\n"), { message: /^Cannot parse line 2 "# EOF": text stands/ });
});

Deno.test("parseOpenMetrics: refuses arbitrary text by a SyntaxError only", () => {
  fc.assert(
    fc.property(textLike(PAGE), (text) => {
      for (const family of parsedOrRefused(parseOpenMetrics, text) ?? []) seriesOf(family);
    }),
    { numRuns: 1000 },
  );
});

Deno.test({
  name: "parseOpenMetrics: judges the authors' 211 good and bad pages as they do" +
    (CONFORMANCE === undefined ? " (ignored: SONDE_CONFORMANCE)" : ""),
  ignore: CONFORMANCE === undefined,
  fn: () => {
    const folder = `${CONFORMANCE}parser-testdata/openmetrics`;
    const wrong: string[] = [];
    const cases = [...Deno.readDirSync(folder)].map(({ name }) => name);
    for (const name of cases) {
      const { file, shouldParse } = JSON.parse(Deno.readTextFileSync(`${folder}/${name}/test.json`));
      const text = Deno.readTextFileSync(`${folder}/${name}/${file}`);
      if ((parsedOrRefused(parseOpenMetrics, text) !== undefined) !== shouldParse) wrong.push(name);
    }
    assert.deepEqual(wrong, []);
    assert.equal(cases.length, 211);
  },
});
