/**
 * OpenMetrics 1.0.0, read: https://github.com/prometheus/OpenMetrics/blob/v1.0.0/specification/OpenMetrics.md, as strict
 * as its authors' own reader. Families have the names and types that the text format gives the same series.
 *
 * @module
 */

import type { Labels, MetricType } from "./collector.ts";
import { type ExpositionFamily, type ExpositionSample, lineError, parseValue } from "./exposition_parser.ts";
import { newGroup, type OpenMetricsType, type SampleGroup, SUFFIXES } from "./openmetrics_rules.ts";

const METADATA = /^# (HELP|TYPE|UNIT) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.*)$/s;
const NAME = /[a-zA-Z_:][a-zA-Z0-9_:]*/y;
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="([^"\\]*(?:\\.[^"\\]*)*)"/sy;
const VALUES = /^ (\S+)(?: ([^#\s]\S*))?(?: # (.*))?$/s;
const EXEMPLAR_VALUES = /^ (\S+)(?: (\S+))?$/;
const SECONDS = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
/** Characters of all names and values of an exemplar's labels together. */
const EXEMPLAR_CHARACTERS = 128;

interface OpenFamily {
  readonly name: string;
  type: OpenMetricsType;
  readonly said: Set<string>;
  help: string | undefined;
  readonly samples: ExpositionSample[];
  /** Groups of labels that were there, of which only the last may go on. */
  readonly groups: Set<string>;
  group: SampleGroup | undefined;
}

/**
 * Parses a page.
 *
 * @throws {SyntaxError} if a line breaks the format; the message names its number, and quotes its first 120 characters
 */
export function parseOpenMetrics(text: string): ExpositionFamily[] {
  const reader = new Reader();
  const lines = text.split("\n");
  for (const [i, line] of lines.entries()) {
    if (line === "" && i === lines.length - 1) break;
    try {
      if (line === "# EOF") {
        if (lines.slice(i + 1).some((rest, at) => at > 0 || rest !== "")) throw new SyntaxError("text stands after it");
        return reader.finish();
      }
      if (line.startsWith("#")) reader.takeMetadata(line);
      else reader.takeSample(line);
    } catch (error) {
      throw error instanceof SyntaxError ? lineError(i + 1, line, error.message) : error;
    }
  }
  throw new SyntaxError('Cannot parse a page of OpenMetrics: it does not end with "# EOF"');
}

class Reader {
  readonly #families: ExpositionFamily[] = [];
  /** Names of families that are complete, and of their samples. */
  readonly #taken = new Set<string>();
  #open: OpenFamily | undefined;

  takeMetadata(line: string): void {
    const [, keyword = "", name = "", text = ""] = METADATA.exec(line) ?? [];
    if (keyword === "") throw new SyntaxError("expected # HELP, # TYPE, # UNIT, # EOF or a sample");
    const family = this.#open?.name === name ? this.#open : this.#begin(name);
    if (family.samples.length > 0) throw new SyntaxError(`the ${keyword} of ${name} stands after its samples`);
    if (family.said.has(keyword)) throw new SyntaxError(`${name} has a ${keyword} already`);
    family.said.add(keyword);
    if (keyword === "HELP") family.help = text.replace(/\\([\\n"])/g, (_, c: string) => c === "n" ? "\n" : c);
    else if (keyword === "TYPE") family.type = typeOf(text);
    else if (text !== "" && !name.endsWith(`_${text}`)) throw new SyntaxError(`the name does not end in its unit`);
    if (family.said.has("UNIT") && (family.type === "info" || family.type === "stateset")) {
      throw new SyntaxError(`an ${family.type} has no unit`);
    }
  }

  takeSample(line: string): void {
    NAME.lastIndex = 0;
    const name = NAME.exec(line)?.[0];
    if (name === undefined) throw new SyntaxError("expected a name, labels in braces if any, a value");
    const { labels, end } = takeLabels(line, name.length);
    const [, valueText = "", time, exemplar] = VALUES.exec(line.slice(end)) ?? [];
    const value = parseValue(valueText);
    if (value === undefined) throw new SyntaxError(`expected a number as value, found ${JSON.stringify(valueText)}`);
    const timestampSeconds = parseSeconds(time);
    const family = this.#familyOf(name);
    const suffix = name.slice(family.name.length);
    const sample = { name, labels, value, timestampSeconds };
    if (exemplar !== undefined) checkExemplar(exemplar, family.type, suffix);
    const next = newGroup(family.name, family.type, sample, suffix);
    if (family.group?.takes(next)) family.group.add(next);
    else {
      family.group?.finish();
      if (family.group?.key !== next.key && family.groups.has(next.key)) {
        throw new SyntaxError("the samples of these labels do not stand together");
      }
      family.groups.add(next.key);
      family.group = next;
    }
    family.samples.push(sample);
  }

  finish(): ExpositionFamily[] {
    this.#end();
    return this.#families;
  }

  #familyOf(name: string): OpenFamily {
    const open = this.#open;
    if (open && SUFFIXES[open.type].some((suffix) => open.name + suffix === name)) return open;
    if (open?.name === name) {
      throw new SyntaxError(`a sample of this type has one of ${SUFFIXES[open.type].join(", ")}`);
    }
    return this.#begin(name);
  }

  #begin(name: string): OpenFamily {
    this.#end();
    return this.#open = {
      name,
      type: "unknown",
      said: new Set(),
      help: undefined,
      samples: [],
      groups: new Set(),
      group: undefined,
    };
  }

  #end(): void {
    const family = this.#open;
    if (!family) return;
    family.group?.finish();
    const names = new Set([family.name, ...SUFFIXES[family.type].map((suffix) => family.name + suffix)]);
    for (const name of names) {
      if (this.#taken.has(name)) throw new SyntaxError(`the name ${name} is that of another family`);
    }
    for (const name of names) this.#taken.add(name);
    this.#families.push(...translated(family));
  }
}

function typeOf(text: string): OpenMetricsType {
  if (!isType(text)) throw new SyntaxError(`expected a type, one of ${Object.keys(SUFFIXES).join(", ")}`);
  return text;
}

function isType(text: string): text is OpenMetricsType {
  return Object.hasOwn(SUFFIXES, text);
}

function parseSeconds(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const seconds = SECONDS.test(text) ? Number(text) : Infinity;
  if (seconds === Infinity) throw new SyntaxError(`expected seconds as timestamp, found ${JSON.stringify(text)}`);
  return seconds;
}

/** Labels in braces, if there are any at `start`, and where they end. */
function takeLabels(text: string, start: number): { readonly labels: Labels; readonly end: number } {
  if (text[start] !== "{") return { labels: {}, end: start };
  const pairs = new Map<string, string>();
  let at = start + 1;
  while (text[at] !== "}" || (pairs.size > 0 && text[at - 1] === ",")) {
    LABEL.lastIndex = at;
    const [whole, label, value = ""] = LABEL.exec(text) ?? [];
    if (whole === undefined || label === undefined) throw new SyntaxError('expected a label as name="value"');
    if (pairs.has(label)) throw new SyntaxError(`the label "${label}" stands twice`);
    pairs.set(label, value.replace(/\\([\\n"])/g, (_, c: string) => c === "n" ? "\n" : c));
    at += whole.length;
    if (text[at] === ",") at++;
    else if (text[at] !== "}") throw new SyntaxError("expected a comma or a brace after a label");
  }
  return { labels: Object.fromEntries(pairs), end: at + 1 };
}

function checkExemplar(text: string, type: OpenMetricsType, suffix: string): void {
  if (!(type === "counter" && suffix === "_total") && suffix !== "_bucket") {
    throw new SyntaxError("only the total of a counter and buckets have exemplars");
  }
  if (!text.startsWith("{")) throw new SyntaxError("an exemplar has labels in braces");
  const { labels, end } = takeLabels(text, 0);
  const characters = [...Object.entries(labels).flat().join("")].length;
  if (characters > EXEMPLAR_CHARACTERS) throw new SyntaxError(`an exemplar's labels have ${characters} characters`);
  const [, value = "", time] = EXEMPLAR_VALUES.exec(text.slice(end)) ?? [];
  if (parseValue(value) === undefined) throw new SyntaxError("an exemplar has a number as value");
  parseSeconds(time);
}

/** The family as the text format has it: one with another name or type per sample name, where it does not know the type. */
function translated({ name, type, help, samples }: OpenFamily): ExpositionFamily[] {
  const kept: Partial<Record<OpenMetricsType, MetricType>> = { histogram: "histogram", summary: "summary" };
  const whole = kept[type];
  const own = whole ? samples.filter((sample) => sample.name !== `${name}_created`) : [];
  const families = new Map<string, ExpositionSample[]>();
  for (const sample of samples) {
    if (own.length > 0 && sample.name !== `${name}_created`) continue;
    const some = families.get(sample.name);
    if (some) some.push(sample);
    else families.set(sample.name, [sample]);
  }
  if (families.size === 0 && own.length === 0) families.set(type === "counter" ? `${name}_total` : name, []);
  return [
    ...whole && own.length > 0 ? [{ name, type: whole, help, samples: own }] : [],
    ...[...families].map(([of, some]) => ({ name: of, type: typeIn(of, type), help, samples: some })),
  ];
}

function typeIn(name: string, type: OpenMetricsType): MetricType {
  if (type === "unknown") return "untyped";
  return type === "counter" && name.endsWith("_total") ? "counter" : "gauge";
}
