/**
 * Frequency of each processor: /sys/devices/system/cpu/cpuN/cpufreq, Documentation/admin-guide/pm/cpufreq.rst. Up to 6
 * series per processor, and one per governor. The kernel lets a processor's current frequency be asked every 50 ms at
 * most on some hardware, and waits until then.
 *
 * @module
 */

import { cpuListIn, numbered, permitted } from "../src/attribute.ts";
import { defineCollector, type FileTree } from "../src/collector.ts";
import { numberIn } from "../src/kernel_text.ts";

const FOLDER = "devices/system/cpu";
/** What a driver that cannot tell a frequency says. */
const UNKNOWN = "<unknown>";

/** Frequencies in hertz, and who chooses them. */
export interface CpuFrequency {
  /** Number of the processor. */
  readonly cpu: string;
  /** Of the hardware: now, at least, at most. */
  readonly hardware: readonly [number | undefined, number | undefined, number | undefined];
  /** As the kernel wants it: now, at least, at most. */
  readonly scaling: readonly [number | undefined, number | undefined, number | undefined];
  /** Whether each available governor is in force. */
  readonly governors: ReadonlyMap<string, boolean>;
}

/** Families by the file that has them; to read some of them a processor may be asked itself, and woken for it. */
const FAMILIES = {
  cpuinfo_cur_freq: "node_cpu_frequency_hertz",
  cpuinfo_min_freq: "node_cpu_frequency_min_hertz",
  cpuinfo_max_freq: "node_cpu_frequency_max_hertz",
  scaling_cur_freq: "node_cpu_scaling_frequency_hertz",
  scaling_min_freq: "node_cpu_scaling_frequency_min_hertz",
  scaling_max_freq: "node_cpu_scaling_frequency_max_hertz",
  scaling_governor: "node_cpu_scaling_governor",
} as const;

export default defineCollector({
  name: "cpufreq",
  help: "Frequency of each processor.",
  peer: true,
  freshnessSeconds: 0.1,
  platforms: ["linux"],
  metrics: {
    node_cpu_frequency_hertz: { type: "gauge", help: "Current CPU thread frequency in hertz.", labels: ["cpu"] },
    node_cpu_frequency_min_hertz: { type: "gauge", help: "Minimum CPU thread frequency in hertz.", labels: ["cpu"] },
    node_cpu_frequency_max_hertz: { type: "gauge", help: "Maximum CPU thread frequency in hertz.", labels: ["cpu"] },
    node_cpu_scaling_frequency_hertz: {
      type: "gauge",
      help: "Current scaled CPU thread frequency in hertz.",
      labels: ["cpu"],
    },
    node_cpu_scaling_frequency_min_hertz: {
      type: "gauge",
      help: "Minimum scaled CPU thread frequency in hertz.",
      labels: ["cpu"],
    },
    node_cpu_scaling_frequency_max_hertz: {
      type: "gauge",
      help: "Maximum scaled CPU thread frequency in hertz.",
      labels: ["cpu"],
    },
    node_cpu_scaling_governor: {
      type: "gauge",
      help: "Current enabled CPU frequency governor.",
      labels: ["cpu", "governor"],
    },
  },
  sources: {
    [`/sys/${FOLDER}/offline`]: ["node_cpu_*"],
    [`/sys/${FOLDER}/cpu*/cpufreq/cpuinfo_*_freq`]: ["node_cpu_frequency_*"],
    [`/sys/${FOLDER}/cpu*/cpufreq/scaling_*`]: ["node_cpu_scaling_*"],
  },
  read({ source: { sys }, wanted }): readonly CpuFrequency[] | null {
    const isRead = (file: keyof typeof FAMILIES) => wanted(FAMILIES[file]);
    const cpus = numbered(sys, FOLDER, "cpu");
    if (cpus.length === 0) return null;
    const offline = cpuListIn(sys, `${FOLDER}/offline`);
    return cpus.filter(({ path, number }) => !offline?.has(Number(number)) && sys.isFolder(`${path}/cpufreq`))
      .map(({ path, number }) => frequencyOf(sys, `${path}/cpufreq`, number, isRead));
  },
  samples(cpus, emit) {
    for (const { cpu, hardware: [now, least, most], scaling, governors } of cpus) {
      emit("node_cpu_frequency_hertz", now, { cpu });
      emit("node_cpu_frequency_min_hertz", least, { cpu });
      emit("node_cpu_frequency_max_hertz", most, { cpu });
      emit("node_cpu_scaling_frequency_hertz", scaling[0], { cpu });
      emit("node_cpu_scaling_frequency_min_hertz", scaling[1], { cpu });
      emit("node_cpu_scaling_frequency_max_hertz", scaling[2], { cpu });
      for (const [governor, active] of governors) {
        emit("node_cpu_scaling_governor", active ? 1 : 0, { cpu, governor });
      }
    }
  },
});

function frequencyOf(
  sys: FileTree,
  folder: string,
  cpu: string,
  isRead: (file: keyof typeof FAMILIES) => boolean,
): CpuFrequency {
  // Only root may ask the hardware; a system that hides more hides just that.
  const hertz = (file: keyof typeof FAMILIES) =>
    permitted(() => {
      if (!isRead(file)) return undefined;
      const kilohertz = sys.value(`${folder}/${file}`) === UNKNOWN ? undefined : numberIn(sys, `${folder}/${file}`);
      return kilohertz === undefined ? undefined : kilohertz * 1000;
    });
  const governor = isRead("scaling_governor") ? sys.value(`${folder}/scaling_governor`) ?? "" : "";
  const available = governor === "" ? undefined : sys.value(`${folder}/scaling_available_governors`)?.split(/ +/);
  return {
    cpu,
    hardware: [hertz("cpuinfo_cur_freq"), hertz("cpuinfo_min_freq"), hertz("cpuinfo_max_freq")],
    scaling: [hertz("scaling_cur_freq"), hertz("scaling_min_freq"), hertz("scaling_max_freq")],
    governors: new Map(available?.map((each) => [each, each === governor])),
  };
}
