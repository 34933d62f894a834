/**
 * Pressure stall information: /proc/pressure, Documentation/accounting/psi.rst, Linux 4.20. Time in which tasks waited
 * for a resource (`some`), and in which no task could go on for want of it (`full`). 6 series of 4 files.
 *
 * @module
 */

import { defineCollector, type FileTree } from "../src/collector.ts";
import { malformed, wholeNumber } from "../src/kernel_text.ts";

/** Seconds stalled; a kernel does not tell both of each resource. */
export interface Pressure {
  /** In which some task waited. */
  readonly some?: number;
  /** In which all tasks waited. */
  readonly full?: number;
}

export default defineCollector({
  name: "pressure",
  help: "Time for which tasks waited for processor, memory, disk and interrupts.",
  peer: true,
  freshnessSeconds: 0.1,
  platforms: ["linux"],
  metrics: {
    node_pressure_cpu_waiting_seconds_total: {
      type: "counter",
      help: "Total time in seconds that processes have waited for CPU time",
    },
    node_pressure_io_waiting_seconds_total: {
      type: "counter",
      help: "Total time in seconds that processes have waited due to IO congestion",
    },
    node_pressure_io_stalled_seconds_total: {
      type: "counter",
      help: "Total time in seconds no process could make progress due to IO congestion",
    },
    node_pressure_memory_waiting_seconds_total: {
      type: "counter",
      help: "Total time in seconds that processes have waited for memory",
    },
    node_pressure_memory_stalled_seconds_total: {
      type: "counter",
      help: "Total time in seconds no process could make progress due to memory congestion",
    },
    node_pressure_irq_stalled_seconds_total: {
      type: "counter",
      help: "Total time in seconds no process could make progress due to IRQ congestion",
    },
  },
  sources: {
    "/proc/pressure/cpu": ["node_pressure_cpu_*"],
    "/proc/pressure/io": ["node_pressure_io_*"],
    "/proc/pressure/memory": ["node_pressure_memory_*"],
    "/proc/pressure/irq": ["node_pressure_irq_*"],
  },
  read({ source: { proc }, wanted }) {
    const hasIo = wanted("node_pressure_io_waiting_seconds_total") || wanted("node_pressure_io_stalled_seconds_total");
    const hasMemory = wanted("node_pressure_memory_waiting_seconds_total") ||
      wanted("node_pressure_memory_stalled_seconds_total");
    const cpu = wanted("node_pressure_cpu_waiting_seconds_total") ? pressureOf(proc, "cpu") : undefined;
    const io = hasIo ? pressureOf(proc, "io") : undefined;
    const memory = hasMemory ? pressureOf(proc, "memory") : undefined;
    const irq = wanted("node_pressure_irq_stalled_seconds_total") ? pressureOf(proc, "irq") : undefined;
    return cpu ?? io ?? memory ?? irq ? { cpu, io, memory, irq } : null;
  },
  samples({ cpu, io, memory, irq }, emit) {
    emit("node_pressure_cpu_waiting_seconds_total", cpu?.some);
    emit("node_pressure_io_waiting_seconds_total", io?.some);
    emit("node_pressure_io_stalled_seconds_total", io?.full);
    emit("node_pressure_memory_waiting_seconds_total", memory?.some);
    emit("node_pressure_memory_stalled_seconds_total", memory?.full);
    emit("node_pressure_irq_stalled_seconds_total", irq?.full);
  },
});

/** A kernel started with `psi=0` has the files, and reading them fails by EOPNOTSUPP. */
function pressureOf(proc: FileTree, resource: string): Pressure | undefined {
  const text = proc.value(`pressure/${resource}`);
  return text === undefined ? undefined : parsePressure(text, resource);
}

/**
 * Parses a file of `/proc/pressure`; lines that later kernels add are left out.
 *
 * @throws {SyntaxError} if a line breaks the format, or the file has neither of the two lines
 */
export function parsePressure(text: string, resource: string): Pressure {
  const file = `/proc/pressure/${resource}`;
  const seconds: { some?: number; full?: number } = {};
  for (const line of text.split("\n")) {
    const kind = /^(some|full)\b/.exec(line)?.[1];
    if (kind !== "some" && kind !== "full") continue;
    const microseconds = wholeNumber(/ total=(\S+)/.exec(line)?.[1]);
    if (microseconds === undefined) throw malformed(file, line);
    seconds[kind] = microseconds / 1000 / 1000;
  }
  if (seconds.some === undefined && seconds.full === undefined) throw malformed(file, text.split("\n", 1)[0] ?? "");
  return seconds;
}
