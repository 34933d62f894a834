/**
 * The samples of one run: checked, gathered by family, keyed by their labels as the page shows them.
 *
 * @module
 */

import {
  type AnyCollector,
  type AnyEmit,
  type Family,
  type Labels,
  type Metric,
  METRIC_TYPES,
  type Metrics,
  type MetricType,
  type Sample,
  type SampleValue,
} from "./collector.ts";
import type { FamilySelection } from "./family_filter.ts";

/** One family of one run. */
export interface FamilyBatch {
  /** Full exposition name. */
  readonly name: string;
  /** What its samples are. */
  readonly type: MetricType;
  /** Text of `# HELP`. */
  readonly help: string;
  /** Values by {@linkcode renderLabels rendered labels}, in the order of their emission. */
  readonly series: ReadonlyMap<string, SampleValue>;
}

/** Families of one run by name. Never changed once made. */
export type Batch = ReadonlyMap<string, FamilyBatch>;

/** No samples. */
export const EMPTY_BATCH: Batch = new Map();

/** A batch, and what was left out of it. */
export interface Gathered {
  /** The samples. */
  readonly batch: Batch;
  /** The first series that was emitted twice, as `name{labels}`; its first value stands. */
  readonly duplicate: string | undefined;
}

/** A sample that its collector's declaration does not allow. */
export class InvalidSampleError extends TypeError {
  /** The class. */
  override readonly name = "InvalidSampleError";
  /** How the engine counts it. */
  readonly failureReason = "invalid";
}

const METRIC_NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const LABEL_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;
const TYPES: ReadonlySet<string> = new Set(METRIC_TYPES);
/** Labels that the exposition makes itself. */
const OWN_LABELS: Readonly<Partial<Record<MetricType, string>>> = { histogram: "le", summary: "quantile" };

/** `text` as a label value stands between quotes. */
function escapeLabel(text: string): string {
  const whole = text.isWellFormed() ? text : text.toWellFormed();
  return /[\\"\n]/.test(whole) ? whole.replace(/[\\"\n]/g, (c) => c === "\n" ? "\\n" : `\\${c}`) : whole;
}

/** Labels as the page shows them, sorted by name, without braces: `a="1",b="2"`; empty for none. */
export function renderLabels(labels: Labels): string {
  return Object.keys(labels).sort().map((name) => `${name}="${escapeLabel(labels[name] ?? "")}"`).join(",");
}

