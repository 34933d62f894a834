/**
 * Free blocks of memory by size, which shows fragmentation: `/proc/buddyinfo` of proc_buddyinfo(5). 11 series per zone.
 *
 * @module
 */

import { defineCollector } from "../src/collector.ts";
import { malformed, wholeNumber } from "../src/kernel_text.ts";

const FILE = "/proc/buddyinfo";

/** Free blocks of one zone. */
export interface BuddyZone {
  /** Number of the NUMA node. */
  readonly node: string;
  /** Name of the zone, as `DMA32`. */
  readonly zone: string;
  /** Free blocks of 2^index pages. */
  readonly blocks: readonly number[];
}

export default defineCollector({
  name: "buddyinfo",
  help: "Free blocks of memory by size.",
  enabled: false,
  peer: true,
  platforms: ["linux"],
  freshnessSeconds: 0.1,
  metrics: {
    node_buddyinfo_blocks: {
      type: "gauge",
      help: "Count of free blocks according to size.",
      labels: ["node", "zone", "size"],
    },
  },
  sources: [FILE],
  read({ source }): BuddyZone[] | null {
    const text = source.proc.try("buddyinfo");
    return text === undefined ? null : parseBuddyinfo(text);
  },
  samples(zones, emit) {
    for (const { node, zone, blocks } of zones) {
      for (const [size, count] of blocks.entries()) {
        emit("node_buddyinfo_blocks", count, { node, zone, size: String(size) });
      }
    }
  },
});

/**
 * Parses `/proc/buddyinfo`.
 *
 * @throws {SyntaxError} if a line breaks the format, or has another number of sizes than the first
 */
export function parseBuddyinfo(text: string): BuddyZone[] {
  const zones: BuddyZone[] = [];
  for (const line of text.split("\n")) {
    if (line.trim() === "") continue;
    const [, node, zone, columns = ""] = /^\s*Node\s+(\d+),\s+zone\s+(\S+)((?:\s+\d+)*)\s*$/.exec(line) ?? [];
    const blocks = columns.split(/\s+/).filter((column) => column !== "").map((digits) => wholeNumber(digits) ?? NaN);
    const sizes = zones[0]?.blocks.length ?? blocks.length;
    if (node === undefined || zone === undefined || blocks.length !== sizes || blocks.some(Number.isNaN)) {
      throw malformed(FILE, line);
    }
    zones.push({ node, zone, blocks });
  }
  return zones;
}
