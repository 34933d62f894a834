/**
 * Processor time and the counters of the whole kernel: proc_stat(5), read and parsed once for all who need it.
 * 6 series, 16 with softirqs. One file; of its longest line, `intr`, only the head is looked at.
 *
 * @module
 */

import * as z from "zod";
import { defineCollector, type Source } from "../src/collector.ts";
import { malformed, truncated, wholeNumber } from "../src/kernel_text.ts";

const FILE = "/proc/stat";
/** USER_HZ, which the kernel's ABI fixes for all architectures that the runtimes support. */
const TICKS_PER_SECOND = 100;
/** Lines of which the first number is read. */
const TOTALS: readonly string[] = ["btime", "ctxt", "intr", "processes", "procs_blocked", "procs_running", "softirq"];
/** Columns of the line `softirq`: softirq_to_name[] in the kernel, under the peer's names. */
const SOFTIRQS = ["hi", "timer", "net_tx", "net_rx", "block", "block_iopoll", "tasklet", "sched", "hrtimer", "rcu"];

/** What a kernel before 2.6.31, which has no such line, shows with the peer. */
const NO_SOFTIRQS: ReadonlyMap<string, number> = new Map(SOFTIRQS.map((vector) => [vector, 0]));

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
  /** All processors together, those that are offline included; absent where the system does not tell. */
  readonly allCpus?: CpuSeconds;
  /** First number by the line's first word: `btime`, `ctxt`, `intr`, `processes`, `procs_…`, `softirq`. */
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
    if (!options.softirq) return { ...stat, softirqs: new Map() };
    return stat.softirqs.size > 0 ? stat : { ...stat, softirqs: NO_SOFTIRQS };
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
 * Parses `/proc/stat`. Lines whose first word is not known, as later kernels may add, hold what they like.
 *
 * @throws {SyntaxError} if a line breaks the format, the last is a processor's cut short, or none is a processor's
 */
export function parseStat(text: string): Stat {
  const cpus = new Map<string, CpuSeconds>();
  const totals = new Map<string, number>();
  const softirqs = new Map<string, number>();
  let allCpus: CpuSeconds | undefined;
  const lines = text.split("\n");
  // The kernel ends its last line; a file made by hand may not, but a processor's line that was cut lacks columns.
  const last = lines.at(-1) ?? "";
  if (/^\s*cpu/.test(last) && columnsOf(last).length < columnsOf(lines[0] ?? "").length) throw truncated(FILE, last);
  for (const line of lines) {
    const [, key = "", first] = /^\s*(\S+)\s*(\S*)/.exec(line) ?? [];
    if (/^cpu\d+$/.test(key)) cpus.set(key.slice(3), parseCpu(line));
    if (key === "cpu") allCpus ??= cpuSeconds(line);
    if (!TOTALS.includes(key)) continue;
    const total = wholeNumber(first);
    if (total === undefined) throw malformed(FILE, line);
    totals.set(key, total);
    if (key === "softirq") parseSoftirqs(line, softirqs);
  }
  if (cpus.size === 0) throw new SyntaxError(`Cannot parse "${FILE}": no line is a processor's`);
  return { cpus, ...(allCpus && { allCpus }), totals, softirqs };
}

const columnsOf = (line: string): string[] => line.trim().split(/\s+/);

/** Columns that the kernel does not have are 0, as with the peer: the last came with 2.6.33, OpenVZ hides some. */
function cpuSeconds(line: string): CpuSeconds | undefined {
  const seconds = columnsOf(line).slice(1).map((ticks) => (wholeNumber(ticks) ?? NaN) / TICKS_PER_SECOND);
  if (seconds.length < 4 || seconds.some(Number.isNaN)) return undefined;
  const [user, nice, system, idle, iowait = 0, irq = 0, softirq = 0, steal = 0, guest = 0, guestNice = 0] = seconds;
  return { user, nice, system, idle, iowait, irq, softirq, steal, guest, guestNice };
}

function parseCpu(line: string): CpuSeconds {
  const seconds = cpuSeconds(line);
  if (!seconds) throw malformed(FILE, line);
  return seconds;
}

function parseSoftirqs(line: string, softirqs: Map<string, number>): void {
  const columns = columnsOf(line);
  for (const [i, vector] of SOFTIRQS.entries()) {
    const calls = wholeNumber(columns[i + 2]);
    if (calls === undefined) throw malformed(FILE, line);
    softirqs.set(vector, calls);
  }
}
