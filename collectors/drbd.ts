/**
 * DRBD 8: `/proc/drbd`, of drbd(8). 17 series per device, one file. DRBD 9 keeps its figures elsewhere.
 *
 * @module
 */

import { defineCollector } from "../src/collector.ts";
import { malformed, wholeNumber } from "../src/kernel_text.ts";

const FILE = "/proc/drbd";
const KIBIBYTE = 1024;
/** Families of the counters, and how many of the family's unit a counter's is; `nr` the peer takes for bytes. */
const COUNTERS = [
  ["ns", "node_drbd_network_sent_bytes_total", KIBIBYTE],
  ["nr", "node_drbd_network_received_bytes_total", 1],
  ["dw", "node_drbd_disk_written_bytes_total", KIBIBYTE],
  ["dr", "node_drbd_disk_read_bytes_total", KIBIBYTE],
  ["al", "node_drbd_activitylog_writes_total", 1],
  ["bm", "node_drbd_bitmap_writes_total", 1],
  ["lo", "node_drbd_local_pending", 1],
  ["pe", "node_drbd_remote_pending", 1],
  ["ua", "node_drbd_remote_unacknowledged", 1],
  ["ap", "node_drbd_application_pending", 1],
  ["ep", "node_drbd_epochs", 1],
  ["oos", "node_drbd_out_of_sync_bytes", KIBIBYTE],
] as const;
const KNOWN = new Set<string>(COUNTERS.map(([key]) => key));

/** A device. */
export interface DrbdDevice {
  /** Its name, as `drbd1`. */
  readonly device: string;
  /** Counters by the two or three letters of their name. */
  readonly counters: ReadonlyMap<string, number>;
  /** States by name, `cs`, `ro` and `ds`, those of this node and of the other one. */
  readonly states: ReadonlyMap<string, readonly string[]>;
}

export default defineCollector({
  name: "drbd",
  help: "Replicated block devices of DRBD 8.",
  enabled: false,
  peer: true,
  platforms: ["linux"],
  freshnessSeconds: 0.1,
  metrics: {
    node_drbd_activitylog_writes_total: {
      type: "counter",
      help: "Number of updates of the activity log area of the meta data.",
      labels: ["device"],
    },
    node_drbd_application_pending: {
      type: "gauge",
      help: "Number of block I/O requests forwarded to DRBD, but not yet answered by DRBD.",
      labels: ["device"],
    },
    node_drbd_bitmap_writes_total: {
      type: "counter",
      help: "Number of updates of the bitmap area of the meta data.",
      labels: ["device"],
    },
    node_drbd_connected: { type: "gauge", help: "Whether DRBD is connected to the peer.", labels: ["device"] },
    node_drbd_disk_read_bytes_total: {
      type: "counter",
      help: "Net data read from local hard disk; in bytes.",
      labels: ["device"],
    },
    node_drbd_disk_state_is_up_to_date: {
      type: "gauge",
      help: "Whether the disk of the node is up to date.",
      labels: ["device", "node"],
    },
    node_drbd_disk_written_bytes_total: {
      type: "counter",
      help: "Net data written on local hard disk; in bytes.",
      labels: ["device"],
    },
    node_drbd_epochs: { type: "gauge", help: "Number of Epochs currently on the fly.", labels: ["device"] },
    node_drbd_local_pending: {
      type: "gauge",
      help: "Number of open requests to the local I/O sub-system.",
      labels: ["device"],
    },
    node_drbd_network_received_bytes_total: {
      type: "counter",
      help: "Total number of bytes received via the network.",
      labels: ["device"],
    },
    node_drbd_network_sent_bytes_total: {
      type: "counter",
      help: "Total number of bytes sent via the network.",
      labels: ["device"],
    },
    node_drbd_node_role_is_primary: {
      type: "gauge",
      help: "Whether the role of the node is in the primary state.",
      labels: ["device", "node"],
    },
    node_drbd_out_of_sync_bytes: {
      type: "gauge",
      help: "Amount of data known to be out of sync; in bytes.",
      labels: ["device"],
    },
    node_drbd_remote_pending: {
      type: "gauge",
      help: "Number of requests sent to the peer, but that have not yet been answered by the latter.",
      labels: ["device"],
    },
    node_drbd_remote_unacknowledged: {
      type: "gauge",
      help: "Number of requests received by the peer via the network connection, but that have not yet been answered.",
      labels: ["device"],
    },
  },
  sources: [FILE],
  read({ source }): readonly DrbdDevice[] | null {
    const text = source.proc.try("drbd");
    return text === undefined ? null : parseDrbd(text);
  },
  samples(devices, emit) {
    for (const { device, counters, states } of devices) {
      for (const [key, family, unit] of COUNTERS) {
        const count = counters.get(key);
        emit(family, count === undefined ? undefined : count * unit, { device });
      }
      const connection = states.get("cs")?.[0];
      emit("node_drbd_connected", connection === undefined ? undefined : Number(connection === "Connected"), {
        device,
      });
      for (const [i, node] of ["local", "remote"].entries()) {
        const role = states.get("ro")?.[i];
        const disk = states.get("ds")?.[i];
        const labels = { device, node };
        emit("node_drbd_node_role_is_primary", role === undefined ? undefined : Number(role === "Primary"), labels);
        emit(
          "node_drbd_disk_state_is_up_to_date",
          disk === undefined ? undefined : Number(disk === "UpToDate"),
          labels,
        );
      }
    }
  },
});

/**
 * Parses `/proc/drbd`: words `key:value`, those of a device after its number and a colon.
 *
 * @throws {SyntaxError} if a counter is no number
 */
export function parseDrbd(text: string): DrbdDevice[] {
  const devices: { device: string; counters: Map<string, number>; states: Map<string, readonly string[]> }[] = [];
  for (const word of text.split(/\s+/)) {
    const [, key, value] = /^([^:]+):([^:]*)$/.exec(word) ?? [];
    if (key === undefined || value === undefined) continue;
    if (value === "" && wholeNumber(key) !== undefined) {
      devices.push({ device: `drbd${key}`, counters: new Map(), states: new Map() });
    } else if (KNOWN.has(key)) {
      const count = wholeNumber(value);
      if (count === undefined) throw malformed(FILE, word);
      devices.at(-1)?.counters.set(key, count);
    } else if (key === "cs" || key === "ro" || key === "ds") {
      devices.at(-1)?.states.set(key, value.split("/"));
    }
  }
  return devices;
}
