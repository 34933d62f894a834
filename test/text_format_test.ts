import assert from "node:assert/strict";
import { formatBound } from "../src/text_format.ts";

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
