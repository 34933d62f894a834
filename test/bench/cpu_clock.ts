/**
 * Processor time to the nanosecond, of any process: clock_getcpuclockid(3). `/proc/<pid>/stat` counts in hundredths of a
 * second, which is more than many scrapes cost. Linux with glibc alone.
 *
 * @module
 */

/** CPUCLOCK_SCHED of the kernel's posix-timers.h: precise, and of all threads, those that have ended too. */
const SCHEDULED_TIME = 2;
/** The thread that asks. */
const CLOCK_THREAD_CPUTIME_ID = 3;

const { symbols: { clock_gettime } } = Deno.dlopen("libc.so.6", {
  clock_gettime: { parameters: ["i32", "buffer"], result: "i32" },
});
const timespec = new BigInt64Array(2);
const timespecBytes = new Uint8Array(timespec.buffer);

function seconds(clock: number): number {
  if (clock_gettime(clock, timespecBytes) !== 0) throw new Error(`Cannot read clock ${clock}: the process is gone`);
  const [whole = 0n, nanoseconds = 0n] = timespec;
  return Number(whole) + Number(nanoseconds) / 1e9;
}

/**
 * Processor time that a process has had, in seconds.
 *
 * @throws {Error} if there is no such process
 */
export function processCpuSeconds(pid: number): number {
  return seconds(~pid << 3 | SCHEDULED_TIME);
}

/** Processor time that the thread of the event loop has had, in seconds. */
export function loopCpuSeconds(): number {
  return seconds(CLOCK_THREAD_CPUTIME_ID);
}
