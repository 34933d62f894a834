import assert from "node:assert/strict";
import type { Job, RunFacts } from "../src/job.ts";
import { Scheduler } from "../src/scheduler.ts";
import { FakeClock } from "./fake_clock.ts";

/** A job that writes down what happens to it. Its readings are `read`'s; by default the number of the run. */
class TestJob implements Job {
  readonly needs: readonly string[] = [];
  readonly intervalSeconds: number = 15;
  readonly timeoutSeconds: number = 1;
  readonly freshnessSeconds: number | undefined = undefined;
  readonly maxAgeSeconds: number = Infinity;
  readonly folds: boolean = false;
  readonly id: string;
  readonly clock: FakeClock;
  readonly events: string[] = [];
  readonly ran: number[] = [];
  readonly facts: RunFacts[] = [];
  readonly reading: (signal: () => AbortSignal, run: number) => unknown;

  constructor(clock: FakeClock, id: string, more: Partial<Job> & { reading?: TestJob["reading"] } = {}) {
    this.clock = clock;
    this.id = id;
    this.reading = more.reading ?? ((_signal, run) => run);
    Object.assign(this, more);
  }
  began(): void {
    this.ran.push(this.clock.monotonic());
  }
  read(signal: () => AbortSignal): unknown {
    return this.reading(signal, this.ran.length);
  }
  commit(value: unknown, facts: RunFacts): void {
    this.facts.push(facts);
    this.events.push(`commit ${value}`);
  }
  fail(reason: string, error: unknown): void {
    this.events.push(`${reason}: ${error instanceof Error ? error.message : error}`);
  }
  dropped(): void {
    this.events.push("dropped");
  }
  missed(count: number): void {
    this.events.push(`missed ${count}`);
  }
  expire(): void {
    this.events.push("expired");
  }
}

function schedule(clock: FakeClock, ...jobs: Job[]): Scheduler {
  const scheduler = new Scheduler({ clock, machineId: "m" });
  scheduler.replace(jobs);
  scheduler.start();
  return scheduler;
}

async function stop(scheduler: Scheduler, clock: FakeClock): Promise<void> {
  const stopped = scheduler.stop();
  await clock.advance(1);
  await stopped;
}

/** A promise and what settles it. */
function deferred(): { promise: Promise<number>; resolve: (value: number) => void } {
  let resolve = (_: number) => {};
  const promise = new Promise<number>((r) => resolve = r);
  return { promise, resolve };
}

const local = { freshnessSeconds: 0.1 };
const never = () => new Promise<number>(() => {});

Deno.test("Scheduler: ticks lie on a grid that is the machine's and the node's", async () => {
  const runs = async (machineId: string, id: string) => {
    const clock = new FakeClock();
    const job = new TestJob(clock, id, { intervalSeconds: 10 });
    const scheduler = new Scheduler({ clock, machineId });
    scheduler.replace([job]);
    scheduler.start();
    await clock.advance(100);
    await stop(scheduler, clock);
    return job.ran;
  };
  const ran = await runs("m", "a");
  assert.equal(ran.length, 10);
  for (const [i, at] of ran.entries()) assert.ok(Math.abs(at - (ran[0] ?? 0) - 10 * i) < 1e-6);
  assert.notEqual(((await runs("other", "a"))[0] ?? 0) % 10, (ran[0] ?? 0) % 10);
  assert.notEqual(((await runs("m", "b"))[0] ?? 0) % 10, (ran[0] ?? 0) % 10);
});

Deno.test("Scheduler: first runs are spread over min(interval, 10 s), and over all of it", async () => {
  for (const intervalSeconds of [2, 10, 3600]) {
    const clock = new FakeClock();
    const jobs = Array.from({ length: 200 }, (_, i) => new TestJob(clock, `n${i}`, { intervalSeconds }));
    const scheduler = schedule(clock, ...jobs);
    const spread = Math.min(intervalSeconds, 10);
    await clock.advance(spread);
    const first = jobs.map(({ ran }) => (ran[0] ?? Infinity) - 1000);
    assert.ok(Math.max(...first) <= spread && Math.max(...first) > 0.9 * spread && Math.min(...first) < 0.1 * spread);
    await stop(scheduler, clock);
  }
});

