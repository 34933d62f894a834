/**
 * NFS mounts: `/proc/self/mountstats`, and `/proc/self/mountinfo` for the server's address. 36 series per mount, 10 per
 * transport, 8 per operation: over 300 a mount, hence off by default.
 *
 * @module
 */

import { defineCollector } from "../src/collector.ts";
import { malformed, wholeNumber } from "../src/kernel_text.ts";
import { metrics } from "./mountstats/metrics.ts";

const FILE = "/proc/self/mountstats";
/** As the peer does, so that times which the kernel let fall below 0, and wrote as 2^64 − n, still fit a float64. */
const MODULUS = 2n ** 53n;
/** From this column on, those of an operation are times. */
const FIRST_TIME = 5;
const MILLISECONDS = 1000;
/** Families of the columns of `bytes`. */
const BYTES = [
  "node_mountstats_nfs_read_bytes_total",
  "node_mountstats_nfs_write_bytes_total",
  "node_mountstats_nfs_direct_read_bytes_total",
  "node_mountstats_nfs_direct_write_bytes_total",
  "node_mountstats_nfs_total_read_bytes_total",
  "node_mountstats_nfs_total_write_bytes_total",
  "node_mountstats_nfs_read_pages_total",
  "node_mountstats_nfs_write_pages_total",
] as const;
/** Families of the columns of `events`; one has none, as nobody knows what it counts. */
const EVENTS = [
  "node_mountstats_nfs_event_inode_revalidate_total",
  "node_mountstats_nfs_event_dnode_revalidate_total",
  "node_mountstats_nfs_event_data_invalidate_total",
  "node_mountstats_nfs_event_attribute_invalidate_total",
  "node_mountstats_nfs_event_vfs_open_total",
  "node_mountstats_nfs_event_vfs_lookup_total",
  "node_mountstats_nfs_event_vfs_access_total",
  "node_mountstats_nfs_event_vfs_update_page_total",
  "node_mountstats_nfs_event_vfs_read_page_total",
  "node_mountstats_nfs_event_vfs_read_pages_total",
  "node_mountstats_nfs_event_vfs_write_page_total",
  "node_mountstats_nfs_event_vfs_write_pages_total",
  "node_mountstats_nfs_event_vfs_getdents_total",
  "node_mountstats_nfs_event_vfs_setattr_total",
  "node_mountstats_nfs_event_vfs_flush_total",
  "node_mountstats_nfs_event_vfs_fsync_total",
  "node_mountstats_nfs_event_vfs_lock_total",
  "node_mountstats_nfs_event_vfs_file_release_total",
  undefined,
  "node_mountstats_nfs_event_truncation_total",
  "node_mountstats_nfs_event_write_extension_total",
  "node_mountstats_nfs_event_silly_rename_total",
  "node_mountstats_nfs_event_short_read_total",
  "node_mountstats_nfs_event_short_write_total",
  "node_mountstats_nfs_event_jukebox_delay_total",
  "node_mountstats_nfs_event_pnfs_read_total",
  "node_mountstats_nfs_event_pnfs_write_total",
] as const;
/** Families of an operation's columns, and how many of them make one of the family's unit. */
const OPERATIONS = [
  ["node_mountstats_nfs_operations_requests_total", 1],
  ["node_mountstats_nfs_operations_transmissions_total", 1],
  ["node_mountstats_nfs_operations_major_timeouts_total", 1],
  ["node_mountstats_nfs_operations_sent_bytes_total", 1],
  ["node_mountstats_nfs_operations_received_bytes_total", 1],
  ["node_mountstats_nfs_operations_queue_time_seconds_total", MILLISECONDS],
  ["node_mountstats_nfs_operations_response_time_seconds_total", MILLISECONDS],
  ["node_mountstats_nfs_operations_request_time_seconds_total", MILLISECONDS],
] as const;
/** Families of the columns of `xprt` after protocol and port. */
const TRANSPORT = [
  "node_mountstats_nfs_transport_bind_total",
  "node_mountstats_nfs_transport_connect_total",
  undefined,
  "node_mountstats_nfs_transport_idle_time_seconds",
  "node_mountstats_nfs_transport_sends_total",
  "node_mountstats_nfs_transport_receives_total",
  "node_mountstats_nfs_transport_bad_transaction_ids_total",
  undefined,
  "node_mountstats_nfs_transport_backlog_queue_total",
  "node_mountstats_nfs_transport_maximum_rpc_slots",
  "node_mountstats_nfs_transport_sending_queue_total",
  "node_mountstats_nfs_transport_pending_queue_total",
] as const;
/** So many of these columns are those of a connection by RDMA, which has others after them. */
const RDMA_COLUMNS = 9;

/** An NFS mount. */
export interface NfsMount {
  /** What is mounted, as `server:/folder`. */
  readonly device: string;
  /** Where. */
  readonly mountPoint: string;
  /** Seconds since it was mounted. */
  readonly ageSeconds: number;
  /** Columns of `bytes`. */
  readonly bytes: readonly number[];
  /** Columns of `events`. */
  readonly events: readonly number[];
  /** Columns by operation. */
  readonly operations: ReadonlyMap<string, readonly number[]>;
  /** Connections: protocol, and the columns after the port, with 0 for those that the protocol has not. */
  readonly transports: readonly { readonly protocol: string; readonly columns: readonly number[] }[];
}

