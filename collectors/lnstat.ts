/**
 * The kernel's network caches, as lnstat(8) shows them. A series per cache, column and processor, of which a large host has
 * thousands; one file per cache. What the columns are depends on the kernel.
 *
 * @module
 */

import { defineCollector } from "../src/collector.ts";
import { hexColumns } from "../src/kernel_text.ts";

const FOLDER = "net/stat";

/** Columns by name, one number for each processor, by cache, as `arp_cache`. */
export type NetworkCaches = ReadonlyMap<string, ReadonlyMap<string, readonly number[]>>;

export default defineCollector({
  name: "lnstat",
  help: "The kernel's network caches.",
  peer: true,
  enabled: false,
  platforms: ["linux"],
  freshnessSeconds: 0.1,
  metrics: {},
  openFamilies: ["node_lnstat_*"],
  sources: ["/proc/net/stat/*"],
  read({ source }): NetworkCaches {
    const caches = new Map<string, ReadonlyMap<string, readonly number[]>>();
    for (const cache of source.proc.list(FOLDER) ?? []) {
      const text = source.proc.try(`${FOLDER}/${cache}`);
      if (text !== undefined) caches.set(cache, hexColumns(`/proc/${FOLDER}/${cache}`, text));
    }
    return caches;
  },
  samples(caches, emit) {
    const families = new Map<string, { labels: { subsystem: string; cpu: string }; value: number }[]>();
    for (const [subsystem, columns] of caches) {
      for (const [column, counts] of columns) {
        const samples = families.get(column) ?? [];
        for (const [cpu, value] of counts.entries()) samples.push({ labels: { subsystem, cpu: String(cpu) }, value });
        families.set(column, samples);
      }
    }
    for (const [column, samples] of families) {
      const name = `node_lnstat_${column}_total`;
      emit.family({ name, type: "counter", help: "linux network cache stats", labels: ["subsystem", "cpu"], samples });
    }
  },
});
