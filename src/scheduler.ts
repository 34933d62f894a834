/**
 * When nodes run: on their own ticks, when a scrape asks, or when a dependent needs them; never two runs of a node at once.
 *
 * All nodes share one heap and one timer. A run that has not ended at its deadline has failed, and nobody waits for it any
 * more; until it really ends, its node does not run again, and what it brings then is dropped.
 *
 * @module
 */

import { type Clock, toNanosecond } from "./clock.ts";
import type { HistogramValue } from "./collector.ts";
import { failureReason } from "./failure.ts";
import { type Job, type Outcome, Run, Slot } from "./job.ts";
import { WakeHeap } from "./wake_heap.ts";

const isPromise = (value: unknown): value is PromiseLike<unknown> =>
  typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";

/** First runs are spread over this time at the most. */
const START_SPREAD_SECONDS = 10;
/** How long one turn of the event loop may run jobs. */
const TURN_SECONDS = 0.005;
/** The wall clock running ahead of the monotonic one by this much means that the host was suspended. */
const SUSPEND_SECONDS = 10;
/** A job that held the event loop for longer than this is not run again before all requests that it kept are heard. */
const BLOCKING_SECONDS = 0.01;
/** How long {@linkcode Scheduler.stop} waits for runs that do not heed their signal. */
const STOP_SECONDS = 1;
const DELAY_BOUNDS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5];

/** A job that a request shows, and how old its reading may be. */
interface Asked {
  readonly slot: Slot;
  /** In seconds of the monotonic clock. */
  readonly notBefore: number;
}

/** What a {@linkcode Scheduler} is made of. */
export interface SchedulerParts {
  /** Time. */
  readonly clock: Clock;
  /** Spreads a fleet: two machines tick at different times. */
  readonly machineId: string;
}

/** Runs jobs. */
export class Scheduler {
  readonly #clock: Clock;
  readonly #machineId: string;
  readonly #heap = new WakeHeap<Slot>();
  #slots = new Map<string, Slot>();
  /** Runs in flight of jobs that were removed: one of that id that comes back waits for their end. */
  readonly #leaving = new Map<string, Run>();
  #running = false;
  #timer: { at: number; cancel: () => void } | undefined;
  /** When the turn of the event loop that runs jobs began: see {@linkcode Scheduler.#turn}. */
  #turnBegan: number | undefined;
  #delayCounts = DELAY_BOUNDS.map(() => 0);
  #delaySum = 0;
  #delayCount = 0;
  /** Wall clock less monotonic clock. */
  #clockOffset: number;

  /** Jobs are given by {@linkcode Scheduler.replace}. */
  constructor({ clock, machineId }: SchedulerParts) {
    this.#clock = clock;
    this.#machineId = machineId;
    this.#clockOffset = clock.wall() - clock.monotonic();
  }

