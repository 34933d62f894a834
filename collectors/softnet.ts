/**
 * What each processor's receiving side did: softnet_seq_show() in the kernel. 7 series per processor, one file.
 *
 * @module
 */

import { defineCollector } from "../src/collector.ts";
import { hexNumber, malformed } from "../src/kernel_text.ts";

const FILE = "/proc/net/softnet_stat";
/** Since 2.6.23; the 10th and 11th came with 3.11, the 12th and 13th with 5.10. */
const FEWEST_COLUMNS = 9;
const FROM_3_11 = 11;
const FROM_5_10 = 13;

/** Counts of one processor; what its kernel does not tell is 0, as with the peer. */
export interface SoftnetCounts {
  /** Number of the processor. */
  readonly cpu: number;
  /** Packets processed. */
  readonly processed: number;
  /** Packets dropped. */
  readonly dropped: number;
  /** How often processing ran out of its quota. */
  readonly squeezed: number;
  /** How often the lock of a transmitting device was held; 0 since 4.12. */
  readonly collisions: number;
  /** How often another processor woke this one for its packets. */
  readonly receivedRps: number;
  /** How often the flow limit was reached. */
  readonly flowLimited: number;
  /** Packets that wait. */
  readonly backlog: number;
}

export default defineCollector({
  name: "softnet",
  help: "Packets by the processor that received them.",
  peer: true,
  platforms: ["linux"],
  freshnessSeconds: 0.1,
  metrics: {
    node_softnet_backlog_len: { type: "gauge", help: "Softnet backlog status", labels: ["cpu"] },
    node_softnet_cpu_collision_total: {
      type: "counter",
      help: "Number of collision occur while obtaining device lock while transmitting",
      labels: ["cpu"],
    },
    node_softnet_dropped_total: { type: "counter", help: "Number of dropped packets", labels: ["cpu"] },
    node_softnet_flow_limit_count_total: {
      type: "counter",
      help: "Number of times flow limit has been reached",
      labels: ["cpu"],
    },
    node_softnet_processed_total: { type: "counter", help: "Number of processed packets", labels: ["cpu"] },
    node_softnet_received_rps_total: {
      type: "counter",
      help: "Number of times cpu woken up received_rps",
      labels: ["cpu"],
    },
    node_softnet_times_squeezed_total: {
      type: "counter",
      help: "Number of times processing packets ran out of quota",
      labels: ["cpu"],
    },
  },
  sources: [FILE],
  read: ({ source }) => parseSoftnet(source.proc("net/softnet_stat")),
  samples(processors, emit) {
    for (const counts of processors) {
      const label = { cpu: String(counts.cpu) };
      emit("node_softnet_processed_total", counts.processed, label);
      emit("node_softnet_dropped_total", counts.dropped, label);
      emit("node_softnet_times_squeezed_total", counts.squeezed, label);
      emit("node_softnet_cpu_collision_total", counts.collisions, label);
      emit("node_softnet_received_rps_total", counts.receivedRps, label);
      emit("node_softnet_flow_limit_count_total", counts.flowLimited, label);
      emit("node_softnet_backlog_len", counts.backlog, label);
    }
  },
});

/**
 * Parses `/proc/net/softnet_stat`. A kernel that does not tell the processor's number has a line for each from 0.
 *
 * @throws {SyntaxError} if a line has fewer than 9 columns, or one that is not hexadecimal
 */
export function parseSoftnet(text: string): readonly SoftnetCounts[] {
  const lines = text.split("\n").filter((line) => line !== "");
  return lines.map((line, number) => {
    // What later kernels add says nothing of these.
    const columns = line.trim().split(/\s+/).slice(0, FROM_5_10);
    const numbers = columns.flatMap((column) => hexNumber(column) ?? []);
    if (numbers.length !== columns.length || numbers.length < FEWEST_COLUMNS) throw malformed(FILE, line);
    const [processed = 0, dropped = 0, squeezed = 0, , , , , , collisions = 0, receivedRps = 0, flowLimited = 0] =
      numbers;
    const [backlog = 0, cpu = number] = numbers.length >= FROM_5_10 ? numbers.slice(FROM_3_11) : [];
    return { cpu, processed, dropped, squeezed, collisions, receivedRps, flowLimited, backlog };
  });
}
