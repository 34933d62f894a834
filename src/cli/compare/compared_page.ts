import type { Labels, MetricType } from "../../collector.ts";
import { type ExpositionSample, parseExposition, parseValue } from "../../exposition_parser.ts";

/** A line of a page that has a value. */
export interface ComparedSeries {
  /** Its name and the names of its labels, as `node_cpu_seconds_total{cpu,mode}`. */
  readonly shape: string;
  /** Its value; of series that only a dropped label told apart, their sum. */
  readonly value: number;
  /** Whether it grows until it begins anew, whatever its family is called. */
  readonly counts: boolean;
}

/** A family of a page. */
export interface ComparedFamily {
  /** What its samples are. */
  readonly type: MetricType;
  /** Text of `# HELP`, empty where there is none. */
  readonly help: string;
  /** Its series by name and labels, as {@linkcode seriesName} writes them. */
  readonly series: ReadonlyMap<string, ComparedSeries>;
}

/** A page as it is compared. */
export interface ComparedPage {
  /** Families with series, by name. */
  readonly families: ReadonlyMap<string, ComparedFamily>;
  /** Series that are there twice, each as often as it is too often. */
  readonly twice: readonly { readonly family: string; readonly series: string }[];
}

/** `name{a="1",b="2"}`, labels by name: the same series has the same name whoever wrote it. */
export function seriesName(name: string, labels: Labels): string {
  const pairs = Object.entries(labels).sort(([a], [b]) => a < b ? -1 : 1);
  return pairs.length === 0 ? name : `${name}{${pairs.map(([key, value]) => `${key}=${JSON.stringify(value)}`)}}`;
}

/** Whether a line of a family of such a type only grows. */
function counts(type: MetricType, family: string, name: string): boolean {
  return type === "counter" || type === "histogram" || (type === "summary" && name !== family);
}

/** Labels with their bounds spelled alike, without those dropped. */
function comparedLabels({ labels }: ExpositionSample, type: MetricType, dropped: ReadonlySet<string>): Labels {
  const bound = type === "histogram" ? "le" : type === "summary" ? "quantile" : undefined;
  return Object.fromEntries(
    Object.entries(labels).filter(([label]) => !dropped.has(label)).map(([label, value]) => [
      label,
      label === bound ? String(parseValue(value) ?? value) : value,
    ]),
  );
}

/**
 * A page of the text format, made ready to be compared.
 *
 * @param dropped labels left out on both sides
 * @throws {SyntaxError} if a line breaks the format
 */
export function comparedPage(text: string, dropped: ReadonlySet<string> = new Set()): ComparedPage {
  const families = new Map<string, ComparedFamily>();
  const twice: { family: string; series: string }[] = [];
  for (const { name: family, type, help = "", samples } of parseExposition(text)) {
    if (samples.length === 0) continue;
    const written = new Set<string>();
    const series = new Map<string, ComparedSeries>();
    for (const sample of samples) {
      const whole = seriesName(sample.name, sample.labels);
      if (written.has(whole)) {
        twice.push({ family, series: whole });
        continue;
      }
      written.add(whole);
      const labels = comparedLabels(sample, type, dropped);
      const key = seriesName(sample.name, labels);
      const value = sample.value + (series.get(key)?.value ?? 0);
      const shape = `${sample.name}{${Object.keys(labels).sort()}}`;
      series.set(key, { shape, value, counts: counts(type, family, sample.name) });
    }
    families.set(family, { type, help, series });
  }
  return { families, twice };
}
