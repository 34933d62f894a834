import assert from "node:assert/strict";
import fc from "fast-check";
import { addOutcome, noTotals, type Totals, withStops } from "../../../collectors/probe/accounting.ts";
import { type Outcome, PHASES, REASONS } from "../../../collectors/probe/result.ts";

const stops = [{ reason: "dns", phase: "resolve" }, { reason: "status", phase: "validate" }] as const;
const bounds = [0.1, 1];

const seconds = fc.double({ min: 0, max: 3, noNaN: true });
const outcomes: fc.Arbitrary<Outcome> = fc.oneof(
  seconds.map((durationSeconds) => ({ success: true as const, durationSeconds })),
  fc.record({
    success: fc.constant(false as const),
    durationSeconds: fc.option(seconds, { nil: undefined }),
    failure: fc.record({
      reason: fc.constantFrom(...REASONS),
      phase: fc.constantFrom(...PHASES),
      message: fc.string(),
    }),
  }),
);

function failuresOf({ failures }: Totals): number {
  return failures.reduce((sum, { count }) => sum + count, 0);
}

Deno.test("noTotals: every way to fail is there from the start", () => {
  const totals = noTotals(stops, bounds);
  assert.deepEqual(totals.failures, stops.map((stop) => ({ ...stop, count: 0 })));
  assert.deepEqual(totals.durations, { buckets: new Map([[0.1, 0], [1, 0]]), sum: 0, count: 0 });
});

Deno.test("addOutcome: attempts are successes plus failures, and no total ever falls", () => {
  fc.assert(fc.property(fc.array(outcomes), (list) => {
    let totals = noTotals(stops, bounds);
    for (const [i, outcome] of list.entries()) {
      const before = totals;
      totals = addOutcome(totals, outcome);
      assert.equal(totals.attempts, i + 1);
      assert.equal(totals.attempts, totals.durations.count + failuresOf(totals));
      assert.equal(failuresOf(totals) - failuresOf(before), outcome.success ? 0 : 1);
      assert(totals.durations.sum >= before.durations.sum);
      for (const [bound, below] of totals.durations.buckets) {
        assert(below >= (before.durations.buckets.get(bound) ?? 0) && below <= totals.durations.count);
      }
    }
  }));
});

Deno.test("addOutcome: a duration counts in every bucket that it does not exceed; the totals before are left alone", () => {
  const before = noTotals(stops, bounds);
  const after = addOutcome(before, { success: true, durationSeconds: 0.1 });
  const later = addOutcome(after, { success: true, durationSeconds: 0.5 });
  assert.deepEqual(later.durations, { buckets: new Map([[0.1, 1], [1, 2]]), sum: 0.6, count: 2 });
  assert.deepEqual(before, noTotals(stops, bounds));
  assert.equal(after.durations.count, 1);
});

Deno.test("addOutcome: a way to fail that was not foreseen is counted too", () => {
  const failure = { reason: "body", phase: "validate", message: "" } as const;
  const totals = addOutcome(noTotals(stops, bounds), { success: false, failure });
  assert.deepEqual(totals.failures.at(-1), { reason: "body", phase: "validate", count: 1 });
});

Deno.test("withStops: totals go on with other ways to fail, and none that has happened is lost", () => {
  const failure = (reason: "dns" | "status") =>
    ({ success: false, failure: { reason, phase: "resolve", message: "" } }) as const;
  const before = addOutcome(addOutcome(noTotals(stops, bounds), failure("dns")), { success: true, durationSeconds: 1 });
  const after = withStops(before, [{ reason: "refused", phase: "connect" }, { reason: "dns", phase: "resolve" }]);
  assert.deepEqual(after, {
    ...before,
    failures: [{ reason: "refused", phase: "connect", count: 0 }, { reason: "dns", phase: "resolve", count: 1 }],
  });
  assert.deepEqual(withStops(before, []).failures, [{ reason: "dns", phase: "resolve", count: 1 }]);
});
