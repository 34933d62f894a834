/**
 * What OpenMetrics demands of the samples of one metric together: their labels, values, order and completeness.
 *
 * @module
 */

import type { Labels } from "./collector.ts";
import { type ExpositionSample, parseValue } from "./exposition_parser.ts";

/** Suffixes that a type's samples have. */
export const SUFFIXES = {
  counter: ["_total", "_created"],
  gauge: [""],
  histogram: ["_bucket", "_count", "_sum", "_created"],
  gaugehistogram: ["_bucket", "_gcount", "_gsum"],
  stateset: [""],
  info: ["_info"],
  summary: ["", "_count", "_sum", "_created"],
  unknown: [""],
} as const;

/** A type of OpenMetrics. */
export type OpenMetricsType = keyof typeof SUFFIXES;

/** Samples of one set of labels at one time. */
export interface SampleGroup {
  /** The labels, without those that tell its samples apart. */
  readonly key: string;
  /** Whether a sample, as a group of its own, goes on with this group. Throws a SyntaxError if it cannot stand behind it. */
  takes(next: SampleGroup): boolean;
  /** Adds what {@linkcode SampleGroup.takes} took. */
  add(next: SampleGroup): void;
  /** Checks that it is whole. Throws a SyntaxError if it is not. */
  finish(): void;
}

/**
 * A group of one sample.
 *
 * @param name the family's
 * @param suffix what the sample's name has besides
 * @throws {SyntaxError} if the sample's labels or value are not those of its type
 */
export function newGroup(name: string, type: OpenMetricsType, sample: ExpositionSample, suffix: string): SampleGroup {
  checkSample(name, type, sample, suffix);
  return new Group(name, type, sample, suffix);
}

function checkSample(name: string, type: OpenMetricsType, { labels, value }: ExpositionSample, suffix: string): void {
  const refuse = (reason: string) => {
    throw new SyntaxError(reason);
  };
  if (type === "info" && value !== 1) refuse("the value of an info is 1");
  if (type === "stateset") {
    if (value !== 0 && value !== 1) refuse("the value of a stateset is 0 or 1");
    if (labels[name] === undefined) refuse(`a stateset has the label "${name}"`);
  }
  if (suffix === "_bucket" && boundOf(labels.le) === undefined) refuse('a bucket has the label "le", a number');
  if (type === "summary" && suffix === "") {
    const quantile = boundOf(labels.quantile) ?? NaN;
    if (!(quantile >= 0 && quantile <= 1)) refuse('a summary has the label "quantile", from 0 to 1');
    if (value < 0) refuse("a quantile of a summary is not negative");
  }
  const counts = suffix !== "" && suffix !== "_gsum" && type !== "info";
  if (counts && !(value >= 0)) refuse("expected a number that is not negative");
  if (suffix === "_gsum" && Number.isNaN(value)) refuse("expected a sum that is a number");
}

/** A bound; infinity is written in one way only. */
function boundOf(text: string | undefined): number | undefined {
  const bound = text === undefined ? undefined : parseValue(text);
  return Number.isNaN(bound) || (bound === Infinity && text !== "+Inf") ? undefined : bound;
}

function own(type: OpenMetricsType, suffix: string, name: string): string | undefined {
  if (suffix === "_bucket") return "le";
  if (suffix !== "") return undefined;
  return type === "summary" ? "quantile" : type === "stateset" ? name : undefined;
}

function keyOf(labels: Labels, without: string | undefined): string {
  return JSON.stringify(Object.entries(labels).filter(([l]) => l !== without).sort(([a], [b]) => a < b ? -1 : 1));
}

class Group implements SampleGroup {
  readonly key: string;
  readonly #type: OpenMetricsType;
  readonly #time: number | undefined;
  readonly #series: Set<string>;
  readonly #bounds: number[] = [];
  readonly #counts: number[] = [];
  #sum: number | undefined;
  #count: number | undefined;

  constructor(
    name: string,
    type: OpenMetricsType,
    { labels, value, timestampSeconds }: ExpositionSample,
    suffix: string,
  ) {
    this.key = keyOf(labels, own(type, suffix, name));
    this.#type = type;
    this.#time = timestampSeconds;
    this.#series = new Set([suffix + keyOf(labels, undefined)]);
    if (suffix === "_bucket") {
      this.#bounds.push(boundOf(labels.le) ?? NaN);
      this.#counts.push(value);
    } else if (suffix === "_count" || suffix === "_gcount") this.#count = value;
    else if (suffix === "_sum" || suffix === "_gsum") this.#sum = value;
  }

  takes(next: Group): boolean {
    if (next.key !== this.key) return false;
    const [before, now] = [this.#time, next.#time];
    if ((before === undefined) !== (now === undefined)) throw new SyntaxError("some samples have timestamps, some not");
    if (before !== undefined && now !== undefined && now < before) throw new SyntaxError("timestamps go back");
    const repeats = [...next.#series].some((series) => this.#series.has(series));
    if (repeats && before === undefined) throw new SyntaxError("the series stands twice");
    return before === now && !repeats;
  }

  add(next: Group): void {
    for (const series of next.#series) this.#series.add(series);
    this.#bounds.push(...next.#bounds);
    this.#counts.push(...next.#counts);
    this.#sum = next.#sum ?? this.#sum;
    this.#count = next.#count ?? this.#count;
  }

  finish(): void {
    if (this.#type !== "histogram" && this.#type !== "gaugehistogram") return;
    const refuse = (reason: string) => {
      throw new SyntaxError(`${reason} in the histogram before it`);
    };
    if (this.#bounds.at(-1) !== Infinity) refuse('the last bucket is not that of le="+Inf"');
    for (const [i, bound] of this.#bounds.entries()) {
      if (bound <= (this.#bounds[i - 1] ?? -Infinity)) refuse("bounds do not ascend");
      if ((this.#counts[i] ?? NaN) < (this.#counts[i - 1] ?? 0)) refuse("counts of buckets fall");
    }
    if ((this.#sum === undefined) !== (this.#count === undefined)) refuse("count and sum are not both there");
    if (this.#count !== undefined && this.#count !== this.#counts.at(-1)) {
      refuse("the count is not that of the last bucket");
    }
    const hasNegative = (this.#bounds[0] ?? 0) < 0;
    if (this.#sum === undefined) return;
    if (this.#type === "histogram" && hasNegative) refuse("a sum cannot be with negative bounds");
    if (this.#sum < 0 && !hasNegative) refuse("the sum is negative");
  }
}
