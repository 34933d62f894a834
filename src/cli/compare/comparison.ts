import type { MetricType } from "../../collector.ts";
import type { ComparedFamily, ComparedPage, ComparedSeries } from "./compared_page.ts";
import { type Finding, type Kind, Tally, type Verdict } from "./tally.ts";
import { dependsOnReader, isWithin, type Readings, toleranceOf } from "./tolerance.ts";

/** What is compared, and what counts. */
export interface ComparisonRules {
  /** Whether a family is left out. */
  readonly ignores: (family: string) => boolean;
  /** Whether families that the reference lacks, and what was seen in a minority of rounds, are faults. */
  readonly strict: boolean;
}

/** What a comparison came to. */
export interface Comparison {
  /** Rounds compared. */
  readonly rounds: number;
  /** All that differs. */
  readonly verdicts: readonly Verdict[];
  /** Names of families that the reference lacks. */
  readonly extraFamilies: readonly string[];
  /** Names of families left out. */
  readonly notCompared: readonly string[];
  /** Families of both. */
  readonly families: number;
  /** Series of both. */
  readonly series: number;
}

/** A value outside of the readings around it. */
interface Outside {
  readonly family: string;
  readonly series: string;
  readonly type: MetricType;
  /** Whether it only grows. */
  readonly counts: boolean;
  readonly readings: Readings;
  readonly round: number;
}

/** The lowest and the highest reading of one series by the reference, over all rounds. */
interface Range {
  low: number;
  high: number;
  last: number;
  fell: boolean;
}

const quote = (text: string): string => JSON.stringify(text);
const entriesOf = (page: ComparedPage): readonly (readonly [string, ComparedFamily])[] => [...page.families];

/** Compares one program's pages with those of a reference, round by round. */
export class Comparer {
  readonly #rules: ComparisonRules;
  readonly #tally = new Tally();
  readonly #ranges = new Map<string, Range>();
  /** To be judged when all rounds have been seen. */
  readonly #outside: Outside[] = [];
  readonly #extra = new Set<string>();
  readonly #ignored = new Set<string>();
  readonly #families = new Set<string>();
  readonly #series = new Set<string>();
  #rounds = 0;

  /** Has seen nothing yet. */
  constructor(rules: ComparisonRules) {
    this.#rules = rules;
  }

