/**
 * Reads that may hang: shared by those who ask at once, given up after a time, and not begun again before they have ended.
 *
 * @module
 */

import type { Clock } from "./clock.ts";

interface Reading {
  readonly answer: Promise<unknown>;
  late: boolean;
}

/** Reads by key, for a limited time each. */
export class BoundedReads<K> {
  readonly #clock: Clock;
  readonly #seconds: number;
  readonly #readings = new Map<K, Reading>();

  /** Reads that are given up after so many seconds. */
  constructor(clock: Clock, seconds: number) {
    this.#clock = clock;
    this.#seconds = seconds;
  }

  /**
   * What `read` gives, or what it gives to another who asked for the same key before.
   *
   * @throws {Error} if it does not end in time, at once if the one before has not ended yet; or what it throws
   */
  async read(key: K, read: () => Promise<unknown>): Promise<unknown> {
    const reading = this.#readings.get(key) ?? this.#begin(key, read);
    const late = () => new Error(`no answer within ${this.#seconds} s`);
    if (reading.late) throw late();
    let cancel = () => {};
    const limit = new Promise<never>((_, reject) => {
      cancel = this.#clock.timer(() => {
        reading.late = true;
        reject(late());
      }, this.#seconds);
    });
    try {
      return await Promise.race([reading.answer, limit]);
    } finally {
      cancel();
    }
  }

  #begin(key: K, read: () => Promise<unknown>): Reading {
    const answer = Promise.resolve().then(read).finally(() => this.#readings.delete(key));
    const reading = { answer, late: false };
    this.#readings.set(key, reading);
    return reading;
  }
}
