/**
 * Text for parsers to refuse: any at all, and text that is almost right.
 *
 * @module
 */

import fc from "fast-check";

const FRAGMENTS = [
  "",
  " ",
  "  ",
  "\n",
  "\0",
  "-1",
  "1e3",
  "0x10",
  "NaN",
  "Infinity",
  ".",
  ":",
  "kB",
  "9".repeat(400),
  "٣",
];

/** Arbitrary text, of which about half is `valid` with a piece cut out and a fragment in its place. */
export function textLike(valid: string): fc.Arbitrary<string> {
  const damaged = fc.tuple(fc.nat(valid.length), fc.nat(8), fc.oneof(fc.constantFrom(...FRAGMENTS), fc.string()))
    .map(([start, length, fragment]) => valid.slice(0, start) + fragment + valid.slice(start + length));
  return fc.oneof(
    damaged,
    fc.string(),
    fc.string({ unit: "binary" }),
    fc.nat(valid.length).map((n) => valid.slice(0, n)),
  );
}

/** What `parse` makes of a text, or nothing if it refuses it, which it may by a SyntaxError only. */
export function parsedOrRefused<V>(parse: (text: string) => V, text: string): V | undefined {
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return undefined;
  }
}
