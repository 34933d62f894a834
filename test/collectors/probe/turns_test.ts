import assert from "node:assert/strict";
import fc from "fast-check";
import { BUSY_SECONDS, LONGEST_WAIT_SECONDS, type Turn, Turns } from "../../../collectors/probe/turns.ts";
import { FakeClock } from "../../fake_clock.ts";

const patient = new AbortController().signal;

/** Asks for turns, and notes in which order they are given. */
function crowd(limit: number) {
  const clock = new FakeClock();
  const turns = new Turns();
  const begun: string[] = [];
  const given = new Map<string, Turn>();
  const ask = (name: string, signal = patient) =>
    turns.take(limit, clock, signal).then((turn) => {
      begun.push(name);
      given.set(name, turn);
      return turn;
    });
  return { clock, turns, begun, given, ask };
}

Deno.test("Turns.take: at most so many are busy, and who came first goes first", async () => {
  const { clock, turns, begun, given, ask } = crowd(2);
  const all = ["a", "b", "c", "d", "e"].map((name) => ask(name));
  await clock.settle();
  assert.deepEqual([begun, turns.busy, turns.waiting], [["a", "b"], 2, 3]);
  await clock.advance(0.01);
  given.get("b")?.end();
  given.get("b")?.end();
  await clock.settle();
  assert.deepEqual([begun, turns.busy, turns.waiting], [["a", "b", "c"], 2, 2]);
  given.get("a")?.end();
  given.get("c")?.end();
  assert.deepEqual((await Promise.all(all)).map(({ waitedSeconds }) => waitedSeconds), [0, 0, 0.01, 0.01, 0.01]);
  for (const turn of given.values()) turn.end();
  assert.deepEqual([turns.busy, clock.timers], [0, 0]);
});

Deno.test("Turns.take: one that does not end holds its turn only while it is busy", async () => {
  const { clock, turns, begun, given, ask } = crowd(1);
  const all = ["a", "b", "c"].map((name) => ask(name));
  await clock.advance(BUSY_SECONDS);
  assert.deepEqual([begun, turns.busy], [["a", "b"], 1]);
  given.get("a")?.end();
  await clock.settle();
  assert.deepEqual([begun, turns.busy], [["a", "b"], 1], "its end is none for who is busy now");
  await clock.advance(BUSY_SECONDS);
  assert.deepEqual((await Promise.all(all)).map(({ waitedSeconds }) => waitedSeconds), [0, 0.05, 0.1]);
  for (const turn of given.values()) turn.end();
  assert.deepEqual([turns.busy, clock.timers], [0, 0]);
});

Deno.test("Turns.take: nobody waits for ever, however many there are", async () => {
  const { clock, turns, begun, given, ask } = crowd(1);
  const all = Array.from({ length: 100 }, (_, i) => ask(String(i)));
  await clock.advance(LONGEST_WAIT_SECONDS);
  assert.equal(begun.length, 100);
  assert.ok((await Promise.all(all)).every(({ waitedSeconds }) => waitedSeconds <= LONGEST_WAIT_SECONDS));
  for (const turn of given.values()) turn.end();
  assert.deepEqual([turns.busy, turns.waiting, clock.timers], [0, 0, 0]);
});

Deno.test("Turns.take: who is aborted leaves the queue, and nothing behind", async () => {
  const { clock, turns, begun, given, ask } = crowd(1);
  const controller = new AbortController();
  ask("a");
  const aborted = assert.rejects(ask("b", controller.signal), /the exporter stops/);
  ask("c");
  controller.abort(new Error("the exporter stops"));
  await aborted;
  await assert.rejects(ask("d", controller.signal), /the exporter stops/);
  given.get("a")?.end();
  await clock.settle();
  assert.deepEqual([begun, turns.busy, turns.waiting], [["a", "c"], 1, 0]);
  given.get("c")?.end();
  assert.deepEqual([turns.busy, clock.timers], [0, 0]);
});

Deno.test("Turns: whatever comes and goes, no turn is lost, and the limit holds but for who waited too long", async () => {
  const step = fc.oneof(
    fc.constant("ask" as const),
    fc.constant("end" as const),
    fc.constant("abort" as const),
    fc.double({ min: 0.001, max: 0.1, noNaN: true }),
  );
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 4 }), fc.array(step, { maxLength: 60 }), async (limit, steps) => {
      const { clock, turns, begun, given, ask } = crowd(limit);
      const askers: AbortController[] = [];
      for (const each of steps) {
        if (each === "ask") {
          const controller = new AbortController();
          ask(String(askers.push(controller)), controller.signal).catch(() => {});
        } else if (each === "end") given.get(begun[Math.floor(begun.length / 2)] ?? "")?.end();
        else if (each === "abort") askers.at(-1)?.abort(new Error("no"));
        else await clock.advance(each);
        await clock.settle();
        const late = [...given.values()].filter(({ waitedSeconds }) => waitedSeconds >= LONGEST_WAIT_SECONDS).length;
        assert.ok(turns.busy <= limit + late);
        assert.ok(turns.busy >= Math.min(limit, turns.waiting), "nobody waits while there is room");
      }
      for (const asker of askers) asker.abort(new Error("end"));
      for (const turn of given.values()) turn.end();
      await clock.settle();
      assert.deepEqual([turns.busy, turns.waiting, clock.timers], [0, 0, 0]);
    }),
    { numRuns: 50 },
  );
});
