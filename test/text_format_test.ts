import assert from "node:assert/strict";
import { formatBound, renderSeries } from "../src/text_format.ts";

Deno.test("formatBound: as Go writes the shortest float, with a point or an exponent", () => {
  const bounds = {
    "0.0": 0,
    "1.0": 1,
    "-2.0": -2,
    "10.0": 10,
    "2.5": 2.5,
    "0.005": 0.005,
    "0.0001": 1e-4,
    "1e-05": 1e-5,
    "2.5e-07": 2.5e-7,
    "100000.0": 1e5,
    "1e+06": 1e6,
    "1.048576e+06": 1048576,
    "1.5e+100": 1.5e100,
    "+Inf": Infinity,
  };
  for (const [written, bound] of Object.entries(bounds)) assert.equal(formatBound(bound), written);
});

Deno.test("renderSeries: whole bounds and quantiles without a point, where they take the place of Go's", () => {
  const buckets = new Map([[0.5, 1], [1, 2], [1e6, 3]]);
  const bounds = (text: string) => [...text.matchAll(/(?:le|quantile)="([^"]+)"/g)].map(([, bound]) => bound);
  const histogram = { buckets, sum: 1, count: 3 };
  assert.deepEqual(bounds(renderSeries("h", "", histogram)), ["0.5", "1.0", "1e+06", "+Inf"]);
  assert.deepEqual(bounds(renderSeries("h", "", { ...histogram, wholeBounds: true })), ["0.5", "1", "1e+06", "+Inf"]);
  const summary = { quantiles: new Map([[0.5, 1], [1, 2]]), sum: 1, count: 3, wholeBounds: true };
  assert.deepEqual(bounds(renderSeries("s", "", summary)), ["0.5", "1"]);
});
