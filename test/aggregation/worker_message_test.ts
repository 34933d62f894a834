import assert from "node:assert/strict";
import fc from "fast-check";
import { decodeMessage, encodeAnswer, encodeNotice } from "../../src/aggregation/worker_message.ts";
import { type Batch, renderLabels } from "../../src/batch.ts";
import type { MetricType, SampleValue } from "../../src/collector.ts";

const sender = { instance: "i", process: "h:1" };
const batchOf = (type: MetricType, series: ReadonlyMap<string, SampleValue>): Batch =>
  new Map([["x", { name: "x", type, help: "X.", series }]]);

/** What comes out at the other end of a channel of JSON, put together. */
function received(batch: Batch): { parts: number; series: ReadonlyMap<string, SampleValue> } {
  const series = new Map<string, SampleValue>();
  let parts = 0;
  for (const part of encodeAnswer(batch, sender, 7)) {
    const message = decodeMessage(JSON.parse(JSON.stringify(part)));
    assert.ok(message?.kind === "part");
    assert.deepEqual([message.sequence, message.part, message.instance], [7, parts++, "i"]);
    for (const family of message.families) for (const [key, value] of family.series) series.set(key, value);
  }
  return { parts, series };
}

Deno.test("encodeAnswer: decodeMessage gives what was encoded", () => {
  const labels = fc.dictionary(fc.stringMatching(/^[a-z_][a-z0-9_]{0,5}$/), fc.string({ unit: "binary" }));
  fc.assert(fc.property(fc.array(fc.tuple(labels, fc.double())), (entries) => {
    const series = new Map(entries.map(([each, value]) => [renderLabels(each), Object.is(value, -0) ? 0 : value]));
    assert.deepEqual(received(batchOf("gauge", series)).series, series);
  }));
});

Deno.test("encodeAnswer: histograms keep their buckets, summaries lose their quantiles", () => {
  const histogram = { buckets: new Map([[0.1, 1], [1, 3]]), sum: 2.5, count: 4 };
  assert.deepEqual(received(batchOf("histogram", new Map([["", histogram]]))).series.get(""), histogram);
  const summary = { quantiles: new Map([[0.5, 1]]), sum: 2.5, count: 4 };
  const empty = { ...summary, quantiles: new Map() };
  assert.deepEqual(received(batchOf("summary", new Map([["", summary]]))).series.get(""), empty);
});

Deno.test("encodeAnswer: what would spoil a sum for ever is left out", () => {
  const series = new Map([['k="a"', NaN], ['k="b"', Infinity], ['k="c"', -1], ['k="d"', 1]]);
  assert.deepEqual([...received(batchOf("counter", series)).series], [['k="d"', 1]]);
});

Deno.test("encodeAnswer: a large family goes in parts", () => {
  const series = new Map(Array.from({ length: 10_000 }, (_, i): [string, number] => [`k="${i}"`, i]));
  const { parts, series: all } = received(batchOf("gauge", series));
  assert.equal(parts, 3);
  assert.deepEqual(all, series);
});

Deno.test("decodeMessage: messages of the app are not ours", () => {
  for (const message of [undefined, null, 1, "sonde", {}, [], { type: "sonde" }]) {
    assert.equal(decodeMessage(message), undefined);
  }
});

Deno.test("decodeMessage: says what is malformed", () => {
  const part = { sonde: 1, kind: "part", ...sender, sequence: 1, part: 0, last: true };
  const of = (...family: unknown[]) => ({ ...part, families: [family] });
  const faults: [unknown, RegExp][] = [
    [{ sonde: 2 }, /version 1 of the protocol, found 2/],
    [{ sonde: 1, kind: "hello" }, /an instance, found undefined/],
    [{ ...part, kind: "?", families: [] }, /hello, bye or part/],
    [{ ...part, sequence: -1, families: [] }, /numbers of answer and part/],
    [{ ...part }, /families, found undefined/],
    [of("a b", "gauge", "", []), /the name of a family, found a b/],
    [of("x", "guage", "", []), /the type of "x", found guage/],
    [of("x", "gauge", "", ["", "1"]), /a number for "x", found 1/],
    [of("x", "gauge", "", [""]), /the series of "x"/],
    [of("x", "gauge", "", ['k="a', 1]), /labels of "x", found k="a/],
    [of("x", "gauge", "", ['k="a",', 1]), /labels of "x"/],
    [of("x", "gauge", "", ['k="a"\ny 1', 1]), /labels of "x"/],
    [of("x", "gauge", "", ['k="a",k="b"', 1]), /labels of "x"/],
    [of("x", "gauge", "", ['l="a",k="b"', 1]), /labels of "x"/],
    [of("x", "histogram", "", ['le="1"', [1, 1, [1], [1]]]), /labels of "x"/],
    [of("x", "counter", "", ["", -1]), /a count for "x", found -1/],
    [of("x", "counter", "", ["", "NaN"]), /a count for "x", found NaN/],
    [of("x", "histogram", "", ["", 1]), /a histogram for "x"/],
    [of("x", "histogram", "", ["", [1, 1, [2, 1], [0, 1]]]), /ascending bounds of "x"/],
    [of("x", "histogram", "", ["", [1, 1, [1, 2], [1, 0]]]), /counts of "x", found 0/],
    [of("x", "histogram", "", ["", [1, 1, [1], [2]]]), /counts of "x", found 2/],
    [of("x", "histogram", "", ["", ["NaN", 1, [], []]]), /the sum of "x"/],
  ];
  for (const [message, expected] of faults) assert.throws(() => decodeMessage(message), expected);
});

Deno.test("decodeMessage: anything is a message, the app's own, or a TypeError", () => {
  const anything = fc.anything();
  const near = fc.record({
    sonde: fc.constant(1),
    kind: fc.constant("part"),
    instance: fc.string(),
    process: fc.string(),
    sequence: fc.oneof(fc.nat(), anything),
    part: fc.oneof(fc.nat(), anything),
    last: fc.boolean(),
    families: fc.array(fc.oneof(anything, fc.tuple(fc.constant("x"), fc.constant("histogram"), fc.string(), anything))),
  });
  fc.assert(fc.property(fc.oneof(anything, near), (message) => {
    try {
      decodeMessage(message);
    } catch (error) {
      assert.ok(error instanceof TypeError && error.message.startsWith("Cannot read a worker's message"), `${error}`);
    }
  }));
});

Deno.test("encodeNotice: hello and bye arrive", () => {
  for (const kind of ["hello", "bye"] as const) {
    assert.deepEqual(decodeMessage(encodeNotice(kind, sender)), { kind, ...sender });
  }
});