/** The labels that {@linkcode renderLabels} made `text` of. */
export function parseLabels(text: string): Labels {
  const labels: Record<string, string> = {};
  for (const [, name = "", value = ""] of text.matchAll(/([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"/gs)) {
    labels[name] = value.replace(/\\(.)/g, (_, c: string) => c === "n" ? "\n" : c);
  }
  return labels;
}

/** The samples of a batch, one by one. */
export function samplesOf(batch: Batch): Sample[] {
  const samples: Sample[] = [];
  for (const { name, series } of batch.values()) {
    for (const [labels, value] of series) samples.push({ name, labels: parseLabels(labels), value });
  }
  return samples;
}

/** Number of series that a value is on the page: a histogram has one per bound, and three more. */
function seriesOf(value: SampleValue): number {
  if (typeof value === "number") return 1;
  return "buckets" in value ? value.buckets.size + 3 : value.quantiles.size + 2;
}

/** Number of series of a batch. */
export function seriesCount(batch: Batch): number {
  let count = 0;
  for (const { type, series } of batch.values()) {
    if (type !== "histogram" && type !== "summary") count += series.size;
    else for (const value of series.values()) count += seriesOf(value);
  }
  return count;
}

/** A family's samples that have been checked and keyed already: a batch takes them over as they are. */
export class KeyedSamples {
  /** Values by {@linkcode renderLabels rendered labels}. */
  readonly series: ReadonlyMap<string, SampleValue>;

  /** These, all that their family has. */
  constructor(series: ReadonlyMap<string, SampleValue>) {
    this.series = series;
  }

  /** One by one. */
  *[Symbol.iterator](): Generator<{ readonly labels: Labels; readonly value: SampleValue }> {
    for (const [key, value] of this.series) yield { labels: parseLabels(key), value };
  }
}

/** What a family's declaration says, made ready for rendering. */
interface Shape {
  readonly metric: Metric;
  /** Label names, sorted. */
  readonly names: readonly string[];
  /** Rendered labels by their values, of a declared family. */
  readonly keys?: KeyTree;
}

/** Values of the first label, then of the next, and at the end the rendered labels. */
interface KeyBranch {
  key: string | undefined;
  readonly next: Map<string, KeyBranch>;
}

/** Label sets of one family that are remembered. */
const REMEMBERED_KEYS = 1024;
/** Open families of one collector whose declarations are remembered. */
const REMEMBERED_FAMILIES = 4096;

/**
 * Rendered labels of a family, most of which come again at every run: looked up they need not be put together, escaped and
 * hashed anew. A family that had more is not remembered any more: its label sets are too many, or come and go.
 */
class KeyTree {
  readonly #root: KeyBranch = { key: undefined, next: new Map() };
  #size = 0;

  /** The rendered labels, if they have the values that these names have in `labels`, and are remembered. */
  get(names: readonly string[], labels: Labels): string | undefined {
    if (this.#size > REMEMBERED_KEYS) return undefined;
    let branch: KeyBranch | undefined = this.#root;
    for (const name of names) {
      const value: unknown = labels[name];
      branch = typeof value === "string" ? branch.next.get(value) : undefined;
      if (!branch) return undefined;
    }
    return branch.key;
  }

  /** Remembers the rendered labels of these values. */
  add(names: readonly string[], labels: Labels, key: string): void {
    if (this.#size > REMEMBERED_KEYS) return;
    let branch = this.#root;
    for (const name of names) {
      const value = labels[name] ?? "";
      let next = branch.next.get(value);
      if (!next) branch.next.set(value, next = { key: undefined, next: new Map() });
      branch = next;
    }
    branch.key = key;
    if (++this.#size > REMEMBERED_KEYS) this.#root.next.clear();
  }
}

/**
 * Checks a family's declaration.
 *
 * @throws {InvalidSampleError} if Prometheus would refuse the name, the type or a label
 */
function shapeOf(name: string, metric: Metric): Shape {
  const refuse = (reason: string) => {
    throw new InvalidSampleError(`Cannot declare family ${JSON.stringify(name)}: ${reason}`);
  };
  if (!METRIC_NAME.test(name)) refuse(`a name has the form ${METRIC_NAME.source}`);
  if (!TYPES.has(metric.type)) refuse(`${JSON.stringify(metric.type)} is no type of Prometheus`);
  if (typeof metric.help !== "string") refuse("help is not a string");
  const names = [...(metric.labels ?? [])].sort();
  for (const [i, label] of names.entries()) checkLabelName(label, names[i - 1], metric, refuse);
  return { metric, names };
}

function checkLabelName(
  label: string,
  before: string | undefined,
  metric: Metric,
  refuse: (reason: string) => void,
): void {
  const quoted = JSON.stringify(label);
  if (!LABEL_NAME.test(label) || label.startsWith("__")) refuse(`${quoted} is no label name`);
  if (label === before) refuse(`label ${quoted} stands twice`);
  if (label === OWN_LABELS[metric.type]) refuse(`label ${quoted} is made by the ${metric.type} itself`);
}

const shapesByMetrics = new WeakMap<Metrics, ReadonlyMap<string, Shape>>();

/**
 * Checks a collector's declared families, once.
 *
 * @throws {InvalidSampleError} if Prometheus would refuse one
 */
export function checkMetrics(metrics: Metrics): void {
  shapesOf(metrics);
}

function shapesOf(metrics: Metrics): ReadonlyMap<string, Shape> {
  let shapes = shapesByMetrics.get(metrics);
  if (!shapes) {
    shapes = new Map(
      Object.entries(metrics).map(([name, metric]) => [name, { ...shapeOf(name, metric), keys: new KeyTree() }]),
    );
    shapesByMetrics.set(metrics, shapes);
  }
  return shapes;
}

/** Shapes of open families by the declared ones of their collector, and by name. */
const openShapes = new WeakMap<Metrics, Map<string, Shape>>();

/**
 * The shape of an open family: that of the run before, where it is declared as it was then.
 *
 * @throws {InvalidSampleError} if Prometheus would refuse it
 */
function openShapeOf(metrics: Metrics, { name, type, help, labels, openLabels }: Family): Shape {
  let shapes = openShapes.get(metrics);
  if (!shapes) openShapes.set(metrics, shapes = new Map());
  const before = shapes.get(name);
  if (
    before?.metric.type === type && before.metric.help === help && before.metric.labels === labels &&
    before.metric.openLabels === openLabels
  ) {
    return before;
  }
  const shape = shapeOf(name, { type, help, labels, openLabels });
  if (shapes.size >= REMEMBERED_FAMILIES) shapes.clear();
  shapes.set(name, shape);
  return shape;
}

const isNumber = (value: unknown): value is number => typeof value === "number";

/** Whether bounds ascend, and counts do not fall, up to the count of all. */
function areBuckets(buckets: unknown, count: number): boolean {
  if (!(buckets instanceof Map) || !(count >= 0)) return false;
  let below = 0;
  let last = -Infinity;
  for (const [bound, within] of buckets) {
    if (!isNumber(bound) || !isNumber(within) || !(bound > last) || !(within >= below)) return false;
    last = bound;
    below = within;
  }
  return below <= count;
}

/** Whether values are those of quantiles from 0 to 1. */
function areQuantiles(quantiles: unknown, count: number): boolean {
  if (!(quantiles instanceof Map) || !(count >= 0)) return false;
  return [...quantiles].every(([quantile, value]) => quantile >= 0 && quantile <= 1 && isNumber(value));
}

/** Whether `value` is one that `type` takes. */
export function isValueOf(type: MetricType, value: unknown): value is SampleValue {
  if (type !== "histogram" && type !== "summary") return typeof value === "number";
  if (typeof value !== "object" || value === null) return false;
  if (!("sum" in value && isNumber(value.sum) && "count" in value && isNumber(value.count))) return false;
  return type === "histogram"
    ? "buckets" in value && areBuckets(value.buckets, value.count)
    : "quantiles" in value && areQuantiles(value.quantiles, value.count);
}

/** Gathers what one run emits. */
class Gatherer {
  readonly families = new Map<
    string,
    { name: string; type: MetricType; help: string; series: Map<string, SampleValue> }
  >();
  readonly #adopted = new Map<string, FamilyBatch>();
  duplicate: string | undefined;

  add(name: string, shape: Shape, value: SampleValue, labels: Labels | undefined): void {
    const { metric } = shape;
    const key = this.#key(name, shape, labels);
    if (!isValueOf(metric.type, value)) {
      throw new InvalidSampleError(
        `Cannot emit ${series(name, key)}: expected the value of a ${metric.type}, found ${describe(value)}`,
      );
    }
    let family = this.families.get(name);
    if (!family) {
      family = { name, type: metric.type, help: metric.help, series: new Map() };
      this.families.set(name, family);
    }
    if (family.series.has(key)) this.duplicate ??= series(name, key);
    else family.series.set(key, value);
  }

  adopt(name: string, { metric: { type, help } }: Shape, keyed: ReadonlyMap<string, SampleValue>): void {
    if (this.families.has(name) || this.#adopted.has(name)) {
      throw new InvalidSampleError(`Cannot emit "${name}": it has been emitted already`);
    }
    this.#adopted.set(name, { name, type, help, series: keyed });
  }

  /** All that was gathered. */
  batch(): Batch {
    return this.#adopted.size === 0 ? this.families : new Map([...this.#adopted, ...this.families]);
  }

  /** Rendered labels, if they are those that were declared. */
  #key(name: string, shape: Shape, labels: Labels | undefined): string {
    const given = labels === undefined ? 0 : Object.keys(labels).length;
    const { names, metric } = shape;
    if (given < names.length || (given > names.length && !metric.openLabels)) {
      throw new InvalidSampleError(
        `Cannot emit "${name}": expected the labels ${list(names)}, found ${list(Object.keys(labels ?? {}))}`,
      );
    }
    const isExact = labels !== undefined && given === names.length;
    const known = isExact ? shape.keys?.get(names, labels) : undefined;
    if (known !== undefined) return known;
    let key = "";
    for (const label of given > names.length && labels ? Object.keys(labels).sort() : names) {
      const value: unknown = labels?.[label];
      if (typeof value !== "string") {
        throw new InvalidSampleError(
          `Cannot emit "${name}": expected a string for label "${label}", found ${describe(value)}`,
        );
      }
      key += `${key === "" ? "" : ","}${label}="${escapeLabel(value)}"`;
    }
    if (given > names.length && labels) this.#checkOpen(name, metric, names, labels);
    if (isExact) shape.keys?.add(names, labels, key);
    return key;
  }

  #checkOpen(name: string, metric: Metric, names: readonly string[], labels: Labels): void {
    const missing = names.filter((label) => labels[label] === undefined);
    if (missing.length > 0) {
      throw new InvalidSampleError(`Cannot emit "${name}": the labels ${list(missing)} are missing`);
    }
    shapeOf(name, { ...metric, labels: Object.keys(labels) });
  }
}

const series = (name: string, key: string) => key === "" ? `"${name}"` : `"${name}{${key}}"`;
const list = (names: readonly string[]) => names.length === 0 ? "(none)" : names.map((n) => `"${n}"`).join(", ");
const describe = (value: unknown) =>
  typeof value === "object" && value !== null ? "an object" : String(value).slice(0, 100);

/** Whether `name` matches one of the patterns, in which `*` stands for any characters. */
export function matchesPattern(name: string, patterns: readonly string[]): boolean {
  return patterns.some((pattern) => {
    const [head = "", ...rest] = pattern.split("*");
    if (rest.length === 0) return name === head;
    const tail = rest.at(-1) ?? "";
    return name.length >= head.length + tail.length && name.startsWith(head) && name.endsWith(tail);
  });
}

/**
 * Maps `value` to samples by the collector's `samples`.
 *
 * @param families those shown; absent: all
 * @throws {InvalidSampleError} if a name, label or value is not as declared
 */
export function gather(
  collector: Pick<AnyCollector, "name" | "metrics" | "openFamilies" | "samples">,
  value: unknown,
  families?: FamilySelection,
): Gathered {
  const shapes = shapesOf(collector.metrics);
  const unwanted = families?.unwanted;
  const gatherer = new Gatherer();
  const emit = (name: string, sample: SampleValue | undefined, labels?: Labels) => {
    const shape = shapes.get(name);
    if (!shape) {
      throw new InvalidSampleError(`Cannot emit "${name}": collector "${collector.name}" does not declare it`);
    }
    if (sample !== undefined && !unwanted?.has(name)) gatherer.add(name, shape, sample, labels);
  };
  const family = (open: Family) => {
    if (!matchesPattern(open.name, collector.openFamilies ?? []) && !shapes.has(open.name)) {
      throw new InvalidSampleError(`Cannot emit "${open.name}": collector "${collector.name}" does not declare it`);
    }
    if (families?.shows(open.name) === false) return;
    const shape = openShapeOf(collector.metrics, open);
    if (open.samples instanceof KeyedSamples) return gatherer.adopt(open.name, shape, open.samples.series);
    for (const sample of open.samples) {
      if (sample.value !== undefined) gatherer.add(open.name, shape, sample.value, sample.labels);
    }
  };
  const both: AnyEmit = Object.assign(emit, { family });
  collector.samples(value, both);
  return { batch: gatherer.batch(), duplicate: gatherer.duplicate };
}
