/**
 * Time that passes when a test says so.
 *
 * @module
 */

import { setImmediate } from "node:timers";
import type { Clock } from "../src/clock.ts";

interface Armed {
  readonly at: number;
  readonly callback: () => void;
}

/** Timers fired at one instant, beyond which somebody arms them in a circle. */
const MOST_AT_ONE_INSTANT = 100_000;
const MICRO = 1e6;

/**
 * A clock that stands still but for {@linkcode FakeClock.advance} and {@linkcode FakeClock.block}. It counts whole
 * microseconds, so that ten times 0.1 s is 1 s.
 */
export class FakeClock implements Clock {
  #now: number;
  #wallOffset: number;
  /** In the order of arming, which decides between timers of one instant. */
  readonly #armed = new Set<Armed>();

  /** Starts at these times in seconds. */
  constructor({ monotonic = 1000, wall = 1_700_000_000 }: { monotonic?: number; wall?: number } = {}) {
    this.#now = Math.round(monotonic * MICRO);
    this.#wallOffset = wall - this.monotonic();
  }

  monotonic(): number {
    return this.#now / MICRO;
  }

  wall(): number {
    return this.#wallOffset + this.monotonic();
  }

  timer(callback: () => void, delaySeconds: number): () => void {
    // A thousandth of a microsecond of tolerance: sums of seconds are not exact. A delay is never none at all.
    const due = Math.ceil((this.monotonic() + delaySeconds) * MICRO - 1e-3);
    const armed = { at: delaySeconds > 0 ? Math.max(due, this.#now + 1) : this.#now, callback };
    this.#armed.add(armed);
    return () => void this.#armed.delete(armed);
  }

  /** Number of timers that wait. */
  get timers(): number {
    return this.#armed.size;
  }

  /**
   * Lets time pass. Timers that are due fire one by one in their order, at exactly their time (or late, if one before them
   * blocked), those armed meanwhile included; whatever they resolve runs to its end before the next one fires.
   */
  async advance(seconds: number): Promise<void> {
    const until = this.#now + Math.round(seconds * MICRO);
    await this.settle();
    let instant = this.#now;
    let fired = 0;
    for (let next = this.#next(until); next; next = this.#next(until)) {
      this.#armed.delete(next);
      this.#now = Math.max(this.#now, next.at);
      fired = this.#now === instant ? fired + 1 : 0;
      instant = this.#now;
      if (fired > MOST_AT_ONE_INSTANT) {
        throw new Error(`Cannot advance past ${this.monotonic()} s: timers go in a circle`);
      }
      next.callback();
      await this.settle();
    }
    this.#now = Math.max(this.#now, until);
    await this.settle();
  }

  /** Runs all that promises which are resolved lead to. No timer fires. */
  settle(): Promise<void> {
    return new Promise((resolve) => setImmediate(resolve));
  }

  /** Lets time pass in the middle of a turn, as code does that holds the event loop: no timer fires meanwhile. */
  block(seconds: number): void {
    this.#now += Math.round(seconds * MICRO);
  }

  /** Steps the wall clock alone: someone set it, or the host was suspended. */
  stepWall(seconds: number): void {
    this.#wallOffset += seconds;
  }

  /** The timer to fire next, among those due until then. */
  #next(until: number): Armed | undefined {
    let next: Armed | undefined;
    for (const armed of this.#armed) if (armed.at <= until && (!next || armed.at < next.at)) next = armed;
    return next;
  }
}
