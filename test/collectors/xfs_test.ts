import assert from "node:assert/strict";
import fc from "fast-check";
import xfs, { parseXfsStats } from "../../collectors/xfs.ts";
import { parsedOrRefused, textLike } from "../arbitrary_text.ts";
import { hostOf, seriesOf, valueOn } from "../context.ts";

const FILE = "/sys/fs/xfs/sda1/stats/stats";
const parse = (text: string) => parseXfsStats(text, FILE);

Deno.test("xfs: exposes the columns that a kernel has, of every file system, and nothing where there is none", async () => {
  assert.deepEqual(seriesOf(xfs, await valueOn(xfs, hostOf({}))), {});
  const host = hostOf({ [FILE]: "rw 28 7\nfuture 1 2 3\nabt 5\n", "/sys/fs/xfs/dm-0/stats/stats": "rw 1 2 3\n" });
  const series = seriesOf(xfs, await valueOn(xfs, host));
  assert.equal(series['node_xfs_read_calls_total{device="dm-0"}'], 2);
  assert.equal(series['node_xfs_write_calls_total{device="sda1"}'], 28);
  assert.equal(series['node_xfs_allocation_btree_lookups_total{device="sda1"}'], 5);
  assert.equal('node_xfs_allocation_btree_compares_total{device="sda1"}' in series, false);
  assert.equal(series['node_xfs_allocation_btree_lookups_total{device="dm-0"}'], 0);
});

Deno.test("parseXfsStats: quotes the line that breaks the format", () => {
  assert.throws(() => parse("rw 28 7\nabt 1 x\n"), {
    name: "SyntaxError",
    message: `Cannot parse "${FILE}": unexpected line "abt 1 x"`,
  });
});

Deno.test("parseXfsStats: refuses arbitrary text by a SyntaxError only, and never makes up a number", () => {
  fc.assert(fc.property(textLike("rw 28 0\nabt 0 0 0 0\n"), (text) => {
    for (const numbers of parsedOrRefused(parse, text)?.values() ?? []) assert(numbers.every(Number.isFinite));
  }));
});
