/**
 * What a bench finds: figures, each of several subjects measured in the same rounds, and how they compare.
 *
 * @module
 */

/** What a figure is counted in. */
export type Unit = "seconds" | "bytes" | "per second" | "count";

/** What one subject showed, round by round. */
export interface Row {
  /** What was measured, as `Sonde, source` or `node_exporter 1.5.0`. */
  readonly subject: string;
  /** One value per round. */
  readonly rounds: readonly number[];
}

/** What is meant to be reached. */
export interface Aim {
  /** Subjects that are meant to reach it: those whose name begins so. */
  readonly subject: string;
  /** What the bound is for: the value, or its ratio to the peer's. */
  readonly of: "value" | "ratio";
  /** The bound. */
  readonly atMost?: number;
  /** The bound. */
  readonly atLeast?: number;
}

/** One thing measured. */
export interface Figure {
  /** What it is, as `CPU per scrape`. */
  readonly name: string;
  /** What it is counted in. */
  readonly unit: Unit;
  /** Subjects. */
  readonly rows: readonly Row[];
  /** The subject that the others are compared with. */
  readonly peer?: string;
  /** What is meant to be reached. */
  readonly aim?: Aim;
}

/** What a bench brings. */
export interface Findings {
  /** What was measured. */
  readonly figures: readonly Figure[];
  /** What a reader has to know of it, as peers that were not there. */
  readonly notes: readonly string[];
}

/** A bench. */
export interface Bench {
  /** As the command line has it. */
  readonly name: string;
  /** What it measures, as a title. */
  readonly title: string;
  /** Measures. */
  run(options: BenchOptions): Promise<Findings>;
}

/** What the command line says of how to measure. */
export interface BenchOptions {
  /** Rounds, in place of the bench's own number. */
  readonly rounds?: number;
}

/** The value below which a share of values lies, 0 ≤ share ≤ 1; NaN of none. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? NaN;
}

/** The middle value, or the mean of the two middle ones; NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const upper = sorted[sorted.length >> 1] ?? NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[(sorted.length >> 1) - 1] ?? NaN)) / 2;
}

/** The median of the ratios of each round, in which both were measured alike; `undefined` where there is no peer. */
export function ratioToPeer({ rows, peer }: Figure, row: Row): number | undefined {
  const other = rows.find(({ subject }) => subject === peer);
  if (!other || other === row) return undefined;
  return median(row.rounds.map((value, i) => value / (other.rounds[i] ?? NaN)));
}

/** Whether a row is meant to reach the aim, and does; `undefined` if it is not meant to. */
export function reached(figure: Figure, row: Row): boolean | undefined {
  const { aim } = figure;
  if (!aim || !row.subject.startsWith(aim.subject)) return undefined;
  const value = aim.of === "value" ? median(row.rounds) : ratioToPeer(figure, row);
  if (value === undefined) return undefined;
  return value <= (aim.atMost ?? Infinity) && value >= (aim.atLeast ?? -Infinity);
}
