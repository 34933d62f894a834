import type { Clock } from "../clock.ts";
import { LOG_LEVELS, type LogFields, type Logger, type LogLevel } from "../log.ts";

/** How messages are written. */
export interface LogStyle {
  /** Least severe level written. */
  readonly level: LogLevel;
  /** `key=value` pairs, or one JSON object per line. */
  readonly format: "logfmt" | "json";
}

/** Written as it is: no space, quote, equals sign or character that cannot be seen. */
const BARE = /^[^\s"=\\\p{C}]+$/u;
/** Characters that JSON leaves alone, and a terminal or a reader of lines may not. */
const INVISIBLE = /[\p{C}\p{Zl}\p{Zp}]/gu;

function escaped(text: string): string {
  return JSON.stringify(text).replace(
    INVISIBLE,
    (character) =>
      Array.from({ length: character.length }, (_, i) => character.charCodeAt(i))
        .map((unit) => `\\u${unit.toString(16).padStart(4, "0")}`).join(""),
  );
}

function logfmt(record: LogFields): string {
  return Object.entries(record).flatMap(([key, value]) => {
    if (value === undefined) return [];
    const text = String(value);
    return `${key}=${BARE.test(text) ? text : escaped(text)}`;
  }).join(" ");
}

/** Writes each message as one line that begins with the keys `ts`, `level` and `msg`, the fields after them. */
export function logLines(write: (line: string) => void, clock: Clock, { level: least, format }: LogStyle): Logger {
  return (level, msg, fields) => {
    if (LOG_LEVELS.indexOf(level) < LOG_LEVELS.indexOf(least)) return;
    const ts = new Date(clock.wall() * 1000).toISOString();
    const record = { ts, level, msg, ...fields };
    write(`${format === "json" ? JSON.stringify(record) : logfmt(record)}\n`);
  };
}
