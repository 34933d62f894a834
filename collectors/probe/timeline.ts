/**
 * How long each phase of a probe took.
 *
 * @module
 */

import { type Clock, toNanosecond } from "../../src/clock.ts";
import { type Phase, PHASES } from "./result.ts";

/** Seconds spent in each phase that was entered; the last one entered may have been broken off. */
export type Durations = Readonly<Partial<Record<Phase, number>>>;

/** The seconds of several, phase by phase. */
export function sumDurations(all: readonly Durations[]): Durations {
  const sum: Partial<Record<Phase, number>> = {};
  for (const phase of PHASES) {
    const reached = all.map((durations) => durations[phase]).filter((seconds) => seconds !== undefined);
    if (reached.length > 0) sum[phase] = toNanosecond(reached.reduce((total, seconds) => total + seconds, 0));
  }
  return sum;
}

/** A stopwatch that is always in one phase. */
export class Timeline {
  readonly #clock: Clock;
  readonly #seconds: Partial<Record<Phase, number>> = {};
  #phase: Phase;
  #since: number | undefined;

  /** Starts in `phase`. */
  constructor(clock: Clock, phase: Phase) {
    this.#clock = clock;
    this.#phase = phase;
    this.#since = clock.monotonic();
  }

  /** The phase it is in; after {@linkcode pause} the one it was in. */
  get phase(): Phase {
    return this.#phase;
  }

  /** Seconds by phase, up to the last change. */
  get durations(): Durations {
    return this.#seconds;
  }

  /** Ends the current phase and begins another. */
  enter(phase: Phase): void {
    this.pause();
    this.#phase = phase;
    this.#since = this.#clock.monotonic();
  }

  /** Ends the current phase, so that what follows is not counted. */
  pause(): void {
    if (this.#since === undefined) return;
    const spent = this.#clock.monotonic() - this.#since;
    this.#seconds[this.#phase] = toNanosecond((this.#seconds[this.#phase] ?? 0) + spent);
    this.#since = undefined;
  }
}