Deno.test("Scheduler: a job of interval 0 runs once at start and then only when asked", async () => {
  const clock = new FakeClock();
  const job = new TestJob(clock, "a", { intervalSeconds: 0, freshnessSeconds: 0 });
  const scheduler = schedule(clock, job);
  await clock.advance(1000);
  assert.equal(job.ran.length, 1);
  scheduler.freshen(["a"], clock.monotonic(), 10);
  assert.equal(job.ran.length, 2);
  await stop(scheduler, clock);
});

Deno.test("Scheduler: a host scraped as often as its interval is read once per scrape", async () => {
  const clock = new FakeClock();
  const job = new TestJob(clock, "a", local);
  const scheduler = schedule(clock, job);
  scheduler.freshen(["a"], clock.monotonic(), 10);
  for (let i = 0; i < 100; i++) {
    await clock.advance(15 + (i % 3 - 1) * 0.02);
    scheduler.freshen(["a"], clock.monotonic(), 10);
  }
  assert.ok(job.ran.length >= 101 && job.ran.length <= 103, `${job.ran.length} runs in 101 scrapes`);
  await stop(scheduler, clock);
});

Deno.test("Scheduler: any number of scrapers costs at most ten runs a second", async () => {
  const clock = new FakeClock();
  const job = new TestJob(clock, "a", local);
  const scheduler = schedule(clock, job);
  for (let i = 0; i < 1000; i++) {
    await clock.advance(0.01);
    assert.deepEqual(scheduler.freshen(["a"], clock.monotonic(), 10), new Set());
  }
  assert.ok(job.ran.length <= 101, `${job.ran.length} runs in 10 s`);
  await stop(scheduler, clock);
});

Deno.test("Scheduler: requests that arrive while a run is in flight share it, or the one after it", async () => {
  const clock = new FakeClock();
  const reads: ReturnType<typeof deferred>[] = [];
  const reading = () => {
    const read = deferred();
    reads.push(read);
    return read.promise;
  };
  const job = new TestJob(clock, "a", { ...local, timeoutSeconds: 5, reading });
  const scheduler = schedule(clock, job);
  const asked = () => Promise.resolve(scheduler.freshen(["a"], clock.monotonic(), 10));
  const first = [asked(), asked()];
  await clock.advance(0.5);
  const second = [asked(), asked()];
  assert.equal(reads.length, 1);
  reads[0]?.resolve(1);
  await Promise.all(first);
  await clock.advance(0);
  assert.equal(reads.length, 2);
  reads[1]?.resolve(2);
  assert.deepEqual(await Promise.all(second), [new Set(), new Set()]);
  assert.equal(reads.length, 2);
  await stop(scheduler, clock);
});

Deno.test("Scheduler: a run past its deadline has failed, is waited for by nobody, and its late result is dropped", async () => {
  const clock = new FakeClock();
  const read = deferred();
  const signals: AbortSignal[] = [];
  const reading = (signal: () => AbortSignal, run: number) => {
    signals.push(signal());
    return run === 1 ? read.promise : run;
  };
  const job = new TestJob(clock, "a", { ...local, reading });
  const scheduler = schedule(clock, job);
  let waited: unknown;
  Promise.resolve(scheduler.freshen(["a"], clock.monotonic(), 10)).then((stale) => waited = stale);
  await clock.advance(0.999);
  assert.equal(waited, undefined);
  assert.equal(signals[0]?.aborted, false);
  await clock.advance(0.002);
  assert.deepEqual(waited, new Set());
  assert.equal(signals[0]?.aborted, true);
  assert.deepEqual(job.events, ['timeout: Cannot read "a": no result within 1 s']);
  for (let i = 0; i < 100; i++) assert.deepEqual(scheduler.freshen(["a"], clock.monotonic(), 10), new Set());
  await clock.advance(30);
  assert.equal(job.ran.length, 1, "it does not run beside the run that has not ended");
  read.resolve(1);
  await clock.advance(0);
  assert.equal(job.events.at(-1), "dropped");
  scheduler.freshen(["a"], clock.monotonic(), 10);
  assert.equal(job.events.at(-1), "commit 2");
  await stop(scheduler, clock);
});

