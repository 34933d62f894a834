/**
 * The kernel's account of memory: /proc/meminfo, proc_meminfo(5), about 50 series. Of its lines the peer has had since
 * its version 1.9 those below only. Elsewhere the two figures that the runtime knows, named as the peer names them on
 * macOS.
 *
 * @module
 */

import { defineCollector } from "../src/collector.ts";
import { malformed, wholeNumber } from "../src/kernel_text.ts";

const FILE = "/proc/meminfo";

const metrics = {
  node_memory_Active_anon_bytes: { type: "gauge", help: "Memory information field Active_anon_bytes." },
  node_memory_Active_bytes: { type: "gauge", help: "Memory information field Active_bytes." },
  node_memory_Active_file_bytes: { type: "gauge", help: "Memory information field Active_file_bytes." },
  node_memory_AnonHugePages_bytes: { type: "gauge", help: "Memory information field AnonHugePages_bytes." },
  node_memory_AnonPages_bytes: { type: "gauge", help: "Memory information field AnonPages_bytes." },
  node_memory_Bounce_bytes: { type: "gauge", help: "Memory information field Bounce_bytes." },
  node_memory_Buffers_bytes: { type: "gauge", help: "Memory information field Buffers_bytes." },
  node_memory_Cached_bytes: { type: "gauge", help: "Memory information field Cached_bytes." },
  node_memory_CmaFree_bytes: { type: "gauge", help: "Memory information field CmaFree_bytes." },
  node_memory_CmaTotal_bytes: { type: "gauge", help: "Memory information field CmaTotal_bytes." },
  node_memory_CommitLimit_bytes: { type: "gauge", help: "Memory information field CommitLimit_bytes." },
  node_memory_Committed_AS_bytes: { type: "gauge", help: "Memory information field Committed_AS_bytes." },
  node_memory_DirectMap1G_bytes: { type: "gauge", help: "Memory information field DirectMap1G_bytes." },
  node_memory_DirectMap2M_bytes: { type: "gauge", help: "Memory information field DirectMap2M_bytes." },
  node_memory_DirectMap4k_bytes: { type: "gauge", help: "Memory information field DirectMap4k_bytes." },
  node_memory_Dirty_bytes: { type: "gauge", help: "Memory information field Dirty_bytes." },
  node_memory_free_bytes: { type: "gauge", help: "Memory information field free_bytes." },
  node_memory_HardwareCorrupted_bytes: { type: "gauge", help: "Memory information field HardwareCorrupted_bytes." },
  node_memory_HugePages_Free: { type: "gauge", help: "Memory information field HugePages_Free." },
  node_memory_HugePages_Rsvd: { type: "gauge", help: "Memory information field HugePages_Rsvd." },
  node_memory_HugePages_Surp: { type: "gauge", help: "Memory information field HugePages_Surp." },
  node_memory_HugePages_Total: { type: "gauge", help: "Memory information field HugePages_Total." },
  node_memory_Hugepagesize_bytes: { type: "gauge", help: "Memory information field Hugepagesize_bytes." },
  node_memory_Inactive_anon_bytes: { type: "gauge", help: "Memory information field Inactive_anon_bytes." },
  node_memory_Inactive_bytes: { type: "gauge", help: "Memory information field Inactive_bytes." },
  node_memory_Inactive_file_bytes: { type: "gauge", help: "Memory information field Inactive_file_bytes." },
  node_memory_KernelStack_bytes: { type: "gauge", help: "Memory information field KernelStack_bytes." },
  node_memory_Mapped_bytes: { type: "gauge", help: "Memory information field Mapped_bytes." },
  node_memory_MemAvailable_bytes: { type: "gauge", help: "Memory information field MemAvailable_bytes." },
  node_memory_MemFree_bytes: { type: "gauge", help: "Memory information field MemFree_bytes." },
  node_memory_MemTotal_bytes: { type: "gauge", help: "Memory information field MemTotal_bytes." },
  node_memory_Mlocked_bytes: { type: "gauge", help: "Memory information field Mlocked_bytes." },
  node_memory_NFS_Unstable_bytes: { type: "gauge", help: "Memory information field NFS_Unstable_bytes." },
  node_memory_PageTables_bytes: { type: "gauge", help: "Memory information field PageTables_bytes." },
  node_memory_Percpu_bytes: { type: "gauge", help: "Memory information field Percpu_bytes." },
  node_memory_Shmem_bytes: { type: "gauge", help: "Memory information field Shmem_bytes." },
  node_memory_ShmemHugePages_bytes: { type: "gauge", help: "Memory information field ShmemHugePages_bytes." },
  node_memory_ShmemPmdMapped_bytes: { type: "gauge", help: "Memory information field ShmemPmdMapped_bytes." },
  node_memory_Slab_bytes: { type: "gauge", help: "Memory information field Slab_bytes." },
  node_memory_SReclaimable_bytes: { type: "gauge", help: "Memory information field SReclaimable_bytes." },
  node_memory_SUnreclaim_bytes: { type: "gauge", help: "Memory information field SUnreclaim_bytes." },
  node_memory_SwapCached_bytes: { type: "gauge", help: "Memory information field SwapCached_bytes." },
  node_memory_SwapFree_bytes: { type: "gauge", help: "Memory information field SwapFree_bytes." },
  node_memory_SwapTotal_bytes: { type: "gauge", help: "Memory information field SwapTotal_bytes." },
  node_memory_total_bytes: { type: "gauge", help: "Memory information field total_bytes." },
  node_memory_Unevictable_bytes: { type: "gauge", help: "Memory information field Unevictable_bytes." },
  node_memory_VmallocChunk_bytes: { type: "gauge", help: "Memory information field VmallocChunk_bytes." },
  node_memory_VmallocTotal_bytes: { type: "gauge", help: "Memory information field VmallocTotal_bytes." },
  node_memory_VmallocUsed_bytes: { type: "gauge", help: "Memory information field VmallocUsed_bytes." },
  node_memory_Writeback_bytes: { type: "gauge", help: "Memory information field Writeback_bytes." },
  node_memory_WritebackTmp_bytes: { type: "gauge", help: "Memory information field WritebackTmp_bytes." },
  node_memory_Zswap_bytes: { type: "gauge", help: "Memory information field Zswap_bytes." },
  node_memory_Zswapped_bytes: { type: "gauge", help: "Memory information field Zswapped_bytes." },
} as const;

