import assert from "node:assert/strict";
import fc from "fast-check";
import type { AnyCollector } from "../src/collector.ts";
import { Engine } from "../src/engine.ts";
import { type Job, Slot } from "../src/job.ts";
import { Scheduler } from "../src/scheduler.ts";
import { hostOf } from "./context.ts";
import { FakeClock } from "./fake_clock.ts";

const INTERVAL = 60;

/** A job that runs at once, fails by a value that asks for another pace while `failing` says so, and notes when it ran. */
function pacedJob(clock: FakeClock, failing: () => boolean, paceSeconds: number, seconds = 0) {
  const ran: number[] = [];
  const missed: number[] = [];
  let asked: number | undefined;
  const job: Job = {
    id: "a",
    intervalSeconds: INTERVAL,
    timeoutSeconds: 30,
    freshnessSeconds: undefined,
    maxAgeSeconds: Infinity,
    get nextSeconds() {
      return asked;
    },
    folds: true,
    needs: [],
    read: () => seconds === 0 ? 1 : new Promise((resolve) => clock.timer(() => resolve(1), seconds)),
    commit: () => void (asked = failing() ? paceSeconds : undefined),
    fail: () => void (asked = paceSeconds),
    began: () => ran.push(clock.monotonic()),
    dropped: () => {},
    missed: (count) => missed.push(count),
    expire: () => {},
  };
  return { job, ran, missed };
}

function schedule(clock: FakeClock, job: Job): Scheduler {
  const scheduler = new Scheduler({ clock, machineId: "m" });
  scheduler.replace([job]);
  scheduler.start();
  return scheduler;
}

/** Differences of neighbours, in whole milliseconds. */
const gaps = (times: readonly number[]) => times.slice(1).map((at, i) => Math.round((at - (times[i] ?? 0)) * 1000));
const onGrid = (job: Job, time: number) => Math.abs(new Slot(job, "m").gridAfter(time - 1e-6) - time) < 1e-5;

Deno.test("Slot.repace: a job that asks for another pace keeps it from tick to tick, and returns to its grid", async () => {
  const clock = new FakeClock();
  let isFailing = false;
  const { job, ran, missed } = pacedJob(clock, () => isFailing, 5);
  const scheduler = schedule(clock, job);
  await clock.advance(10 + 2 * INTERVAL);
  isFailing = true;
  const before = ran.length;
  await clock.advance(INTERVAL + 0.001);
  await clock.advance(20);
  const failed = ran.slice(before);
  assert.ok(failed.length >= 4 && onGrid(job, failed[0] ?? NaN));
  assert.deepEqual(new Set(gaps(failed)), new Set([5000]));
  isFailing = false;
  await clock.advance(3 * INTERVAL);
  const [last = NaN, ...recovered] = ran.slice(before + failed.length);
  assert.equal(gaps([failed.at(-1) ?? NaN, last])[0], 5000, "the run that finds it well comes at the pace of before");
  assert.ok(recovered.length >= 2 && recovered.every((at) => onGrid(job, at)));
  assert.deepEqual(missed, []);
  await scheduler.stop();
});

Deno.test("Slot.repace: a pace may be longer than the interval", async () => {
  const clock = new FakeClock();
  const { job, ran, missed } = pacedJob(clock, () => true, 150);
  const scheduler = schedule(clock, job);
  await clock.advance(1000);
  assert.deepEqual(new Set(gaps(ran)), new Set([150_000]));
  assert.deepEqual(missed, []);
  await scheduler.stop();
});

Deno.test("Slot.pass: ticks that come while a run is in flight, or that nobody woke for, are counted at the pace that holds", async () => {
  const clock = new FakeClock();
  const slow = pacedJob(clock, () => true, 2, 7);
  const scheduler = schedule(clock, slow.job);
  await clock.advance(50);
  assert.ok(slow.ran.length >= 5);
  assert.deepEqual(new Set(gaps(slow.ran)), new Set([8000]), "the first point of its pace after each run's end");
  const ticks = Math.floor((clock.monotonic() - (slow.ran[1] ?? NaN)) / 2);
  assert.equal(
    slow.missed.length,
    ticks - (slow.ran.length - 2),
    "of those after its first run each ran or was missed",
  );
  const stopped = scheduler.stop();
  await clock.advance(8);
  await stopped;

  const late = new FakeClock();
  const { job, ran, missed } = pacedJob(late, () => true, 2);
  const other = schedule(late, job);
  await late.advance(14);
  const before = ran.length;
  late.block(9);
  await late.advance(0);
  assert.equal(ran.length, before + 1, "no burst");
  const due = Math.floor((late.monotonic() - (ran[before - 1] ?? NaN)) / 2);
  assert.equal(missed.reduce((sum, count) => sum + count, 0), due - 1);
  await late.advance(4);
  assert.deepEqual(gaps(ran.slice(before)).slice(1), [2000], "and the pace keeps its phase");
  await other.stop();
});