Deno.test("Scheduler: a scrape waits no longer than its budget, and leaves out what stands but is not fresh", async () => {
  const clock = new FakeClock();
  const job = new TestJob(clock, "a", { ...local, timeoutSeconds: 5, reading: (_s, run) => run === 1 ? 1 : never() });
  const scheduler = schedule(clock, job);
  scheduler.freshen(["a"], clock.monotonic(), 10);
  await clock.advance(0.5);
  let stale: unknown;
  Promise.resolve(scheduler.freshen(["a"], clock.monotonic(), 0.25)).then((set) => stale = set);
  await clock.advance(0.24);
  assert.equal(stale, undefined);
  await clock.advance(0.02);
  assert.deepEqual(stale, new Set(["a"]));
  await stop(scheduler, clock);
});

Deno.test("Scheduler: one that has not ended for the first time is not there in time either", async () => {
  const clock = new FakeClock();
  const scheduler = schedule(clock, new TestJob(clock, "a", { ...local, timeoutSeconds: 5, reading: never }));
  const stale = scheduler.freshen(["a"], clock.monotonic(), 0.25);
  await clock.advance(0.25);
  assert.deepEqual(await stale, new Set(["a"]));
  await stop(scheduler, clock);
});

Deno.test("Scheduler: one run of a job that holds the event loop serves all requests that it kept waiting", async () => {
  const clock = new FakeClock();
  const reading = (_s: unknown, run: number) => (clock.block(0.3), run);
  const job = new TestJob(clock, "a", { ...local, reading });
  const scheduler = schedule(clock, job);
  const asked = () => Promise.resolve(scheduler.freshen(["a"], clock.monotonic(), 10));
  await asked();
  for (let round = 1; round <= 3; round++) {
    const kept = [asked(), asked(), asked()];
    await clock.advance(0);
    assert.deepEqual(await Promise.all(kept), [new Set(), new Set(), new Set()]);
    assert.equal(job.ran.length, 1 + round);
  }
  await stop(scheduler, clock);
});

Deno.test("Scheduler.freshen: many jobs are run in turns, between which the event loop goes on", async () => {
  const clock = new FakeClock();
  const reading = (_s: unknown, run: number) => (clock.block(0.003), run);
  const ids = ["a", "b", "c", "d"];
  const jobs = ids.map((id) => new TestJob(clock, id, { ...local, reading }));
  const scheduler = schedule(clock, ...jobs);
  const stale = scheduler.freshen(ids, clock.monotonic(), 10);
  assert.deepEqual(jobs.map(({ ran }) => ran.length), [1, 1, 0, 0]);
  await clock.advance(0);
  assert.deepEqual(await stale, new Set());
  assert.deepEqual(jobs.map(({ ran }) => ran.length), [1, 1, 1, 1]);
  await stop(scheduler, clock);
});

Deno.test("Scheduler: what one turn of the event loop read is stale at once, and due at once", async () => {
  const clock = new FakeClock();
  const reading = (_s: unknown, run: number) => (clock.block(0.001), run);
  const ids = ["a", "b", "c"];
  const jobs = ids.map((id) => new TestJob(clock, id, { ...local, reading }));
  const scheduler = schedule(clock, ...jobs);
  const runs = () => jobs.map(({ ran }) => ran.length);
  const arrivedAt = clock.monotonic();
  scheduler.freshen(ids, arrivedAt, 10);
  assert.deepEqual(runs(), [1, 1, 1]);
  assert.equal(scheduler.freshUntil(ids), arrivedAt + 0.1);
  scheduler.freshen(ids, arrivedAt + 0.1, 10);
  assert.deepEqual(runs(), [1, 1, 1]);
  scheduler.freshen(ids, arrivedAt + 0.1001, 10);
  assert.deepEqual(runs(), [2, 2, 2]);
  const delays = () => scheduler.loopDelay().count;
  await clock.advance(14);
  const before = delays();
  await clock.advance(2);
  assert.deepEqual([runs(), delays() - before], [[3, 3, 3], 1]);
  await stop(scheduler, clock);
});

