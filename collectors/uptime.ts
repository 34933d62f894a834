/**
 * Time since the host booted, suspended time included: proc_uptime(5). One series, one line.
 *
 * @module
 */

import { defineCollector } from "../src/collector.ts";
import { decimalNumber, malformed } from "../src/kernel_text.ts";

const FILE = "/proc/uptime";

/** Seconds since boot. */
export type Uptime = number;

export default defineCollector({
  name: "uptime",
  help: "Time since the host booted.",
  freshnessSeconds: 0.1,
  metrics: {
    system_uptime_seconds_total: { type: "counter", help: "Seconds since the host booted." },
  },
  sources: [FILE, "node:os uptime() where there is no procfs"],
  read({ source }): Uptime | null {
    return source.platform === "linux" ? parseUptime(source.proc("uptime")) : source.runtime.uptimeSeconds() ?? null;
  },
  samples: (seconds, emit) => emit("system_uptime_seconds_total", seconds),
});

/**
 * Parses `/proc/uptime`.
 *
 * @throws {SyntaxError} if it does not begin with a number
 */
export function parseUptime(text: string): Uptime {
  const [first] = text.trim().split(/\s+/, 1);
  const seconds = decimalNumber(first);
  if (seconds === undefined) throw malformed(FILE, text.trim());
  return seconds;
}
