import { nameOf } from "../assembly.ts";
import type { AnyCollector } from "../collector.ts";
import type { CollectorConfig } from "../config.ts";
import { formatDuration } from "../duration.ts";
import { type FamilyFilter, selectFamilies } from "../family_filter.ts";
import { DEFAULT_INTERVAL_SECONDS } from "../graph.ts";
import { suggestion } from "../nearest.ts";
import { sourcesOf } from "../provenance.ts";
import type { Command } from "./command.ts";
import { familyEntries, type FamilyEntry } from "./family_entry.ts";
import { PEER_COLLECTORS } from "./peer_collectors.ts";
import { table } from "./table.ts";
import { UsageError } from "./usage_error.ts";

/** One collector, for people and programs to read. */
export interface CollectorEntry {
  /** Its name. */
  readonly name: string;
  /** Whether it is on. */
  readonly enabled: boolean;
  /** Longest time between two runs in seconds; 0: only when scraped. */
  readonly intervalSeconds: number;
  /** Its families that are shown, and patterns of such whose names are known only when they are read. */
  readonly families: readonly string[];
  /** Its families that are not shown, by its options or by the patterns of families; those wanted by nobody are not read. */
  readonly omitted: readonly string[];
  /** Where its figures come from. */
  readonly sources: readonly string[];
  /** One sentence. */
  readonly help: string;
}

/** A collector as it is configured; without configuration as it is by default, with all families that it has. */
export function collectorEntry(
  collector: AnyCollector,
  config?: CollectorConfig,
  filter?: FamilyFilter,
): CollectorEntry {
  const all = [...Object.keys(collector.metrics), ...collector.openFamilies ?? []];
  // The options of one that is off may not be there.
  const selection = config?.enabled ? selectFamilies(collector, config.options, filter) : undefined;
  const isShown = (family: string) => selection?.mayShow(family) ?? true;
  return {
    name: collector.name,
    enabled: config?.enabled ?? collector.enabled ?? true,
    intervalSeconds: collector.observes
      ? 0
      : config?.intervalSeconds ?? collector.intervalSeconds ?? DEFAULT_INTERVAL_SECONDS,
    families: all.filter(isShown),
    omitted: all.filter((family) => !isShown(family)),
    sources: sourcesOf(collector),
    help: collector.help,
  };
}

/** An interval, in words where it is none. */
export function intervalText(seconds: number): string {
  return seconds === 0 ? "at scrape" : formatDuration(seconds);
}

function row({ name, enabled, intervalSeconds, families, omitted, sources, help }: CollectorEntry): string[] {
  const state = !enabled ? "off" : families.length === 0 && omitted.length > 0 ? "excluded" : "on";
  const count = omitted.length === 0
    ? String(families.length)
    : `${families.length} of ${families.length + omitted.length}`;
  return [name, state, intervalText(intervalSeconds), count, sources.join(", "), help];
}

/**
 * The collector that is to be shown alone.
 *
 * @throws {UsageError} if there is none of that name
 */
function collectorOf(wish: string, collectors: readonly AnyCollector[]): AnyCollector {
  const name = nameOf(collectors)(wish);
  const found = collectors.find((collector) => collector.name === name);
  if (found) return found;
  const absent = PEER_COLLECTORS.find(({ name }) => name === wish);
  const names = collectors.flatMap(({ name, aliases = [] }) => [name, ...aliases]);
  const why = absent ? `Sonde has no such collector, it ${absent.reason}` : "there is no such collector";
  throw new UsageError(
    `Cannot list ${JSON.stringify(wish)}: ${why}${absent ? "" : suggestion(wish, names) || ', see "sonde list"'}`,
  );
}

function familyRow({ name, type, shown, sources, help }: FamilyEntry): string[] {
  return [name, type ?? "any", shown ? "on" : "off", sources.join(", "), help];
}

/** `sonde list`. */
export const list: Command = {
  name: "list",
  description: "List the collectors, or the families of one and the kernel's files that each comes from.",
  options: [{ name: "json", description: "Print JSON." }],
  argument: { name: "collector", optional: true },
  async run({ surroundings, argument, options, load }) {
    const { collectors, config } = await load();
    const entryOf = (collector: AnyCollector) =>
      collectorEntry(collector, config.collectors.get(collector.name), config.families);
    const print = (entries: readonly unknown[], rows: readonly (readonly string[])[]) =>
      surroundings.print(options.has("json") ? `${JSON.stringify(entries, null, 2)}\n` : table(rows));
    if (argument === undefined) {
      const entries = collectors.map(entryOf);
      print(entries, [["NAME", "STATE", "INTERVAL", "FAMILIES", "SOURCES", "HELP"], ...entries.map(row)]);
    } else {
      const collector = collectorOf(argument, collectors);
      const entries = familyEntries(collector, entryOf(collector));
      print(entries, [["NAME", "TYPE", "STATE", "SOURCE", "HELP"], ...entries.map(familyRow)]);
    }
    return 0;
  },
};