Deno.test("Scheduler: a run that holds the event loop beyond its deadline has failed", async () => {
  const clock = new FakeClock();
  const reading = () => (clock.block(1.5), 1);
  const job = new TestJob(clock, "a", { ...local, reading });
  const scheduler = schedule(clock, job);
  scheduler.freshen(["a"], clock.monotonic(), 10);
  assert.deepEqual(job.events, ['timeout: Cannot read "a": no result within 1 s']);
  await stop(scheduler, clock);
});

Deno.test("Scheduler: a job that is scheduled only is never run by a scrape, nor is one that folds", async () => {
  const clock = new FakeClock();
  const scheduled = new TestJob(clock, "a");
  const folding = new TestJob(clock, "b", { folds: true });
  const scheduler = schedule(clock, scheduled, folding);
  scheduler.freshen(["a", "b"], clock.monotonic(), 10);
  assert.deepEqual([scheduled.ran, folding.ran], [[], []]);
  await stop(scheduler, clock);
});

Deno.test("Scheduler: what folds has full intervals between its runs", async () => {
  for (const intervalSeconds of [5, 60]) {
    const clock = new FakeClock();
    const job = new TestJob(clock, "a", { folds: true, intervalSeconds });
    const scheduler = schedule(clock, job);
    await clock.advance(intervalSeconds * 10);
    for (const [i, at] of job.ran.entries()) {
      if (i > 0) assert.ok(at - (job.ran[i - 1] ?? 0) >= intervalSeconds * 0.999);
    }
    assert.ok(job.ran.length >= 8);
    await stop(scheduler, clock);
  }
});

Deno.test("Scheduler: missed ticks are skipped and counted, and there is no burst", async () => {
  const clock = new FakeClock();
  const job = new TestJob(clock, "a", { intervalSeconds: 1 });
  const scheduler = schedule(clock, job);
  await clock.advance(3);
  const before = job.ran.length;
  clock.block(7.3);
  await clock.advance(0);
  assert.equal(job.ran.length, before + 1);
  assert.match(job.events.at(-2) ?? "", /^missed [67]$/);
  await stop(scheduler, clock);
});

Deno.test("Scheduler: after a suspend every job runs once, and what is too old expires", async () => {
  const clock = new FakeClock();
  const jobs = ["a", "b", "c"].map((id) => new TestJob(clock, id, { intervalSeconds: 60, maxAgeSeconds: 125 }));
  const scheduler = schedule(clock, ...jobs);
  await clock.advance(61);
  const before = jobs.map(({ ran }) => ran.length);
  clock.stepWall(3600);
  await clock.advance(60);
  for (const [i, job] of jobs.entries()) {
    const since = job.ran.length - (before[i] ?? 0);
    assert.ok(since >= 1 && since <= 2, `${job.id} ran ${since} times`);
    assert.ok(job.events.includes("expired"));
  }
  await stop(scheduler, clock);
});

Deno.test("Scheduler: what was committed expires at its age and not before", async () => {
  const clock = new FakeClock();
  const reading = (_s: unknown, run: number) => run === 1 ? 1 : never();
  const job = new TestJob(clock, "a", { intervalSeconds: 100, timeoutSeconds: 1000, maxAgeSeconds: 50, reading });
  const scheduler = schedule(clock, job);
  await clock.advance(10);
  assert.deepEqual(job.events, ["commit 1"]);
  await clock.advance((job.ran[0] ?? 0) + 49.9 - clock.monotonic());
  assert.deepEqual(job.events, ["commit 1"]);
  await clock.advance(0.2);
  assert.deepEqual(job.events, ["commit 1", "expired"]);
  await stop(scheduler, clock);
});

