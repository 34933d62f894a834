/**
 * Bytes for parsers to refuse: any at all, and what is almost right.
 *
 * @module
 */

import fc from "fast-check";

/** Bytes, most of them `valid` with some changed or with its end cut off. */
export function damaged(valid: Uint8Array): fc.Arbitrary<Uint8Array> {
  const change = fc.tuple(fc.nat(valid.length - 1), fc.oneof(fc.nat(255), fc.constantFrom(0, 1, 255)));
  const changed = fc.array(change, { maxLength: 8 }).map((changes) => {
    const copy = valid.slice();
    for (const [at, value] of changes) copy[at] = value;
    return copy;
  });
  const short = fc.nat(valid.length).map((length) => valid.slice(0, length));
  return fc.oneof(changed, short, fc.uint8Array({ maxLength: 200 }));
}

/** What `parse` makes of bytes, or nothing if it refuses them, which it may by a SyntaxError only. */
export function parsedOrRefused<V>(
  parse: (view: DataView) => V,
  { buffer, byteOffset, byteLength }: Uint8Array,
): V | undefined {
  try {
    return parse(new DataView(buffer, byteOffset, byteLength));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return undefined;
  }
}
