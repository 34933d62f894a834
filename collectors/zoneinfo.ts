/**
 * Memory zones, their watermarks and counters: `/proc/zoneinfo` of proc_zoneinfo(5). About 35 series for the first zone of
 * a node, 10 for each other; one file.
 *
 * @module
 */

import { defineCollector } from "../src/collector.ts";
import { malformed, wholeNumber } from "../src/kernel_text.ts";

const FILE = "/proc/zoneinfo";

const metrics = {
  node_zoneinfo_high_pages: { type: "gauge", help: "Zone watermark pages_high", labels: ["node", "zone"] },
  node_zoneinfo_low_pages: { type: "gauge", help: "Zone watermark pages_low", labels: ["node", "zone"] },
  node_zoneinfo_managed_pages: {
    type: "gauge",
    help: "Present pages managed by the buddy system",
    labels: ["node", "zone"],
  },
  node_zoneinfo_min_pages: { type: "gauge", help: "Zone watermark pages_min", labels: ["node", "zone"] },
  node_zoneinfo_nr_active_anon_pages: {
    type: "gauge",
    help: "Number of anonymous pages recently more used",
    labels: ["node", "zone"],
  },
  node_zoneinfo_nr_active_file_pages: {
    type: "gauge",
    help: "Number of active pages with file-backing",
    labels: ["node", "zone"],
  },
  node_zoneinfo_nr_anon_pages: {
    type: "gauge",
    help: "Number of anonymous pages currently used by the system",
    labels: ["node", "zone"],
  },
  node_zoneinfo_nr_anon_transparent_hugepages: {
    type: "gauge",
    help: "Number of anonymous transparent huge pages currently used by the system",
    labels: ["node", "zone"],
  },
  node_zoneinfo_nr_dirtied_total: { type: "counter", help: "Page dirtyings since bootup", labels: ["node", "zone"] },
  node_zoneinfo_nr_dirty_pages: { type: "gauge", help: "Number of dirty pages", labels: ["node", "zone"] },
  node_zoneinfo_nr_file_pages: { type: "gauge", help: "Number of file pages", labels: ["node", "zone"] },
  node_zoneinfo_nr_free_pages: {
    type: "gauge",
    help: "Total number of free pages in the zone",
    labels: ["node", "zone"],
  },
  node_zoneinfo_nr_inactive_anon_pages: {
    type: "gauge",
    help: "Number of anonymous pages recently less used",
    labels: ["node", "zone"],
  },
  node_zoneinfo_nr_inactive_file_pages: {
    type: "gauge",
    help: "Number of inactive pages with file-backing",
    labels: ["node", "zone"],
  },
  node_zoneinfo_nr_isolated_anon_pages: {
    type: "gauge",
    help: "Temporary isolated pages from anon lru",
    labels: ["node", "zone"],
  },
  node_zoneinfo_nr_isolated_file_pages: {
    type: "gauge",
    help: "Temporary isolated pages from file lru",
    labels: ["node", "zone"],
  },
  node_zoneinfo_nr_kernel_stacks: { type: "gauge", help: "Number of kernel stacks", labels: ["node", "zone"] },
  node_zoneinfo_nr_mapped_pages: { type: "gauge", help: "Number of mapped pages", labels: ["node", "zone"] },
  node_zoneinfo_nr_mlock_stack_pages: {
    type: "gauge",
    help: "mlock()ed pages found and moved off LRU",
    labels: ["node", "zone"],
  },
  node_zoneinfo_nr_shmem_pages: {
    type: "gauge",
    help: "Number of shmem pages (included tmpfs/GEM pages)",
    labels: ["node", "zone"],
  },
  node_zoneinfo_nr_slab_reclaimable_pages: {
    type: "gauge",
    help: "Number of reclaimable slab pages",
    labels: ["node", "zone"],
  },
  node_zoneinfo_nr_slab_unreclaimable_pages: {
    type: "gauge",
    help: "Number of unreclaimable slab pages",
    labels: ["node", "zone"],
  },
  node_zoneinfo_nr_unevictable_pages: { type: "gauge", help: "Number of unevictable pages", labels: ["node", "zone"] },
  node_zoneinfo_nr_writeback_pages: { type: "gauge", help: "Number of writeback pages", labels: ["node", "zone"] },
  node_zoneinfo_nr_written_total: { type: "counter", help: "Page writings since bootup", labels: ["node", "zone"] },
  node_zoneinfo_numa_foreign_total: {
    type: "counter",
    help: "Was intended here, hit elsewhere",
    labels: ["node", "zone"],
  },
  node_zoneinfo_numa_hit_total: { type: "counter", help: "Allocated in intended node", labels: ["node", "zone"] },
  node_zoneinfo_numa_interleave_total: {
    type: "counter",
    help: "Interleaver preferred this zone",
    labels: ["node", "zone"],
  },
  node_zoneinfo_numa_local_total: { type: "counter", help: "Allocation from local node", labels: ["node", "zone"] },
  node_zoneinfo_numa_miss_total: { type: "counter", help: "Allocated in non intended node", labels: ["node", "zone"] },
  node_zoneinfo_numa_other_total: { type: "counter", help: "Allocation from other node", labels: ["node", "zone"] },
  node_zoneinfo_present_pages: {
    type: "gauge",
    help: "Physical pages existing within the zone",
    labels: ["node", "zone"],
  },
  node_zoneinfo_scanned_pages: { type: "gauge", help: "Pages scanned since last reclaim", labels: ["node", "zone"] },
  node_zoneinfo_spanned_pages: {
    type: "gauge",
    help: "Total pages spanned by the zone, including holes",
    labels: ["node", "zone"],
  },
} as const;

