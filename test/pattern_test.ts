import assert from "node:assert/strict";
import fc from "fast-check";
import { Pattern } from "../src/pattern.ts";

const utf8 = new TextEncoder();
const bytes = (text: string) => utf8.encode(text);
const texts = (groups: readonly (Uint8Array | undefined)[]) =>
  groups.map((group) => group && new TextDecoder().decode(group));

Deno.test("Pattern.match: gives the bytes of its groups, and the numbers of those that have a name", () => {
  const found = new Pattern("(?P<first>[a-z]+)-(é*)(x)?").match(bytes("éé ab-éé."));
  assert(found);
  assert.deepEqual(texts(found.groups), ["ab-éé", "ab", "éé", undefined]);
  assert.deepEqual([...found.names], [["first", 1]]);
  assert.equal(new Pattern("^b").match(bytes("ab")), undefined);
});

Deno.test("Pattern.match: takes bytes that are no UTF-8 as they are", () => {
  const malformed = Uint8Array.of(0x61, 0xff, 0xfe, 0x80, 0x62);
  assert.deepEqual(new Pattern("a(.*)b").match(malformed)?.groups[1], malformed.subarray(1, 4));
  assert.deepEqual(new Pattern("^.*$").match(malformed)?.groups[0], malformed);
  assert(new Pattern("\\x00").match(Uint8Array.of(1, 0)));
});

Deno.test("Pattern.find: is found or not as by test, in text and in its bytes", () => {
  const sources = ["a+b", "(?i)É", "^.{3}$", "\\bzz|^$", "[^a]é", "x{2,5}y"];
  fc.assert(fc.property(fc.constantFrom(...sources), fc.string({ unit: "grapheme", maxLength: 8 }), (source, text) => {
    const pattern = new Pattern(source);
    assert.equal(pattern.find(text), pattern.test(text));
    if (text.isWellFormed()) assert.equal(pattern.find(bytes(text)), pattern.test(text));
  }));
});

Deno.test("Pattern.find: each byte that is no UTF-8 is one character, as in Go", () => {
  const found: readonly [string, readonly number[], boolean][] = [
    ["^a.b$", [97, 0xff, 98], true],
    ["^a\\x{FFFD}b$", [97, 0xff, 98], true],
    ["^a..b$", [97, 0xe4, 0xb8, 98], true],
    ["^a.b$", [97, 0xe4, 0xb8, 98], false],
    ["^a...b$", [97, 0xed, 0xa0, 0x80, 98], true],
    ["^a.b$", [97, 0xf0, 0x9f, 0x98, 0x80, 98], true],
  ];
  for (const [source, bytes, expected] of found) {
    assert.equal(new Pattern(source).find(Uint8Array.from(bytes)), expected, source);
  }
});
