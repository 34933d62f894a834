/**
 * Ports of Fibre Channel adapters: scsi_transport_fc.c in the kernel. 15 series per port, each of a small file of its own.
 * Not here where there is no such adapter.
 *
 * @module
 */

import { defineCollector, type FileTree } from "../src/collector.ts";
import { hexNumber, malformed, wholeNumber } from "../src/kernel_text.ts";

const FOLDER = "class/fc_host";
/** What firmware gives for a counter that it does not have: all 64 bits set. */
const NO_COUNTER = 2 ** 64;
/** Families by the file of `statistics` that they are of. */
const COUNTERS = [
  ["node_fibrechannel_dumped_frames_total", "dumped_frames"],
  ["node_fibrechannel_error_frames_total", "error_frames"],
  ["node_fibrechannel_invalid_crc_total", "invalid_crc_count"],
  ["node_fibrechannel_rx_frames_total", "rx_frames"],
  ["node_fibrechannel_rx_words_total", "rx_words"],
  ["node_fibrechannel_tx_frames_total", "tx_frames"],
  ["node_fibrechannel_tx_words_total", "tx_words"],
  ["node_fibrechannel_seconds_since_last_reset_total", "seconds_since_last_reset"],
  ["node_fibrechannel_invalid_tx_words_total", "invalid_tx_word_count"],
  ["node_fibrechannel_link_failure_total", "link_failure_count"],
  ["node_fibrechannel_loss_of_sync_total", "loss_of_sync_count"],
  ["node_fibrechannel_loss_of_signal_total", "loss_of_signal_count"],
  ["node_fibrechannel_nos_total", "nos_count"],
  ["node_fibrechannel_fcp_packet_aborts_total", "fcp_packet_aborts"],
] as const;

/** A port; text that it does not tell is empty. */
export interface FibreChannelHost {
  /** Its name, as `host0`, and what it tells of itself. */
  readonly labels: {
    readonly fc_host: string;
    readonly speed: string;
    readonly port_state: string;
    readonly port_type: string;
    readonly port_id: string;
    readonly port_name: string;
    readonly fabric_name: string;
    readonly symbolic_name: string;
    readonly supported_classes: string;
    readonly supported_speeds: string;
    readonly dev_loss_tmo: string;
  };
  /** Count by file; absent where the firmware has none. */
  readonly counters: ReadonlyMap<string, number>;
}

export default defineCollector({
  name: "fibrechannel",
  help: "Ports of Fibre Channel adapters.",
  peer: true,
  platforms: ["linux"],
  freshnessSeconds: 0.1,
  metrics: {
    node_fibrechannel_dumped_frames_total: { type: "counter", help: "Number of dumped frames", labels: ["fc_host"] },
    node_fibrechannel_error_frames_total: { type: "counter", help: "Number of errors in frames", labels: ["fc_host"] },
    node_fibrechannel_fcp_packet_aborts_total: {
      type: "counter",
      help: "Number of aborted packets",
      labels: ["fc_host"],
    },
    node_fibrechannel_info: {
      type: "gauge",
      help: "Non-numeric data from /sys/class/fc_host/<host>, value is always 1.",
      labels: [
        "dev_loss_tmo",
        "fabric_name",
        "fc_host",
        "port_id",
        "port_name",
        "port_state",
        "port_type",
        "speed",
        "supported_classes",
        "supported_speeds",
        "symbolic_name",
      ],
    },
    node_fibrechannel_invalid_crc_total: {
      type: "counter",
      help: "Invalid Cyclic Redundancy Check count",
      labels: ["fc_host"],
    },
    node_fibrechannel_invalid_tx_words_total: {
      type: "counter",
      help: "Number of invalid words transmitted by host port",
      labels: ["fc_host"],
    },
    node_fibrechannel_link_failure_total: {
      type: "counter",
      help: "Number of times the host port link has failed",
      labels: ["fc_host"],
    },
    node_fibrechannel_loss_of_signal_total: {
      type: "counter",
      help: "Number of times signal has been lost",
      labels: ["fc_host"],
    },
    node_fibrechannel_loss_of_sync_total: {
      type: "counter",
      help: "Number of failures on either bit or transmission word boundaries",
      labels: ["fc_host"],
    },
    node_fibrechannel_nos_total: {
      type: "counter",
      help: "Number Not_Operational Primitive Sequence received by host port",
      labels: ["fc_host"],
    },
    node_fibrechannel_rx_frames_total: { type: "counter", help: "Number of frames received", labels: ["fc_host"] },
    node_fibrechannel_rx_words_total: {
      type: "counter",
      help: "Number of words received by host port",
      labels: ["fc_host"],
    },
    node_fibrechannel_seconds_since_last_reset_total: {
      type: "counter",
      help: "Number of seconds since last host port reset",
      labels: ["fc_host"],
    },
    node_fibrechannel_tx_frames_total: {
      type: "counter",
      help: "Number of frames transmitted by host port",
      labels: ["fc_host"],
    },
    node_fibrechannel_tx_words_total: {
      type: "counter",
      help: "Number of words transmitted by host port",
      labels: ["fc_host"],
    },
  },
  sources: {
    "/sys/class/fc_host/*/*": ["node_fibrechannel_info"],
    "/sys/class/fc_host/*/statistics/*": COUNTERS.map(([name]) => name),
  },
  read({ source }): readonly FibreChannelHost[] | null {
    return source.sys.list(FOLDER)?.map((name) => hostOf(source.sys, name)) ?? null;
  },
  samples(hosts, emit) {
    for (const { labels, counters } of hosts) {
      emit("node_fibrechannel_info", 1, labels);
      for (const [name, file] of COUNTERS) emit(name, counters.get(file), { fc_host: labels.fc_host });
    }
  },
});

function hostOf(sys: FileTree, name: string): FibreChannelHost {
  const text = (file: string) => sys.value(`${FOLDER}/${name}/${file}`) ?? "";
  const digits = (file: string) => text(file).replace(/^0x/, "");
  const counters = new Map<string, number>();
  for (const [, file] of COUNTERS) {
    const path = `${FOLDER}/${name}/statistics/${file}`;
    const count = parseCounter(sys.locate(path), sys.value(path));
    if (count !== undefined) counters.set(file, count);
  }
  const labels = {
    fc_host: name,
    speed: text("speed"),
    port_state: text("port_state"),
    port_type: text("port_type"),
    port_id: digits("port_id"),
    port_name: digits("port_name"),
    fabric_name: digits("fabric_name"),
    symbolic_name: text("symbolic_name"),
    supported_classes: text("supported_classes"),
    supported_speeds: text("supported_speeds"),
    dev_loss_tmo: text("dev_loss_tmo"),
  };
  return { labels, counters };
}

/**
 * Parses a counter, as `0x12`; `undefined` where there is none.
 *
 * @throws {SyntaxError} if it is not a number
 */
export function parseCounter(file: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const count = text.startsWith("0x") ? hexNumber(text.slice(2)) : wholeNumber(text);
  if (count === undefined) throw malformed(file, text);
  return count === NO_COUNTER ? undefined : count;
}