/** Families by the kernel's name of a field. */
const FAMILIES: ReadonlyMap<string, keyof typeof metrics> = new Map<string, keyof typeof metrics>(
  [
    ["high", "node_zoneinfo_high_pages"],
    ["low", "node_zoneinfo_low_pages"],
    ["managed", "node_zoneinfo_managed_pages"],
    ["min", "node_zoneinfo_min_pages"],
    ["nr_active_anon", "node_zoneinfo_nr_active_anon_pages"],
    ["nr_active_file", "node_zoneinfo_nr_active_file_pages"],
    ["nr_anon_pages", "node_zoneinfo_nr_anon_pages"],
    ["nr_anon_transparent_hugepages", "node_zoneinfo_nr_anon_transparent_hugepages"],
    ["nr_dirtied", "node_zoneinfo_nr_dirtied_total"],
    ["nr_dirty", "node_zoneinfo_nr_dirty_pages"],
    ["nr_file_pages", "node_zoneinfo_nr_file_pages"],
    ["nr_free_pages", "node_zoneinfo_nr_free_pages"],
    ["nr_inactive_anon", "node_zoneinfo_nr_inactive_anon_pages"],
    ["nr_inactive_file", "node_zoneinfo_nr_inactive_file_pages"],
    ["nr_isolated_anon", "node_zoneinfo_nr_isolated_anon_pages"],
    ["nr_isolated_file", "node_zoneinfo_nr_isolated_file_pages"],
    ["nr_kernel_stack", "node_zoneinfo_nr_kernel_stacks"],
    ["nr_mapped", "node_zoneinfo_nr_mapped_pages"],
    ["nr_mlock_stack", "node_zoneinfo_nr_mlock_stack_pages"],
    ["nr_shmem", "node_zoneinfo_nr_shmem_pages"],
    ["nr_slab_reclaimable", "node_zoneinfo_nr_slab_reclaimable_pages"],
    ["nr_slab_unreclaimable", "node_zoneinfo_nr_slab_unreclaimable_pages"],
    ["nr_unevictable", "node_zoneinfo_nr_unevictable_pages"],
    ["nr_writeback", "node_zoneinfo_nr_writeback_pages"],
    ["nr_written", "node_zoneinfo_nr_written_total"],
    ["numa_foreign", "node_zoneinfo_numa_foreign_total"],
    ["numa_hit", "node_zoneinfo_numa_hit_total"],
    ["numa_interleave", "node_zoneinfo_numa_interleave_total"],
    ["numa_local", "node_zoneinfo_numa_local_total"],
    ["numa_miss", "node_zoneinfo_numa_miss_total"],
    ["numa_other", "node_zoneinfo_numa_other_total"],
    ["present", "node_zoneinfo_present_pages"],
    ["scanned", "node_zoneinfo_scanned_pages"],
    ["spanned", "node_zoneinfo_spanned_pages"],
  ] as const,
);

