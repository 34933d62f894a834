/**
 * The little of DER (ITU-T X.690) that certificates need.
 *
 * @module
 */

import { Buffer } from "node:buffer";

/** One element: tag, and content without its header. */
export interface DerElement {
  /** Class, form and number in one byte. */
  readonly tag: number;
  /** The bytes that it holds. */
  readonly content: Uint8Array;
}

const UTC_TIME = 0x17;
const BMP_STRING = 0x1e;
const T61_STRING = 0x14;

function malformed(what: string): SyntaxError {
  return new SyntaxError(`Cannot parse certificate: ${what}`);
}

/**
 * The first element of `bytes`.
 *
 * @throws {SyntaxError} if it is not whole
 */
export function der(bytes: Uint8Array): DerElement {
  return elementAt(bytes, 0).element;
}

/**
 * The elements that a constructed one holds.
 *
 * @throws {SyntaxError} if one is not whole
 */
export function derSequence({ content }: DerElement): DerElement[] {
  const elements: DerElement[] = [];
  for (let at = 0; at < content.length;) {
    const { element, end } = elementAt(content, at);
    elements.push(element);
    at = end;
  }
  return elements;
}

function elementAt(bytes: Uint8Array, at: number): { readonly element: DerElement; readonly end: number } {
  const tag = bytes[at];
  const first = bytes[at + 1];
  if (tag === undefined || first === undefined) throw malformed("an element is cut off");
  const lengthBytes = first < 0x80 ? 0 : first & 0x7f;
  if (lengthBytes > 4) throw malformed("an element is too long");
  const begin = at + 2 + lengthBytes;
  const length = first < 0x80 ? first : bytes.subarray(at + 2, begin).reduce((sum, byte) => sum * 256 + byte, 0);
  const end = begin + length;
  if (end > bytes.length) throw malformed("an element is cut off");
  return { element: { tag, content: bytes.subarray(begin, end) }, end };
}

/** Text of a string element, by its own encoding. */
export function derText({ tag, content }: DerElement): string {
  if (tag === BMP_STRING) return Buffer.from(content).swap16().toString("utf16le");
  return Buffer.from(content).toString(tag === T61_STRING ? "latin1" : "utf8");
}

/**
 * Unix time of a `UTCTime` or `GeneralizedTime` in seconds.
 *
 * @throws {SyntaxError} if it is none
 */
export function derTimeSeconds({ tag, content }: DerElement): number {
  const text = Buffer.from(content).toString("latin1");
  const century = tag !== UTC_TIME ? "" : text < "50" ? "20" : "19";
  const [match, year, ...rest] = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(century + text) ?? [];
  if (match === undefined) throw malformed("a time is malformed");
  const [month = 0, day = 0, hours = 0, minutes = 0, seconds = 0] = rest.map(Number);
  return Date.UTC(Number(year), month - 1, day, hours, minutes, seconds) / 1000;
}

/** Dotted form of an object identifier's content, as `2.5.4.3`. */
export function derIdentifier(content: Uint8Array): string {
  const numbers: number[] = [];
  let number = 0;
  for (const byte of content) {
    number = number * 128 + (byte & 0x7f);
    if (byte >= 0x80) continue;
    if (numbers.length === 0) numbers.push(Math.min(2, Math.floor(number / 40)));
    numbers.push(numbers.length === 1 ? number - 40 * (numbers[0] ?? 0) : number);
    number = 0;
  }
  return numbers.join(".");
}
