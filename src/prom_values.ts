/**
 * Values as prom-client has them, one per line of the page, and as families have them, one per series.
 *
 * @module
 */

import { parseLabels, renderLabels } from "./batch.ts";
import type { HistogramValue, Labels, MetricType, SampleValue, SummaryValue } from "./collector.ts";
import type { Part } from "./family.ts";
import { formatBound } from "./text_format.ts";

/** One value of prom-client's `get()`. */
export interface PromValue {
  /** Those of the page, `le` and `quantile` included. */
  readonly labels: Labels;
  /** The value. */
  readonly value: number;
  /** Name of its line, where that is not the family's. */
  readonly metricName?: string;
}

/** The series of a part that the page shows. */
export function shownSeries({ batch, hidden }: Part): [key: string, value: SampleValue][] {
  return [...batch.series].filter(([key]) => !hidden?.has(key));
}

/** Series as prom-client has them. */
export function promValues(name: string, series: Iterable<[key: string, value: SampleValue]>): PromValue[] {
  return [...series].flatMap(([key, value]) => flatten(name, parseLabels(key), value));
}

function flatten(name: string, labels: Labels, value: SampleValue): PromValue[] {
  if (typeof value === "number") return [{ labels, value }];
  const totals = [
    { metricName: `${name}_sum`, labels, value: value.sum },
    { metricName: `${name}_count`, labels, value: value.count },
  ];
  if ("quantiles" in value) {
    return [
      ...[...value.quantiles].map(([q, v]) => ({ labels: { ...labels, quantile: formatBound(q) }, value: v })),
      ...totals,
    ];
  }
  const bounds: [string, number][] = [...value.buckets].map(([bound, count]) => [formatBound(bound), count]);
  bounds.push(["+Inf", value.count]);
  return [
    ...bounds.map(([le, count]) => ({ metricName: `${name}_bucket`, labels: { ...labels, le }, value: count })),
    ...totals,
  ];
}

/** A histogram or summary whose lines come in. */
interface Distribution {
  readonly points: Map<number, number>;
  sum: number;
  count: number;
}

/** The series that prom-client has as these values. */
export function gatherValues(
  name: string,
  type: MetricType,
  values: readonly PromValue[],
): ReadonlyMap<string, SampleValue> {
  if (type !== "histogram" && type !== "summary") {
    return new Map(values.map(({ labels, value }) => [renderLabels(labels), value]));
  }
  const own = type === "histogram" ? "le" : "quantile";
  const distributions = new Map<string, Distribution>();
  for (const { labels, value, metricName } of values) {
    const { [own]: point, ...rest } = labels;
    const key = renderLabels(rest);
    let distribution = distributions.get(key);
    if (!distribution) distributions.set(key, distribution = { points: new Map(), sum: 0, count: 0 });
    if (metricName === `${name}_sum`) distribution.sum = value;
    else if (metricName === `${name}_count`) distribution.count = value;
    else if (point !== undefined && point !== "+Inf") distribution.points.set(Number(point), value);
  }
  return new Map([...distributions].map(([key, distribution]) => [key, valueOf(type, distribution)]));
}

function valueOf(type: "histogram" | "summary", { points, sum, count }: Distribution): HistogramValue | SummaryValue {
  return type === "histogram" ? { buckets: points, sum, count } : { quantiles: points, sum, count };
}
