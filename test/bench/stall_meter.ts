/**
 * For how long the event loop was held at a time.
 *
 * @module
 */

import { loopCpuSeconds } from "./cpu_clock.ts";

const TICK_MS = 1;

/** The longest stalls since the meter was started, in seconds. */
export interface Stalls {
  /** By the clock: also what the machine gave to other programs meanwhile. */
  readonly longest: number;
  /** The most that the loop's own thread worked between two ticks: what the program itself is to blame for. */
  readonly longestWork: number;
}

/**
 * Measures the stalls of the event loop while `work` is done.
 *
 * @returns what `work` brought, and the stalls
 */
export async function stallsDuring<T>(work: () => Promise<T>): Promise<Stalls & { readonly result: T }> {
  let longest = 0;
  let longestWork = 0;
  let at = performance.now();
  let worked = loopCpuSeconds();
  const tick = () => {
    const now = performance.now();
    const nowWorked = loopCpuSeconds();
    longest = Math.max(longest, (now - at - TICK_MS) / 1000);
    longestWork = Math.max(longestWork, nowWorked - worked);
    at = now;
    worked = nowWorked;
  };
  const ticks = setInterval(tick, TICK_MS);
  try {
    const result = await work();
    // What was held last shows at the tick after it.
    await new Promise((resolve) => setTimeout(resolve, 3 * TICK_MS));
    return { longest, longestWork, result };
  } finally {
    clearInterval(ticks);
  }
}
