import assert from "node:assert/strict";
import fc from "fast-check";
import { expand } from "../../../../collectors/probe/dialogue/expansion.ts";
import { Pattern } from "../../../../src/pattern.ts";

const utf8 = new TextEncoder();

function expanded(template: string, pattern: string, text: string): string {
  const match = new Pattern(pattern).match(utf8.encode(text));
  assert(match);
  return new TextDecoder().decode(expand(utf8.encode(template), match));
}

for (
  const [template, wanted] of [
    ["$first", "abc"],
    ["${first}x", "abcx"],
    ["$firstx", ""],
    ["$1", "abc"],
    ["${1}2", "abc2"],
    ["$12", ""],
    ["$1x", ""],
    ["${01}|$01", "|"],
    ["$0", "abc bbb"],
    ["$2$3", "bbb"],
    ["$$1", "$1"],
    ["$|$", "$|$"],
    ["${|${}|${a b}", "${|${}|${a b}"],
    ["$é|${é}…", "|…"],
    ["$1é|$1…", "|abc…"],
    ["$999999999999", ""],
    ["é\0", "é\0"],
    ["", ""],
  ] as const
) {
  Deno.test(`expand: ${JSON.stringify(template)} stands for ${JSON.stringify(wanted)}`, () => {
    assert.equal(expanded(template, "(?P<first>[a-z]+) (b*)(c+)?", "abc bbb"), wanted);
  });
}

Deno.test("expand: bytes of the template and of the group go through as they are", () => {
  const match = new Pattern("^.(.*)").match(Uint8Array.of(0x61, 0xff, 0x80));
  assert(match);
  assert.deepEqual([...expand(Uint8Array.of(0xfe, 0x24, 0x31, 0xfe), match)], [0xfe, 0xff, 0x80, 0xfe]);
});

Deno.test("expand: a template without dollars is itself", () => {
  const match = new Pattern("").match(new Uint8Array());
  assert(match);
  fc.assert(fc.property(fc.uint8Array(), (bytes) => {
    const template = bytes.filter((byte) => byte !== 0x24);
    assert.deepEqual([...expand(template, match)], [...template]);
  }));
});