  /** By how much the timer fired late, in seconds. */
  loopDelay(): HistogramValue {
    let below = 0;
    const buckets = new Map(DELAY_BOUNDS.map((bound, i) => [bound, below += this.#delayCounts[i] ?? 0]));
    return { buckets, sum: this.#delaySum, count: this.#delayCount };
  }

  /** How the last finished run of a job ended. */
  outcome(id: string): Outcome | undefined {
    return this.#slots.get(id)?.outcome;
  }

  /**
   * Takes new jobs for the old. A job that is the same object as before goes on as it was; a run in flight of one that is
   * replaced by another of its id is aborted, and the new one waits for its end.
   */
  replace(jobs: Iterable<Job>): void {
    const before = this.#slots;
    this.#slots = new Map();
    for (const job of jobs) {
      const old = before.get(job.id);
      const slot = old?.job === job ? old : new Slot(job, this.#machineId);
      this.#slots.set(job.id, slot);
      if (slot === old) continue;
      const run = old?.run ?? this.#leaving.get(job.id);
      if (run) this.#inherit(slot, run);
      if (this.#running) this.#scheduleFirst(slot, this.#clock.monotonic());
    }
    for (const slot of before.values()) {
      if (this.#slots.get(slot.job.id) !== slot) this.#forget(slot);
    }
    this.#arm();
  }

  /** Begins to tick. */
  start(): void {
    if (this.#running) return;
    this.#running = true;
    const now = this.#clock.monotonic();
    for (const slot of this.#slots.values()) this.#scheduleFirst(slot, now);
    this.#arm();
  }

  /** Ends ticking, aborts the runs in flight and waits for them, but not for ever. */
  async stop(): Promise<void> {
    this.#running = false;
    const runs = [...this.#slots.values()].flatMap(({ run }) => run && !run.timedOut ? [run] : []);
    const ends = runs.map((run) => run.ended());
    for (const slot of this.#slots.values()) {
      slot.run?.abort(new DOMException("the exporter stops", "AbortError"));
      slot.nextTick = slot.expiresAt = Infinity;
      this.#heap.set(slot, Infinity);
    }
    this.#arm();
    if (ends.length === 0) return;
    let cancel = () => {};
    await Promise.race([
      Promise.all(ends),
      new Promise<void>((resolve) => cancel = this.#clock.timer(resolve, STOP_SECONDS)),
    ]);
    cancel();
  }

  /**
   * Makes local jobs fresh for a request: those read before `arrivedAt` less their freshness are run, once for all
   * requests in flight.
   *
   * @param ids the jobs that the request shows
   * @param arrivedAt when the request arrived, in seconds of the monotonic clock
   * @param budgetSeconds how long the request may wait
   * @returns ids of those whose run has not ended in time, and has not failed; at once if nothing was to be awaited
   */
  freshen(ids: Iterable<string>, arrivedAt: number, budgetSeconds: number): Set<string> | Promise<Set<string>> {
    const asked = [...ids].flatMap((id): Asked | [] => {
      const slot = this.#slots.get(id);
      if (!slot || slot.job.freshnessSeconds === undefined || slot.job.folds) return [];
      return { slot, notBefore: arrivedAt - slot.job.freshnessSeconds };
    });
    const stale = () =>
      new Set(
        asked.flatMap(({ slot: { readAt, outcome, job }, notBefore }) =>
          readAt < notBefore && (outcome === "ok" || outcome === "pending") ? job.id : []
        ),
      );
    const waiting: Promise<void>[] = [];
    let rest = this.#freshenTurn(asked, budgetSeconds, waiting);
    if (rest.length === 0 && waiting.length === 0) return stale();
    return (async () => {
      while (rest.length > 0) {
        await new Promise<void>((resolve) => this.#clock.timer(resolve, 0));
        rest = this.#freshenTurn(rest, budgetSeconds, waiting);
      }
      await Promise.all(waiting);
      return stale();
    })();
  }

  /** Makes jobs fresh for one turn of the event loop; those for which there was no time. */
  #freshenTurn(asked: readonly Asked[], budgetSeconds: number, waiting: Promise<void>[]): readonly Asked[] {
    return this.#turn((began) => {
      for (const [i, { slot, notBefore }] of asked.entries()) {
        slot.asked = true;
        const wait = this.#ensure(slot, notBefore);
        if (wait) waiting.push(this.#atMost(wait, Math.min(budgetSeconds, slot.job.timeoutSeconds)));
        if (this.#clock.monotonic() - began >= TURN_SECONDS) return asked.slice(i + 1);
      }
      return [];
    });
  }

  /**
   * Runs jobs in one turn of the event loop. All count as begun and read when it began, so that they are stale at once, and
   * due at once: read one after the other they would otherwise be so one by one, and each cost a page and a timer.
   */
  #turn<T>(run: (began: number) => T): T {
    const began = this.#clock.monotonic();
    this.#turnBegan = began;
    try {
      return run(began);
    } finally {
      this.#turnBegan = undefined;
    }
  }

  /** Until when nothing of these needs to be made fresh, if all goes on, in seconds of the monotonic clock. */
  freshUntil(ids: Iterable<string>): number {
    let until = Infinity;
    for (const id of ids) {
      const slot = this.#slots.get(id);
      if (slot?.job.freshnessSeconds === undefined || slot.job.folds || slot.run?.timedOut) continue;
      until = Math.min(until, slot.readAt + slot.job.freshnessSeconds);
    }
    return until;
  }

  /** Runs every job once, but those that have run already, and waits for their ends or deadlines. */
  async runAll(): Promise<void> {
    await Promise.all(
      [...this.#slots.values()].map((slot) => slot.outcome === "pending" && this.#ensure(slot, -1e300)),
    );
  }

  #scheduleFirst(slot: Slot, now: number): void {
    const { intervalSeconds } = slot.job;
    if (intervalSeconds === 0) slot.nextTick = now;
    else if (intervalSeconds <= START_SPREAD_SECONDS) slot.nextTick = slot.gridAfter(now);
    else slot.nextTick = now + slot.phase * START_SPREAD_SECONDS;
    this.#rewake(slot);
  }

  #forget(slot: Slot): void {
    this.#heap.set(slot, Infinity);
    const { run } = slot;
    if (!run) return;
    this.#leaving.set(slot.job.id, run);
    run.abort(new DOMException("the node was removed", "AbortError"));
    run.timedOut = true;
    run.end();
  }

  #inherit(slot: Slot, run: Run): void {
    this.#leaving.delete(slot.job.id);
    run.abort(new DOMException("the node was replaced", "AbortError"));
    run.slot.run = undefined;
    run.slot = slot;
    run.timedOut = true;
    run.end();
    slot.run = run;
    slot.runAfterInherited = true;
  }

  /** A promise that resolves with `wait`, or after `seconds`. */
  #atMost(wait: Promise<void>, seconds: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#clock.timer(resolve, seconds);
      wait.then(() => {
        cancel();
        resolve();
      });
    });
  }

  /** Runs the job unless it was read at `notBefore` or later; nothing is returned if there is nothing to wait for. */
  #ensure(slot: Slot, notBefore: number): Promise<void> | undefined {
    // A reload may have put another in its place while somebody waited for it.
    if (this.#slots.get(slot.job.id) !== slot) return undefined;
    const { run } = slot;
    if (!run) {
      if (slot.readAt >= notBefore) return undefined;
      this.#start(slot, false);
      return slot.run?.ended();
    }
    if (run.timedOut) return undefined;
    if (run.readAt >= notBefore) return run.ended();
    slot.againNotBefore = Math.max(slot.againNotBefore, notBefore);
    slot.again ??= run.ended().then(() => {
      slot.again = undefined;
      return this.#ensure(slot, slot.againNotBefore);
    });
    return slot.again;
  }

  #start(slot: Slot, tick: boolean): void {
    const now = this.#turnBegan ?? this.#clock.monotonic();
    const run = new Run(slot, now);
    slot.run = run;
    slot.job.began();
    const { intervalSeconds, folds } = slot.job;
    if (!tick && !folds && intervalSeconds > 0 && this.#running) slot.nextTick = now + slot.pace;
    const waits = slot.job.needs.flatMap((id) => this.#ensureNeed(id, now, slot.job.freshnessSeconds) ?? []);
    if (!tick && slot.blockingSeconds > BLOCKING_SECONDS) {
      waits.push(new Promise((resolve) => this.#clock.timer(resolve, 0)));
    }
    run.readAt = Math.min(
      now,
      ...this.#localNeeds(slot).map(({ run, readAt }) => run && !run.timedOut ? run.readAt : readAt),
    );
    if (waits.length === 0) this.#read(run);
    else Promise.all(waits).then(() => this.#read(run));
  }

  /** The needs of a job whose readings age: those that a scrape would run again. */
  #localNeeds(slot: Slot): Slot[] {
    return slot.job.needs.flatMap((id) => {
      const need = this.#slots.get(id);
      return need && need.job.freshnessSeconds !== undefined ? [need] : [];
    });
  }

  /** A need may be as old as its own freshness allows, and no older than its dependent may be. */
  #ensureNeed(id: string, now: number, ownFreshness = Infinity): Promise<void> | undefined {
    const need = this.#slots.get(id);
    if (!need) return undefined;
    const { freshnessSeconds, folds } = need.job;
    if (freshnessSeconds !== undefined && !folds) {
      return this.#ensure(need, now - Math.min(freshnessSeconds, ownFreshness));
    }
    const usable = need.outcome !== "pending" && (need.outcome !== "expired" || folds);
    return usable ? undefined : this.#ensure(need, now);
  }

  #read(run: Run): void {
    const { slot } = run;
    if (slot.run !== run || run.timedOut) return this.#settled(run, undefined, undefined);
    const now = this.#clock.monotonic();
    run.readingAt = now;
    for (const id of slot.job.needs) {
      const need = this.#slots.get(id);
      if (!need || need.outcome !== "ok") return this.#withoutNeed(run, id, need?.outcome);
    }
    run.readAt = Math.min(this.#turnBegan ?? now, ...this.#localNeeds(slot).map(({ readAt }) => readAt));
    run.deadlineAt = now + slot.job.timeoutSeconds;
    let value: unknown;
    let promise: Promise<unknown> | undefined;
    try {
      value = slot.job.read(run.signal);
      if (isPromise(value)) promise = Promise.resolve(value);
    } catch (error) {
      run.held(this.#clock.monotonic() - now);
      return this.#settled(run, undefined, { error });
    }
    run.held(this.#clock.monotonic() - now);
    if (!promise) return this.#settled(run, value, undefined);
    promise.then(
      (result) => this.#settled(run, result, undefined),
      (error) => this.#settled(run, undefined, { error }),
    );
    this.#rewake(slot);
    this.#arm();
  }

  /** There is nothing to read without a need; where a need is not here, neither is its dependent. */
  #withoutNeed(run: Run, id: string, outcome: Outcome | undefined): void {
    if (outcome === "absent") return this.#settled(run, null, undefined);
    const state = outcome === "failed" ? "failed" : outcome === "expired" ? "is too old" : "has not run";
    const error = Object.assign(new Error(`Cannot read "${run.slot.job.id}": "${id}", which it needs, ${state}`), {
      failureReason: "dependency",
    });
    this.#settled(run, undefined, { error });
  }

  #settled(run: Run, value: unknown, thrown: { error: unknown } | undefined): void {
    const { slot } = run;
    if (slot.run !== run) return;
    if (this.#leaving.get(slot.job.id) === run) return void this.#leaving.delete(slot.job.id);
    const now = this.#clock.monotonic();
    if (run.timedOut) {
      slot.run = undefined;
      slot.job.dropped();
      if (slot.runAfterInherited && this.#running) slot.nextTick = now;
      slot.runAfterInherited = false;
    } else {
      if (now > run.deadlineAt) this.#failed(run, this.#timeoutError(slot), now);
      else if (thrown) this.#failed(run, thrown.error, now);
      else this.#commit(run, value, now);
      slot.repace(now);
      slot.run = undefined;
      run.end();
    }
    this.#rewake(slot);
    this.#arm();
  }

  #commit(run: Run, value: unknown, now: number): void {
    const { slot } = run;
    try {
      slot.job.commit(value, run.facts(now));
    } catch (error) {
      return this.#failed(run, error, now);
    }
    slot.outcome = value === null ? "absent" : "ok";
    slot.readAt = run.readAt;
    slot.expiresAt = value === null ? Infinity : run.readingAt + slot.job.maxAgeSeconds;
  }

  #failed(run: Run, error: unknown, now: number): void {
    const { slot } = run;
    slot.outcome = "failed";
    slot.readAt = run.readAt;
    slot.expiresAt = Infinity;
    slot.job.fail(failureReason(error), error, run.facts(now));
  }

  #timeoutError(slot: Slot): Error {
    return Object.assign(
      new Error(`Cannot read "${slot.job.id}": no result within ${slot.job.timeoutSeconds} s`),
      { failureReason: "timeout" },
    );
  }

  /** The deadline passed: the run has failed, whatever it may still bring. */
  #timedOut(run: Run, now: number): void {
    const error = this.#timeoutError(run.slot);
    run.timedOut = true;
    run.abort(new DOMException(error.message, "TimeoutError"));
    this.#failed(run, error, now);
    run.slot.repace(now);
    run.end();
  }

  /** Before the start and after the stop nothing ticks or expires; deadlines stand. */
  #rewake(slot: Slot): void {
    const deadline = slot.run && !slot.run.timedOut ? slot.run.deadlineAt : Infinity;
    this.#heap.set(slot, this.#running ? Math.min(slot.nextTick, slot.expiresAt, deadline) : deadline);
  }

  /** Sets the timer for the soonest, unless it will fire before that anyway. */
  #arm(): void {
    const at = this.#heap.peek()?.wakeAt;
    if (at === undefined) {
      this.#timer?.cancel();
      this.#timer = undefined;
    } else if (!this.#timer || this.#timer.at > at) {
      this.#timer?.cancel();
      const cancel = this.#clock.timer(() => this.#wake(at), at - this.#clock.monotonic());
      this.#timer = { at, cancel };
    }
  }

  #wake(armedFor: number): void {
    const began = this.#clock.monotonic();
    if (began >= armedFor) this.#observeDelay(began - armedFor);
    this.#noticeSuspend(began);
    this.#turn(() => {
      for (let now = began; now - began <= TURN_SECONDS; now = this.#clock.monotonic()) {
        const slot = this.#heap.peek();
        if (!slot || slot.wakeAt > now) break;
        if (slot.run && !slot.run.timedOut && slot.run.deadlineAt <= now) this.#timedOut(slot.run, now);
        if (slot.expiresAt <= now) {
          slot.expiresAt = Infinity;
          slot.outcome = "expired";
          slot.job.expire();
        }
        if (slot.nextTick <= now) this.#tick(slot, now);
        this.#rewake(slot);
      }
    });
    // Until here the timer that fired stood for the next, which each run would have set anew.
    this.#timer = undefined;
    this.#arm();
  }

