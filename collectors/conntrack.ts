/**
 * Connection tracking: nf_conntrack-sysctl.rst of the kernel, and the columns of conntrack(8) `--stats`. 10 series, three
 * small files. Not here where the module is not loaded.
 *
 * @module
 */

import { defineCollector } from "../src/collector.ts";
import { hexColumns, numberIn } from "../src/kernel_text.ts";

/** Families by the column that their processors' sum is of. */
const COLUMNS = [
  ["node_nf_conntrack_stat_found", "found"],
  ["node_nf_conntrack_stat_invalid", "invalid"],
  ["node_nf_conntrack_stat_ignore", "ignore"],
  ["node_nf_conntrack_stat_insert", "insert"],
  ["node_nf_conntrack_stat_insert_failed", "insert_failed"],
  ["node_nf_conntrack_stat_drop", "drop"],
  ["node_nf_conntrack_stat_early_drop", "early_drop"],
  ["node_nf_conntrack_stat_search_restart", "search_restart"],
] as const;

/** State of connection tracking. */
export interface Conntrack {
  /** Connections that are tracked. */
  readonly entries: number;
  /** The most that can be, where the kernel tells. */
  readonly limit: number | undefined;
  /** Counts by column, one for each processor; absent where the kernel was built without. */
  readonly columns: ReadonlyMap<string, readonly number[]> | undefined;
}

export default defineCollector({
  name: "conntrack",
  help: "Connection tracking.",
  peer: true,
  platforms: ["linux"],
  freshnessSeconds: 0.1,
  metrics: {
    node_nf_conntrack_entries: {
      type: "gauge",
      help: "Number of currently allocated flow entries for connection tracking.",
    },
    node_nf_conntrack_entries_limit: { type: "gauge", help: "Maximum size of connection tracking table." },
    node_nf_conntrack_stat_drop: { type: "gauge", help: "Number of packets dropped due to conntrack failure." },
    node_nf_conntrack_stat_early_drop: {
      type: "gauge",
      help: "Number of dropped conntrack entries to make room for new ones, if maximum table size was reached.",
    },
    node_nf_conntrack_stat_found: { type: "gauge", help: "Number of searched entries which were successful." },
    node_nf_conntrack_stat_ignore: {
      type: "gauge",
      help: "Number of packets seen which are already connected to a conntrack entry.",
    },
    node_nf_conntrack_stat_insert: { type: "gauge", help: "Number of entries inserted into the list." },
    node_nf_conntrack_stat_insert_failed: {
      type: "gauge",
      help: "Number of entries for which list insertion was attempted but failed.",
    },
    node_nf_conntrack_stat_invalid: { type: "gauge", help: "Number of packets seen which can not be tracked." },
    node_nf_conntrack_stat_search_restart: {
      type: "gauge",
      help: "Number of conntrack table lookups which had to be restarted due to hashtable resizes.",
    },
  },
  sources: {
    "/proc/sys/net/netfilter/nf_conntrack_count": ["node_nf_conntrack_entries"],
    "/proc/sys/net/netfilter/nf_conntrack_max": ["node_nf_conntrack_entries_limit"],
    "/proc/net/stat/nf_conntrack": ["node_nf_conntrack_stat_*"],
  },
  read({ source }): Conntrack | null {
    const entries = numberIn(source.proc, "sys/net/netfilter/nf_conntrack_count");
    if (entries === undefined) return null;
    const limit = numberIn(source.proc, "sys/net/netfilter/nf_conntrack_max");
    const text = source.proc.try("net/stat/nf_conntrack");
    const columns = text === undefined ? undefined : hexColumns("/proc/net/stat/nf_conntrack", text);
    return { entries, limit, columns };
  },
  samples({ entries, limit, columns }, emit) {
    emit("node_nf_conntrack_entries", entries);
    emit("node_nf_conntrack_entries_limit", limit);
    for (const [name, column] of COLUMNS) {
      // Before 2.6.35 there was no search_restart, which the peer has as 0.
      if (columns) emit(name, (columns.get(column) ?? []).reduce((sum, count) => sum + count, 0));
    }
  },
});