Deno.test("Scheduler: a need is run first when it is too old, and joined when it is in flight", async () => {
  const clock = new FakeClock();
  const read = deferred();
  const need = new TestJob(clock, "need", { ...local, reading: () => read.promise });
  const one = new TestJob(clock, "one", { ...local, needs: ["need"] });
  const two = new TestJob(clock, "two", { ...local, needs: ["need"] });
  const scheduler = schedule(clock, one, two, need);
  const scrape = Promise.resolve(scheduler.freshen(["one", "two"], clock.monotonic(), 10));
  await clock.advance(0.5);
  assert.deepEqual([need.ran.length, one.events, two.events], [1, [], []]);
  read.resolve(7);
  assert.deepEqual(await scrape, new Set());
  assert.deepEqual([one.events, two.events, need.events], [["commit 1"], ["commit 1"], ["commit 7"]]);
  scheduler.freshen(["one"], clock.monotonic(), 10);
  assert.equal(need.ran.length, 2, "what was read half a second ago is too old for a scrape");
  await stop(scheduler, clock);
});

Deno.test("Scheduler: a dependent fails with its need, and is not here where its need is not", async () => {
  const clock = new FakeClock();
  const failing = new TestJob(clock, "failing", {
    ...local,
    reading: () => {
      throw new SyntaxError("garbled");
    },
  });
  const absent = new TestJob(clock, "absent", { ...local, reading: () => null });
  const hung = new TestJob(clock, "hung", { ...local, reading: never });
  const a = new TestJob(clock, "a", { ...local, needs: ["failing"] });
  const b = new TestJob(clock, "b", { ...local, needs: ["absent"] });
  const c = new TestJob(clock, "c", { ...local, needs: ["hung"] });
  const scheduler = schedule(clock, failing, absent, hung, a, b, c);
  const scrape = Promise.resolve(scheduler.freshen(["a", "b", "c"], clock.monotonic(), 10));
  await clock.advance(1.1);
  await scrape;
  assert.deepEqual(failing.events, ["parse: garbled"]);
  assert.deepEqual(a.events, ['dependency: Cannot read "a": "failing", which it needs, failed']);
  assert.deepEqual(b.events, ["commit null"]);
  assert.deepEqual(c.events, ['dependency: Cannot read "c": "hung", which it needs, failed']);
  await stop(scheduler, clock);
});

Deno.test("Scheduler: a reading is as old as the oldest local need that it took as it was", async () => {
  const clock = new FakeClock();
  const need = new TestJob(clock, "need", local);
  const job = new TestJob(clock, "job", { ...local, needs: ["need"] });
  const scheduler = schedule(clock, need, job);
  scheduler.freshen(["need"], clock.monotonic(), 10);
  await clock.advance(0.09);
  scheduler.freshen(["job"], clock.monotonic(), 10);
  assert.equal(job.facts[0]?.readAt, 1000);
  await clock.advance(0.09);
  scheduler.freshen(["job"], clock.monotonic(), 10);
  assert.equal(need.ran.length, 2, "what rests on a reading of 0.18 s ago is too old");
  assert.equal(job.facts[1]?.readAt, 1000.18);
  await stop(scheduler, clock);
});

Deno.test("Scheduler: a need's own ticks are enough for a scheduled or folded need", async () => {
  const clock = new FakeClock();
  const need = new TestJob(clock, "need", { folds: true, intervalSeconds: 5 });
  const job = new TestJob(clock, "job", { ...local, needs: ["need"] });
  const scheduler = schedule(clock, need, job);
  scheduler.freshen(["job"], clock.monotonic(), 10);
  assert.equal(need.ran.length, 1, "a need that never ran is run first");
  for (let i = 0; i < 10; i++) {
    await clock.advance(0.4);
    scheduler.freshen(["job"], clock.monotonic(), 10);
  }
  assert.ok(need.ran.length <= 2);
  await stop(scheduler, clock);
});

