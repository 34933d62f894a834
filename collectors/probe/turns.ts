/**
 * How many probes are busy at once. On one thread every probe delays the others: at fifty at once a phase shows ten
 * milliseconds that no target took. What a probe does after its first moments is mostly to wait for its target, which costs
 * the others nothing; so it holds its turn until it ends, but no longer than {@linkcode BUSY_SECONDS}. However many targets
 * are silent, probes begin at the rate of `limit` / BUSY_SECONDS, 200 a second with the default.
 *
 * Who has waited for {@linkcode LONGEST_WAIT_SECONDS} goes ahead all the same: the limit serves exact durations, and must not
 * turn a crowd of targets into missed probes. Waiting is no part of a probe's duration or of its time limit.
 *
 * @module
 */

import { type Clock, toNanosecond } from "../../src/clock.ts";
import { Shared } from "../../src/scope.ts";

/** How long a probe counts as busy. */
export const BUSY_SECONDS = 0.05;
/** How long a probe waits at the most. */
export const LONGEST_WAIT_SECONDS = 0.5;

/** Leave to begin. */
export interface Turn {
  /** How long it was waited for. */
  readonly waitedSeconds: number;
  /** Hands the turn on; again, it does nothing. */
  end(): void;
}

/** Turns, first come, first served. */
export class Turns {
  #busy = 0;
  readonly #waiting = new Set<() => void>();

  /** Probes that count as busy. */
  get busy(): number {
    return this.#busy;
  }

  /** Probes that wait. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /**
   * Waits until less than `limit` probes are busy, or for long enough.
   *
   * @throws the reason of `signal`, if that aborts meanwhile
   */
  async take(limit: number, clock: Clock, signal: AbortSignal): Promise<Turn> {
    signal.throwIfAborted();
    const asked = clock.monotonic();
    if (this.#busy >= limit || this.#waiting.size > 0) await this.#wait(clock, signal);
    else this.#busy++;
    return this.#begin(limit, clock, toNanosecond(clock.monotonic() - asked));
  }

  #wait(clock: Clock, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = () => {
        cancel();
        signal.removeEventListener("abort", abort);
        this.#waiting.delete(go);
      };
      const go = () => {
        leave();
        this.#busy++;
        resolve();
      };
      const abort = () => {
        leave();
        reject(signal.reason);
      };
      const cancel = clock.timer(go, LONGEST_WAIT_SECONDS);
      signal.addEventListener("abort", abort);
      this.#waiting.add(go);
    });
  }

  /** A turn that is counted already, so that nobody takes it before who was woken. */
  #begin(limit: number, clock: Clock, waitedSeconds: number): Turn {
    let isBusy = true;
    const leave = () => {
      if (!isBusy) return;
      isBusy = false;
      this.#busy--;
      const [next] = this.#waiting;
      if (this.#busy < limit) next?.();
    };
    const cancel = clock.timer(leave, BUSY_SECONDS);
    return {
      waitedSeconds,
      end: () => {
        cancel();
        leave();
      },
    };
  }
}

/** The turns of an exporter's probes. */
export const TURNS: Shared<Turns> = new Shared(() => new Turns());
