/**
 * Gauges of several workers, made one by their rules.
 *
 * @module
 */

import { type FamilyBatch, parseLabels, renderLabels } from "../batch.ts";
import type { MetricType, SampleValue } from "../collector.ts";
import { GAUGE_RULES, type GaugeRule, type GaugeRules, isOfProcess } from "./gauge_rules.ts";
import { FamilyRefusedError } from "./totals.ts";

/** A worker that has gauges. */
export interface GaugeReporter {
  /** As the app calls it. */
  readonly id: string;
  /** Of its process. */
  readonly process: string;
  /** By family. */
  readonly gauges: ReadonlyMap<string, FamilyBatch>;
}

/** Gauges of those workers that are there. */
export class Gauges {
  readonly #rules: GaugeRules;
  /** Who changed a series last, of those whose rule is `latest`. */
  readonly #changedBy = new Map<string, Map<string, GaugeReporter>>();

  /** By these rules. */
  constructor(rules: GaugeRules) {
    this.#rules = rules;
  }

  /** Notes what a worker has changed since its answer before. */
  note(reporter: GaugeReporter, before: ReadonlyMap<string, FamilyBatch>): void {
    for (const { name, series } of reporter.gauges.values()) {
      if (this.#rules.of(name) !== "latest") continue;
      const old = before.get(name)?.series;
      let changedBy = this.#changedBy.get(name);
      if (!changedBy) this.#changedBy.set(name, changedBy = new Map());
      for (const [key, value] of series) if (!Object.is(old?.get(key), value)) changedBy.set(key, reporter);
    }
  }

  /** Forgets a worker. */
  forget(reporter: GaugeReporter): void {
    for (const changedBy of this.#changedBy.values()) {
      for (const [key, by] of changedBy) if (by === reporter) changedBy.delete(key);
    }
  }

  /**
   * The gauges of these workers.
   *
   * @param summed who has a family that is summed
   * @param refuse told of each worker's family that is left out
   */
  *families(
    reporters: readonly GaugeReporter[],
    summed: (family: string) => { readonly by: string; readonly type: MetricType } | undefined,
    refuse: (error: FamilyRefusedError) => void,
  ): Generator<FamilyBatch> {
    for (const [name, all] of byFamily(reporters)) {
      const alike = all.filter(({ id, family: { type } }) => {
        const first = summed(name) ?? { by: all[0]?.id ?? "", type: all[0]?.family.type ?? type };
        if (type === first.type) return true;
        const message = `it is ${article(type)} in worker "${id}", and ${article(first.type)} in worker "${first.by}"`;
        refuse(new FamilyRefusedError(name, "type", message));
        return false;
      });
      const head = alike[0]?.family;
      if (!head) continue;
      const rule = this.#rules.of(name);
      if (rule) {
        yield { ...head, series: this.#combine(name, rule, alike, refuse) };
        continue;
      }
      for (const { id } of alike) refuse(new FamilyRefusedError(name, "rule", withoutRule(name, head.type, id)));
    }
  }

  #combine(
    name: string,
    rule: GaugeRule,
    reports: readonly Report[],
    refuse: (error: FamilyRefusedError) => void,
  ): ReadonlyMap<string, SampleValue> {
    if (rule === "worker") return labelled(name, reports, refuse);
    const series = new Map<string, number>();
    const changedBy = rule === "latest" ? this.#changedBy.get(name) : undefined;
    for (const { reporter, family } of reports) {
      for (const [key, value] of family.series) {
        if (typeof value !== "number") continue;
        const known = series.get(key);
        const chosen = known === undefined || changedBy?.get(key) === reporter ? value : known;
        series.set(key, known === undefined || rule === "latest" ? chosen : COMBINE[rule](known, value));
      }
    }
    return series;
  }
}

const COMBINE = {
  sum: (a: number, b: number) => a + b,
  min: (a: number, b: number) => Math.min(a, b),
  max: (a: number, b: number) => Math.max(a, b),
} as const;

/** One worker's family. */
interface Report {
  readonly id: string;
  readonly reporter: GaugeReporter;
  readonly family: FamilyBatch;
}

/** Who reports which family; of threads of one process the first one reports for all. */
function byFamily(reporters: readonly GaugeReporter[]): ReadonlyMap<string, readonly Report[]> {
  const families = new Map<string, Report[]>();
  for (const reporter of reporters) {
    for (const family of reporter.gauges.values()) {
      const report = { id: reporter.id, reporter, family };
      const known = families.get(family.name);
      if (!known) families.set(family.name, [report]);
      else if (!isOfProcess(family.name) || known.every(({ reporter: { process } }) => process !== reporter.process)) {
        known.push(report);
      }
    }
  }
  return families;
}

/** Each worker's series, with its id as the label `worker`. */
function labelled(
  name: string,
  reports: readonly Report[],
  refuse: (error: FamilyRefusedError) => void,
): ReadonlyMap<string, SampleValue> {
  const all = new Map<string, SampleValue>();
  for (const { id, family } of reports) {
    const own = [...family.series].map(([key, value]) => ({ labels: parseLabels(key), value }));
    if (own.some(({ labels }) => labels.worker !== undefined)) {
      refuse(new FamilyRefusedError(name, "label", `it has a label worker of its own in worker "${id}"`));
      continue;
    }
    for (const { labels, value } of own) all.set(renderLabels({ ...labels, worker: id }), value);
  }
  return all;
}

const article = (type: MetricType) => `${type === "untyped" ? "an" : "a"} ${type}`;

function withoutRule(name: string, type: MetricType, worker: string): string {
  return `it is ${article(type)} of worker "${worker}" without a rule, ` +
    `declare one of ${GAUGE_RULES.join(", ")}: rules: { ${name}: "sum" }`;
}
