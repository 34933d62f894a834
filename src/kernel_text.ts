/**
 * What parsers of the kernel's text files share: its numbers, and the errors for a line that breaks its format.
 *
 * @module
 */

import type { FileTree } from "./collector.ts";

/** Enough to recognise a line by, and little enough for a log. */
const QUOTED_CHARACTERS = 120;
const WHOLE = /^\d{1,20}$/;
const HEX = /^[\da-fA-F]{1,16}$/;
const DECIMAL = /^\d{1,20}(?:\.\d{1,20})?$/;
const SIGNED = /^[+-]?(?:\d{1,20}(?:\.\d{0,20})?|\.\d{1,20})(?:[eE][+-]?\d{1,2})?$/;

/** Number of an unsigned integer of up to 64 bits, as `%llu` prints it; `undefined` for any other text. */
export function wholeNumber(text: string | undefined): number | undefined {
  return text !== undefined && WHOLE.test(text) ? Number(text) : undefined;
}

/** Number of an unsigned decimal fraction without exponent, as `%lu.%02lu` prints it; `undefined` for any other text. */
export function decimalNumber(text: string | undefined): number | undefined {
  return text !== undefined && DECIMAL.test(text) ? Number(text) : undefined;
}

/** Number of a decimal fraction that may have a sign and an exponent; `undefined` for any other text. */
export function signedNumber(text: string | undefined): number | undefined {
  return text !== undefined && SIGNED.test(text) ? Number(text) : undefined;
}

/** Error for a line that does not follow the format of `file`; quotes its first 120 characters. */
export function malformed(file: string, line: string): SyntaxError {
  return new SyntaxError(`Cannot parse "${file}": unexpected line ${quoted(line)}`);
}

/** Error for a text that ends within a line, as the kernel's never do; quotes that line's first 120 characters. */
export function truncated(file: string, line: string): SyntaxError {
  return new SyntaxError(`Cannot parse "${file}": truncated in line ${quoted(line)}`);
}

function quoted(line: string): string {
  return JSON.stringify(line.slice(0, QUOTED_CHARACTERS));
}

/** Number of hexadecimal digits of up to 64 bits, as `%08x` prints it; `undefined` for any other text. */
export function hexNumber(text: string | undefined): number | undefined {
  return text !== undefined && HEX.test(text) ? parseInt(text, 16) : undefined;
}

/**
 * Columns of `/proc/net/stat/*` by the names in its first line: hexadecimal, one line per processor.
 *
 * @throws {SyntaxError} if a name is none, or a line holds anything else, or more columns than there are names
 */
export function hexColumns(file: string, text: string): ReadonlyMap<string, readonly number[]> {
  const [header = "", ...lines] = text.split("\n");
  const names = header.split(/\s+/).filter((name) => name !== "");
  if (!names.every((name) => /^\w+$/.test(name))) throw malformed(file, header);
  const columns = new Map<string, number[]>(names.map((name) => [name, []]));
  for (const line of lines) {
    for (const [i, digits] of line.split(/\s+/).filter((column) => column !== "").entries()) {
      const number = hexNumber(digits);
      const column = columns.get(names[i] ?? "");
      if (number === undefined || column === undefined) throw malformed(file, line);
      column.push(number);
    }
  }
  return columns;
}

/**
 * Number in a file of one value; `undefined` where there is none.
 *
 * @throws {SyntaxError} if it holds anything else
 */
export function numberIn(tree: FileTree, path: string): number | undefined {
  const text = tree.value(path);
  if (text === undefined) return undefined;
  const number = wholeNumber(text);
  if (number === undefined) throw malformed(tree.locate(path), text);
  return number;
}
