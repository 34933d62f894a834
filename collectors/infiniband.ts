/**
 * Ports of InfiniBand and RDMA devices: sysfs-class-infiniband of the kernel's ABI documents. Up to 27 series per port, each
 * of a small file of its own. Not here where there is no such device.
 *
 * @module
 */

import * as z from "zod";
import { permitted } from "../src/attribute.ts";
import { defineCollector, type FileTree } from "../src/collector.ts";
import { decimalNumber, malformed, wholeNumber } from "../src/kernel_text.ts";
import { patternOption, wanted } from "../src/pattern.ts";

const FOLDER = "class/infiniband";
/** Data are counted in units of four octets. */
const LANES = 4;
const BYTES_PER_GIGABIT = 125_000_000;
/** What drivers write into a counter that they do not have. */
const NO_COUNTER = /^N\/A/;
/** Families by the file below the port that they are of, and what a count of it is worth. */
const COUNTERS = [
  ["node_infiniband_legacy_multicast_packets_received_total", "counters_ext/port_multicast_rcv_packets", 1],
  ["node_infiniband_legacy_multicast_packets_transmitted_total", "counters_ext/port_multicast_xmit_packets", 1],
  ["node_infiniband_legacy_data_received_bytes_total", "counters_ext/port_rcv_data_64", LANES],
  ["node_infiniband_legacy_packets_received_total", "counters_ext/port_rcv_packets_64", 1],
  ["node_infiniband_legacy_unicast_packets_received_total", "counters_ext/port_unicast_rcv_packets", 1],
  ["node_infiniband_legacy_unicast_packets_transmitted_total", "counters_ext/port_unicast_xmit_packets", 1],
  ["node_infiniband_legacy_data_transmitted_bytes_total", "counters_ext/port_xmit_data_64", LANES],
  ["node_infiniband_legacy_packets_transmitted_total", "counters_ext/port_xmit_packets_64", 1],
  ["node_infiniband_link_downed_total", "counters/link_downed", 1],
  ["node_infiniband_link_error_recovery_total", "counters/link_error_recovery", 1],
  ["node_infiniband_multicast_packets_received_total", "counters/multicast_rcv_packets", 1],
  ["node_infiniband_multicast_packets_transmitted_total", "counters/multicast_xmit_packets", 1],
  ["node_infiniband_port_constraint_errors_received_total", "counters/port_rcv_constraint_errors", 1],
  ["node_infiniband_port_constraint_errors_transmitted_total", "counters/port_xmit_constraint_errors", 1],
  ["node_infiniband_port_data_received_bytes_total", "counters/port_rcv_data", LANES],
  ["node_infiniband_port_data_transmitted_bytes_total", "counters/port_xmit_data", LANES],
  ["node_infiniband_port_discards_received_total", "counters/port_rcv_discards", 1],
  ["node_infiniband_port_discards_transmitted_total", "counters/port_xmit_discards", 1],
  ["node_infiniband_port_errors_received_total", "counters/port_rcv_errors", 1],
  ["node_infiniband_port_packets_received_total", "counters/port_rcv_packets", 1],
  ["node_infiniband_port_packets_transmitted_total", "counters/port_xmit_packets", 1],
  ["node_infiniband_port_transmit_wait_total", "counters/port_xmit_wait", 1],
  ["node_infiniband_unicast_packets_received_total", "counters/unicast_rcv_packets", 1],
  ["node_infiniband_unicast_packets_transmitted_total", "counters/unicast_xmit_packets", 1],
] as const;
const PATTERN = { placeholder: "pattern" };

/** A port; what it does not tell is absent. */
export interface InfinibandPort {
  /** Its number. */
  readonly port: string;
  /** Number of its logical state. */
  readonly state: number | undefined;
  /** Number of its physical state. */
  readonly physicalState: number | undefined;
  /** Its rate. */
  readonly bytesPerSecond: number | undefined;
  /** Count by file. */
  readonly counters: ReadonlyMap<string, number>;
}

/** A device; text that it does not tell is empty. */
export interface InfinibandDevice {
  /** Its name. */
  readonly device: string;
  /** Identity of its board. */
  readonly boardId: string;
  /** Version of its firmware. */
  readonly firmwareVersion: string;
  /** Its type. */
  readonly hcaType: string;
  /** Its ports. */
  readonly ports: readonly InfinibandPort[];
}

