import assert from "node:assert/strict";
import fc from "fast-check";
import bcache, { parsePriority, parseWriteback } from "../../collectors/bcache.ts";
import { parsedOrRefused, textLike } from "../arbitrary_text.ts";
import { hostOf, seriesOf, valueOn } from "../context.ts";

const SET = "/sys/fs/bcache/dead-beef";
const DEBUG =
  "rate:\t\t1.1M/sec\ndirty:\t20.4G\ntarget:\t20.4G\nproportional:\t-427.5k\nchange:\t0/sec\nnext io:\t17ms\n";

Deno.test("parseWriteback: reads signs, units and rates", () => {
  assert.deepEqual([...parseWriteback(DEBUG, "f")], [
    ["rate", 1150976],
    ["target", 21894266880],
    ["proportional", -437748],
    ["change", 0],
  ]);
});

Deno.test("parseWriteback, parsePriority: quote the line that breaks the format", () => {
  assert.throws(() => parseWriteback("rate: fast\n", "f"), { name: "SyntaxError", message: /"rate: fast"$/ });
  assert.throws(() => parsePriority("Unused: x%\n", "f"), { name: "SyntaxError", message: /"Unused: x%"$/ });
});

Deno.test("parseWriteback, parsePriority: refuse arbitrary text by a SyntaxError only, and never make up a number", () => {
  fc.assert(fc.property(textLike(`${DEBUG}Unused:\t99%\nMetadata:\t0%\n`), (text) => {
    for (const parse of [parseWriteback, parsePriority]) {
      for (const figure of parsedOrRefused((t) => parse(t, "f"), text)?.values() ?? []) assert(Number.isFinite(figure));
    }
  }));
});

Deno.test("bcache: reports each device of each set; what a kernel lacks is 0, but what newer ones no longer count", async () => {
  assert.deepEqual(await valueOn(bcache, hostOf({})), []);
  const host = hostOf({
    [`${SET}/btree_cache_size`]: "1.0k\n",
    [`${SET}/bdev12/stats_total/cache_hits`]: "7\n",
    [`${SET}/cache0/priority_stats`]: "Unused:\t\t99%\nMetadata:\t3%\n",
    "/sys/fs/bcache/register": "",
  });
  const shown = seriesOf(bcache, await valueOn(bcache, host));
  assert.deepEqual(Object.entries(shown).filter(([, value]) => value !== 0), [
    ['node_bcache_btree_cache_size_bytes{uuid="dead-beef"}', 1024],
    ['node_bcache_cache_hits_total{backing_device="bdev12",uuid="dead-beef"}', 7],
  ]);
  assert.equal(shown['node_bcache_tree_depth{uuid="dead-beef"}'], 0);
  assert.equal(shown['node_bcache_dirty_data_bytes{backing_device="bdev12",uuid="dead-beef"}'], 0);
  assert.equal(shown['node_bcache_io_errors{cache_device="cache0",uuid="dead-beef"}'], 0);
  assert(!Object.keys(shown).some((series) => /readaheads|writeback/.test(series)));
  assert.deepEqual(seriesOf(bcache, await valueOn(bcache, host, { bcache: { priorityStats: true } })), {
    ...shown,
    'node_bcache_priority_stats_unused_percent{cache_device="cache0",uuid="dead-beef"}': 99,
    'node_bcache_priority_stats_metadata_percent{cache_device="cache0",uuid="dead-beef"}': 3,
  });
});
