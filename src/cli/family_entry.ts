import type { AnyCollector, MetricType } from "../collector.ts";
import { sourcesOfFamily } from "../provenance.ts";
import type { CollectorEntry } from "./list.ts";

/** One family of a collector, for people and programs to read. */
export interface FamilyEntry {
  /** Its name, or a pattern of such as are known only when they are read. */
  readonly name: string;
  /** What its samples are; `undefined` where only reading tells. */
  readonly type: MetricType | undefined;
  /** Whether it is on the page, if there is such a thing on this host. */
  readonly shown: boolean;
  /** Where it comes from. */
  readonly sources: readonly string[];
  /** What its samples are told apart by. */
  readonly labels: readonly string[];
  /** One sentence. */
  readonly help: string;
}

/** The families of a collector, and the patterns of those that it finds. */
export function familyEntries(
  collector: Pick<AnyCollector, "metrics" | "openFamilies" | "sources">,
  { enabled, omitted }: Pick<CollectorEntry, "enabled" | "omitted">,
): FamilyEntry[] {
  const entry = (name: string, rest: Pick<FamilyEntry, "type" | "labels" | "help">) => ({
    name,
    shown: enabled && !omitted.includes(name),
    sources: sourcesOfFamily(collector, name),
    ...rest,
  });
  const help = "Names are known only when they are read.";
  return [
    ...Object.entries(collector.metrics).map(([name, { type, labels = [], help }]) =>
      entry(name, { type, labels, help })
    ),
    ...(collector.openFamilies ?? []).map((name) => entry(name, { type: undefined, labels: [], help })),
  ];
}
