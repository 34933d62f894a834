import assert from "node:assert/strict";
import fc from "fast-check";
import { isWithin, toleranceOf } from "../../../src/cli/compare/tolerance.ts";

const MIB = 2 ** 20;

Deno.test("toleranceOf: what moves by itself may, and as far as it does", () => {
  const cases: readonly (readonly [family: string, counts: boolean, off: number, within: boolean])[] = [
    ["node_cpu_seconds_total", true, 0.04, true],
    ["node_cpu_seconds_total", true, 0.06, false],
    ["node_forks_total", true, 1, false],
    ["node_load15", false, 0.4, true],
    ["node_load15", false, 200, false],
    ["node_memory_MemFree_bytes", false, 60 * MIB, true],
    ["node_memory_MemFree_bytes", false, 120 * MIB, false],
    ["node_boot_time_seconds", false, 1, false],
    ["node_scrape_collector_duration_seconds", false, 1e9, true],
  ];
  for (const [family, counts, off, within] of cases) {
    for (const ours of [1000 - off, 1000 + off]) {
      const readings = { before: 1000, ours, after: 1000 };
      assert.equal(isWithin(readings, toleranceOf(family, counts)), within, `${family} ${ours}`);
    }
  }
});

Deno.test("isWithin: the two readings and all between them are, whichever is larger", () => {
  const exact = toleranceOf("x", false);
  const number = fc.oneof(fc.integer(), fc.constantFrom(NaN, Infinity, -Infinity));
  fc.assert(fc.property(number, number, (before, after) => {
    assert.ok(isWithin({ before, ours: before, after }, exact));
    assert.ok(isWithin({ before, ours: after, after }, exact));
    if (!Number.isFinite(before + after)) return;
    assert.ok(isWithin({ before, ours: before / 2 + after / 2, after }, exact));
    assert.ok(!isWithin({ before, ours: NaN, after }, exact));
  }));
});
