/**
 * Time that each processor spent in each mode, of proc_stat(5); its model by option, its state in sysfs. 10 series per
 * processor, up to 5 more with sysfs, 2 more with `info`. Without `per-core` 10 series in all, and a throttle count per
 * socket; `info` is asked for apart, and stays.
 *
 * @module
 */

import * as z from "zod";
import { defineCollector, type Emit } from "../src/collector.ts";
import { patternOption } from "../src/pattern.ts";
import { type CpuInfo, parseCpuinfo } from "./cpu/cpuinfo.ts";
import { type CpuTopology, readTopology } from "./cpu/topology.ts";
import stat, { CPU_FIELDS, type CpuSeconds } from "./stat.ts";

const PATTERN = { placeholder: "pattern" };

/** An idle time that falls by this much is a processor that was unplugged, and counts from 0 again. */
const HOTPLUG_SECONDS = 3;

/** Processors. */
export interface Cpus {
  /** Time by number, the processors that are online; empty if only all together are asked for. */
  readonly cpus: ReadonlyMap<string, CpuSeconds>;
  /** Time of all together, if that is asked for. */
  readonly sum: CpuSeconds | undefined;
  /** Whether the time in guests is exposed. */
  readonly guest: boolean;
  /** What sysfs knows of them. */
  readonly topology: CpuTopology;
  /** Make and model; empty unless the option asks for them. */
  readonly info: readonly CpuInfo[];
  /** Chosen flags of the first processor. */
  readonly flags: readonly string[];
  /** Chosen bugs of the first processor. */
  readonly bugs: readonly string[];
}

const metrics = {
  node_cpu_seconds_total: { type: "counter", help: "Seconds the CPUs spent in each mode.", labels: ["cpu", "mode"] },
  node_cpu_guest_seconds_total: {
    type: "counter",
    help: "Seconds the CPUs spent in guests (VMs) for each mode.",
    labels: ["cpu", "mode"],
  },
  node_cpu_info: {
    type: "gauge",
    help: "CPU information from /proc/cpuinfo.",
    labels: [
      "package",
      "core",
      "cpu",
      "vendor",
      "family",
      "model",
      "model_name",
      "microcode",
      "stepping",
      "cachesize",
    ],
  },
  node_cpu_frequency_hertz: {
    type: "gauge",
    help: "CPU frequency in hertz from /proc/cpuinfo.",
    labels: ["package", "core", "cpu"],
  },
  node_cpu_flag_info: {
    type: "gauge",
    help: "The `flags` field of CPU information from /proc/cpuinfo taken from the first core.",
    labels: ["flag"],
  },
  node_cpu_bug_info: {
    type: "gauge",
    help: "The `bugs` field of CPU information from /proc/cpuinfo taken from the first core.",
    labels: ["bug"],
  },
  node_cpu_core_throttles_total: {
    type: "counter",
    help: "Number of times this CPU core has been throttled.",
    labels: ["package", "core"],
  },
  node_cpu_package_throttles_total: {
    type: "counter",
    help: "Number of times this CPU package has been throttled.",
    labels: ["package"],
  },
  node_cpu_isolated: {
    type: "gauge",
    help: "Whether each core is isolated, information from /sys/devices/system/cpu/isolated.",
    labels: ["cpu"],
  },
  node_cpu_online: { type: "gauge", help: "CPUs that are online and being scheduled.", labels: ["cpu"] },
  sonde_cpu_seconds_total: {
    type: "counter",
    help: "Seconds that all CPUs together spent in each mode.",
    labels: ["mode"],
  },
  sonde_cpu_guest_seconds_total: {
    type: "counter",
    help: "Seconds that all CPUs together spent in guests (VMs) for each mode.",
    labels: ["mode"],
  },
} as const;

/** Families of single processors, which `per-core` switches off. */
const PER_CORE = [
  "node_cpu_seconds_total",
  "node_cpu_guest_seconds_total",
  "node_cpu_online",
  "node_cpu_isolated",
  "node_cpu_core_throttles_total",
] as const;
const SUMS = ["sonde_cpu_seconds_total", "sonde_cpu_guest_seconds_total"] as const;
const GUEST = ["node_cpu_guest_seconds_total", "sonde_cpu_guest_seconds_total"] as const;
const INFO = ["node_cpu_info", "node_cpu_frequency_hertz"] as const;
const TOPOLOGY = {
  online: "node_cpu_online",
  isolated: "node_cpu_isolated",
  coreThrottles: "node_cpu_core_throttles_total",
  packageThrottles: "node_cpu_package_throttles_total",
} as const;