  #tick(slot: Slot, now: number): void {
    if (slot.job.intervalSeconds === 0) {
      slot.nextTick = Infinity;
    } else {
      const skipped = slot.pass(now, this.#turnBegan ?? now);
      if (skipped > 0) slot.job.missed(skipped);
    }
    if (slot.run) slot.job.missed(1);
    else this.#start(slot, true);
  }

  #observeDelay(seconds: number): void {
    const i = DELAY_BOUNDS.findIndex((bound) => seconds <= bound);
    if (i >= 0) this.#delayCounts[i] = (this.#delayCounts[i] ?? 0) + 1;
    this.#delaySum = toNanosecond(this.#delaySum + seconds);
    this.#delayCount++;
  }

  /** The monotonic clock stands still while the host is suspended: what was read before is older than it says. */
  #noticeSuspend(now: number): void {
    const offset = this.#clock.wall() - now;
    const gap = offset - this.#clockOffset;
    this.#clockOffset = offset;
    if (gap < SUSPEND_SECONDS) return;
    for (const slot of this.#slots.values()) {
      if (slot.expiresAt < Infinity) slot.expiresAt = Math.max(now, slot.expiresAt - gap);
      if (slot.nextTick < Infinity && gap > slot.nextTick - now) {
        slot.nextTick = now + slot.phase * Math.min(slot.pace, START_SPREAD_SECONDS);
      }
      this.#rewake(slot);
    }
  }
}
