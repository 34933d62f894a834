/**
 * Calls to the NFS server: `/proc/net/rpc/nfsd`. 90 series, one small file. Not here where there is no server.
 *
 * @module
 */

import { defineCollector } from "../src/collector.ts";
import { callsOf, NFS2_PROCEDURES, NFS3_PROCEDURES, parseRpc, type RpcLines } from "../src/nfs_rpc.ts";

const FILE = "/proc/net/rpc/nfsd";
/** Operations of version 4, RFC 7530, in their order, under the peer's names; `-` stands for what it does not report. */
const NFS4_OPERATIONS: readonly string[] = (
  "- - - Access Close Commit Create DelegPurge DelegReturn GetAttr GetFH Link Lock Lockt Locku Lookup " +
  "LookupRoot Nverify Open OpenAttr OpenConfirm OpenDgrd PutFH - - Read ReadDir ReadLink Remove Rename Renew " +
  "RestoreFH SaveFH SecInfo SetAttr SetClientID SetClientIDConfirm Verify Write RelLockOwner"
).split(" ");
/** Before 2.6 there was no release_lockowner. */
const FEWEST_OPERATIONS = 39;
/** Numbers that a line has at least. */
const SHORTEST = {
  rc: 3,
  fh: 5,
  io: 2,
  th: 2,
  ra: 12,
  net: 4,
  rpc: 5,
  proc2: NFS2_PROCEDURES.length,
  proc3: NFS3_PROCEDURES.length,
  proc4ops: FEWEST_OPERATIONS,
  wdeleg_getattr: 1,
};

export default defineCollector({
  name: "nfsd",
  help: "Calls to the NFS server.",
  peer: true,
  platforms: ["linux"],
  freshnessSeconds: 0.1,
  metrics: {
    node_nfsd_connections_total: { type: "counter", help: "Total number of NFSd TCP connections." },
    node_nfsd_disk_bytes_read_total: { type: "counter", help: "Total NFSd bytes read." },
    node_nfsd_disk_bytes_written_total: { type: "counter", help: "Total NFSd bytes written." },
    node_nfsd_file_handles_stale_total: { type: "counter", help: "Total number of NFSd stale file handles" },
    node_nfsd_packets_total: {
      type: "counter",
      help: "Total NFSd network packets (sent+received) by protocol type.",
      labels: ["proto"],
    },
    node_nfsd_read_ahead_cache_not_found_total: {
      type: "counter",
      help: "Total number of NFSd read ahead cache not found.",
    },
    node_nfsd_read_ahead_cache_size_blocks: { type: "gauge", help: "How large the read ahead cache is in blocks." },
    node_nfsd_reply_cache_hits_total: {
      type: "counter",
      help: "Total number of NFSd Reply Cache hits (client lost server response).",
    },
    node_nfsd_reply_cache_misses_total: {
      type: "counter",
      help: "Total number of NFSd Reply Cache an operation that requires caching (idempotent).",
    },
    node_nfsd_reply_cache_nocache_total: {
      type: "counter",
      help: "Total number of NFSd Reply Cache non-idempotent operations (rename/delete/…).",
    },
    node_nfsd_requests_total: {
      type: "counter",
      help: "Total number NFSd Requests by method and protocol.",
      labels: ["method", "proto"],
    },
    node_nfsd_rpc_errors_total: {
      type: "counter",
      help: "Total number of NFSd RPC errors by error type.",
      labels: ["error"],
    },
    node_nfsd_server_rpcs_total: { type: "counter", help: "Total number of NFSd RPCs." },
    node_nfsd_server_threads: { type: "gauge", help: "Total number of NFSd kernel threads that are running." },
  },
  sources: [FILE],
  read({ source }): RpcLines | null {
    const text = source.proc.try("net/rpc/nfsd");
    return text === undefined ? null : parseRpc(FILE, text, SHORTEST);
  },
  samples(lines, emit) {
    const [hits = 0, misses = 0, nocache = 0] = lines.get("rc") ?? [];
    emit("node_nfsd_reply_cache_hits_total", hits);
    emit("node_nfsd_reply_cache_misses_total", misses);
    emit("node_nfsd_reply_cache_nocache_total", nocache);
    emit("node_nfsd_file_handles_stale_total", lines.get("fh")?.[0] ?? 0);
    const [bytesRead = 0, bytesWritten = 0] = lines.get("io") ?? [];
    emit("node_nfsd_disk_bytes_read_total", bytesRead);
    emit("node_nfsd_disk_bytes_written_total", bytesWritten);
    emit("node_nfsd_server_threads", lines.get("th")?.[0] ?? 0);
    const readAhead = lines.get("ra") ?? [];
    emit("node_nfsd_read_ahead_cache_size_blocks", readAhead[0] ?? 0);
    emit("node_nfsd_read_ahead_cache_not_found_total", readAhead[11] ?? 0);
    const [, udp = 0, tcp = 0, connections = 0] = lines.get("net") ?? [];
    emit("node_nfsd_packets_total", udp, { proto: "udp" });
    emit("node_nfsd_packets_total", tcp, { proto: "tcp" });
    emit("node_nfsd_connections_total", connections);
    const [calls = 0, , format = 0, authentication = 0, client = 0] = lines.get("rpc") ?? [];
    emit("node_nfsd_rpc_errors_total", format, { error: "fmt" });
    emit("node_nfsd_rpc_errors_total", authentication, { error: "auth" });
    emit("node_nfsd_rpc_errors_total", client, { error: "cInt" });
    emit("node_nfsd_server_rpcs_total", calls);
    for (const { proto, method, count } of requestsOf(lines)) {
      emit("node_nfsd_requests_total", count, { proto, method });
    }
  },
});

/** Calls by version and method, but those of the procedure that does nothing, as with the peer. */
function requestsOf(lines: RpcLines): { proto: string; method: string; count: number }[] {
  const versions = [
    ["2", callsOf(NFS2_PROCEDURES, lines.get("proc2"))],
    ["3", callsOf(NFS3_PROCEDURES, lines.get("proc3"))],
    [
      "4",
      callsOf([...NFS4_OPERATIONS, "WdelegGetattr"], [
        ...NFS4_OPERATIONS.map((_, i) => lines.get("proc4ops")?.[i] ?? 0),
        lines.get("wdeleg_getattr")?.[0] ?? 0,
      ]),
    ],
  ] as const;
  return versions.flatMap(([proto, calls]) =>
    calls.filter(([method]) => method !== "-" && method !== "Null").map(([method, count]) => ({ proto, method, count }))
  );
}
