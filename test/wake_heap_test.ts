import assert from "node:assert/strict";
import fc from "fast-check";
import { type Sleeper, WakeHeap } from "../src/wake_heap.ts";

Deno.test("WakeHeap: the soonest is on top, however elements are set, moved and removed", () => {
  const step = fc.record({ index: fc.nat({ max: 19 }), wakeAt: fc.oneof(fc.nat({ max: 100 }), fc.constant(Infinity)) });
  fc.assert(fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
    const sleepers: Sleeper[] = Array.from({ length: 20 }, () => ({ wakeAt: Infinity, heapIndex: -1 }));
    const heap = new WakeHeap<Sleeper>();
    for (const { index, wakeAt } of steps) {
      const sleeper = sleepers[index];
      assert.ok(sleeper);
      heap.set(sleeper, wakeAt);
      const soonest = Math.min(...sleepers.map((s) => s.wakeAt));
      assert.equal(heap.peek()?.wakeAt ?? Infinity, soonest);
    }
    let last = -Infinity;
    for (let top = heap.peek(); top; top = heap.peek()) {
      assert.ok(top.wakeAt >= last);
      last = top.wakeAt;
      heap.set(top, Infinity);
    }
    assert.ok(sleepers.every(({ heapIndex }) => heapIndex === -1));
  }));
});
