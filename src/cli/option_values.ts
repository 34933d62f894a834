import { parseDuration } from "../duration.ts";
import type { CommandInput } from "./command.ts";
import { UsageError } from "./usage_error.ts";

type Options = CommandInput["options"];

/** The value of an option that takes one. */
export function textOption(options: Options, name: string): string | undefined {
  const value = options.get(name);
  return typeof value === "string" ? value : undefined;
}

/** The values of an option that may be given several times. */
export function listOption(options: Options, name: string): readonly string[] {
  const value = options.get(name);
  return Array.isArray(value) ? value : [];
}

/**
 * The value of an option that takes a whole number.
 *
 * @throws {UsageError} if it is none, or out of bounds
 */
export function numberOption(
  options: Options,
  name: string,
  { standard, least, most }: { readonly standard: number; readonly least: number; readonly most: number },
): number {
  const text = textOption(options, name);
  if (text === undefined) return standard;
  const value = /^\d+$/.test(text) ? Number(text) : NaN;
  if (value >= least && value <= most) return value;
  throw new UsageError(`Cannot use "--${name}=${text}": expected a whole number from ${least} to ${most}`);
}

/**
 * The value in seconds of an option that takes a duration.
 *
 * @throws {UsageError} if it is none
 */
export function durationOption(options: Options, name: string, standardSeconds: number): number {
  const text = textOption(options, name);
  if (text === undefined) return standardSeconds;
  try {
    return parseDuration(text);
  } catch (error) {
    throw new UsageError(`Cannot use "--${name}=${text}": expected a duration, as 500ms, 5s or 1m30s`, {
      cause: error,
    });
  }
}
