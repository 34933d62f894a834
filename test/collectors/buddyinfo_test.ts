import assert from "node:assert/strict";
import fc from "fast-check";
import buddyinfo, { parseBuddyinfo } from "../../collectors/buddyinfo.ts";
import { parsedOrRefused, textLike } from "../arbitrary_text.ts";
import { hostOf, seriesOf, valueOn } from "../context.ts";

const VALID = "Node 0, zone      DMA      1      0 \nNode 1, zone   Normal   4381   1093\n";

Deno.test("parseBuddyinfo: quotes the line that breaks the format", () => {
  for (const line of ["Node 0, zone DMA 1", "Node 0, zone DMA 1 x", "Node x, zone DMA 1 2", "zone DMA", "\0"]) {
    assert.throws(() => parseBuddyinfo(`Node 0, zone DMA 1 2\n${line}\n`), {
      name: "SyntaxError",
      message: `Cannot parse "/proc/buddyinfo": unexpected line ${JSON.stringify(line)}`,
    });
  }
});

Deno.test("parseBuddyinfo: refuses arbitrary text by a SyntaxError only, and never makes up a number", () => {
  fc.assert(fc.property(textLike(VALID), (text) => {
    const counts = (parsedOrRefused(parseBuddyinfo, text) ?? []).flatMap(({ blocks }) => blocks);
    assert(counts.every((count) => Number.isFinite(count) && count >= 0));
  }));
});

Deno.test("buddyinfo: shows the blocks of each zone by size", async () => {
  assert.deepEqual(seriesOf(buddyinfo, await valueOn(buddyinfo, hostOf({ "/proc/buddyinfo": VALID }))), {
    'node_buddyinfo_blocks{node="0",size="0",zone="DMA"}': 1,
    'node_buddyinfo_blocks{node="0",size="1",zone="DMA"}': 0,
    'node_buddyinfo_blocks{node="1",size="0",zone="Normal"}': 4381,
    'node_buddyinfo_blocks{node="1",size="1",zone="Normal"}': 1093,
  });
  assert.equal(await valueOn(buddyinfo, hostOf({})), null);
});
