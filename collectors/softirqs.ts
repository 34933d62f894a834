/**
 * Calls of soft interrupts by processor and function: `/proc/softirqs` of proc_softirqs(5). 10 series per processor.
 *
 * @module
 */

import { defineCollector } from "../src/collector.ts";
import { malformed, wholeNumber } from "../src/kernel_text.ts";

const FILE = "/proc/softirqs";
/** What the peer knows; softirq_to_name[] has been the same since Linux 3.0, but for the name of `IRQ_POLL`. */
const FUNCTIONS: ReadonlySet<string> = new Set([
  "HI",
  "TIMER",
  "NET_TX",
  "NET_RX",
  "BLOCK",
  "IRQ_POLL",
  "TASKLET",
  "SCHED",
  "HRTIMER",
  "RCU",
]);

/** Calls by function, one number per processor. */
export type Softirqs = ReadonlyMap<string, readonly number[]>;

export default defineCollector({
  name: "softirqs",
  help: "Soft interrupts served by each processor, by function.",
  enabled: false,
  peer: true,
  platforms: ["linux"],
  freshnessSeconds: 0.1,
  metrics: {
    node_softirqs_functions_total: { type: "counter", help: "Softirq counts per CPU.", labels: ["cpu", "type"] },
  },
  sources: [FILE],
  read({ source }): Softirqs | null {
    const text = source.proc.try("softirqs");
    return text === undefined ? null : parseSoftirqs(text);
  },
  samples(softirqs, emit) {
    for (const [type, counts] of softirqs) {
      for (const [cpu, count] of counts.entries()) {
        emit("node_softirqs_functions_total", count, { cpu: String(cpu), type });
      }
    }
  },
});

/**
 * Parses `/proc/softirqs`; functions that the peer does not know are left out, and a line that ends before its first
 * number.
 *
 * @throws {SyntaxError} if there is no heading, or a function that is known has anything but numbers
 */
export function parseSoftirqs(text: string): Softirqs {
  const softirqs = new Map<string, number[]>();
  const [header = "", ...lines] = text.split("\n");
  if (!/^\s*CPU\d/.test(header)) throw malformed(FILE, header);
  for (const line of lines) {
    const [name = "", ...columns] = line.trim().split(/\s+/);
    const type = name.replace(/:$/, "");
    if (type === name || !FUNCTIONS.has(type) || columns.length === 0) continue;
    const counts = columns.map((digits) => wholeNumber(digits) ?? NaN);
    if (counts.some(Number.isNaN)) throw malformed(FILE, line);
    softirqs.set(type, counts);
  }
  return softirqs;
}
