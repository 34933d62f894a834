import assert from "node:assert/strict";
import { Timeline } from "../../../collectors/probe/timeline.ts";
import { systemClock } from "../../../src/clock.ts";

function steppedTimeline() {
  let now = 100;
  const timeline = new Timeline({ ...systemClock, monotonic: () => now }, "resolve");
  return { timeline, pass: (seconds: number) => now += seconds };
}

Deno.test("Timeline: a phase lasts until the next one begins", () => {
  const { timeline, pass } = steppedTimeline();
  pass(1);
  timeline.enter("connect");
  pass(2);
  assert.deepEqual(timeline.durations, { resolve: 1 });
  timeline.enter("request");
  assert.equal(timeline.phase, "request");
  assert.deepEqual(timeline.durations, { resolve: 1, connect: 2 });
});

Deno.test("Timeline: in a pause no phase grows, and the last one is still the one it was in", () => {
  const { timeline, pass } = steppedTimeline();
  pass(1);
  timeline.pause();
  pass(5);
  timeline.pause();
  assert.equal(timeline.phase, "resolve");
  timeline.enter("connect");
  pass(2);
  timeline.pause();
  assert.deepEqual(timeline.durations, { resolve: 1, connect: 2 });
});

Deno.test("Timeline: a phase that is entered twice is summed", () => {
  const { timeline, pass } = steppedTimeline();
  pass(1);
  timeline.enter("resolve");
  pass(2);
  timeline.pause();
  assert.deepEqual(timeline.durations, { resolve: 3 });
});
