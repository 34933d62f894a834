/**
 * Time, injected everywhere so that tests own it.
 *
 * @module
 */

/** Two clocks and a timer. Seconds throughout. */
export interface Clock {
  /** Seconds since some fixed point; never goes back, is not stepped, may stand still while the host is suspended. */
  monotonic(): number;
  /** Seconds since 1970-01-01T00:00:00Z by the host's wall clock, which may be stepped. */
  wall(): number;
  /**
   * Calls `callback` once, `delaySeconds` from now or later.
   *
   * @returns a function that cancels the call; calling it again does nothing
   */
  timer(callback: () => void, delaySeconds: number): () => void;
}

/** `seconds` to the nanosecond: what a sum or difference of times has beyond it is noise. */
export function toNanosecond(seconds: number): number {
  return Math.round(seconds * 1e9) / 1e9;
}

/** setTimeout's longest delay; a longer one would fire at once. */
const LONGEST_DELAY_MS = 2 ** 31 - 1;

/** The running program's own clock. */
export const systemClock: Clock = {
  monotonic: () => performance.now() / 1000,
  wall: () => Date.now() / 1000,
  timer(callback, delaySeconds) {
    const handle = setTimeout(callback, Math.min(Math.max(0, delaySeconds * 1000), LONGEST_DELAY_MS));
    return () => clearTimeout(handle);
  },
};
