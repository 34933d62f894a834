import type { AnyCollector } from "../collector.ts";
import type { CollectorConfig } from "../config.ts";
import { formatDuration } from "../duration.ts";
import { DEFAULT_INTERVAL_SECONDS } from "../graph.ts";
import type { Command } from "./command.ts";
import { table } from "./table.ts";

/** One collector, for people and programs to read. */
export interface CollectorEntry {
  /** Its name. */
  readonly name: string;
  /** Whether it is on. */
  readonly enabled: boolean;
  /** Longest time between two runs in seconds; 0: only when scraped. */
  readonly intervalSeconds: number;
  /** Its families, and patterns of such whose names are known only when they are read. */
  readonly families: readonly string[];
  /** Where its figures come from. */
  readonly sources: readonly string[];
  /** One sentence. */
  readonly help: string;
}

/** A collector as it is configured, or, without configuration, as it is by default. */
export function collectorEntry(collector: AnyCollector, config?: CollectorConfig): CollectorEntry {
  return {
    name: collector.name,
    enabled: config?.enabled ?? collector.enabled ?? true,
    intervalSeconds: collector.observes
      ? 0
      : config?.intervalSeconds ?? collector.intervalSeconds ?? DEFAULT_INTERVAL_SECONDS,
    families: [...Object.keys(collector.metrics), ...collector.openFamilies ?? []],
    sources: collector.sources ?? [],
    help: collector.help,
  };
}

/** An interval, in words where it is none. */
export function intervalText(seconds: number): string {
  return seconds === 0 ? "at scrape" : formatDuration(seconds);
}

function row({ name, enabled, intervalSeconds, families, sources, help }: CollectorEntry): string[] {
  const state = enabled ? "on" : "off";
  return [name, state, intervalText(intervalSeconds), String(families.length), sources.join(", "), help];
}

/** `sonde list`. */
export const list: Command = {
  name: "list",
  description: "List the collectors.",
  options: [{ name: "json", description: "Print JSON." }],
  async run({ surroundings, options, load }) {
    const { collectors, config } = await load();
    const entries = collectors.map((collector) => collectorEntry(collector, config.collectors.get(collector.name)));
    surroundings.print(
      options.has("json")
        ? `${JSON.stringify(entries, null, 2)}\n`
        : table([["NAME", "STATE", "INTERVAL", "FAMILIES", "SOURCES", "HELP"], ...entries.map(row)]),
    );
    return 0;
  },
};