/** One zone of one NUMA node; the first of a node holds the node's own counters. */
export interface Zone {
  /** Number of the node. */
  readonly node: string;
  /** Its name, as `DMA32`. */
  readonly zone: string;
  /** Numbers by the kernel's names, those of each processor left out. */
  readonly fields: ReadonlyMap<string, number>;
  /** Pages kept back from allocations that would rather have a higher zone, in the order of zones. */
  readonly protection: readonly number[];
}

export default defineCollector({
  name: "zoneinfo",
  help: "Memory zones, their watermarks and counters.",
  enabled: false,
  peer: true,
  platforms: ["linux"],
  freshnessSeconds: 0.1,
  metrics,
  openFamilies: ["node_zoneinfo_protection_*"],
  sources: [FILE],
  read({ source }): Zone[] | null {
    const text = source.proc.try("zoneinfo");
    return text === undefined ? null : parseZoneinfo(text);
  },
  samples(zones, emit) {
    for (const { node, zone, fields } of zones) {
      for (const [field, name] of FAMILIES) emit(name, fields.get(field), { node, zone });
    }
    const most = Math.max(0, ...zones.map(({ protection }) => protection.length));
    for (let i = 0; i < most; i++) {
      emit.family({
        name: `node_zoneinfo_protection_${i}`,
        type: "gauge",
        help: `Protection array ${i}. field`,
        labels: ["node", "zone"],
        samples: zones.map(({ node, zone, protection }) => ({ labels: { node, zone }, value: protection[i] })),
      });
    }
  },
});

/**
 * Parses `/proc/zoneinfo`. A field has the number that stands last for it; lines of other forms are passed over, for every
 * few releases of the kernel have some of their own.
 *
 * @throws {SyntaxError} if it begins with no zone, or a field that is known has no number
 */
export function parseZoneinfo(text: string): Zone[] {
  const zones: { node: string; zone: string; fields: Map<string, number>; protection: readonly number[] }[] = [];
  for (const line of text.split("\n")) {
    const [, node, name] = /^\s*Node\s+(\d+),\s+zone\s+(\w+)/.exec(line) ?? [];
    if (node !== undefined && name !== undefined) {
      zones.push({ node, zone: name, fields: new Map(), protection: [] });
      continue;
    }
    const zone = zones.at(-1);
    if (!zone) {
      if (line.trim() === "") continue;
      throw malformed(FILE, line);
    }
    // Until 3.16 `scanned` had more behind its number.
    const [, field = "", digits] = /^\s+(\w+)\s+(\S+)/.exec(line) ?? [];
    const number = wholeNumber(digits);
    if (number !== undefined) zone.fields.set(field, number);
    else if (FAMILIES.has(field)) throw malformed(FILE, line);
    else if (/^\s+protection:/.test(line)) zone.protection = parseProtection(line);
  }
  return zones;
}

function parseProtection(line: string): number[] {
  const list = /^\s+protection: *\(([\d, ]*)\)?\s*$/.exec(line)?.[1];
  if (list === undefined) throw malformed(FILE, line);
  return list.split(",").filter((digits) => digits.trim() !== "").map((digits) => {
    const pages = wholeNumber(digits.trim());
    if (pages === undefined) throw malformed(FILE, line);
    return pages;
  });
}
