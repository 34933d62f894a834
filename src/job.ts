/**
 * What the scheduler runs, its place in time, and one run of it.
 *
 * @module
 */

import { toNanosecond } from "./clock.ts";
import type { FailureReason } from "./collector.ts";
import { hashFraction } from "./hash.ts";
import type { Sleeper } from "./wake_heap.ts";

/** Facts of one run. Times are seconds of the monotonic clock. */
export interface RunFacts {
  /** When it began. */
  readonly beganAt: number;
  /** When what it read was read: its own reading, or that of the oldest local need that it took as it was. */
  readonly readAt: number;
  /** From its reading to its end, in seconds. */
  readonly durationSeconds: number;
  /** For how long it held the event loop, in seconds. */
  readonly blockingSeconds: number;
}

/** What the scheduler runs. None of its methods but `read` and `commit` may throw. */
export interface Job {
  /** Unique. */
  readonly id: string;
  /** Longest time between two runs in seconds; 0: once at start, then only when asked. */
  readonly intervalSeconds: number;
  /** A run's deadline in seconds. */
  readonly timeoutSeconds: number;
  /** Within which time a scrape takes a reading as it is, in seconds; `undefined`: runs on its ticks only. */
  readonly freshnessSeconds: number | undefined;
  /** Age in seconds at which what it committed last expires. */
  readonly maxAgeSeconds: number;
  /** Seconds between two runs as long as what it committed last stands; absent: the interval. */
  readonly nextSeconds?: number;
  /** Whether it runs on its own ticks only, also for dependents. */
  readonly folds: boolean;
  /** Ids of the jobs whose results a run uses. */
  readonly needs: readonly string[];
  /** Reads; `null` if there is no such thing here. `signal()` aborts at the deadline. */
  read(signal: () => AbortSignal): unknown;
  /** Takes what a run read. A throw is a failure of the run. */
  commit(value: unknown, facts: RunFacts): void;
  /** A run failed. */
  fail(reason: FailureReason, error: unknown, facts: RunFacts): void;
  /** A run began. */
  began(): void;
  /** A run ended after its deadline, and what it brought was dropped. */
  dropped(): void;
  /** Ticks were skipped. */
  missed(count: number): void;
  /** What was committed last is too old. */
  expire(): void;
}

/** How the last finished run of a job ended; `expired`: well, but too long ago. */
export type Outcome = "pending" | "ok" | "absent" | "failed" | "expired";

/** A job's place in time. */
export class Slot implements Sleeper {
  /** See {@linkcode Sleeper}. */
  wakeAt: number = Infinity;
  /** See {@linkcode Sleeper}. */
  heapIndex: number = -1;
  /** When it ticks next; Infinity: never. */
  nextTick: number = Infinity;
  /** When the last tick was due. */
  #tickedAt: number | undefined;
  /** Seconds between its ticks, of which the next was planned. */
  pace: number;
  /** When what stands expires; Infinity: never, or nothing stands. */
  expiresAt: number = Infinity;
  /** When what stands was read, or when the reading that failed began. */
  readAt: number = -Infinity;
  /** How the last finished run ended. */
  outcome: Outcome = "pending";
  /** The run in flight, also past its deadline. */
  run: Run | undefined;
  /** The end of a second run, for requests that came too late for the one in flight. */
  again: Promise<void> | undefined;
  /** What the last of those requests asks for. */
  againNotBefore: number = -Infinity;
  /** Whether a scrape asked for it since its last tick. */
  asked: boolean = false;
  /** For how long its last reading held the event loop, in seconds. */
  blockingSeconds: number = 0;
  /** Whether to run as soon as the run inherited from a replaced job has ended. */
  runAfterInherited: boolean = false;
  /** Its place on its grid, 0 ≤ phase < 1. */
  readonly phase: number;
  /** What it runs. */
  readonly job: Job;

