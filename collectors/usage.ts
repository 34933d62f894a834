/**
 * How busy the host is at a glance, made of the figures of `stat` and `meminfo`: 4 series; reads nothing of its own.
 *
 * A processor is busy when it is neither idle nor waiting for I/O; time stolen by the hypervisor is busy. Memory is used
 * as far as the kernel would not make it available without swapping; kernels before 3.14 do not say how much that is, and
 * there free memory, buffers and page cache count as available, tmpfs included.
 *
 * @module
 */

import { defineCollector } from "../src/collector.ts";
import meminfo, { type MemoryInfo } from "./meminfo.ts";
import stat, { type CpuSeconds } from "./stat.ts";

type Cpus = ReadonlyMap<string, CpuSeconds>;

/** Shares of 1; `undefined` where there is nothing to make them of. */
export interface Usage {
  /** Processor times at the end of the interval, from which the next one counts. */
  readonly cpus: Cpus;
  /** Busy share of all processors' time in the interval. */
  readonly cpuRatio: number | undefined;
  /** Used share of memory at the end of the interval. */
  readonly memoryRatio: number | undefined;
}

export default defineCollector({
  name: "usage",
  help: "Share of processor time and of memory that is in use.",
  intervalSeconds: 5,
  needs: { stat, meminfo },
  metrics: {
    system_usage: {
      type: "gauge",
      help: "Usage in percent: of the processors over the collector's last interval, of memory at its end.",
      labels: ["resource_type"],
    },
    sonde_host_cpu_usage_ratio: {
      type: "gauge",
      help: "Share of all processors' time over the collector's last interval that was busy, 0 to 1.",
    },
    sonde_host_memory_usage_ratio: { type: "gauge", help: "Share of memory not available to new programs, 0 to 1." },
  },
  sources: ["stat", "meminfo"],
  read: ({ needs }) => ({ cpus: needs.stat.value.cpus, memoryRatio: memoryRatio(needs.meminfo.value) }),
  fold: ({ cpus, memoryRatio }, previous: Usage | undefined): Usage => ({
    cpus,
    cpuRatio: previous && busyRatio(cpus, previous.cpus),
    memoryRatio,
  }),
  samples({ cpuRatio, memoryRatio }, emit) {
    emit("system_usage", percent(cpuRatio), { resource_type: "CPU" });
    emit("system_usage", percent(memoryRatio), { resource_type: "Memory" });
    emit("sonde_host_cpu_usage_ratio", cpuRatio);
    emit("sonde_host_memory_usage_ratio", memoryRatio);
  },
});

function percent(ratio: number | undefined): number | undefined {
  return ratio === undefined ? undefined : ratio * 100;
}

/**
 * Busy share of the time that passed between two readings, over the processors that are in both: one that came, went or
 * began anew would bring its whole life into the interval. `undefined` if no time passed.
 */
export function busyRatio(now: Cpus, before: Cpus): number | undefined {
  let busy = 0;
  let total = 0;
  for (const [cpu, seconds] of now) {
    const earlier = before.get(cpu);
    if (!earlier) continue;
    const busyPassed = busySeconds(seconds) - busySeconds(earlier);
    const passed = busyPassed + idleSeconds(seconds) - idleSeconds(earlier);
    if (passed <= 0) continue;
    busy += busyPassed;
    total += passed;
  }
  return total > 0 ? Math.min(1, Math.max(0, busy / total)) : undefined;
}

/** Without time in guests, which user and nice contain. */
function busySeconds({ user = 0, nice = 0, system = 0, irq = 0, softirq = 0, steal = 0 }: CpuSeconds): number {
  return user + nice + system + irq + softirq + steal;
}

function idleSeconds({ idle = 0, iowait = 0 }: CpuSeconds): number {
  return idle + iowait;
}

/** Share of memory that is not available; `undefined` if the host does not tell. */
export function memoryRatio(info: MemoryInfo): number | undefined {
  const cache = (info.get("Buffers") ?? 0) + (info.get("Cached") ?? 0);
  const free = info.get("MemFree") ?? info.get("free");
  const available = info.get("MemAvailable") ?? (free === undefined ? undefined : free + cache);
  const total = info.get("MemTotal") ?? info.get("total");
  return total && available !== undefined ? Math.max(0, (total - available) / total) : undefined;
}
