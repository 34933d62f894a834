import assert from "node:assert/strict";
import fc from "fast-check";
import zoneinfo, { parseZoneinfo } from "../../collectors/zoneinfo.ts";
import { parsedOrRefused, textLike } from "../arbitrary_text.ts";
import { hostOf, seriesOf, valueOn } from "../context.ts";

const VALID = `Node 0, zone      DMA
  per-node stats
      nr_active_anon 95612
      nr_dirtied   7
      novel_field  3
  pages free     2949
        boost    0
        high     14
        protection: (0, 2039)
      nr_kernel_stack 5
  pagesets
    cpu: 0
              count:    17
              high:     18
  vm stats threshold: 2
  node_unreclaimable:  0
  start_pfn:           1
Node 1, zone   Normal
        protection: (0)
`;

Deno.test("parseZoneinfo: quotes the line that breaks the format", () => {
  for (const line of ["        high     x", "        high -1", "        protection: 1, 2"]) {
    assert.throws(() => parseZoneinfo(`Node 0, zone DMA\n${line}\n`), {
      name: "SyntaxError",
      message: `Cannot parse "/proc/zoneinfo": unexpected line ${JSON.stringify(line)}`,
    });
  }
  for (const text of ["        high     1\n", "stray\n"]) assert.throws(() => parseZoneinfo(text), SyntaxError);
});

Deno.test("parseZoneinfo: takes the forms of other kernels, and a file that ends within a line", () => {
  const text = "Node 0, zone DMA\n  pages free 1\n        scanned  7 (a: 1 i: 2)\n    protection: (0, 5)\n" +
    "  prev_priority:     12\n  a line of words\r\nNode 1, zone Normal\n        low 3\n        high";
  const [first, second, ...more] = parseZoneinfo(text);
  assert.deepEqual([first?.fields.get("scanned"), first?.protection], [7, [0, 5]]);
  assert.deepEqual([second?.node, second?.fields], ["1", new Map([["low", 3]])]);
  assert.deepEqual(more, []);
});

Deno.test("parseZoneinfo: refuses arbitrary text by a SyntaxError only, and never makes up a number", () => {
  fc.assert(fc.property(textLike(VALID), (text) => {
    for (const { fields, protection } of parsedOrRefused(parseZoneinfo, text) ?? []) {
      assert([...fields.values(), ...protection].every((number) => Number.isFinite(number) && number >= 0));
    }
  }));
});

Deno.test("zoneinfo: shows each zone's own fields, not those of its processors", async () => {
  assert.deepEqual(seriesOf(zoneinfo, await valueOn(zoneinfo, hostOf({ "/proc/zoneinfo": VALID }))), {
    'node_zoneinfo_high_pages{node="0",zone="DMA"}': 14,
    'node_zoneinfo_nr_active_anon_pages{node="0",zone="DMA"}': 95612,
    'node_zoneinfo_nr_dirtied_total{node="0",zone="DMA"}': 7,
    'node_zoneinfo_nr_kernel_stacks{node="0",zone="DMA"}': 5,
    'node_zoneinfo_protection_0{node="0",zone="DMA"}': 0,
    'node_zoneinfo_protection_0{node="1",zone="Normal"}': 0,
    'node_zoneinfo_protection_1{node="0",zone="DMA"}': 2039,
  });
  assert.equal(await valueOn(zoneinfo, hostOf({})), null);
});
