import assert from "node:assert/strict";
import fc from "fast-check";
import slabinfo, { parseSlabinfo } from "../../collectors/slabinfo.ts";
import { parsedOrRefused, textLike } from "../arbitrary_text.ts";
import { hostOf, seriesOf, valueOn } from "../context.ts";

const VALID = `slabinfo - version: 2.1
# name            <active_objs> <num_objs> <objsize> <objperslab> <pagesperslab> : tunables <limit>
kmalloc-8192         132    148   8192    4    8 : tunables    0    0    0 : slabdata     37     37      0
odd name             1      2     3    4    5 : tunables    0    0    0 : slabdata     0     0      0
`;

Deno.test("parseSlabinfo: takes names with spaces, and quotes the line that breaks the format", () => {
  assert.deepEqual(parseSlabinfo(VALID)[1], {
    name: "odd name",
    active: 1,
    objects: 2,
    objectBytes: 3,
    perSlab: 4,
    pagesPerSlab: 5,
  });
  for (const line of ["a 1 2 3 4 : tunables 0", "a 1 2 3 4 x : tunables 0", "a"]) {
    assert.throws(() => parseSlabinfo(line), {
      name: "SyntaxError",
      message: `Cannot parse "/proc/slabinfo": unexpected line ${JSON.stringify(line)}`,
    });
  }
});

Deno.test("parseSlabinfo: refuses arbitrary text by a SyntaxError only, and never makes up a number", () => {
  fc.assert(fc.property(textLike(VALID), (text) => {
    for (const { name: _, ...numbers } of parsedOrRefused(parseSlabinfo, text) ?? []) {
      assert(Object.values(numbers).every((number) => Number.isFinite(number) && number >= 0));
    }
  }));
});

Deno.test("slabinfo: shows the caches that its options want", async () => {
  const host = hostOf({ "/proc/slabinfo": VALID });
  const shown = async (options: Record<string, unknown>) =>
    seriesOf(slabinfo, await valueOn(slabinfo, host, { slabinfo: options }));
  assert.deepEqual(await shown({ "slabs-include": "^kmalloc" }), {
    'node_slabinfo_active_objects{slab="kmalloc-8192"}': 132,
    'node_slabinfo_objects{slab="kmalloc-8192"}': 148,
    'node_slabinfo_object_size_bytes{slab="kmalloc-8192"}': 8192,
    'node_slabinfo_objects_per_slab{slab="kmalloc-8192"}': 4,
    'node_slabinfo_pages_per_slab{slab="kmalloc-8192"}': 8,
  });
  assert.deepEqual(await shown({ "slabs-exclude": "." }), {});
  assert.equal(await valueOn(slabinfo, hostOf({})), null);
});
