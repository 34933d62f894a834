/**
 * Time that tasks ran and waited on each processor: /proc/schedstat, Documentation/scheduler/sched-stats.rst,
 * CONFIG_SCHEDSTATS. 3 series per processor. The times are in nanoseconds since Linux 2.6.23, whatever its documents
 * said.
 *
 * @module
 */

import { defineCollector } from "../src/collector.ts";
import { wholeNumber } from "../src/kernel_text.ts";

const FILE = "/proc/schedstat";
const NANOSECONDS = 1e9;

/** What the scheduler did on one processor. */
export interface ProcessorSchedule {
  /** Seconds in which a task ran. */
  readonly runningSeconds: number;
  /** Seconds that tasks waited, summed over them. */
  readonly waitingSeconds: number;
  /** Slices of time that tasks were given. */
  readonly timeslices: number;
}

export default defineCollector({
  name: "schedstat",
  help: "Time that tasks ran and waited on each processor.",
  peer: true,
  freshnessSeconds: 0.1,
  platforms: ["linux"],
  metrics: {
    node_schedstat_running_seconds_total: {
      type: "counter",
      help: "Number of seconds CPU spent running a process.",
      labels: ["cpu"],
    },
    node_schedstat_waiting_seconds_total: {
      type: "counter",
      help: "Number of seconds spent by processing waiting for this CPU.",
      labels: ["cpu"],
    },
    node_schedstat_timeslices_total: {
      type: "counter",
      help: "Number of timeslices executed by CPU.",
      labels: ["cpu"],
    },
  },
  sources: [FILE],
  read({ source }): ReadonlyMap<string, ProcessorSchedule> | null {
    const text = source.proc.try("schedstat");
    return text === undefined ? null : parseSchedstat(text);
  },
  samples(cpus, emit) {
    for (const [cpu, { runningSeconds, waitingSeconds, timeslices }] of cpus) {
      emit("node_schedstat_running_seconds_total", runningSeconds, { cpu });
      emit("node_schedstat_waiting_seconds_total", waitingSeconds, { cpu });
      emit("node_schedstat_timeslices_total", timeslices, { cpu });
    }
  },
});

/**
 * Parses `/proc/schedstat`, by number of the processor; as with the peer, a processor's line that is cut off or garbled
 * costs that processor only.
 *
 * @throws {SyntaxError} if the file does not begin with its version
 */
export function parseSchedstat(text: string): ReadonlyMap<string, ProcessorSchedule> {
  if (!/^version \d/.test(text)) throw new SyntaxError(`Cannot parse "${FILE}": it does not begin with its version`);
  const cpus = new Map<string, ProcessorSchedule>();
  for (const line of text.split("\n")) {
    const [, cpu, columns] = /^cpu(\d+)((?: +\d+){9})/.exec(line) ?? [];
    const [running, waiting, timeslices] = columns?.trim().split(/ +/).slice(6).map(wholeNumber) ?? [];
    if (cpu === undefined || running === undefined || waiting === undefined || timeslices === undefined) continue;
    cpus.set(cpu, { runningSeconds: running / NANOSECONDS, waitingSeconds: waiting / NANOSECONDS, timeslices });
  }
  return cpus;
}
