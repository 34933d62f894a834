import assert from "node:assert/strict";
import { type Figure, median, quantile, ratioToPeer, reached } from "./figure.ts";
import { findingsTable, quantity } from "./table.ts";

const figure: Figure = {
  name: "CPU",
  unit: "seconds",
  rows: [{ subject: "Sonde", rounds: [0.001, 0.004, 0.003] }, { subject: "peer", rounds: [0.002, 0.002, 0.002] }],
  peer: "peer",
  aim: { subject: "Sonde", of: "ratio", atMost: 1.4 },
};
const [sonde, peer] = figure.rows;
assert(sonde && peer);

Deno.test("median: the middle value, or the mean of two", () => {
  assert.deepEqual([median([3, 1, 2]), median([4, 1, 2, 3]), median([])], [2, 2.5, NaN]);
});

Deno.test("quantile: the value below which that share lies", () => {
  const values = Array.from({ length: 200 }, (_, i) => 200 - i);
  assert.deepEqual([quantile(values, 0.99), quantile(values, 0), quantile(values, 1), quantile([], 0.5)], [
    199,
    1,
    200,
    NaN,
  ]);
});

Deno.test("ratioToPeer: the median of the rounds' ratios, of everyone but the peer", () => {
  assert.deepEqual([ratioToPeer(figure, sonde), ratioToPeer(figure, peer)], [1.5, undefined]);
  assert.equal(ratioToPeer({ ...figure, peer: "absent" }, sonde), undefined);
});

Deno.test("reached: only of those that the aim is for, with something to compare", () => {
  assert.deepEqual([reached(figure, sonde), reached(figure, peer)], [false, undefined]);
  assert.equal(reached({ ...figure, aim: { subject: "Sonde", of: "value", atMost: 0.003 } }, sonde), true);
  assert.equal(reached({ ...figure, aim: { subject: "Sonde", of: "value", atLeast: 0.0031 } }, sonde), false);
  assert.equal(reached({ ...figure, peer: undefined }, sonde), undefined);
});

Deno.test("quantity: three digits in the largest fitting unit", () => {
  assert.deepEqual([quantity(1.2345, "seconds"), quantity(0.0123, "seconds"), quantity(5e-7, "seconds")], [
    "1.23 s",
    "12.3 ms",
    "500 ns",
  ]);
  assert.deepEqual([quantity(84_123_000, "bytes"), quantity(31270.4, "per second"), quantity(0, "count")], [
    "84.1 MB",
    "31270/s",
    "0",
  ]);
});

Deno.test("findingsTable: a row for each subject, and the notes", () => {
  assert.equal(
    findingsTable({ figures: [figure], notes: ["A note."] }),
    `| figure | subject | median  | rounds             | × peer | aim                 |
| ------ | ------- | ------- | ------------------ | ------ | ------------------- |
| CPU    | Sonde   | 3.00 ms | 1.00 ms to 4.00 ms | 1.50   | ≤ 1.4 ×: **missed** |
|        | peer    | 2.00 ms | 2.00 ms to 2.00 ms | 1      |                     |

A note.
`,
  );
});
