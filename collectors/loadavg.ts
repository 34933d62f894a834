/**
 * Load averages: proc_loadavg(5), getloadavg(3). 3 series, one line. Windows has no such figure.
 *
 * @module
 */

import { defineCollector } from "../src/collector.ts";
import { decimalNumber, malformed } from "../src/kernel_text.ts";

const FILE = "/proc/loadavg";

/** Mean number of runnable and uninterruptible tasks over 1, 5 and 15 minutes. */
export type LoadAverages = readonly [number, number, number];

export default defineCollector({
  name: "loadavg",
  help: "System load averages.",
  peer: true,
  freshnessSeconds: 0.1,
  metrics: {
    node_load1: { type: "gauge", help: "1m load average." },
    node_load5: { type: "gauge", help: "5m load average." },
    node_load15: { type: "gauge", help: "15m load average." },
  },
  sources: [FILE, "node:os loadavg() where there is no procfs"],
  read({ source }): LoadAverages | null {
    return source.platform === "linux" ? parseLoadavg(source.proc("loadavg")) : source.runtime.loadavg() ?? null;
  },
  samples([load1, load5, load15], emit) {
    emit("node_load1", load1);
    emit("node_load5", load5);
    emit("node_load15", load15);
  },
});

/**
 * Parses `/proc/loadavg`.
 *
 * @throws {SyntaxError} if it does not begin with three numbers
 */
export function parseLoadavg(text: string): LoadAverages {
  const [load1, load5, load15] = text.trim().split(/\s+/, 3).map(decimalNumber);
  if (load1 === undefined || load5 === undefined || load15 === undefined) throw malformed(FILE, text.trim());
  return [load1, load5, load15];
}