  /** Takes a page, and those of the reference before and after it. */
  add(before: ComparedPage, ours: ComparedPage, after: ComparedPage): void {
    this.#rounds++;
    for (const [name, family] of entriesOf(before)) {
      const later = after.families.get(name);
      // What has gone or come in between, the other may show or not.
      if (later && this.#compares(name)) this.#family(name, [family, ours.families.get(name), later]);
    }
    for (const [name] of entriesOf(ours)) {
      if (!before.families.has(name) && !after.families.has(name) && this.#compares(name)) this.#extra.add(name);
    }
    for (const { family, series } of ours.twice) {
      if (this.#compares(family)) this.#find("twice", family, { series });
    }
  }

  /** What it all came to. */
  result(): Comparison {
    for (const one of this.#outside) this.#judge(one);
    const { strict } = this.#rules;
    return {
      rounds: this.#rounds,
      verdicts: this.#tally.verdicts(this.#rounds, strict),
      extraFamilies: [...this.#extra].sort(),
      notCompared: [...this.#ignored].sort(),
      families: this.#families.size,
      series: this.#series.size,
    };
  }

  #compares(family: string): boolean {
    const ignored = this.#rules.ignores(family);
    if (ignored) this.#ignored.add(family);
    return !ignored;
  }

  #find(kind: Kind, family: string, more: Omit<Finding, "kind" | "family"> = {}): void {
    this.#tally.add({ kind, family, ...more }, this.#rounds);
  }

  #family(
    name: string,
    [before, ours, after]: readonly [ComparedFamily, ComparedFamily | undefined, ComparedFamily],
  ): void {
    if (!ours) return this.#find("missing family", name, { detail: `${before.type}, ${before.series.size} series` });
    this.#families.add(name);
    if (ours.type !== before.type) this.#find("type", name, { expected: before.type, actual: ours.type });
    if (ours.help !== before.help) this.#find("help", name, { expected: quote(before.help), actual: quote(ours.help) });
    const shapes = this.#shapes(name, before, ours, after);
    for (const [series, { shape }] of ours.series) {
      if (before.series.has(series) || after.series.has(series) || !shapes.reference.has(shape)) continue;
      if (dependsOnReader(series)) continue;
      this.#find("extra series", name, { series });
    }
    for (const [series, first] of before.series) {
      const last = after.series.get(series);
      if (!last) continue;
      this.#noteRange(series, first.value, last.value);
      const own = ours.series.get(series);
      if (own) this.#value({ family: name, series, type: before.type }, [first, own, last]);
      else if (shapes.ours.has(first.shape) && !dependsOnReader(series)) this.#find("missing series", name, { series });
    }
  }

  /** Compares the sets of labels; one that only one side has explains all its series, which are not named then. */
  #shapes(name: string, before: ComparedFamily, ours: ComparedFamily, after: ComparedFamily) {
    const of = (family: ComparedFamily) => [...family.series.values()].map(({ shape }) => shape);
    const first = new Set(of(before));
    const own = new Set(of(ours));
    const last = new Set(of(after));
    const missing = [...first].filter((shape) => last.has(shape) && !own.has(shape));
    const extra = [...own].filter((shape) => !first.has(shape) && !last.has(shape));
    if (missing.length > 0 || extra.length > 0) {
      const text = (shapes: readonly string[]) => shapes.toSorted().join(" and ") || "none such";
      this.#find("labels", name, { expected: text(missing), actual: text(extra) });
    }
    return { reference: first.union(last), ours: own };
  }

  #noteRange(series: string, ...values: readonly number[]): void {
    const range = this.#ranges.get(series) ?? { low: Infinity, high: -Infinity, last: -Infinity, fell: false };
    for (const value of values) {
      range.low = Math.min(range.low, value);
      range.high = Math.max(range.high, value);
      range.fell ||= value < range.last;
      range.last = value;
    }
    this.#ranges.set(series, range);
  }

  #value(
    of: Pick<Outside, "family" | "series" | "type">,
    [first, own, last]: readonly [ComparedSeries, ComparedSeries, ComparedSeries],
  ): void {
    this.#series.add(of.series);
    const readings = { before: first.value, ours: own.value, after: last.value };
    if (isWithin(readings, toleranceOf(of.family, first.counts))) return;
    this.#outside.push({ ...of, counts: first.counts, readings, round: this.#rounds });
  }

  /** What moves to and fro with the reference may also be where that was in any round, and as far beside. */
  #judge({ family, series, type, counts, readings, round }: Outside): void {
    const range = this.#ranges.get(series);
    // Some untyped families count, and what was never seen to fall may be one.
    const moves = range !== undefined && !counts && (type !== "untyped" || range.fell);
    const beside = moves ? range.high - range.low : 0;
    if (isWithin(readings, toleranceOf(family, counts), Number.isFinite(beside) ? beside : 0)) return;
    const { before, after, ours } = readings;
    const expected = Object.is(before, after) ? `${before}` : `${before} to ${after}`;
    const actual = `${ours}${factor(readings)}`;
    this.#tally.add({ kind: "value", family, series, expected, actual, passing: !counts }, round);
  }
}

/** What a wrong unit does to a value, in words. */
function factor({ before, ours, after }: Readings): string {
  for (const times of [1000, 1024, 60, 1e6, 1e9]) {
    for (const [value, word] of [[ours / times, `${times} times`], [ours * times, `1/${times} of`]] as const) {
      const near = Math.max(Math.abs(before), Math.abs(after)) * 0.001;
      if (before !== 0 && value >= Math.min(before, after) - near && value <= Math.max(before, after) + near) {
        return `, ${word} that`;
      }
    }
  }
  return "";
}