export default defineCollector({
  name: "cpu",
  help: "Time that each processor spent in each mode, its model and state.",
  peer: true,
  freshnessSeconds: 0.1,
  options: z.strictObject({
    guest: z.boolean().default(true).describe("Expose node_cpu_guest_seconds_total."),
    info: z.boolean().default(false).describe("Expose node_cpu_info."),
    "info.flags-include": z.string().default("").transform(patternOption)
      .describe("Regexp of processor flags to expose; implies info.").meta(PATTERN),
    "info.bugs-include": z.string().default("").transform(patternOption)
      .describe("Regexp of processor bugs to expose; implies info.").meta(PATTERN),
    "per-core": z.boolean().default(true)
      .describe("Expose the time of each processor; otherwise sonde_cpu_seconds_total, that of all together."),
  }),
  needs: { stat },
  metrics,
  omits: ({ guest, info, "info.flags-include": flags, "info.bugs-include": bugs, "per-core": perCore }) => [
    ...(perCore ? SUMS : PER_CORE),
    ...(guest ? [] : GUEST),
    ...(info || flags || bugs ? [] : INFO),
    ...(flags ? [] : ["node_cpu_flag_info"] as const),
    ...(bugs ? [] : ["node_cpu_bug_info"] as const),
  ],
  sources: {
    "/proc/stat": ["node_cpu_*seconds_total", "sonde_cpu_*seconds_total"],
    "/proc/cpuinfo": [...INFO, "node_cpu_flag_info", "node_cpu_bug_info"],
    "/sys/devices/system/cpu/isolated": ["node_cpu_isolated"],
    "/sys/devices/system/cpu/cpu*/online": ["node_cpu_online"],
    "/sys/devices/system/cpu/cpu*/topology/*_id": ["node_cpu_*_throttles_total"],
    "/sys/devices/system/cpu/cpu*/thermal_throttle/*_throttle_count": ["node_cpu_*_throttles_total"],
  },
  read({ source, needs, options, wanted }): Cpus | null {
    const { cpus, allCpus } = needs.stat.value;
    if (cpus.size === 0) return null;
    const { guest, "info.flags-include": flags, "info.bugs-include": bugs, "per-core": perCore } = options;
    const hasInfo = (options.info || flags || bugs) &&
      [...INFO, "node_cpu_flag_info" as const, "node_cpu_bug_info" as const].some((name) => wanted(name));
    const info = hasInfo ? parseCpuinfo(source.proc("cpuinfo")) : [];
    return {
      cpus: perCore ? cpus : new Map(),
      sum: perCore ? undefined : allCpus ?? sumOf(cpus.values()),
      guest,
      topology: readTopology(source.sys, (part) => wanted(TOPOLOGY[part])),
      info,
      flags: flags ? info[0]?.flags.filter((flag) => flags.test(flag)) ?? [] : [],
      bugs: bugs ? info[0]?.bugs.filter((bug) => bugs.test(bug)) ?? [] : [],
    };
  },
  correct(now, previous) {
    const corrected = new Map<string, CpuSeconds>();
    for (const [cpu, seconds] of now.cpus) corrected.set(cpu, neverFalling(seconds, previous.cpus.get(cpu)));
    return { ...now, cpus: corrected, sum: now.sum && neverFalling(now.sum, previous.sum) };
  },
  samples(value, emit) {
    emitTimes(value, emit);
    emitSum(value, emit);
    emitInfo(value, emit);
    const { online, isolated, coreThrottles, packageThrottles } = value.topology;
    for (const [cpu, on] of online) emit("node_cpu_online", on ? 1 : 0, { cpu });
    for (const cpu of isolated) emit("node_cpu_isolated", 1, { cpu: String(cpu) });
    for (const { package: socket, core, count } of coreThrottles) {
      emit("node_cpu_core_throttles_total", count, { package: socket, core });
    }
    for (const [socket, count] of packageThrottles) {
      emit("node_cpu_package_throttles_total", count, { package: socket });
    }
  },
});

function emitTimes({ cpus, guest }: Cpus, emit: Emit<typeof metrics>): void {
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
}

function emitSum({ sum, guest }: Cpus, emit: Emit<typeof metrics>): void {
  if (!sum) return;
  emit("sonde_cpu_seconds_total", sum.user, { mode: "user" });
  emit("sonde_cpu_seconds_total", sum.nice, { mode: "nice" });
  emit("sonde_cpu_seconds_total", sum.system, { mode: "system" });
  emit("sonde_cpu_seconds_total", sum.idle, { mode: "idle" });
  emit("sonde_cpu_seconds_total", sum.iowait, { mode: "iowait" });
  emit("sonde_cpu_seconds_total", sum.irq, { mode: "irq" });
  emit("sonde_cpu_seconds_total", sum.softirq, { mode: "softirq" });
  emit("sonde_cpu_seconds_total", sum.steal, { mode: "steal" });
  if (!guest) return;
  emit("sonde_cpu_guest_seconds_total", sum.guest, { mode: "user" });
  emit("sonde_cpu_guest_seconds_total", sum.guestNice, { mode: "nice" });
}

/** For systems that tell no sum of their own. */
function sumOf(cpus: Iterable<CpuSeconds>): CpuSeconds {
  const sum: Partial<Record<keyof CpuSeconds, number>> = {};
  for (const cpu of cpus) {
    for (const field of CPU_FIELDS) {
      const seconds = cpu[field];
      if (seconds !== undefined) sum[field] = (sum[field] ?? 0) + seconds;
    }
  }
  return sum;
}

/** The frequency of a processor whose file does not tell it is 0, as with the peer. */
function emitInfo({ info, flags, bugs }: Cpus, emit: Emit<typeof metrics>): void {
  for (const { cpu, package: socket, core, vendor, family, model, modelName, ...more } of info) {
    emit("node_cpu_info", 1, {
      package: socket,
      core,
      cpu,
      vendor,
      family,
      model,
      model_name: modelName,
      microcode: more.microcode,
      stepping: more.stepping,
      cachesize: more.cacheSize,
    });
    emit("node_cpu_frequency_hertz", more.megahertz * 1e6, { package: socket, core, cpu });
  }
  for (const flag of flags) emit("node_cpu_flag_info", 1, { flag });
  for (const bug of bugs) emit("node_cpu_bug_info", 1, { bug });
}

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
