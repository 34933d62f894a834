/**
 * Kernel samepage merging: Documentation/admin-guide/mm/ksm.rst. 10 series out of as many files of sysfs.
 *
 * @module
 */

import { defineCollector, type Source } from "../src/collector.ts";
import { malformed, signedNumber } from "../src/kernel_text.ts";

const FOLDER = "kernel/mm/ksm";
/** `general_profit` came with Linux 6.4, and may be negative. */
const FILES = [
  "full_scans",
  "general_profit",
  "merge_across_nodes",
  "pages_shared",
  "pages_sharing",
  "pages_to_scan",
  "pages_unshared",
  "pages_volatile",
  "run",
  "sleep_millisecs",
] as const;

/** Numbers by file; absent where the kernel has no such file. */
export type Ksm = ReadonlyMap<(typeof FILES)[number], number>;

export default defineCollector({
  name: "ksmd",
  help: "Merging of equal pages by the kernel.",
  enabled: false,
  peer: true,
  platforms: ["linux"],
  freshnessSeconds: 0.1,
  metrics: {
    node_ksmd_full_scans_total: {
      type: "counter",
      help: "How many times all mergeable areas have been scanned.",
    },
    node_ksmd_general_profit_bytes: {
      type: "gauge",
      help: "How effective is KSM. ksm_saved_pages * sizeof(page) - (all_rmap_items) * sizeof(rmap_item)",
    },
    node_ksmd_merge_across_nodes: {
      type: "gauge",
      help: "Specifies if pages from different NUMA nodes can be merged.",
    },
    node_ksmd_pages_shared: { type: "gauge", help: "How many shared pages are being used." },
    node_ksmd_pages_sharing: {
      type: "gauge",
      help: "How many more sites are sharing them i.e. how much saved.",
    },
    node_ksmd_pages_to_scan: { type: "gauge", help: "How many pages to scan before ksmd goes to sleep." },
    node_ksmd_pages_unshared: {
      type: "gauge",
      help: "How many pages unique but repeatedly checked for merging.",
    },
    node_ksmd_pages_volatile: {
      type: "gauge",
      help: "How many pages changing too fast to be placed in a tree.",
    },
    node_ksmd_run: { type: "gauge", help: "The status of ksmd. stopped = 0, running = 1" },
    node_ksmd_sleep_seconds: { type: "gauge", help: "How many seconds ksmd should sleep before next scan." },
  },
  sources: [`/sys/${FOLDER}/*`],
  read: readKsm,
  samples(ksm, emit) {
    emit("node_ksmd_full_scans_total", ksm.get("full_scans"));
    emit("node_ksmd_general_profit_bytes", ksm.get("general_profit"));
    emit("node_ksmd_merge_across_nodes", ksm.get("merge_across_nodes"));
    emit("node_ksmd_pages_shared", ksm.get("pages_shared"));
    emit("node_ksmd_pages_sharing", ksm.get("pages_sharing"));
    emit("node_ksmd_pages_to_scan", ksm.get("pages_to_scan"));
    emit("node_ksmd_pages_unshared", ksm.get("pages_unshared"));
    emit("node_ksmd_pages_volatile", ksm.get("pages_volatile"));
    emit("node_ksmd_run", ksm.get("run"));
    const sleepMs = ksm.get("sleep_millisecs");
    emit("node_ksmd_sleep_seconds", sleepMs === undefined ? undefined : sleepMs / 1000);
  },
});

/**
 * Reads the files of ksm; `null` if the kernel was built without it.
 *
 * @throws {SyntaxError} if one holds no number
 */
function readKsm({ source }: { readonly source: Source }): Ksm | null {
  const ksm = new Map<(typeof FILES)[number], number>();
  for (const name of FILES) {
    const text = source.sys.value(`${FOLDER}/${name}`);
    if (text === undefined) continue;
    const number = signedNumber(text);
    if (number === undefined) throw malformed(source.sys.locate(`${FOLDER}/${name}`), text);
    ksm.set(name, number);
  }
  return ksm.size === 0 ? null : ksm;
}
