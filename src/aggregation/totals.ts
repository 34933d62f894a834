/**
 * Sums of what workers count, dead ones included.
 *
 * One total per series, to which goes what a worker has counted since it was heard last. So the sums of dead workers need no
 * place of their own, and no sum ever falls: not by a worker's end or restart, and not by the rounding of numbers that are
 * added in another order.
 *
 * @module
 */

import type { FamilyBatch } from "../batch.ts";
import type { HistogramValue, MetricType, SampleValue, SummaryValue } from "../collector.ts";

/** Why a worker's family is left out; the label `reason`. */
export type RefusalReason = "rule" | "type" | "buckets" | "name" | "label";

/** A worker's family that cannot be aggregated. */
export class FamilyRefusedError extends TypeError {
  /** The class. */
  override readonly name = "FamilyRefusedError";
  /** Name of the family. */
  readonly family: string;
  /** Why. */
  readonly reason: RefusalReason;

  /** Of this family, for this reason. */
  constructor(family: string, reason: RefusalReason, message: string) {
    super(`Cannot aggregate "${family}": ${message}`);
    this.family = family;
    this.reason = reason;
  }
}

/** What one worker was last known to have counted. */
export class LastCounts {
  readonly #families = new Map<string, Map<string, SampleValue>>();
  #size = 0;

  /** Number of series. */
  get size(): number {
    return this.#size;
  }

  /** Notes a value, and returns the one before. */
  exchange(family: string, key: string, value: SampleValue): SampleValue | undefined {
    let series = this.#families.get(family);
    if (!series) this.#families.set(family, series = new Map());
    const before = series.get(key);
    if (before === undefined) this.#size++;
    series.set(key, value);
    return before;
  }
}

/** What is summed under one name. */
interface Total {
  readonly type: MetricType;
  readonly help: string;
  /** Id of the worker that had it first. */
  readonly by: string;
  /** Upper bounds of a histogram. */
  readonly bounds: readonly number[] | undefined;
  readonly series: Map<string, SampleValue>;
  /** As it is shown; made anew after a change. */
  shown: FamilyBatch | undefined;
}

/** Whether a type's values are summed. */
export function isSummed(type: MetricType): boolean {
  return type !== "gauge" && type !== "untyped";
}

const boundsOf = ({ series }: FamilyBatch): readonly number[] | undefined => {
  for (const value of series.values()) {
    if (typeof value !== "number" && "buckets" in value) return [...value.buckets.keys()];
  }
  return undefined;
};

/** Sums by family and series. */
export class Totals {
  readonly #totals = new Map<string, Total>();

  /** Which worker had a family first, and as what; `undefined` where none is summed under that name. */
  owner(family: string): { readonly by: string; readonly type: MetricType } | undefined {
    return this.#totals.get(family);
  }

  /**
   * Adds what a worker has counted since.
   *
   * @param worker its id
   * @param last what it had counted, which is brought up to date
   * @param restarts whether a value that falls has begun again at zero; otherwise it is an older reading, and ignored
   * @throws {FamilyRefusedError} if another worker has the family with another type, or with other buckets
   */
  add(worker: string, last: LastCounts, family: FamilyBatch, restarts: boolean): void {
    if (family.series.size === 0) return;
    const { name, type, help } = family;
    let total = this.#totals.get(name);
    if (!total) {
      total = { type, help, by: worker, bounds: boundsOf(family), series: new Map(), shown: undefined };
      this.#totals.set(name, total);
    }
    checkAlike(worker, family, total);
    for (const [key, value] of family.series) {
      const before = last.exchange(name, key, value);
      const sum = total.series.get(key);
      if (typeof value === "number") {
        const known = typeof before === "number" ? before : 0;
        const grown = growth(value, known, restarts);
        if (known > value && !restarts) last.exchange(name, key, known);
        if (grown === 0 && sum !== undefined) continue;
        total.series.set(key, (typeof sum === "number" ? sum : 0) + grown);
      } else {
        const known = typeof before === "object" && !hasRestarted(value, before) ? before : undefined;
        if (known && sum !== undefined && known.count === value.count && known.sum === value.sum) continue;
        total.series.set(key, grownBy(sum, value, known));
      }
      total.shown = undefined;
    }
  }

  /** The sums at this moment; what they are made of does not change. */
  *families(): Generator<FamilyBatch> {
    for (const [name, total] of this.#totals) {
      yield total.shown ??= { name, type: total.type, help: total.help, series: new Map(total.series) };
    }
  }
}

/** @throws {FamilyRefusedError} if they cannot be added */
function checkAlike(worker: string, family: FamilyBatch, total: Total): void {
  const { name, type, series } = family;
  if (type !== total.type) {
    throw new FamilyRefusedError(
      name,
      "type",
      `it is a ${type} in worker "${worker}", and a ${total.type} in worker "${total.by}"`,
    );
  }
  const { bounds } = total;
  if (!bounds) return;
  for (const value of series.values()) {
    if (typeof value === "number" || !("buckets" in value)) continue;
    const own = value.buckets;
    let i = 0;
    let same = own.size === bounds.length;
    for (const bound of own.keys()) same &&= bound === bounds[i++];
    if (same) continue;
    const lists = [
      `${[...own.keys()].join(", ")} in worker "${worker}"`,
      `${bounds.join(", ")} in worker "${total.by}"`,
    ];
    throw new FamilyRefusedError(name, "buckets", `its buckets are ${lists.join(", and ")}`);
  }
}

/** By how much a counter has grown. */
function growth(value: number, before: number, restarts: boolean): number {
  return value >= before ? value - before : restarts ? value : 0;
}

type Distribution = HistogramValue | SummaryValue;

/** Whether a histogram or summary has begun again at zero. */
function hasRestarted(value: Distribution, before: Distribution): boolean {
  if (value.count < before.count) return true;
  if (!("buckets" in value && "buckets" in before)) return false;
  for (const [bound, count] of value.buckets) if (count < (before.buckets.get(bound) ?? 0)) return true;
  return false;
}

/** `sum` and what `value` has more than `before`; the sum of observations falls where they are negative. */
function grownBy(sum: SampleValue | undefined, value: Distribution, before: Distribution | undefined): Distribution {
  const old = typeof sum === "object" ? sum : undefined;
  const total = (old?.sum ?? 0) + (value.sum - (before?.sum ?? 0));
  const count = (old?.count ?? 0) + (value.count - (before?.count ?? 0));
  if (!("buckets" in value)) return { quantiles: new Map(), sum: total, count };
  const oldBuckets = old && "buckets" in old ? old.buckets : undefined;
  const known = before && "buckets" in before ? before.buckets : undefined;
  const buckets = new Map<number, number>();
  for (const [bound, within] of value.buckets) {
    buckets.set(bound, (oldBuckets?.get(bound) ?? 0) + within - (known?.get(bound) ?? 0));
  }
  return { buckets, sum: total, count };
}
