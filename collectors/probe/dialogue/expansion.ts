/**
 * What `${1}` and `$name` stand for after a match, as Go's `regexp.Expand` has it.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import type { PatternMatch } from "../../../src/pattern.ts";

/** A dollar, and what may be its name; each byte is a character, those beyond ASCII may be parts of letters. */
const REFERENCE = /\$(?:(\$)|\{([\w\x80-\xff]+)\}|([\w\x80-\xff]+))/g;
const NAME = /^[\p{L}\p{Nd}_]+/u;
const NUMBER = /^(?:0|[1-9]\d{0,8})$/;

/**
 * `template` with the groups of `match` in place of their numbers and names: `$1`, `${1}`, `$name`, `${name}`. A group that is
 * not there, or took no part, is nothing; a name without braces is as long as can be; `$$` is a dollar, and so is one that
 * names nothing.
 */
export function expand(template: Uint8Array, match: PatternMatch): Uint8Array {
  const text = Buffer.from(template).toString("latin1");
  const expanded = text.replace(REFERENCE, (whole, dollar?: string, braced?: string, plain?: string) => {
    if (dollar !== undefined) return dollar;
    const bytes = braced ?? plain ?? "";
    const [name = ""] = NAME.exec(Buffer.from(bytes, "latin1").toString()) ?? [];
    const length = Buffer.byteLength(name);
    if (length === 0 || (braced !== undefined && length < bytes.length)) return whole;
    return groupText(name, match) + bytes.slice(length);
  });
  return Buffer.from(expanded, "latin1");
}

function groupText(name: string, { groups, names }: PatternMatch): string {
  const number = NUMBER.test(name) ? Number(name) : names.get(name);
  const bytes = number === undefined ? undefined : groups[number];
  return bytes === undefined ? "" : Buffer.from(bytes).toString("latin1");
}