export default defineCollector({
  name: "infiniband",
  help: "Ports of InfiniBand and RDMA devices.",
  peer: true,
  platforms: ["linux"],
  freshnessSeconds: 0.1,
  options: z.strictObject({
    "device-include": z.string().default("").transform(patternOption)
      .describe("Devices to report, and no others; not with device-exclude.").meta(PATTERN),
    "device-exclude": z.string().default("").transform(patternOption)
      .describe("Devices to leave out; not with device-include.").meta(PATTERN),
  }).refine((o) => !(o["device-include"] && o["device-exclude"]), {
    message: "of device-include and device-exclude only one may be given",
  }),
  metrics: {
    node_infiniband_info: {
      type: "gauge",
      help: "Non-numeric data from /sys/class/infiniband/<device>, value is always 1.",
      labels: ["board_id", "device", "firmware_version", "hca_type"],
    },
    node_infiniband_legacy_data_received_bytes_total: {
      type: "counter",
      help: "Number of data octets received on all links",
      labels: ["device", "port"],
    },
    node_infiniband_legacy_data_transmitted_bytes_total: {
      type: "counter",
      help: "Number of data octets transmitted on all links",
      labels: ["device", "port"],
    },
    node_infiniband_legacy_multicast_packets_received_total: {
      type: "counter",
      help: "Number of multicast packets received",
      labels: ["device", "port"],
    },
    node_infiniband_legacy_multicast_packets_transmitted_total: {
      type: "counter",
      help: "Number of multicast packets transmitted",
      labels: ["device", "port"],
    },
    node_infiniband_legacy_packets_received_total: {
      type: "counter",
      help: "Number of data packets received on all links",
      labels: ["device", "port"],
    },
    node_infiniband_legacy_packets_transmitted_total: {
      type: "counter",
      help: "Number of data packets received on all links",
      labels: ["device", "port"],
    },
    node_infiniband_legacy_unicast_packets_received_total: {
      type: "counter",
      help: "Number of unicast packets received",
      labels: ["device", "port"],
    },
    node_infiniband_legacy_unicast_packets_transmitted_total: {
      type: "counter",
      help: "Number of unicast packets transmitted",
      labels: ["device", "port"],
    },
    node_infiniband_link_downed_total: {
      type: "counter",
      help: "Number of times the link failed to recover from an error state and went down",
      labels: ["device", "port"],
    },
    node_infiniband_link_error_recovery_total: {
      type: "counter",
      help: "Number of times the link successfully recovered from an error state",
      labels: ["device", "port"],
    },
    node_infiniband_multicast_packets_received_total: {
      type: "counter",
      help: "Number of multicast packets received (including errors)",
      labels: ["device", "port"],
    },
    node_infiniband_multicast_packets_transmitted_total: {
      type: "counter",
      help: "Number of multicast packets transmitted (including errors)",
      labels: ["device", "port"],
    },
    node_infiniband_physical_state_id: {
      type: "gauge",
      help:
        "Physical state of the InfiniBand port (0: no change, 1: sleep, 2: polling, 3: disable, 4: shift, 5: link up, 6: link error recover, 7: phytest)",
      labels: ["device", "port"],
    },
    node_infiniband_port_constraint_errors_received_total: {
      type: "counter",
      help: "Number of packets received on the switch physical port that are discarded",
      labels: ["device", "port"],
    },
    node_infiniband_port_constraint_errors_transmitted_total: {
      type: "counter",
      help: "Number of packets not transmitted from the switch physical port",
      labels: ["device", "port"],
    },
    node_infiniband_port_data_received_bytes_total: {
      type: "counter",
      help: "Number of data octets received on all links",
      labels: ["device", "port"],
    },
    node_infiniband_port_data_transmitted_bytes_total: {
      type: "counter",
      help: "Number of data octets transmitted on all links",
      labels: ["device", "port"],
    },
    node_infiniband_port_discards_received_total: {
      type: "counter",
      help: "Number of inbound packets discarded by the port because the port is down or congested",
      labels: ["device", "port"],
    },
    node_infiniband_port_discards_transmitted_total: {
      type: "counter",
      help: "Number of outbound packets discarded by the port because the port is down or congested",
      labels: ["device", "port"],
    },
    node_infiniband_port_errors_received_total: {
      type: "counter",
      help: "Number of packets containing an error that were received on this port",
      labels: ["device", "port"],
    },
    node_infiniband_port_packets_received_total: {
      type: "counter",
      help: "Number of packets received on all VLs by this port (including errors)",
      labels: ["device", "port"],
    },
    node_infiniband_port_packets_transmitted_total: {
      type: "counter",
      help: "Number of packets transmitted on all VLs from this port (including errors)",
      labels: ["device", "port"],
    },
    node_infiniband_port_transmit_wait_total: {
      type: "counter",
      help: "Number of ticks during which the port had data to transmit but no data was sent during the entire tick",
      labels: ["device", "port"],
    },
    node_infiniband_rate_bytes_per_second: {
      type: "gauge",
      help: "Maximum signal transfer rate",
      labels: ["device", "port"],
    },
    node_infiniband_state_id: {
      type: "gauge",
      help: "State of the InfiniBand port (0: no change, 1: down, 2: init, 3: armed, 4: active, 5: act defer)",
      labels: ["device", "port"],
    },
    node_infiniband_unicast_packets_received_total: {
      type: "counter",
      help: "Number of unicast packets received (including errors)",
      labels: ["device", "port"],
    },
    node_infiniband_unicast_packets_transmitted_total: {
      type: "counter",
      help: "Number of unicast packets transmitted (including errors)",
      labels: ["device", "port"],
    },
  },
  sources: ["/sys/class/infiniband/*/*", "/sys/class/infiniband/*/ports/*/*", "/sys/class/infiniband/*/ports/*/*/*"],
  read({ source: { sys }, options }): readonly InfinibandDevice[] | null {
    const names = sys.list(FOLDER)?.filter((name) =>
      wanted(name, options["device-include"], options["device-exclude"])
    );
    return names?.map((device) => {
      const folder = `${FOLDER}/${device}`;
      return {
        device,
        boardId: sys.value(`${folder}/board_id`) ?? "",
        firmwareVersion: sys.value(`${folder}/fw_ver`) ?? "",
        hcaType: sys.value(`${folder}/hca_type`) ?? "",
        ports: (sys.list(`${folder}/ports`) ?? []).map((port) => portOf(sys, `${folder}/ports/${port}`, port)),
      };
    }) ?? null;
  },
  samples(devices, emit) {
    for (const { device, boardId, firmwareVersion, hcaType, ports } of devices) {
      const about = { board_id: boardId, firmware_version: firmwareVersion, hca_type: hcaType };
      emit("node_infiniband_info", 1, { device, ...about });
      for (const { port, state, physicalState, bytesPerSecond, counters } of ports) {
        const label = { device, port };
        emit("node_infiniband_state_id", state, label);
        emit("node_infiniband_physical_state_id", physicalState, label);
        emit("node_infiniband_rate_bytes_per_second", bytesPerSecond, label);
        for (const [name, file, worth] of COUNTERS) {
          const count = counters.get(file);
          emit(name, count === undefined ? undefined : count * worth, label);
        }
      }
    }
  },
});

