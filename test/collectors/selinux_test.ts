import assert from "node:assert/strict";
import fc from "fast-check";
import selinux, { configuredMode, parseCacheStats, parseHashStats } from "../../collectors/selinux.ts";
import { parsedOrRefused, textLike } from "../arbitrary_text.ts";
import { hostOf, seriesOf, valueOn } from "../context.ts";

const CACHE = "lookups hits misses allocations reclaims frees\n91590784 91569452 21332 21332 0 20833\n1 1 1 1 1 1\n";
const HASH = "entries: 503\nbuckets used: 257/512\nlongest chain: 8\n";

Deno.test("selinux: gives modes, the cache's counters summed over processors, and its table", async () => {
  const host = hostOf({
    "/sys/fs/selinux/enforce": "1",
    "/sys/fs/selinux/avc/cache_stats": CACHE,
    "/sys/fs/selinux/avc/hash_stats": HASH,
    "/sys/fs/selinux/avc/cache_threshold": "512",
    "/etc/selinux/config": "# SELINUX=disabled\nSELINUX=permissive\nSELINUXTYPE=targeted\n",
  });
  assert.deepEqual(seriesOf(selinux, await valueOn(selinux, host)), {
    node_selinux_enabled: 1,
    node_selinux_config_mode: 0,
    node_selinux_current_mode: 1,
    node_selinux_avc_lookups_total: 91590785,
    node_selinux_avc_hits_total: 91569453,
    node_selinux_avc_misses_total: 21333,
    node_selinux_avc_allocations_total: 21333,
    node_selinux_avc_reclaims_total: 1,
    node_selinux_avc_frees_total: 20834,
    node_selinux_avc_hash_entries: 503,
    node_selinux_avc_hash_buckets_available: 512,
    node_selinux_avc_hash_buckets_used: 257,
    node_selinux_avc_hash_longest_chain: 8,
    node_selinux_avc_threshold: 512,
  });
});

Deno.test("selinux: says that it is not enabled where selinuxfs is not mounted", async () => {
  assert.deepEqual(seriesOf(selinux, await valueOn(selinux, hostOf({}))), { node_selinux_enabled: 0 });
});

Deno.test("configuredMode: reads what the file sets", () => {
  const modes = ['SELINUX="enforcing"', " SELINUX = permissive", "SELINUX=disabled", "#SELINUX=enforcing", ""];
  assert.deepEqual(modes.map((line) => configuredMode(`x=y\n${line}\nSELINUXTYPE=z\n`)), [1, 0, -1, -1, -1]);
});

Deno.test("parseCacheStats, parseHashStats: quote what breaks the format", () => {
  for (const line of ["1 2 3 4 5", "1 2 3 4 5 x", "1 2 3 4 5 6 7"]) {
    assert.throws(() => parseCacheStats(`lookups\n${line}\n`), {
      name: "SyntaxError",
      message: `Cannot parse "/sys/fs/selinux/avc/cache_stats": unexpected line ${JSON.stringify(line)}`,
    });
  }
  assert.throws(() => parseHashStats("entries: 5\n"), { name: "SyntaxError", message: /"entries: 5"$/ });
});

Deno.test("parseCacheStats, parseHashStats: refuse arbitrary text by a SyntaxError only", () => {
  for (const [parse, valid] of [[parseCacheStats, CACHE], [parseHashStats, HASH]] as const) {
    fc.assert(fc.property(textLike(valid), (text) => {
      for (const number of Object.values(parsedOrRefused<object>(parse, text) ?? {})) assert(Number.isFinite(number));
    }));
  }
});