/** Bytes, of `HugePages_` pages, by the name before the colon, as `MemTotal` or `Active(anon)`. */
export type MemoryInfo = ReadonlyMap<string, number>;

export default defineCollector({
  name: "meminfo",
  help: "Memory as the kernel accounts for it.",
  peer: true,
  aliases: ["memory"],
  freshnessSeconds: 0.1,
  metrics,
  sources: [FILE, "node:os totalmem() and freemem() where there is no procfs"],
  read({ source }): MemoryInfo | null {
    if (source.platform === "linux") return parseMeminfo(source.proc("meminfo"));
    const memory = source.runtime.memory();
    return memory ? new Map([["total", memory.totalBytes], ["free", memory.freeBytes]]) : null;
  },
  samples(fields, emit) {
    for (const [field, value] of fields) {
      const bare = `node_memory_${field.replace(/\((.*)\)/, "_$1")}`;
      const name = [`${bare}_bytes`, bare].find(isKnown);
      if (name) emit(name, value);
    }
  },
});

function isKnown(name: string): name is keyof typeof metrics {
  return Object.hasOwn(metrics, name);
}

/**
 * Parses `/proc/meminfo`.
 *
 * @throws {SyntaxError} if a line breaks the format, or there is none
 */
export function parseMeminfo(text: string): MemoryInfo {
  const fields = new Map<string, number>();
  for (const line of text.split("\n")) {
    if (line.trim() === "") continue;
    const [, field, digits, unit] = /^\s*([^\s:]+):\s+(\d+)(\s+kB)?\s*$/.exec(line) ?? [];
    const number = wholeNumber(digits);
    if (field === undefined || number === undefined) throw malformed(FILE, line);
    fields.set(field, unit ? number * 1024 : number);
  }
  if (fields.size === 0) throw new SyntaxError(`Cannot parse "${FILE}": it is empty`);
  return fields;
}