Deno.test("Scheduler.replace: an unchanged job goes on in its phase, a removed one is aborted and forgotten", async () => {
  const clock = new FakeClock();
  const signals: AbortSignal[] = [];
  const kept = new TestJob(clock, "kept", { intervalSeconds: 10 });
  const gone = new TestJob(clock, "gone", {
    intervalSeconds: 1,
    timeoutSeconds: 100,
    reading: (signal) => (signals.push(signal()), never()),
  });
  const scheduler = schedule(clock, kept, gone);
  await clock.advance(35);
  scheduler.replace([kept]);
  assert.equal(signals[0]?.aborted, true);
  await clock.advance(35);
  assert.equal(kept.ran.length, 7);
  assert.deepEqual(gone.events.filter((event) => !event.startsWith("missed")), []);
  await stop(scheduler, clock);
});

Deno.test("Scheduler.replace: a replaced job waits for the end of the run in flight, then runs at once", async () => {
  const clock = new FakeClock();
  const read = deferred();
  const old = new TestJob(clock, "a", { intervalSeconds: 60, timeoutSeconds: 50, reading: () => read.promise });
  const scheduler = schedule(clock, old);
  await clock.advance(12);
  const next = new TestJob(clock, "a", { intervalSeconds: 120 });
  scheduler.replace([next]);
  await clock.advance(100);
  assert.deepEqual([old.events, next.ran.length], [[], 0]);
  read.resolve(1);
  await clock.advance(0.001);
  assert.deepEqual([old.events, next.events.filter((e) => !e.startsWith("missed"))], [[], ["dropped", "commit 1"]]);
  await stop(scheduler, clock);
});

Deno.test("Scheduler.replace: who waits for a second run of a job that is removed waits no longer, and it does not run", async () => {
  const clock = new FakeClock();
  const read = deferred();
  const gone = new TestJob(clock, "gone", { ...local, timeoutSeconds: 5, reading: () => read.promise });
  const scheduler = schedule(clock, gone);
  const first = Promise.resolve(scheduler.freshen(["gone"], clock.monotonic(), 10));
  await clock.advance(0.5);
  const second = Promise.resolve(scheduler.freshen(["gone"], clock.monotonic(), 10));
  scheduler.replace([]);
  await Promise.all([first, second]);
  assert.deepEqual([gone.ran.length, gone.events], [1, []]);
  const back = new TestJob(clock, "gone", local);
  scheduler.replace([back]);
  scheduler.freshen(["gone"], clock.monotonic(), 10);
  assert.equal(back.ran.length, 0, "it does not run beside the run that has not ended");
  read.resolve(1);
  await clock.advance(0.001);
  assert.deepEqual([gone.events, back.events], [[], ["dropped", "commit 1"]]);
  await stop(scheduler, clock);
});

Deno.test("Scheduler.stop: aborts runs and waits for them, but for a second at the most", async () => {
  const clock = new FakeClock();
  const heeding = new TestJob(clock, "a", {
    ...local,
    timeoutSeconds: 60,
    reading: (signal) => new Promise((_, reject) => signal().addEventListener("abort", () => reject(signal().reason))),
  });
  const deaf = new TestJob(clock, "b", { ...local, timeoutSeconds: 60, reading: never });
  const scheduler = schedule(clock, heeding, deaf);
  scheduler.freshen(["a"], clock.monotonic(), 0.1);
  await scheduler.stop();
  assert.equal(heeding.events.length, 1);
  const second = schedule(clock, deaf);
  second.freshen(["b"], clock.monotonic(), 0.1);
  let stopped = false;
  second.stop().then(() => stopped = true);
  await clock.advance(1.1);
  assert.equal(stopped, true);
  assert.equal(clock.timers, 0);
});

Deno.test("Scheduler.loopDelay: counts by how much the timer fired late", async () => {
  const clock = new FakeClock();
  const job = new TestJob(clock, "a", { intervalSeconds: 1 });
  const scheduler = schedule(clock, job);
  await clock.advance(2);
  clock.block(1.3);
  await clock.advance(0);
  const { buckets, count, sum } = scheduler.loopDelay();
  assert.ok(count >= 3 && sum > 0.2);
  assert.equal((buckets.get(5) ?? 0) - (buckets.get(0.1) ?? 0), 1);
  await stop(scheduler, clock);
});
