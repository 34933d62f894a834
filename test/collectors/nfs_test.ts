import assert from "node:assert/strict";
import nfs from "../../collectors/nfs.ts";
import { hostOf, seriesOf, valueOn } from "../context.ts";

const on = async (text: string) => seriesOf(nfs, await valueOn(nfs, hostOf({ "/proc/net/rpc/nfs": text })));

Deno.test("nfs: takes fewer and more procedures of version 4 than the peer knows, and lines that it does not", async () => {
  const older = await on("net 1 2 3 4\nrpc 5 6 7\nproc4 3 8 9 10\nfuture 1\n");
  assert.equal(Object.keys(older).length, 105);
  assert.deepEqual(Object.entries(older).filter(([, value]) => value !== 0), [
    ['node_nfs_packets_total{protocol="udp"}', 2],
    ['node_nfs_packets_total{protocol="tcp"}', 3],
    ["node_nfs_connections_total", 4],
    ["node_nfs_rpcs_total", 5],
    ["node_nfs_rpc_retransmissions_total", 6],
    ["node_nfs_rpc_authentication_refreshes_total", 7],
    ['node_nfs_requests_total{method="Null",proto="4"}', 8],
    ['node_nfs_requests_total{method="Read",proto="4"}', 9],
    ['node_nfs_requests_total{method="Write",proto="4"}', 10],
  ]);
  const newer = await on(`proc4 70 ${Array.from({ length: 70 }, (_, i) => i).join(" ")}\n`);
  assert.equal(newer['node_nfs_requests_total{method="Clone",proto="4"}'], 58);
});

Deno.test("nfs: quotes the line that breaks the format; is not here without the file", async () => {
  for (const line of ["net 1 2", "rpc 1 2 x", "proc3 22 1 1", "proc2 1 1", "net"]) {
    await assert.rejects(on(`rpc 1 2 3\n${line}\n`), {
      name: "SyntaxError",
      message: `Cannot parse "/proc/net/rpc/nfs": unexpected line ${JSON.stringify(line)}`,
    });
  }
  assert.equal(await valueOn(nfs, hostOf({})), null);
});
