/**
 * What a prober says of a result, as the page has it.
 *
 * @module
 */

import type { AnyEmit, Labels } from "../../../src/collector.ts";

/** The series by their text, as `probe_success` or `probe_grpc_duration_seconds{phase="check"}`. */
export function seriesOf<R>(
  prober: { emit(result: R, emit: AnyEmit, labels: Labels): void },
  result: R,
): ReadonlyMap<string, number> {
  const series = new Map<string, number>();
  const one = (name: string, value: unknown, labels: Labels = {}) => {
    if (typeof value !== "number") return;
    const pairs = Object.keys(labels).sort().map((key) => `${key}=${JSON.stringify(labels[key])}`);
    series.set(pairs.length === 0 ? name : `${name}{${pairs.join(",")}}`, value);
  };
  prober.emit(result, Object.assign(one, { family() {} }), {});
  return series;
}

/** Series by text from a page in Prometheus' format. */
export function seriesOn(page: string): ReadonlyMap<string, number> {
  return new Map(
    [...page.matchAll(/^(probe_[^ {]+(?:\{.*\})?) (\S+)$/gm)].map(([, key = "", value]) => [key, Number(value)]),
  );
}
