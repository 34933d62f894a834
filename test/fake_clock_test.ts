import assert from "node:assert/strict";
import { FakeClock } from "./fake_clock.ts";

Deno.test("FakeClock.advance: fires timers in their order, at their time, and lets promises settle between", async () => {
  const clock = new FakeClock({ monotonic: 0, wall: 500 });
  const seen: (string | number)[] = [];
  clock.timer(() => seen.push("b", clock.monotonic()), 2);
  clock.timer(async () => {
    seen.push("a", clock.monotonic(), clock.wall());
    for (let i = 0; i < 100; i++) await null;
    clock.timer(() => seen.push("c", clock.monotonic()), 0.5);
  }, 1);
  clock.timer(() => seen.push("never"), 1.2)();
  clock.timer(() => seen.push("b2"), 2);
  await clock.advance(0.9999);
  assert.deepEqual(seen, []);
  await clock.advance(5);
  assert.deepEqual(seen, ["a", 1, 501, "c", 1.5, "b", 2, "b2"]);
  assert.equal(clock.timers, 0);
  assert.equal(clock.monotonic(), 5.9999);
});

Deno.test("FakeClock.advance: adds up, and fires what is due exactly then", async () => {
  const clock = new FakeClock({ monotonic: 0.1 });
  let fired = false;
  clock.timer(() => fired = true, 0.9);
  for (let i = 0; i < 9; i++) await clock.advance(0.1);
  assert.equal(clock.monotonic(), 1);
  assert.equal(fired, true);
});

Deno.test("FakeClock.advance: gets past a timer that is armed again and again, but not past one without delay", async () => {
  const clock = new FakeClock();
  const again = () => void clock.timer(again, 1e-12);
  again();
  await clock.advance(1e-4);
  const circle = () => void clock.timer(circle, 0);
  circle();
  await assert.rejects(clock.advance(1), /timers go in a circle/);
});

Deno.test("FakeClock.block: passes time without firing; what was due fires late", async () => {
  const clock = new FakeClock({ monotonic: 0 });
  const seen: number[] = [];
  clock.timer(() => clock.block(3), 1);
  clock.timer(() => seen.push(clock.monotonic()), 2);
  await clock.advance(1);
  assert.deepEqual([clock.monotonic(), seen], [4, []]);
  await clock.advance(0);
  assert.deepEqual(seen, [4]);
});

Deno.test("FakeClock.stepWall: moves the wall clock alone", async () => {
  const clock = new FakeClock({ monotonic: 0, wall: 100 });
  clock.stepWall(-40);
  await clock.advance(1);
  assert.deepEqual([clock.monotonic(), clock.wall()], [1, 61]);
});
