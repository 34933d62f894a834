/**
 * What the engine tells its operator, without choosing how it is written.
 *
 * @module
 */

import type { Clock } from "./clock.ts";

/** Severity, least first. */
export const LOG_LEVELS = ["debug", "info", "warn", "error"] as const;
/** One of {@linkcode LOG_LEVELS}. */
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Structured facts beside a message. */
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

/** Receives log records. Must not throw. */
export type Logger = (level: LogLevel, message: string, fields?: LogFields) => void;

/** Drops everything: the library's default. */
export const silentLogger: Logger = (): void => {};

/** A line that repeats is written at most once in this time. */
const REPEAT_SECONDS = 60;
/** Distinct lines remembered; beyond it the oldest is forgotten. */
const REMEMBERED = 1000;

/**
 * Lets a record that repeats (same level, message and `key`) through once a minute, with the number left out since.
 *
 * @param key names the field values that tell two records of one message apart, by default `collector` and `node`
 */
export function rateLimited(
  log: Logger,
  clock: Clock,
  key: readonly string[] = ["collector", "node"],
): Logger {
  const seen = new Map<string, { until: number; suppressed: number }>();
  return (level, message, fields = {}) => {
    const id = [level, message, ...key.map((name) => String(fields[name] ?? ""))].join("\0");
    const now = clock.monotonic();
    const last = seen.get(id);
    if (last && now < last.until) {
      last.suppressed++;
      return;
    }
    seen.delete(id);
    if (seen.size >= REMEMBERED) seen.delete(seen.keys().next().value ?? "");
    seen.set(id, { until: now + REPEAT_SECONDS, suppressed: 0 });
    log(level, message, last?.suppressed ? { ...fields, repeated: last.suppressed } : fields);
  };
}
