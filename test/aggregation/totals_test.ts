import assert from "node:assert/strict";
import fc from "fast-check";
import { FamilyRefusedError, LastCounts, Totals } from "../../src/aggregation/totals.ts";
import type { FamilyBatch } from "../../src/batch.ts";
import type { HistogramValue, MetricType, SampleValue } from "../../src/collector.ts";

const family = (type: MetricType, series: Record<string, SampleValue>, name = "x_total"): FamilyBatch => ({
  name,
  type,
  help: "X.",
  series: new Map(Object.entries(series)),
});
const histogram = (buckets: Record<number, number>, count: number, sum = count): HistogramValue => ({
  buckets: new Map(Object.entries(buckets).map(([bound, within]) => [Number(bound), within])),
  sum,
  count,
});
const shown = (totals: Totals) =>
  Object.fromEntries([...totals.families()].map(({ name, series }) => [name, Object.fromEntries(series)]));

Deno.test("Totals: counters of workers are summed by series", () => {
  const totals = new Totals();
  totals.add("1", new LastCounts(), family("counter", { 'k="a"': 1, 'k="b"': 2 }), true);
  totals.add("2", new LastCounts(), family("counter", { 'k="a"': 10 }), true);
  assert.deepEqual(shown(totals), { x_total: { 'k="a"': 11, 'k="b"': 2 } });
});

Deno.test("Totals: a counter that falls has begun again at zero", () => {
  const totals = new Totals();
  const last = new LastCounts();
  for (const value of [5, 7, 3]) totals.add("1", last, family("counter", { "": value }), true);
  assert.deepEqual(shown(totals), { x_total: { "": 10 } });
});

Deno.test("Totals: an older reading of the same process is ignored, and forgotten", () => {
  const totals = new Totals();
  const last = new LastCounts();
  for (const value of [5, 7, 6, 8]) totals.add("1", last, family("counter", { "": value }), false);
  assert.deepEqual(shown(totals), { x_total: { "": 8 } });
});

Deno.test("Totals: a series that is withdrawn for a while is not counted twice", () => {
  const totals = new Totals();
  const last = new LastCounts();
  for (const [key, value] of [['k="a"', 5], ['k="b"', 1], ['k="a"', 6]] as const) {
    totals.add("1", last, family("counter", { [key]: value }), true);
  }
  assert.deepEqual(shown(totals), { x_total: { 'k="a"': 6, 'k="b"': 1 } });
  assert.equal(last.size, 2);
});

Deno.test("Totals: histograms are summed by bucket, restarts and negative observations included", () => {
  const totals = new Totals();
  const [one, two] = [new LastCounts(), new LastCounts()];
  totals.add("1", one, family("histogram", { "": histogram({ 1: 1, 2: 3 }, 4, 9) }), true);
  totals.add("2", two, family("histogram", { "": histogram({ 1: 0, 2: 1 }, 1, 2) }), true);
  totals.add("1", one, family("histogram", { "": histogram({ 1: 2, 2: 4 }, 5, 7) }), true);
  assert.deepEqual(shown(totals), { x_total: { "": histogram({ 1: 2, 2: 5 }, 6, 9) } });
  totals.add("1", one, family("histogram", { "": histogram({ 1: 1, 2: 1 }, 1, 1) }), true);
  assert.deepEqual(shown(totals), { x_total: { "": histogram({ 1: 3, 2: 6 }, 7, 10) } });
});

Deno.test("Totals: differing buckets are refused, naming both workers and bounds", () => {
  const totals = new Totals();
  totals.add("a", new LastCounts(), family("histogram", { 'k="1"': histogram({ 1: 0, 2: 0 }, 1) }), true);
  assert.throws(
    () => totals.add("b", new LastCounts(), family("histogram", { 'k="2"': histogram({ 1: 0, 3: 0 }, 1) }), true),
    (error) =>
      error instanceof FamilyRefusedError && error.reason === "buckets" &&
      error.message ===
        'Cannot aggregate "x_total": its buckets are 1, 3 in worker "b", and 1, 2 in worker "a"',
  );
  assert.deepEqual(shown(totals), { x_total: { 'k="1"': histogram({ 1: 0, 2: 0 }, 1) } });
});

Deno.test("Totals: differing types are refused, naming both", () => {
  const totals = new Totals();
  totals.add("a", new LastCounts(), family("counter", { "": 1 }), true);
  assert.throws(
    () =>
      totals.add("b", new LastCounts(), family("summary", { "": { quantiles: new Map(), sum: 1, count: 1 } }), true),
    { message: 'Cannot aggregate "x_total": it is a summary in worker "b", and a counter in worker "a"' },
  );
});

Deno.test("Totals: what was shown does not change, and stands while nothing does", () => {
  const totals = new Totals();
  const last = new LastCounts();
  totals.add("1", last, family("counter", { "": 1 }), true);
  const [first] = totals.families();
  totals.add("1", last, family("counter", { "": 1 }), true);
  assert.equal([...totals.families()][0], first);
  totals.add("1", last, family("counter", { "": 2 }), true);
  assert.equal(first?.series.get(""), 1);
});

/** A worker counts, reports, or is replaced by one that begins at zero. */
const event = fc.record({
  worker: fc.nat(3),
  kind: fc.constantFrom("count", "report", "report", "restart", "reset"),
  by: fc.double({ min: 0, max: 1e6, noNaN: true }),
});

Deno.test("Totals: in any order of reports, deaths and restarts no sum falls, and each is what was reported", () => {
  fc.assert(fc.property(fc.array(event, { maxLength: 80 }), fc.boolean(), (events, whole) => {
    const totals = new Totals();
    const workers = Array.from({ length: 4 }, () => ({ value: 0, reported: 0, last: new LastCounts() }));
    let expected = 0;
    let before = 0;
    for (const { worker, kind, by } of events) {
      const one = workers[worker];
      assert.ok(one);
      if (kind === "count") one.value += whole ? Math.floor(by) : by;
      if (kind === "restart") workers[worker] = { value: 0, reported: 0, last: new LastCounts() };
      // Seen as such only where what is counted anew is less.
      if (kind === "reset" && one.value > 0) one.value = one.reported / 2;
      if (kind !== "report") continue;
      expected += one.value >= one.reported ? one.value - one.reported : one.value;
      one.reported = one.value;
      totals.add(String(worker), one.last, family("counter", { "": one.value }), true);
      const sum = [...totals.families()][0]?.series.get("");
      assert.ok(typeof sum === "number" && sum >= before, `${sum} after ${before}`);
      if (whole) assert.equal(sum, expected);
      else assert.ok(Math.abs(sum - expected) <= 1e-9 * expected);
      before = sum;
    }
  }));
});
