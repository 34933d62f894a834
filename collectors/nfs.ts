/**
 * Calls of the NFS client: `/proc/net/rpc/nfs`. 105 series, one small file. Not here where there is no client.
 *
 * @module
 */

import { defineCollector } from "../src/collector.ts";
import { callsOf, NFS2_PROCEDURES, NFS3_PROCEDURES, parseRpc, type RpcLines } from "../src/nfs_rpc.ts";

const FILE = "/proc/net/rpc/nfs";
/** nfs4_procedures[] in the kernel, under the peer's names; later kernels have more. */
const NFS4_PROCEDURES: readonly string[] = (
  "Null Read Write Commit Open OpenConfirm OpenNoattr OpenDowngrade Close Setattr FsInfo Renew SetClientID " +
  "SetClientIDConfirm Lock Lockt Locku Access Getattr Lookup LookupRoot Remove Rename Link Symlink Create " +
  "Pathconf StatFs ReadLink ReadDir ServerCaps DelegReturn GetACL SetACL FsLocations ReleaseLockowner " +
  "Secinfo FsidPresent ExchangeID CreateSession DestroySession Sequence GetLeaseTime ReclaimComplete " +
  "GetDeviceInfo LayoutGet LayoutCommit LayoutReturn SecinfoNoName TestStateID FreeStateID GetDeviceList " +
  "BindConnToSession DestroyClientID Seek Allocate DeAllocate LayoutStats Clone"
).split(" ");
/** Numbers that a line has at least. */
const SHORTEST = { net: 4, rpc: 3, proc2: NFS2_PROCEDURES.length, proc3: NFS3_PROCEDURES.length };

export default defineCollector({
  name: "nfs",
  help: "Calls of the NFS client.",
  peer: true,
  platforms: ["linux"],
  freshnessSeconds: 0.1,
  metrics: {
    node_nfs_connections_total: { type: "counter", help: "Total number of NFSd TCP connections." },
    node_nfs_packets_total: {
      type: "counter",
      help: "Total NFSd network packets (sent+received) by protocol type.",
      labels: ["protocol"],
    },
    node_nfs_requests_total: {
      type: "counter",
      help: "Number of NFS procedures invoked.",
      labels: ["method", "proto"],
    },
    node_nfs_rpc_authentication_refreshes_total: {
      type: "counter",
      help: "Number of RPC authentication refreshes performed.",
    },
    node_nfs_rpc_retransmissions_total: { type: "counter", help: "Number of RPC transmissions performed." },
    node_nfs_rpcs_total: { type: "counter", help: "Total number of RPCs performed." },
  },
  sources: [FILE],
  read({ source }): RpcLines | null {
    const text = source.proc.try("net/rpc/nfs");
    return text === undefined ? null : parseRpc(FILE, text, SHORTEST);
  },
  samples(lines, emit) {
    const [, udp = 0, tcp = 0, connections = 0] = lines.get("net") ?? [];
    emit("node_nfs_packets_total", udp, { protocol: "udp" });
    emit("node_nfs_packets_total", tcp, { protocol: "tcp" });
    emit("node_nfs_connections_total", connections);
    const [calls = 0, retransmissions = 0, refreshes = 0] = lines.get("rpc") ?? [];
    emit("node_nfs_rpcs_total", calls);
    emit("node_nfs_rpc_retransmissions_total", retransmissions);
    emit("node_nfs_rpc_authentication_refreshes_total", refreshes);
    const versions = [["2", NFS2_PROCEDURES], ["3", NFS3_PROCEDURES], ["4", NFS4_PROCEDURES]] as const;
    for (const [proto, procedures] of versions) {
      for (const [method, count] of callsOf(procedures, lines.get(`proc${proto}`))) {
        emit("node_nfs_requests_total", count, { proto, method });
      }
    }
  },
});
