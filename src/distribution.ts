/**
 * Counts values by bounds.
 *
 * @module
 */

import type { HistogramValue } from "./collector.ts";

/** A histogram that grows. */
export class Distribution {
  readonly #bounds: readonly number[];
  /** Not cumulative. */
  readonly #counts: number[];
  #sum = 0;
  #count = 0;

  /** An empty one with these upper bounds, ascending. */
  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
    this.#counts = bounds.map(() => 0);
  }

  /** Counts a value. */
  add(value: number): void {
    this.#sum += value;
    this.#count++;
    const bounds = this.#bounds;
    for (let i = 0; i < bounds.length; i++) {
      if (value > (bounds[i] ?? Infinity)) continue;
      this.#counts[i] = (this.#counts[i] ?? 0) + 1;
      return;
    }
  }

  /** The histogram at this moment; `undefined` before the first value. */
  value(): HistogramValue | undefined {
    if (this.#count === 0) return undefined;
    let below = 0;
    const buckets = new Map(this.#bounds.map((bound, i) => [bound, below += this.#counts[i] ?? 0]));
    return { buckets, sum: this.#sum, count: this.#count };
  }
}