export default defineCollector({
  name: "mountstats",
  help: "Operations of NFS mounts.",
  enabled: false,
  peer: true,
  platforms: ["linux"],
  freshnessSeconds: 0.1,
  metrics,
  sources: [FILE, "/proc/self/mountinfo"],
  read(
    { source },
  ): { readonly mounts: readonly NfsMount[]; readonly addresses: ReadonlyMap<string, readonly string[]> } | null {
    const text = source.proc.try("self/mountstats");
    if (text === undefined) return null;
    return { mounts: parseMountstats(text), addresses: parseAddresses(source.proc.try("self/mountinfo") ?? "") };
  },
  samples({ mounts, addresses }, emit) {
    const seen = new Set<string>();
    const first = (...key: string[]) => !seen.has(key.join("\0")) && seen.add(key.join("\0"));
    const used = new Map<string, number>();
    for (const { device, mountPoint, transports, ...stats } of mounts) {
      const above = used.get(mountPoint) ?? 0;
      used.set(mountPoint, above + 1);
      const mountaddr = addresses.get(mountPoint)?.[above] ?? "";
      for (const { protocol } of transports) {
        const labels = { export: device, protocol, mountaddr };
        if (first(device, protocol, mountaddr, mountPoint)) {
          emit("node_mountstats_nfs_mountpoint_info", 1, { ...labels, mountpoint: mountPoint });
        }
        // Mounts of one export share their connections, and their figures.
        if (!first(device, protocol, mountaddr)) break;
        emit("node_mountstats_nfs_age_seconds_total", stats.ageSeconds, labels);
        for (const [i, family] of BYTES.entries()) emit(family, stats.bytes[i] ?? 0, labels);
        for (const [i, family] of EVENTS.entries()) if (family) emit(family, stats.events[i] ?? 0, labels);
        for (const [number, { columns }] of transports.entries()) {
          const transport = String(number);
          for (const [i, family] of TRANSPORT.entries()) if (family) emit(family, columns[i], { ...labels, transport });
        }
        for (const [operation, columns] of stats.operations) {
          for (const [i, [family, unit]] of OPERATIONS.entries()) {
            emit(family, (columns[i] ?? 0) / unit, { ...labels, operation });
          }
        }
      }
    }
  },
});

/** The `addr` options by mount point, in the order in which they were mounted there. */
export function parseAddresses(mountinfo: string): ReadonlyMap<string, readonly string[]> {
  const addresses = new Map<string, string[]>();
  for (const line of mountinfo.split("\n")) {
    const [before = "", after = ""] = line.split(" - ", 2);
    const [, address] = /(?:^|,)addr=([^,]*)/.exec(after.split(" ")[2] ?? "") ?? [];
    if (address === undefined) continue;
    const mountPoint = before.split(" ")[4] ?? "";
    addresses.set(mountPoint, [...addresses.get(mountPoint) ?? [], address]);
  }
  return addresses;
}

/**
 * Parses `/proc/self/mountstats`, of which mounts of NFS have more than one line.
 *
 * @throws {SyntaxError} if a line of such a mount breaks the format
 */
export function parseMountstats(text: string): NfsMount[] {
  const mounts: NfsMount[] = [];
  for (const part of text.split(/^(?=device |no device )/m)) {
    const [head = "", ...lines] = part.split("\n");
    const [, device, mountPoint] = /^device (\S+) mounted on (\S+) with fstype nfs4? statvers=/.exec(head) ?? [];
    if (device !== undefined && mountPoint !== undefined) mounts.push({ device, mountPoint, ...parseMount(lines) });
  }
  return mounts;
}

function parseMount(lines: readonly string[]): Omit<NfsMount, "device" | "mountPoint"> {
  let ageSeconds = 0;
  let bytes: readonly number[] = [];
  let events: readonly number[] = [];
  const operations = new Map<string, readonly number[]>();
  const transports: { protocol: string; columns: readonly number[] }[] = [];
  let perOperation = false;
  for (const line of lines) {
    const [key = "", ...values] = line.trim().split(/\s+/);
    const columns = (from = 0) => values.slice(from).map((value) => wholeNumber(value) ?? refuse(line));
    if (key === "") continue;
    if (key === "per-op") perOperation = true;
    else if (perOperation) {
      const wrapped = values.slice(FIRST_TIME).map((value) => wrappedTime(value) ?? refuse(line));
      operations.set(key.replace(/:$/, ""), [...columns().slice(0, FIRST_TIME), ...wrapped]);
    } else if (key === "age:") ageSeconds = columns()[0] ?? refuse(line);
    else if (key === "bytes:") bytes = columns();
    else if (key === "events:") events = columns();
    else if (key === "xprt:") {
      const protocol = values[0] ?? refuse(line);
      // Sockets of the host itself have no port.
      transports.push(transportOf(protocol, columns(protocol === "local" ? 1 : 2)));
    }
  }
  return { ageSeconds, bytes, events, operations, transports };
}

/** Without connections there is nothing to count of them; statistics of version 1.0 end before the slots. */
function transportOf(protocol: string, [bind = 0, ...rest]: readonly number[]): NfsMount["transports"][number] {
  const told = protocol === "udp" ? [bind, 0, 0, 0, ...rest] : [bind, ...rest];
  const columns = protocol === "rdma" ? told.slice(0, RDMA_COLUMNS) : told;
  return { protocol, columns: TRANSPORT.map((_, i) => columns[i] ?? 0) };
}

function wrappedTime(text: string): number | undefined {
  return wholeNumber(text) === undefined ? undefined : Number(BigInt(text) % MODULUS);
}

function refuse(line: string): never {
  throw malformed(FILE, line);
}
