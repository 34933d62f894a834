/**
 * What a probe tells of itself on its way: the lines of `debug=true`, the timeline of a failure's evidence.
 *
 * @module
 */

import type { Clock } from "../../src/clock.ts";

/** One line. */
export interface TraceEvent {
  /** Seconds since the probe began. */
  readonly atSeconds: number;
  /** How much it matters. */
  readonly level: "debug" | "info" | "warn" | "error";
  /** What happened, in the peer's words where it has them. */
  readonly message: string;
  /** Particulars, none of them secret. */
  readonly fields: Readonly<Record<string, string>>;
}

const MOST_EVENTS = 200;
const LONGEST_FIELD = 500;

/** The lines of one probe; their number and length are bounded. */
export class Trace {
  readonly #clock: Clock;
  readonly #begin: number;
  readonly #events: TraceEvent[] = [];

  /** Begins now. */
  constructor(clock: Clock) {
    this.#clock = clock;
    this.#begin = clock.monotonic();
  }

  /** The lines so far, the oldest first. */
  get events(): readonly TraceEvent[] {
    return this.#events;
  }

  /** Adds a line. */
  note(level: TraceEvent["level"], message: string, fields: Readonly<Record<string, string | number>> = {}): void {
    if (this.#events.length >= MOST_EVENTS) return;
    const texts: Record<string, string> = {};
    for (const key in fields) texts[key] = String(fields[key]).slice(0, LONGEST_FIELD);
    this.#events.push({ atSeconds: this.#clock.monotonic() - this.#begin, level, message, fields: texts });
  }
}
