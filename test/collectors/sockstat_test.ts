import assert from "node:assert/strict";
import fc from "fast-check";
import sockstat, { parseSockstat } from "../../collectors/sockstat.ts";
import { parsedOrRefused, textLike } from "../arbitrary_text.ts";
import { hostOf, seriesOf, valueOn } from "../context.ts";

const V4 = "sockets: used 229\nTCP: inuse 4 orphan 0 tw 4 alloc 17 mem 3\nUDP: inuse 0 mem 0\nFRAG: memory 5 new 1\n";
const V6 = "TCP6: inuse 17\n";
const parse = (text: string) => parseSockstat("/proc/net/sockstat", text);

Deno.test("parseSockstat: quotes the line that breaks the format", () => {
  for (const line of ["TCP:", "TCP: inuse", "TCP inuse 1", "TCP: inuse x", "T{}: inuse 1"]) {
    assert.throws(() => parse(`${V4}${line}\n`), {
      name: "SyntaxError",
      message: `Cannot parse "/proc/net/sockstat": unexpected line ${JSON.stringify(line)}`,
    });
  }
});

Deno.test("parseSockstat: refuses arbitrary text by a SyntaxError only, and never makes up a number", () => {
  fc.assert(fc.property(textLike(V4), (text) => {
    const { used, protocols } = parsedOrRefused(parse, text) ?? { used: 0, protocols: new Map() };
    assert(Number.isFinite(used ?? 0));
    for (const states of protocols.values()) for (const count of states.values()) assert(Number.isFinite(count));
  }));
});

Deno.test("sockstat: counts memory in pages and in bytes, of pages as large as the kernel's", async () => {
  const files = { "/proc/net/sockstat": V4, "/proc/net/sockstat6": V6 };
  const expected = {
    node_sockstat_sockets_used: 229,
    node_sockstat_TCP_inuse: 4,
    node_sockstat_TCP_orphan: 0,
    node_sockstat_TCP_tw: 4,
    node_sockstat_TCP_alloc: 17,
    node_sockstat_TCP_mem: 3,
    node_sockstat_TCP_mem_bytes: 12288,
    node_sockstat_UDP_inuse: 0,
    node_sockstat_UDP_mem: 0,
    node_sockstat_UDP_mem_bytes: 0,
    node_sockstat_FRAG_inuse: 0,
    node_sockstat_FRAG_memory: 5,
    node_sockstat_TCP6_inuse: 17,
  };
  assert.deepEqual(seriesOf(sockstat, await valueOn(sockstat, hostOf(files))), expected);
  for (const [middle, page] of [["2097152\n", 4096], ["33554432\n", 16384], ["536870912\n", 65536]] as const) {
    const host = hostOf({ ...files, "/sys/kernel/mm/transparent_hugepage/hpage_pmd_size": middle });
    assert.equal(seriesOf(sockstat, await valueOn(sockstat, host)).node_sockstat_TCP_mem_bytes, 3 * page);
  }
});

Deno.test("sockstat: does without either file", async () => {
  assert.deepEqual(seriesOf(sockstat, await valueOn(sockstat, hostOf({ "/proc/net/sockstat6": V6 }))), {
    node_sockstat_TCP6_inuse: 17,
  });
  assert.deepEqual(seriesOf(sockstat, await valueOn(sockstat, hostOf({}))), {});
});