function portOf(sys: FileTree, folder: string, port: string): InfinibandPort {
  const counters = new Map<string, number>();
  for (const [, file] of COUNTERS) {
    const text = permitted(() => sys.value(`${folder}/${file}`));
    const count = wholeNumber(text);
    if (count !== undefined) counters.set(file, count);
    else if (text !== undefined && !NO_COUNTER.test(text)) throw malformed(sys.locate(`${folder}/${file}`), text);
  }
  return {
    port,
    state: parseState(sys.locate(`${folder}/state`), sys.value(`${folder}/state`)),
    physicalState: parseState(sys.locate(`${folder}/phys_state`), sys.value(`${folder}/phys_state`)),
    bytesPerSecond: parseRate(sys.locate(`${folder}/rate`), sys.value(`${folder}/rate`)),
    counters,
  };
}

/**
 * Parses a state, as `4: ACTIVE`, to its number.
 *
 * @throws {SyntaxError} if it is none
 */
export function parseState(file: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const state = wholeNumber(/^(\d+): *[^:]*$/.exec(text)?.[1]);
  if (state === undefined) throw malformed(file, text);
  return state;
}

/**
 * Parses a rate, as `2.5 Gb/sec (1X SDR)`, to bytes per second.
 *
 * @throws {SyntaxError} if it is none
 */
export function parseRate(file: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const gigabits = decimalNumber(/^(\S+) Gb\/sec/.exec(text)?.[1]);
  if (gigabits === undefined) throw malformed(file, text);
  return Math.trunc(gigabits * BYTES_PER_GIGABIT);
}
