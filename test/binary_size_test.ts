import assert from "node:assert/strict";
import fc from "fast-check";
import { binarySize } from "../src/binary_size.ts";

Deno.test("binarySize: reads decimal fractions of binary units", () => {
  assert.deepEqual(["72", "100k", "2.00M", "2.05G", "0"].map((text) => binarySize(text)), [
    72,
    102400,
    2097152,
    2201170739,
    0,
  ]);
});

Deno.test("binarySize: reads bcache's fraction, which is not decimal", () => {
  assert.deepEqual(["1.1M", "20.4G", "512"].map((text) => binarySize(text, 1 / 10.24)), [1150976, 21894266880, 512]);
});

Deno.test("binarySize: has no number for any other text", () => {
  fc.assert(fc.property(fc.string(), (text) => {
    const size = binarySize(text);
    assert(size === undefined ? true : Number.isFinite(size) && /^\d/.test(text));
  }));
  for (const text of [undefined, "", "k", "1.", "1e3", "-1", "1kk", " 1"]) assert.equal(binarySize(text), undefined);
});
