/**
 * The text format of Prometheus, version 0.0.4, read: pages of other exporters, files of metrics, outputs of programs.
 * As strict as the peers' reader, which takes a last line without its newline for one that was cut off.
 *
 * @module
 */

import {
  type HistogramValue,
  type Labels,
  METRIC_TYPES,
  type MetricType,
  type SampleValue,
  type SummaryValue,
} from "./collector.ts";

/** One line of an exposition that has a value. */
export interface ExpositionSample {
  /** Name as it is written, with the suffix that a histogram's or summary's parts have. */
  readonly name: string;
  /** Labels as they are written, `le` and `quantile` included. */
  readonly labels: Labels;
  /** Its value. */
  readonly value: number;
  /** Unix time in seconds, where the line has one. */
  readonly timestampSeconds: number | undefined;
}

/** The samples of one name, and what is said of them. */
export interface ExpositionFamily {
  /** Name without suffix. */
  readonly name: string;
  /** Type; `untyped` where none is written. */
  readonly type: MetricType;
  /** Text of `# HELP`; `undefined` where there is none. */
  readonly help: string | undefined;
  /** In the order of their lines; none where only `# HELP` or `# TYPE` is there. */
  readonly samples: readonly ExpositionSample[];
}

/** One series of a family, a histogram's or summary's lines put together. */
export interface ExpositionSeries {
  /** Its labels, without `le` and `quantile` where they are the type's own. */
  readonly labels: Labels;
  /** Its value. */
  readonly value: SampleValue;
}

interface OpenFamily {
  readonly name: string;
  type: MetricType;
  typed: boolean;
  help: string | undefined;
  readonly samples: ExpositionSample[];
}

const QUOTED_CHARACTERS = 120;
const TYPES: ReadonlySet<string> = new Set(METRIC_TYPES);
/** Up to the last brace: within a label's value there may be others. */
const SAMPLE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)[ \t]*(?:\{(.*)\})?[ \t]*(\S*)(?:[ \t]+(\S+))?$/s;
const METADATA = /^#[ \t]*(HELP|TYPE)[ \t]+(\S*)(?:[ \t](?:[ \t]*)(.*))?$/s;
const METRIC_NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const LABEL = /[ \t]*([a-zA-Z_][a-zA-Z0-9_]*)[ \t]*=[ \t]*"([^"\\]*(?:\\[\\"n][^"\\]*)*)"[ \t]*(?:,|$)/y;
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const INFINITY = /^([+-]?)inf(?:inity)?$/i;
const MILLISECONDS = /^[+-]?\d{1,18}$/;

/**
 * Parses a page.
 *
 * @throws {SyntaxError} if a line breaks the format; the message names its number, and quotes its first 120 characters
 */
export function parseExposition(text: string): ExpositionFamily[] {
  const families = new Map<string, OpenFamily>();
  const lines = text.split("\n");
  const rest = lines.pop() ?? "";
  for (const [i, line] of lines.entries()) {
    try {
      takeLine(line.replace(/^[ \t]+/, ""), families);
    } catch (error) {
      throw error instanceof SyntaxError ? lineError(i + 1, line, error.message) : error;
    }
  }
  if (rest !== "") throw lineError(lines.length + 1, rest, "it has no newline at its end");
  return [...families.values()].map(({ name, type, help, samples }) => ({ name, type, help, samples }));
}

/** The error for a line: names its number, and quotes its first 120 characters. */
export function lineError(number: number, line: string, reason: string): SyntaxError {
  return new SyntaxError(`Cannot parse line ${number} ${JSON.stringify(line.slice(0, QUOTED_CHARACTERS))}: ${reason}`);
}

function takeLine(line: string, families: Map<string, OpenFamily>): void {
  if (line === "") return;
  if (line.startsWith("#")) takeMetadata(line, families);
  else takeSample(line, families);
}

function familyOf(name: string, families: Map<string, OpenFamily>): OpenFamily {
  let family = families.get(name);
  if (!family) families.set(name, family = { name, type: "untyped", typed: false, help: undefined, samples: [] });
  return family;
}

function takeMetadata(line: string, families: Map<string, OpenFamily>): void {
  const [, keyword, name = "", text = ""] = METADATA.exec(line) ?? [];
  if (keyword === undefined) return;
  if (!METRIC_NAME.test(name)) throw new SyntaxError(`expected the name of a metric after ${keyword}`);
  const family = familyOf(name, families);
  if (keyword === "HELP") {
    if (family.help !== undefined) throw new SyntaxError(`${name} has a HELP already`);
    family.help = unescaped(text, /\\(.?)/gs, "\\n");
    return;
  }
  if (text === "") return;
  const type = text.toLowerCase();
  if (!isType(type)) throw new SyntaxError(`expected a type, one of ${[...TYPES].join(", ")}`);
  if (family.typed) throw new SyntaxError(`${name} has a TYPE already`);
  if (family.samples.length > 0) throw new SyntaxError(`the TYPE of ${name} stands after its samples`);
  family.type = type;
  family.typed = true;
}

function isType(text: string): text is MetricType {
  return TYPES.has(text);
}

function unescaped(text: string, escape: RegExp, known: string): string {
  if (!text.includes("\\")) return text;
  return text.replace(escape, (whole, c: string) => {
    if (c === "" || !known.includes(c)) throw new SyntaxError(`expected no escape sequence ${JSON.stringify(whole)}`);
    return c === "n" ? "\n" : c;
  });
}

