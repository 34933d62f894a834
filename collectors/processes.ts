/**
 * Processes and threads by state: proc_pid_stat(5) of each, proc_sys_kernel(5) for their limits. One file per process and
 * one per further thread at each reading, which is much on a busy host.
 *
 * @module
 */

import { permitted } from "../src/attribute.ts";
import { defineCollector, type FileTree } from "../src/collector.ts";
import { malformed, wholeNumber } from "../src/kernel_text.ts";

/** What a process or thread is doing. */
export interface TaskState {
  /** One letter, as `S` for one that sleeps. */
  readonly state: string;
  /** Threads of its process. */
  readonly threads: number;
}

/** All processes and threads that the exporter may see. */
export interface Processes {
  /** Threads of all processes. */
  readonly threads: number;
  /** Processes by state. */
  readonly processStates: ReadonlyMap<string, number>;
  /** Threads by state. */
  readonly threadStates: ReadonlyMap<string, number>;
  /** The most threads that the kernel allows; `undefined` where it does not say. */
  readonly maxThreads: number | undefined;
  /** The highest number of a process; `undefined` where the kernel does not say. */
  readonly maxProcesses: number | undefined;
}

export default defineCollector({
  name: "processes",
  help: "Processes and threads by state; reads a file of each.",
  enabled: false,
  peer: true,
  platforms: ["linux"],
  freshnessSeconds: 0.1,
  metrics: {
    node_processes_threads: { type: "gauge", help: "Allocated threads in system" },
    node_processes_max_threads: { type: "gauge", help: "Limit of threads in the system" },
    node_processes_threads_state: {
      type: "gauge",
      help: "Number of threads in each state.",
      labels: ["thread_state"],
    },
    node_processes_state: { type: "gauge", help: "Number of processes in each state.", labels: ["state"] },
    node_processes_pids: { type: "gauge", help: "Number of PIDs" },
    node_processes_max_processes: { type: "gauge", help: "Number of max PIDs limit" },
  },
  sources: {
    "/proc/[0-9]*/stat": [
      "node_processes_state",
      "node_processes_pids",
      "node_processes_threads",
      "node_processes_threads_state",
    ],
    "/proc/[0-9]*/task/*/stat": ["node_processes_threads_state"],
    "/proc/sys/kernel/threads-max": ["node_processes_max_threads"],
    "/proc/sys/kernel/pid_max": ["node_processes_max_processes"],
  },
  read: ({ source: { proc } }): Processes => readProcesses(proc),
  samples({ threads, processStates, threadStates, maxThreads, maxProcesses }, emit) {
    emit("node_processes_threads", threads);
    emit("node_processes_max_threads", maxThreads);
    for (const [thread_state, count] of threadStates) emit("node_processes_threads_state", count, { thread_state });
    for (const [state, count] of processStates) emit("node_processes_state", count, { state });
    emit("node_processes_pids", [...processStates.values()].reduce((sum, count) => sum + count, 0));
    emit("node_processes_max_processes", maxProcesses);
  },
});

/**
 * A process or thread is left out that ends between listing and reading, or that this user may not see: procfs mounted with
 * `hidepid=1` lists those of others and refuses their files.
 */
function readProcesses(proc: FileTree): Processes {
  const processStates = new Map<string, number>();
  const threadStates = new Map<string, number>();
  let threads = 0;
  for (const pid of numbers(proc, "")) {
    const text = permitted(() => proc.try(`${pid}/stat`));
    if (text === undefined) continue;
    const process = parseTask(text);
    count(processStates, process.state);
    threads += process.threads;
    for (const id of numbers(proc, `${pid}/task`)) {
      // The first thread is the process; reading it again might give another state.
      const thread = id === pid ? text : permitted(() => proc.try(`${pid}/task/${id}/stat`));
      if (thread !== undefined) count(threadStates, parseTask(thread).state);
    }
  }
  return {
    threads,
    processStates,
    threadStates,
    maxThreads: limit(proc, "sys/kernel/threads-max"),
    maxProcesses: limit(proc, "sys/kernel/pid_max"),
  };
}

function numbers(proc: FileTree, folder: string): string[] {
  return permitted(() => proc.list(folder))?.filter((name) => /^\d+$/.test(name)) ?? [];
}

function count(states: Map<string, number>, state: string): void {
  states.set(state, (states.get(state) ?? 0) + 1);
}

function limit(proc: FileTree, path: string): number | undefined {
  const text = proc.value(path);
  const number = wholeNumber(text);
  if (text !== undefined && number === undefined) throw malformed(proc.locate(path), text);
  return number;
}

/**
 * Parses a process' or thread's `stat`, whose name may itself hold spaces, parentheses and newlines.
 *
 * @throws {SyntaxError} if it breaks the format
 */
export function parseTask(text: string): TaskState {
  const [state = "", ...columns] = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const threads = wholeNumber(columns[16]);
  if (!/^\d+ \(/.test(text) || !/^[A-Za-z]$/.test(state) || threads === undefined) {
    throw malformed("/proc/*/stat", text);
  }
  return { state, threads };
}