Deno.test("Slot.repace: after a suspend it runs once, then at its pace", async () => {
  const clock = new FakeClock();
  const { job, ran } = pacedJob(clock, () => true, 5);
  const scheduler = schedule(clock, job);
  await clock.advance(20);
  const before = ran.length;
  clock.stepWall(3600);
  await clock.advance(10.001);
  assert.ok(ran.length - before <= 3 && ran.length > before);
  await clock.advance(20);
  assert.deepEqual(gaps(ran.slice(-4)), [5000, 5000, 5000]);
  await scheduler.stop();
});

Deno.test("Slot: whatever the paces, the next tick lies ahead, by no more than the pace that holds", () => {
  const seconds = fc.double({ min: 0.01, max: 1000, noNaN: true });
  fc.assert(fc.property(fc.array(fc.record({ asks: fc.option(seconds), passes: seconds, lasts: seconds })), (turns) => {
    let asked: number | undefined;
    const job: Job = {
      ...pacedJob(new FakeClock(), () => false, 1).job,
      get nextSeconds() {
        return asked;
      },
    };
    const slot = new Slot(job, "m");
    let now = 1000;
    slot.nextTick = slot.gridAfter(now);
    slot.outcome = "ok";
    for (const { asks, passes, lasts } of turns) {
      now = slot.nextTick + passes;
      assert.ok(slot.pass(now, now) >= 0);
      assert.ok(slot.nextTick >= now - 1e-6 && slot.nextTick <= now + slot.pace * 1.001);
      asked = asks ?? undefined;
      now += lasts;
      slot.nextTick = Math.max(slot.nextTick, now);
      slot.repace(now);
      assert.equal(slot.pace, asked ?? INTERVAL);
      assert.ok(slot.nextTick >= now - 1e-6 && slot.nextTick <= now + Math.max(slot.pace, INTERVAL) * 1.001);
    }
  }));
});

/** A collector whose value is a failure as long as `failing` says so. */
function pacedCollector(
  failing: () => boolean,
  ran: number[],
  nextSeconds: (fails: unknown) => number | undefined,
): AnyCollector {
  return {
    name: "paced",
    help: "Fails as it is told.",
    intervalSeconds: INTERVAL,
    timeoutSeconds: 1,
    metrics: { up: { type: "gauge", help: "U." } },
    read: ({ clock }) => {
      ran.push(clock.monotonic());
      return failing();
    },
    nextSeconds,
    samples: (fails, emit) => emit("up", fails ? 0 : 1),
  };
}

function engineOf(clock: FakeClock): Engine {
  return new Engine({
    source: hostOf({}),
    clock,
    machineId: "m",
    log: () => {},
    version: "1.2.3",
    runtime: "test 1",
  });
}

function apply(engine: Engine, collector: AnyCollector, options?: unknown): void {
  engine.apply([collector], new Map([[collector.name, { enabled: true, options }]]), { exporterMetrics: false });
}

Deno.test("Collector.nextSeconds: holds as long as the value stands, over a reload that changes nothing, and no longer", async () => {
  const clock = new FakeClock();
  let isFailing = true;
  const ran: number[] = [];
  const collector = pacedCollector(() => isFailing, ran, (fails) => fails ? 5 : undefined);
  const engine = engineOf(clock);
  apply(engine, collector);
  engine.start();
  await clock.advance(30);
  apply(engine, collector);
  await clock.advance(20);
  assert.deepEqual(new Set(gaps(ran)), new Set([5000]));
  apply(engine, collector, { other: true });
  await clock.advance(30);
  assert.deepEqual(gaps(ran.slice(-3)), [5000, 5000], "a node that was replaced finds its own pace");
  isFailing = false;
  await clock.advance(2 * INTERVAL + 5);
  assert.deepEqual(gaps(ran).slice(-1), [INTERVAL * 1000]);
  await engine.stop();
});

Deno.test("Collector.nextSeconds: a value that stands for long is not withdrawn before the next run", async () => {
  const clock = new FakeClock();
  const engine = engineOf(clock);
  const ran: number[] = [];
  apply(engine, pacedCollector(() => true, ran, () => 1000));
  engine.start();
  await clock.advance(990);
  assert.deepEqual([ran.length, engine.nodes()[0]?.state], [1, "ok"]);
  await clock.advance(20);
  assert.deepEqual([ran.length, engine.nodes()[0]?.state], [2, "ok"]);
  await engine.stop();
});

Deno.test("Collector.nextSeconds: one that is no time is a failure of the run", async () => {
  for (const seconds of [0, -1, NaN, Infinity]) {
    const clock = new FakeClock();
    const engine = engineOf(clock);
    apply(engine, pacedCollector(() => true, [], () => seconds));
    await engine.collect();
    assert.match(engine.nodes()[0]?.lastError ?? "", /^Cannot run "paced" after \S+ s: expected more than 0$/);
    await engine.stop();
  }
});