  /** A place for a job that has not run. */
  constructor(job: Job, machineId: string) {
    this.job = job;
    this.phase = hashFraction(`${machineId}\0${job.id}`);
    this.pace = job.intervalSeconds;
  }

  /**
   * Goes on from a tick that is due to the one after `now`; how many lay between, and were skipped.
   *
   * @param turnBegan when the turn of the event loop began in which this happens
   */
  pass(now: number, turnBegan: number): number {
    const { job, pace } = this;
    const skipped = Math.floor((now - this.nextTick) / pace);
    this.#tickedAt = this.nextTick + skipped * pace;
    // A scraper of about the same interval keeps its phase, for the grid would cost a second run per interval; and what
    // folds needs a full interval behind its first reading.
    if (this.asked) this.nextTick = turnBegan + pace;
    else if (pace !== job.intervalSeconds) this.nextTick = this.#tickedAt + pace;
    else this.nextTick = this.gridAfter(job.folds && this.outcome === "pending" ? now + pace * 0.999 : now);
    this.asked = false;
    return skipped;
  }

  /**
   * Plans the next tick anew if what was committed asks for another pace: that many seconds after the last tick, for nodes
   * are spread over their grid already; back at the interval, on the grid.
   */
  repace(now: number): void {
    const { intervalSeconds, nextSeconds = intervalSeconds } = this.job;
    if (nextSeconds === this.pace || this.nextTick === Infinity) return;
    this.pace = nextSeconds;
    const from = this.#tickedAt ?? now;
    this.nextTick = nextSeconds === intervalSeconds
      ? this.gridAfter(now)
      : from + (Math.floor((now - from) / nextSeconds) + 1) * nextSeconds;
  }

  /** The first point of the job's grid after `time`. */
  gridAfter(time: number): number {
    const { intervalSeconds } = this.job;
    const offset = this.phase * intervalSeconds;
    const next = Math.floor((time - offset) / intervalSeconds + 1) * intervalSeconds + offset;
    return next > time ? next : next + intervalSeconds;
  }
}

/** One run. */
export class Run {
  /** Whose run it is; a reload may hand it on. */
  slot: Slot;
  /** When it began. */
  readonly beganAt: number;
  /** When its own reading began. */
  readingAt: number;
  /** When the oldest of what it reads was read. */
  readAt: number;
  /** When it has failed, if it has not ended. */
  deadlineAt: number = Infinity;
  /** Whether its result will be dropped. */
  timedOut: boolean = false;
  /** For how long its reading held the event loop, in seconds. */
  blockingSeconds: number = 0;
  #controller: AbortController | undefined;
  #reason: DOMException | undefined;
  #ended: (() => void)[] = [];

  /** A run that begins now. */
  constructor(slot: Slot, now: number) {
    this.slot = slot;
    this.beganAt = now;
    this.readingAt = now;
    this.readAt = now;
  }

  /** Made only for those that ask: most reads end at once. */
  readonly signal = (): AbortSignal => {
    this.#controller ??= new AbortController();
    if (this.#reason) this.#controller.abort(this.#reason);
    return this.#controller.signal;
  };

  /** Aborts its signal. */
  abort(reason: DOMException): void {
    this.#reason ??= reason;
    this.#controller?.abort(this.#reason);
  }

  /** Its reading held the event loop for so long. */
  held(seconds: number): void {
    this.blockingSeconds = this.slot.blockingSeconds = seconds;
  }

  /** Resolves when the run ended or passed its deadline. */
  ended(): Promise<void> {
    return new Promise((resolve) => this.#ended.push(resolve));
  }

  /** Wakes those that wait for its end. */
  end(): void {
    for (const resolve of this.#ended.splice(0)) resolve();
  }

  /** Facts of a run that ends now. */
  facts(now: number): RunFacts {
    return {
      beganAt: this.beganAt,
      readAt: this.readAt,
      durationSeconds: toNanosecond(now - this.readingAt),
      blockingSeconds: this.blockingSeconds,
    };
  }
}
