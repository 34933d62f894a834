/**
 * Ports of InfiniBand and RDMA devices: sysfs-class-infiniband of the kernel's ABI documents. Up to 63 series per port, each
 * of a small file of its own. Not here where there is no such device.
 *
 * @module
 */

import * as z from "zod";
import { permitted } from "../src/attribute.ts";
import { defineCollector, type FileTree } from "../src/collector.ts";
import { decimalNumber, malformed, wholeNumber } from "../src/kernel_text.ts";
import { patternOption, wanted } from "../src/pattern.ts";
import { metrics } from "./infiniband/metrics.ts";

const FOLDER = "class/infiniband";
/** Data are counted in units of four octets. */
const LANES = 4;
const BYTES_PER_GIGABIT = 125_000_000;
/** What drivers write into a counter that they do not have. */
const NO_COUNTER = /^N\/A/;
const LIFESPAN = "hw_counters/lifespan";
const MILLISECONDS = 1000;
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
  ["node_infiniband_vl15_dropped_total", "counters/VL15_dropped", 1],
  ["node_infiniband_excessive_buffer_overrun_errors_total", "counters/excessive_buffer_overrun_errors", 1],
  ["node_infiniband_local_link_integrity_errors_total", "counters/local_link_integrity_errors", 1],
  ["node_infiniband_port_receive_remote_physical_errors_total", "counters/port_rcv_remote_physical_errors", 1],
  ["node_infiniband_port_receive_switch_relay_errors_total", "counters/port_rcv_switch_relay_errors", 1],
  ["node_infiniband_symbol_error_total", "counters/symbol_error", 1],
  ["node_infiniband_duplicate_requests_packets_total", "hw_counters/duplicate_request", 1],
  ["node_infiniband_implied_nak_seq_errors_total", "hw_counters/implied_nak_seq_err", 1],
  ["node_infiniband_local_ack_timeout_errors_total", "hw_counters/local_ack_timeout_err", 1],
  ["node_infiniband_np_cnp_packets_sent_total", "hw_counters/np_cnp_sent", 1],
  ["node_infiniband_np_ecn_marked_roce_packets_received_total", "hw_counters/np_ecn_marked_roce_packets", 1],
  ["node_infiniband_out_of_buffer_drops_total", "hw_counters/out_of_buffer", 1],
  ["node_infiniband_out_of_sequence_packets_received_total", "hw_counters/out_of_sequence", 1],
  ["node_infiniband_packet_sequence_errors_total", "hw_counters/packet_seq_err", 1],
  ["node_infiniband_req_cqes_errors_total", "hw_counters/req_cqe_error", 1],
  ["node_infiniband_req_cqes_flush_errors_total", "hw_counters/req_cqe_flush_error", 1],
  ["node_infiniband_req_remote_access_errors_total", "hw_counters/req_remote_access_errors", 1],
  ["node_infiniband_req_remote_invalid_request_errors_total", "hw_counters/req_remote_invalid_request", 1],
  ["node_infiniband_resp_cqes_errors_total", "hw_counters/resp_cqe_error", 1],
  ["node_infiniband_resp_cqes_flush_errors_total", "hw_counters/resp_cqe_flush_error", 1],
  ["node_infiniband_resp_local_length_errors_total", "hw_counters/resp_local_length_error", 1],
  ["node_infiniband_resp_remote_access_errors_total", "hw_counters/resp_remote_access_errors", 1],
  ["node_infiniband_rnr_nak_retry_packets_received_total", "hw_counters/rnr_nak_retry_err", 1],
  ["node_infiniband_roce_adp_retransmits_total", "hw_counters/roce_adp_retrans", 1],
  ["node_infiniband_roce_adp_retransmits_timeout_total", "hw_counters/roce_adp_retrans_to", 1],
  ["node_infiniband_roce_slow_restart_used_total", "hw_counters/roce_slow_restart", 1],
  ["node_infiniband_roce_slow_restart_cnps_total", "hw_counters/roce_slow_restart_cnps", 1],
  ["node_infiniband_roce_slow_restart_total", "hw_counters/roce_slow_restart_trans", 1],
  ["node_infiniband_rp_cnp_packets_handled_total", "hw_counters/rp_cnp_handled", 1],
  ["node_infiniband_rp_cnp_ignored_packets_received_total", "hw_counters/rp_cnp_ignored", 1],
  ["node_infiniband_rx_atomic_requests_total", "hw_counters/rx_atomic_requests", 1],
  ["node_infiniband_rx_dct_connect_requests_total", "hw_counters/rx_dct_connect", 1],
  ["node_infiniband_rx_icrc_encapsulated_errors_total", "hw_counters/rx_icrc_encapsulated", 1],
  ["node_infiniband_rx_read_requests_total", "hw_counters/rx_read_requests", 1],
  ["node_infiniband_rx_write_requests_total", "hw_counters/rx_write_requests", 1],
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
  /** For how long the driver answers with the counters of `hw_counters` that it has read; whole seconds, as with the peer. */
  readonly lifespanSeconds: number | undefined;
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
  metrics,
  sources: {
    "/sys/class/infiniband/*/*": ["node_infiniband_info"],
    "/sys/class/infiniband/*/ports/*/*": [
      "node_infiniband_state_id",
      "node_infiniband_physical_state_id",
      "node_infiniband_rate_bytes_per_second",
    ],
    "/sys/class/infiniband/*/ports/*/*/*": [...COUNTERS.map(([name]) => name), "node_infiniband_lifespan_seconds"],
  },
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
      for (const { port, state, physicalState, bytesPerSecond, counters, lifespanSeconds } of ports) {
        const label = { device, port };
        emit("node_infiniband_state_id", state, label);
        emit("node_infiniband_physical_state_id", physicalState, label);
        emit("node_infiniband_rate_bytes_per_second", bytesPerSecond, label);
        emit("node_infiniband_lifespan_seconds", lifespanSeconds, label);
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
    const count = counterIn(sys, `${folder}/${file}`);
    if (count !== undefined) counters.set(file, count);
  }
  const lifespan = counterIn(sys, `${folder}/${LIFESPAN}`);
  return {
    port,
    state: parseState(sys.locate(`${folder}/state`), sys.value(`${folder}/state`)),
    physicalState: parseState(sys.locate(`${folder}/phys_state`), sys.value(`${folder}/phys_state`)),
    bytesPerSecond: parseRate(sys.locate(`${folder}/rate`), sys.value(`${folder}/rate`)),
    counters,
    lifespanSeconds: lifespan === undefined ? undefined : Math.trunc(lifespan / MILLISECONDS),
  };
}

function counterIn(sys: FileTree, path: string): number | undefined {
  const text = permitted(() => sys.value(path));
  const count = wholeNumber(text);
  if (count === undefined && text !== undefined && !NO_COUNTER.test(text)) throw malformed(sys.locate(path), text);
  return count;
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
