import assert from "node:assert/strict";
import lnstat from "../../collectors/lnstat.ts";
import { hostOf, seriesOf, valueOn } from "../context.ts";

Deno.test("lnstat: has a family for each column that any cache has", async () => {
  const host = hostOf({
    "/proc/net/stat/arp_cache": "entries  allocs\n00000014  00000001\n00000014  0000000d\n",
    "/proc/net/stat/rt_cache": "entries  in_hit \nff 2 \n",
  });
  assert.deepEqual(seriesOf(lnstat, await valueOn(lnstat, host)), {
    'node_lnstat_entries_total{cpu="0",subsystem="arp_cache"}': 20,
    'node_lnstat_entries_total{cpu="1",subsystem="arp_cache"}': 20,
    'node_lnstat_entries_total{cpu="0",subsystem="rt_cache"}': 255,
    'node_lnstat_allocs_total{cpu="0",subsystem="arp_cache"}': 1,
    'node_lnstat_allocs_total{cpu="1",subsystem="arp_cache"}': 13,
    'node_lnstat_in_hit_total{cpu="0",subsystem="rt_cache"}': 2,
  });
});

Deno.test("lnstat: is empty without caches, and names the file that breaks the format", async () => {
  assert.deepEqual(seriesOf(lnstat, await valueOn(lnstat, hostOf({}))), {});
  await assert.rejects(valueOn(lnstat, hostOf({ "/proc/net/stat/odd": "a\n1 2\n" })), {
    name: "SyntaxError",
    message: 'Cannot parse "/proc/net/stat/odd": unexpected line "1 2"',
  });
});
