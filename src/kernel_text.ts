/**
 * What parsers of the kernel's text files share: its numbers, and the errors for a line that breaks its format.
 *
 * @module
 */

/** Enough to recognise a line by, and little enough for a log. */
const QUOTED_CHARACTERS = 120;
const WHOLE = /^\d{1,20}$/;
const DECIMAL = /^\d{1,20}(?:\.\d{1,20})?$/;

/** Number of an unsigned integer of up to 64 bits, as `%llu` prints it; `undefined` for any other text. */
export function wholeNumber(text: string | undefined): number | undefined {
  return text !== undefined && WHOLE.test(text) ? Number(text) : undefined;
}

/** Number of an unsigned decimal fraction without exponent, as `%lu.%02lu` prints it; `undefined` for any other text. */
export function decimalNumber(text: string | undefined): number | undefined {
  return text !== undefined && DECIMAL.test(text) ? Number(text) : undefined;
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
