/**
 * Reads a body as JSON, as Go's encoding/json does, into what programs of CEL take: maps and arrays.
 *
 * A body is hostile until shown otherwise: its size, depth and number of values are bounded, and nothing here recurs.
 *
 * @module
 */

import { failureMessage } from "../../../src/failure.ts";

/** A value of JSON; objects are maps, so that no name of theirs means anything to JavaScript. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | ReadonlyMap<string, JsonValue>;

/** Bytes of JSON that are read. */
export const JSON_LIMIT_BYTES = 16 * 1024 * 1024;
/** Values that it may hold, about. */
export const JSON_LIMIT_VALUES = 500_000;
/** Go's. */
const DEEPEST = 10_000;

const OPENERS = new Set([0x5b, 0x7b]);
const COMMA = 0x2c;

/**
 * Reads a body.
 *
 * @throws {SyntaxError} if it is not JSON, or beyond the limits
 */
export function parseJsonBody(body: Uint8Array): JsonValue {
  if (body.length > JSON_LIMIT_BYTES) throw tooLarge(`${body.length} bytes of JSON`, JSON_LIMIT_BYTES);
  const values = countValues(body);
  if (values > JSON_LIMIT_VALUES) throw tooLarge(`${values} values of JSON`, JSON_LIMIT_VALUES);
  // Go refuses a byte order mark.
  const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(body);
  return converted(parsed(text));
}

/** @throws {SyntaxError} that, unlike the runtime's own, quotes no more than one character: bodies may hold secrets */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const reason = failureMessage(error).replace(/,? ?(?:\.\.\.)?".*"(?:\.\.\.)? is not valid JSON$/s, "");
    throw new SyntaxError(`Cannot read JSON: ${reason || "it is none"}`);
  }
}

function tooLarge(what: string, limit: number): SyntaxError {
  return new SyntaxError(`Cannot read ${what}: expected at most ${limit}`);
}

/** An upper bound of the number of values: commas and brackets in texts count too. */
function countValues(body: Uint8Array): number {
  let count = 1;
  for (const byte of body) if (byte === COMMA || OPENERS.has(byte)) count++;
  return count;
}

type Container =
  & { readonly depth: number }
  & (
    | { readonly from: readonly unknown[]; readonly into: JsonValue[] }
    | { readonly from: object; readonly into: Map<string, JsonValue> }
  );

/** Puts maps in place of objects, level by level. */
function converted(root: unknown): JsonValue {
  const waiting: Container[] = [];
  const convert = (value: unknown, depth: number): JsonValue => {
    if (value === null || typeof value === "boolean") return value;
    if (typeof value === "string") return value.toWellFormed();
    if (typeof value === "number") {
      if (!Number.isFinite(value)) throw new SyntaxError("Cannot read a number of JSON: it is beyond a double's range");
      return value;
    }
    if (depth > DEEPEST) throw new SyntaxError(`Cannot read JSON: it is nested more than ${DEEPEST} deep`);
    const container: Container = Array.isArray(value)
      ? { depth, from: value, into: [] }
      : { depth, from: Object(value), into: new Map() };
    waiting.push(container);
    return container.into;
  };
  const whole = convert(root, 1);
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const { from, into, depth } = next;
    if (into instanceof Map) {
      for (const [key, value] of Object.entries(from)) into.set(key.toWellFormed(), convert(value, depth + 1));
    } else for (const value of Object.values(from)) into.push(convert(value, depth + 1));
  }
  return whole;
}
