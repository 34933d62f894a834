import assert from "node:assert/strict";
import fc from "fast-check";
import meminfoNuma, { parseNodeMeminfo, parseNumastat } from "../../collectors/meminfo_numa.ts";
import { parsedOrRefused, textLike } from "../arbitrary_text.ts";
import { hostOf, seriesOf, valueOn } from "../context.ts";

const VALID = "Node 0 MemTotal:       134 kB\nNode 0 Active(anon):   2 kB\nNode 0 HugePages_Free:     3\n";
const STAT = "numa_hit 193460335812\nlocal_node 7\n";

Deno.test("parseNodeMeminfo: quotes the line that breaks the format", () => {
  for (const line of ["MemTotal: 1 kB", "Node 0 MemTotal: x kB", "Node 0 MemTotal: 1 MB", "Node 0 Mem-Total: 1"]) {
    assert.throws(() => parseNodeMeminfo("3", line), {
      name: "SyntaxError",
      message: `Cannot parse "/sys/devices/system/node/node3/meminfo": unexpected line ${JSON.stringify(line)}`,
    });
  }
  assert.throws(() => parseNumastat("3", "numa_hit -1"), {
    message: 'Cannot parse "/sys/devices/system/node/node3/numastat": unexpected line "numa_hit -1"',
  });
});

Deno.test("parseNodeMeminfo, parseNumastat: refuse arbitrary text by a SyntaxError only, and never make up a number", () => {
  fc.assert(fc.property(textLike(VALID), textLike(STAT), (memory, stat) => {
    const figures = [
      ...parsedOrRefused((text) => parseNodeMeminfo("3", text), memory) ?? [],
      ...parsedOrRefused((text) => parseNumastat("0", text), stat) ?? [],
    ];
    assert(figures.every(({ value }) => Number.isFinite(value) && value >= 0));
  }));
});

Deno.test("meminfo_numa: shows each node's fields", async () => {
  const folder = "/sys/devices/system/node/node0";
  const host = hostOf({
    [`${folder}/meminfo`]: VALID,
    [`${folder}/numastat`]: STAT,
    "/sys/devices/system/node/has_cpu": "0",
  });
  assert.deepEqual(seriesOf(meminfoNuma, await valueOn(meminfoNuma, host)), {
    'node_memory_numa_MemTotal{node="0"}': 134 * 1024,
    'node_memory_numa_Active_anon{node="0"}': 2048,
    'node_memory_numa_HugePages_Free{node="0"}': 3,
    'node_memory_numa_numa_hit_total{node="0"}': 193460335812,
    'node_memory_numa_local_node_total{node="0"}': 7,
  });
  assert.deepEqual(await valueOn(meminfoNuma, hostOf({})), { memory: [], allocations: [] });
});