function takeSample(line: string, families: Map<string, OpenFamily>): void {
  const [, name, labelText, valueText = "", time] = SAMPLE.exec(line) ?? [];
  if (name === undefined) throw new SyntaxError("expected a name, labels in braces if any, a value");
  const labels = labelText === undefined ? {} : parseLabelPairs(labelText);
  const value = parseValue(valueText);
  if (value === undefined) throw new SyntaxError(`expected a number as value, found ${JSON.stringify(valueText)}`);
  if (time !== undefined && !MILLISECONDS.test(time)) {
    throw new SyntaxError(`expected milliseconds as timestamp, found ${JSON.stringify(time)}`);
  }
  const family = owner(name, families);
  checkPart(family, name, labels);
  family.samples.push({ name, labels, value, timestampSeconds: time === undefined ? undefined : Number(time) / 1000 });
}

function parseLabelPairs(text: string): Labels {
  const pairs = new Map<string, string>();
  LABEL.lastIndex = 0;
  while (LABEL.lastIndex < text.length) {
    const start = LABEL.lastIndex;
    const [, label, value = ""] = LABEL.exec(text) ?? [];
    if (label === undefined) {
      if (text.slice(start).trim() === "") break;
      throw new SyntaxError(`expected a label as name="value" at ${JSON.stringify(text.slice(start, start + 20))}`);
    }
    if (label === "__name__") throw new SyntaxError(`the label "__name__" is reserved`);
    if (pairs.has(label)) throw new SyntaxError(`the label "${label}" stands twice`);
    pairs.set(label, unescaped(value, /\\(.)/gs, '\\"n'));
  }
  return Object.fromEntries(pairs);
}

/** A value as Go reads it, without its hexadecimal forms; `undefined` for any other text, and for what is out of range. */
export function parseValue(text: string): number | undefined {
  if (NUMBER.test(text)) {
    const value = Number(text);
    return Number.isFinite(value) ? value : undefined;
  }
  const infinite = INFINITY.exec(text);
  if (infinite) return infinite[1] === "-" ? -Infinity : Infinity;
  return text.toLowerCase() === "nan" ? NaN : undefined;
}

/** The family that a line belongs to: its own, or the histogram or summary whose part it is. */
function owner(name: string, families: Map<string, OpenFamily>): OpenFamily {
  const own = families.get(name);
  if (own) return own;
  const [, base = "", suffix] = /^(.+)_(bucket|sum|count)$/.exec(name) ?? [];
  const whole = families.get(base);
  const isPart = whole && (whole.type === "histogram" || (whole.type === "summary" && suffix !== "bucket"));
  return isPart ? whole : familyOf(name, families);
}

function checkPart({ name: whole, type }: OpenFamily, name: string, labels: Labels): void {
  if (type === "histogram") {
    if (name === whole) throw new SyntaxError("a histogram has no sample of its own name");
    if (name.endsWith("_bucket") && boundOf(labels.le) === undefined) {
      throw new SyntaxError('a bucket has the label "le", a number');
    }
  } else if (type === "summary" && name === whole && boundOf(labels.quantile) === undefined) {
    throw new SyntaxError('a summary has the label "quantile", a number');
  }
}

function boundOf(text: string | undefined): number | undefined {
  const bound = text === undefined ? undefined : parseValue(text);
  return Number.isNaN(bound) ? undefined : bound;
}

interface OpenSeries {
  readonly labels: Labels;
  readonly bounds: Map<number, number>;
  sum: number;
  count: number | undefined;
}

/** The series of a family; a part that is missing of a histogram or summary is 0, as with the peer. */
export function seriesOf({ name, type, samples }: ExpositionFamily): ExpositionSeries[] {
  if (type !== "histogram" && type !== "summary") return samples.map(({ labels, value }) => ({ labels, value }));
  const own = type === "histogram" ? "le" : "quantile";
  const bounded = type === "histogram" ? `${name}_bucket` : name;
  const series = new Map<string, OpenSeries>();
  for (const sample of samples) {
    const isBounded = sample.name === bounded;
    const { [own]: bound, ...others } = sample.labels;
    const labels = isBounded ? others : sample.labels;
    const key = JSON.stringify(Object.entries(labels).sort(([a], [b]) => a < b ? -1 : 1));
    const one = series.get(key) ?? { labels, bounds: new Map(), sum: 0, count: undefined };
    series.set(key, one);
    if (isBounded) one.bounds.set(boundOf(bound) ?? NaN, sample.value);
    else if (sample.name === `${name}_sum`) one.sum = sample.value;
    else one.count = sample.value;
  }
  return [...series.values()].map((one) => ({
    labels: one.labels,
    value: type === "histogram" ? histogramOf(one) : summaryOf(one),
  }));
}

function histogramOf({ bounds, sum, count }: OpenSeries): HistogramValue {
  const all = bounds.get(Infinity);
  bounds.delete(Infinity);
  return { buckets: ascending(bounds), sum, count: count ?? all ?? 0 };
}

function summaryOf({ bounds, sum, count }: OpenSeries): SummaryValue {
  return { quantiles: ascending(bounds), sum, count: count ?? 0 };
}

function ascending(bounds: ReadonlyMap<number, number>): ReadonlyMap<number, number> {
  return new Map([...bounds].sort(([a], [b]) => a - b));
}
