/**
 * Processor time and the counters of the whole kernel: proc_stat(5), read and parsed once for all who need it.
 * 6 series, 16 with softirqs. One file; of its longest line, `intr`, only the head is looked at.
 *
 * @module
 */

import * as z from "zod";
import { defineCollector, type Source } from "../src/collector.ts";
import { malformed, wholeNumber } from "../src/kernel_text.ts";

const FILE = "/proc/stat";
/** USER_HZ, which the kernel's ABI fixes for all architectures that the runtimes support. */
const TICKS_PER_SECOND = 100;
/** Columns of the line `softirq`: softirq_to_name[] in the kernel, under the peer's names. */
const SOFTIRQS = ["hi", "timer", "net_tx", "net_rx", "block", "block_iopoll", "tasklet", "sched", "hrtimer", "rcu"];

/** Columns of a processor's line; `user` and `nice` contain `guest` and `guestNice`. */
export const CPU_FIELDS = [
  "user",
  "nice",
  "system",
  "idle",
  "iowait",
  "irq",
  "softirq",
  "steal",
  "guest",
  "guestNice",
] as const;

/** Seconds that a processor spent in each mode since boot; absent where the system does not tell. */
export type CpuSeconds = Readonly<Partial<Record<(typeof CPU_FIELDS)[number], number>>>;

/** What `/proc/stat` says. */
export interface Stat {
  /** By number, the processors that are online. */
  readonly cpus: ReadonlyMap<string, CpuSeconds>;
  /** First number of every other line by its first word, as `btime`, `ctxt`, `intr`, `processes`. */
  readonly totals: ReadonlyMap<string, number>;
  /** Calls by vector; empty unless the option asks for them. */
  readonly softirqs: ReadonlyMap<string, number>;
}

export default defineCollector({
  name: "stat",
  help: "Boot time, forks, interrupts, context switches and running processes of the kernel.",
  peer: true,
  freshnessSeconds: 0.1,
  options: z.strictObject({
    softirq: z.boolean().default(false).describe("Also expose node_softirqs_total, by vector."),
  }),
  metrics: {
    node_boot_time_seconds: { type: "gauge", help: "Node boot time, in unixtime." },
    node_context_switches_total: { type: "counter", help: "Total number of context switches." },
    node_forks_total: { type: "counter", help: "Total number of forks." },
    node_intr_total: { type: "counter", help: "Total number of interrupts serviced." },
    node_procs_blocked: { type: "gauge", help: "Number of processes blocked waiting for I/O to complete." },
    node_procs_running: { type: "gauge", help: "Number of processes in runnable state." },
    node_softirqs_total: { type: "counter", help: "Number of softirq calls.", labels: ["vector"] },
  },
  sources: [FILE, "node:os cpus() and uptime() where there is no procfs"],
  read({ source, options, clock }) {
    if (source.platform !== "linux") return statOfRuntime(source, clock.wall());
    const stat = parseStat(source.proc("stat"));
    return options.softirq ? stat : { ...stat, softirqs: new Map() };
  },
  correct: steadyBootTime,
  samples({ totals, softirqs }, emit) {
    emit("node_boot_time_seconds", totals.get("btime"));
    emit("node_context_switches_total", totals.get("ctxt"));
    emit("node_forks_total", totals.get("processes"));
    emit("node_intr_total", totals.get("intr"));
    emit("node_procs_blocked", totals.get("procs_blocked"));
    emit("node_procs_running", totals.get("procs_running"));
    for (const [vector, calls] of softirqs) emit("node_softirqs_total", calls, { vector });
  },
});

/** Where the system has no such figure the runtime has a 0: `nice` on Windows, `irq` on macOS. */
function statOfRuntime({ platform, runtime }: Source, wallSeconds: number): Stat {
  const cpus = new Map<string, CpuSeconds>();
  for (const [number, cpu] of runtime.cpus().entries()) {
    const nice = platform === "windows" ? undefined : cpu.nice;
    const irq = platform === "darwin" ? undefined : cpu.irq;
    cpus.set(String(number), { user: cpu.user, nice, system: cpu.system, idle: cpu.idle, irq });
  }
  const uptime = runtime.uptimeSeconds();
  const boot = uptime === undefined ? [] : [["btime", Math.round(wallSeconds - uptime)] as const];
  return { cpus, totals: new Map(boot), softirqs: new Map() };
}

/** Without procfs the boot time is the difference of two clocks that tick apart: by one second it has not changed. */
function steadyBootTime(now: Stat, before: Stat): Stat {
  const boot = before.totals.get("btime") ?? NaN;
  const unchanged = Math.abs((now.totals.get("btime") ?? NaN) - boot) <= 1;
  return unchanged && !now.totals.has("ctxt") ? { ...now, totals: new Map([["btime", boot]]) } : now;
}

/**
 * Parses `/proc/stat`, also with lines that later kernels add.
 *
 * @throws {SyntaxError} if a line breaks the format, or no line is a processor's
 */
export function parseStat(text: string): Stat {
  const cpus = new Map<string, CpuSeconds>();
  const totals = new Map<string, number>();
  const softirqs = new Map<string, number>();
  for (const line of text.split("\n")) {
    if (line === "") continue;
    const [, key, first] = /^(\S+) +(\S+)/.exec(line) ?? [];
    const total = wholeNumber(first);
    if (key === undefined || total === undefined) throw malformed(FILE, line);
    if (key === "cpu") continue;
    if (/^cpu\d+$/.test(key)) cpus.set(key.slice(3), parseCpu(line));
    else totals.set(key, total);
    if (key === "softirq") parseSoftirqs(line, softirqs);
  }
  if (cpus.size === 0) throw new SyntaxError(`Cannot parse "${FILE}": no line is a processor's`);
  return { cpus, totals, softirqs };
}

/** Columns that the kernel does not have are 0, as with the peer: the last came with 2.6.33, OpenVZ hides some. */
function parseCpu(line: string): CpuSeconds {
  const seconds = line.trimEnd().split(/ +/).slice(1).map((ticks) => (wholeNumber(ticks) ?? NaN) / TICKS_PER_SECOND);
  if (seconds.length < 4 || seconds.some(Number.isNaN)) throw malformed(FILE, line);
  const [user, nice, system, idle, iowait = 0, irq = 0, softirq = 0, steal = 0, guest = 0, guestNice = 0] = seconds;
  return { user, nice, system, idle, iowait, irq, softirq, steal, guest, guestNice };
}

function parseSoftirqs(line: string, softirqs: Map<string, number>): void {
  const columns = line.split(/ +/);
  for (const [i, vector] of SOFTIRQS.entries()) {
    const calls = wholeNumber(columns[i + 2]);
    if (calls === undefined) throw malformed(FILE, line);
    softirqs.set(vector, calls);
  }
}
