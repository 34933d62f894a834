import assert from "node:assert/strict";
import conntrack from "../../collectors/conntrack.ts";
import { hostOf, seriesOf, valueOn } from "../context.ts";

const files = {
  "/proc/sys/net/netfilter/nf_conntrack_count": "123\n",
  "/proc/sys/net/netfilter/nf_conntrack_max": "65536\n",
};
const gauges = { node_nf_conntrack_entries: 123, node_nf_conntrack_entries_limit: 65536 };
const stats = (text: string) => hostOf({ ...files, "/proc/net/stat/nf_conntrack": text });

Deno.test("conntrack: sums processors by the names of the columns, wherever they stand", async () => {
  const text = "entries  found drop clashres search_restart insert\n0000007b 0000000a 1 0 2 ff\n0000007b 5 1 0 0 0\n";
  assert.deepEqual(seriesOf(conntrack, await valueOn(conntrack, stats(text))), {
    ...gauges,
    node_nf_conntrack_stat_found: 15,
    node_nf_conntrack_stat_invalid: 0,
    node_nf_conntrack_stat_ignore: 0,
    node_nf_conntrack_stat_insert: 255,
    node_nf_conntrack_stat_insert_failed: 0,
    node_nf_conntrack_stat_drop: 2,
    node_nf_conntrack_stat_early_drop: 0,
    node_nf_conntrack_stat_search_restart: 2,
  });
});

Deno.test("conntrack: does without the processors' counts, and is not here without the module", async () => {
  assert.deepEqual(seriesOf(conntrack, await valueOn(conntrack, hostOf(files))), gauges);
  assert.equal(await valueOn(conntrack, hostOf({})), null);
});

Deno.test("conntrack: refuses numbers that are none", async () => {
  await assert.rejects(valueOn(conntrack, stats("entries\nxyz\n")), SyntaxError);
  const host = hostOf({ ...files, "/proc/sys/net/netfilter/nf_conntrack_max": "many\n" });
  await assert.rejects(valueOn(conntrack, host), { name: "SyntaxError", message: /nf_conntrack_max.*"many"/ });
});
