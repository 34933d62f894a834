import assert from "node:assert/strict";
import { addTotals, collectorHealth, newFigures, NO_TOTALS, type NodeFigures } from "../src/health.ts";

const counted = (more: Partial<NodeFigures>, intervalSeconds = 15, stale = false) => ({
  figures: { ...newFigures(), ...more },
  intervalSeconds,
  stale,
});
const health = (...nodes: ReturnType<typeof counted>[]) => collectorHealth({ name: "c", peer: true }, nodes);

Deno.test("collectorHealth: is a success only if all nodes are, and unknown until all have run", () => {
  assert.equal(health(counted({ state: "ok" }), counted({ state: "absent" })).success, true);
  assert.equal(health(counted({ state: "ok" }), counted({ state: "pending" })).success, undefined);
  assert.equal(
    health(counted({ state: "ok" }), counted({ state: "failed" }), counted({ state: "pending" })).success,
    false,
  );
  assert.equal(health(counted({ state: "ok" }, 15, true)).success, false);
});

Deno.test("collectorHealth: is supported unless no node is here, and unknown until that is known", () => {
  assert.equal(health(counted({ state: "absent" }), counted({ state: "absent" })).supported, false);
  assert.equal(health(counted({ state: "absent" }), counted({ state: "ok" })).supported, true);
  assert.equal(health(counted({ state: "pending" })).supported, undefined);
});

Deno.test("collectorHealth: sums what can be summed, and takes the oldest success and the longest interval", () => {
  const failures = { ...NO_TOTALS.failures, timeout: 2 };
  const sum = collectorHealth(
    { name: "c" },
    [
      counted(
        { runs: 1, missedRuns: 2, series: 3, durationSeconds: 0.5, lastSuccessTimestampSeconds: 20, failures },
        5,
      ),
      counted({ runs: 10, series: 30, durationSeconds: 1, lastSuccessTimestampSeconds: 10, failures }, 60),
      counted({ series: 300 }, 1, true),
    ],
    { ...NO_TOTALS, runs: 100 },
  );
  assert.deepEqual(
    [sum.runs, sum.missedRuns, sum.series, sum.durationSeconds, sum.failures.timeout, sum.intervalSeconds, sum.peer],
    [111, 2, 33, 1.5, 4, 60, false],
  );
  assert.equal(sum.lastSuccessTimestampSeconds, undefined, "one node has had none");
  assert.equal(
    health(counted({ lastSuccessTimestampSeconds: 20 }), counted({ lastSuccessTimestampSeconds: 10 }))
      .lastSuccessTimestampSeconds,
    10,
  );
});

Deno.test("addTotals: adds each count", () => {
  const one = { runs: 1, missedRuns: 2, blockingSeconds: 0.5, failures: { ...NO_TOTALS.failures, late: 3 } };
  assert.deepEqual(addTotals(one, one), {
    runs: 2,
    missedRuns: 4,
    blockingSeconds: 1,
    failures: { ...NO_TOTALS.failures, late: 6 },
  });
});
