/**
 * The two text formats of Prometheus: 0.0.4 and OpenMetrics 1.0.0, rendered so that both give the same series.
 *
 * A counter whose name does not end in `_total` has no form in OpenMetrics, and is `unknown` there under its exact name.
 * Bounds and quantiles are written in both as Prometheus 3 stores them however they are written, because older servers
 * store them as they are written; but as node_exporter does where they take the place of its own.
 *
 * @module
 */

import type { FamilyBatch } from "./batch.ts";
import type { MetricType, SampleValue } from "./collector.ts";

/** How a page is written. */
export type Format = "text" | "openmetrics";

/** A value as both formats write it. */
export function formatValue(value: number): string {
  if (Number.isFinite(value)) return Object.is(value, -0) ? "-0" : String(value);
  return Number.isNaN(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf";
}

/**
 * A bound or quantile as a label's value: the shortest float of Go, as `0.5` or `1e+06`.
 *
 * @param whole whether one without a fraction is written `1`, not `1.0`
 */
export function formatBound(value: number, whole = false): string {
  if (!Number.isFinite(value)) return formatValue(value);
  const [digits = "", power = ""] = value.toExponential().split("e");
  if (Number(power) < -4 || Number(power) > 5) return `${digits}e${power.replace(/(?<!\d)(?=\d$)/, "0")}`;
  return Number.isInteger(value) && !whole ? `${value}.0` : String(value);
}

/** Name and type of a family in OpenMetrics. */
function openMetricsFamily(name: string, type: MetricType): { name: string; type: string } {
  if (type === "untyped") return { name, type: "unknown" };
  if (type !== "counter") return { name, type };
  return name.endsWith("_total") ? { name: name.slice(0, -"_total".length), type } : { name, type: "unknown" };
}

/**
 * `# HELP` and `# TYPE` of a family.
 *
 * @param shadowed whether another family has the name that OpenMetrics would give this counter
 */
export function renderHeader(
  family: { readonly name: string; readonly type: MetricType; readonly help: string },
  format: Format,
  shadowed = false,
): string {
  const help = family.help.replace(/[\\\n]/g, (c) => c === "\n" ? "\\n" : "\\\\");
  if (format === "text") return `# HELP ${family.name} ${help}\n# TYPE ${family.name} ${family.type}\n`;
  const { name, type } = shadowed
    ? { name: family.name, type: "unknown" }
    : openMetricsFamily(family.name, family.type);
  return `# HELP ${name} ${help.replaceAll('"', '\\"')}\n# TYPE ${name} ${type}\n`;
}

/** The family name that OpenMetrics gives a counter, if it is another than its own. */
export function openMetricsName(name: string, type: MetricType): string | undefined {
  const other = openMetricsFamily(name, type).name;
  return other === name ? undefined : other;
}

/** The lines of one series, the same in both formats. */
export function renderSeries(name: string, labels: string, value: SampleValue): string {
  if (typeof value === "number") {
    return labels === "" ? `${name} ${formatValue(value)}\n` : `${name}{${labels}} ${formatValue(value)}\n`;
  }
  const comma = labels === "" ? "" : `${labels},`;
  const braces = labels === "" ? "" : `{${labels}}`;
  let lines = "";
  if ("buckets" in value) {
    for (const [bound, count] of value.buckets) {
      if (bound === Infinity) continue;
      lines += `${name}_bucket{${comma}le="${formatBound(bound, value.wholeBounds)}"} ${formatValue(count)}\n`;
    }
    lines += `${name}_bucket{${comma}le="+Inf"} ${formatValue(value.count)}\n`;
  } else {
    for (const [quantile, observed] of value.quantiles) {
      lines += `${name}{${comma}quantile="${formatBound(quantile, value.wholeBounds)}"} ${formatValue(observed)}\n`;
    }
  }
  return `${lines}${name}_sum${braces} ${formatValue(value.sum)}\n${name}_count${braces} ${formatValue(value.count)}\n`;
}

/**
 * Lines of the series of a family.
 *
 * @param most series in one piece
 * @param hidden labels of the series that are left out
 */
export function* renderFamily(family: FamilyBatch, most: number, hidden?: ReadonlySet<string>): Generator<string> {
  // Joined, because a string put together by `+` is put together again each time that a longer one is made of it.
  let lines: string[] = [];
  for (const [labels, value] of family.series) {
    if (hidden?.has(labels)) continue;
    lines.push(renderSeries(family.name, labels, value));
    if (lines.length < most) continue;
    yield lines.join("");
    lines = [];
  }
  if (lines.length > 0) yield lines.join("");
}
