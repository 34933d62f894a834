/**
 * Time that each processor spent in each mode, of proc_stat(5). 10 series per processor; reads nothing of its own.
 *
 * @module
 */

import * as z from "zod";
import { defineCollector } from "../src/collector.ts";
import stat, { CPU_FIELDS, type CpuSeconds } from "./stat.ts";

/** An idle time that falls by this much is a processor that was unplugged, and counts from 0 again. */
const HOTPLUG_SECONDS = 3;

/** Time by processor. */
export interface CpuTimes {
  /** By number, the processors that are online. */
  readonly cpus: ReadonlyMap<string, CpuSeconds>;
  /** Whether the time in guests is exposed. */
  readonly guest: boolean;
}

export default defineCollector({
  name: "cpu",
  help: "Time that each processor spent in each mode.",
  peer: true,
  freshnessSeconds: 0.1,
  options: z.strictObject({
    guest: z.boolean().default(true).describe("Expose node_cpu_guest_seconds_total."),
  }),
  needs: { stat },
  metrics: {
    node_cpu_seconds_total: { type: "counter", help: "Seconds the CPUs spent in each mode.", labels: ["cpu", "mode"] },
    node_cpu_guest_seconds_total: {
      type: "counter",
      help: "Seconds the CPUs spent in guests (VMs) for each mode.",
      labels: ["cpu", "mode"],
    },
  },
  sources: ["/proc/stat"],
  read({ needs, options: { guest } }): CpuTimes | null {
    const { cpus } = needs.stat.value;
    return cpus.size === 0 ? null : { cpus, guest };
  },
  correct({ cpus, guest }, previous) {
    const corrected = new Map<string, CpuSeconds>();
    for (const [cpu, now] of cpus) corrected.set(cpu, neverFalling(now, previous.cpus.get(cpu)));
    return { cpus: corrected, guest };
  },
  samples({ cpus, guest }, emit) {
    for (const [cpu, seconds] of cpus) {
      emit("node_cpu_seconds_total", seconds.user, { cpu, mode: "user" });
      emit("node_cpu_seconds_total", seconds.nice, { cpu, mode: "nice" });
      emit("node_cpu_seconds_total", seconds.system, { cpu, mode: "system" });
      emit("node_cpu_seconds_total", seconds.idle, { cpu, mode: "idle" });
      emit("node_cpu_seconds_total", seconds.iowait, { cpu, mode: "iowait" });
      emit("node_cpu_seconds_total", seconds.irq, { cpu, mode: "irq" });
      emit("node_cpu_seconds_total", seconds.softirq, { cpu, mode: "softirq" });
      emit("node_cpu_seconds_total", seconds.steal, { cpu, mode: "steal" });
      if (!guest) continue;
      emit("node_cpu_guest_seconds_total", seconds.guest, { cpu, mode: "user" });
      emit("node_cpu_guest_seconds_total", seconds.guestNice, { cpu, mode: "nice" });
    }
  },
});

/**
 * The peer's rule: the kernel takes idle and iowait back by a little now and then, which would read as a restart and
 * show hours of work in one second, so every mode keeps the most it had; after a hot-plug all are taken as they are.
 */
export function neverFalling(now: CpuSeconds, before: CpuSeconds = {}): CpuSeconds {
  if ((before.idle ?? 0) - (now.idle ?? 0) >= HOTPLUG_SECONDS) return now;
  const corrected: Partial<Record<keyof CpuSeconds, number>> = { ...now };
  for (const field of CPU_FIELDS) {
    const most = before[field];
    const seconds = now[field];
    if (most !== undefined && seconds !== undefined && seconds < most) corrected[field] = most;
  }
  return corrected;
}
