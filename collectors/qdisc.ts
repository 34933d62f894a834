/**
 * Queueing disciplines of network devices: rtnetlink(7), tc(8). 7 series per device, of its root alone: what is below is
 * counted there too. Not here where the runtime cannot make system calls, or may not.
 *
 * @module
 */

import * as z from "zod";
import { defineCollector } from "../src/collector.ts";
import { attributes, deviceNames, table, text, u32, u64 } from "../src/netlink.ts";
import { patternOption, wanted } from "../src/pattern.ts";

/** linux/rtnetlink.h, linux/pkt_sched.h, linux/gen_stats.h. */
const RTM_GETQDISC = 38;
const HEADER_BYTES = 20;
const TC_H_ROOT = 0xffffffff;
const TCA_KIND = 1;
const TCA_STATS2 = 7;
const TCA_STATS_BASIC = 1;
const TCA_STATS_QUEUE = 3;

const PATTERN = { placeholder: "pattern" };
const LABELS = ["device", "kind"] as const;

/** Figures of a queueing discipline. */
export interface QueueFigures {
  /** Bytes sent. */
  readonly bytes: number;
  /** Packets sent. */
  readonly packets: number;
  /** Packets dropped. */
  readonly drops: number;
  /** Packets put back. */
  readonly requeues: number;
  /** Packets over a limit. */
  readonly overlimits: number;
  /** Packets waiting. */
  readonly queued: number;
  /** Bytes waiting. */
  readonly queuedBytes: number;
}

/** The queueing discipline at the root of a device. */
export interface Qdisc extends QueueFigures {
  /** Name of the device. */
  readonly device: string;
  /** As `fq_codel`. */
  readonly kind: string;
}

const NO_FIGURES: QueueFigures = {
  bytes: 0,
  packets: 0,
  drops: 0,
  requeues: 0,
  overlimits: 0,
  queued: 0,
  queuedBytes: 0,
};

const pattern = (what: string) => z.string().default("").transform(patternOption).describe(what).meta(PATTERN);

export default defineCollector({
  name: "qdisc",
  help: "Queueing disciplines of network devices.",
  enabled: false,
  peer: true,
  // The peer's options were spelt so.
  aliases: ["qdisk"],
  platforms: ["linux"],
  freshnessSeconds: 0.1,
  options: z.strictObject({
    "device-include": pattern("Devices to report, and no others; not with device-exclude."),
    "device-exclude": pattern("Devices to leave out; not with device-include."),
    fixtures: z.string().default("").describe("Folder whose results.json is read instead of asking the kernel.")
      .meta({ placeholder: "folder" }),
  }).refine((o) => o["device-include"] === undefined || o["device-exclude"] === undefined, {
    message: "of device-include and device-exclude only one may be given",
  }),
  metrics: {
    node_qdisc_bytes_total: { type: "counter", help: "Number of bytes sent.", labels: LABELS },
    node_qdisc_packets_total: { type: "counter", help: "Number of packets sent.", labels: LABELS },
    node_qdisc_drops_total: { type: "counter", help: "Number of packets dropped.", labels: LABELS },
    node_qdisc_requeues_total: {
      type: "counter",
      help: "Number of packets dequeued, not transmitted, and requeued.",
      labels: LABELS,
    },
    node_qdisc_overlimits_total: { type: "counter", help: "Number of overlimit packets.", labels: LABELS },
    node_qdisc_current_queue_length: {
      type: "gauge",
      help: "Number of packets currently in queue to be sent.",
      labels: LABELS,
    },
    node_qdisc_backlog: { type: "gauge", help: "Number of bytes currently in queue to be sent.", labels: LABELS },
  },
  sources: ["libc rtnetlink(7)"],
  async read({ source, options }): Promise<readonly Qdisc[] | null> {
    const isWanted = ({ device }: Qdisc) => wanted(device, options["device-include"], options["device-exclude"]);
    if (options.fixtures !== "") {
      const file = `${options.fixtures.replace(/\/+$/, "")}/results.json`;
      return parseFixture(source.local(file), file).filter(isWanted);
    }
    const calls = source.systemCalls();
    if (!calls) return null;
    const devices = await deviceNames(calls);
    const bodies = await table(calls, RTM_GETQDISC, new Uint8Array(HEADER_BYTES));
    return bodies.flatMap((body) => parseQdisc(body, devices)).filter(isWanted);
  },
  samples(qdiscs, emit) {
    for (const { device, kind, ...figures } of qdiscs) {
      const labels = { device, kind };
      emit("node_qdisc_bytes_total", figures.bytes, labels);
      emit("node_qdisc_packets_total", figures.packets, labels);
      emit("node_qdisc_drops_total", figures.drops, labels);
      emit("node_qdisc_requeues_total", figures.requeues, labels);
      emit("node_qdisc_overlimits_total", figures.overlimits, labels);
      emit("node_qdisc_current_queue_length", figures.queued, labels);
      emit("node_qdisc_backlog", figures.queuedBytes, labels);
    }
  },
});

/**
 * Parses an entry of the kernel's table of queueing disciplines; empty for what is not at a root, or whose device is gone.
 *
 * @throws {SyntaxError} if it is cut off
 */
export function parseQdisc(body: DataView, devices: ReadonlyMap<number, string>): Qdisc[] {
  const device = devices.get(u32(body, 4));
  const parent = u32(body, 12);
  if (device === undefined || (parent !== TC_H_ROOT && parent !== 0)) return [];
  let kind = "";
  let figures = NO_FIGURES;
  for (const { type, value } of attributes(body, HEADER_BYTES)) {
    if (type === TCA_KIND) kind = text(value);
    else if (type === TCA_STATS2) figures = parseStatistics(value);
  }
  return [{ device, kind, ...figures }];
}

/** @throws {SyntaxError} if it is cut off */
function parseStatistics(statistics: DataView): QueueFigures {
  let figures = NO_FIGURES;
  for (const { type, value } of attributes(statistics)) {
    if (type === TCA_STATS_BASIC) figures = { ...figures, bytes: u64(value, 0), packets: u32(value, 8) };
    else if (type === TCA_STATS_QUEUE) {
      const [queued, queuedBytes] = [u32(value, 0), u32(value, 4)];
      const [drops, requeues, overlimits] = [u32(value, 8), u32(value, 12), u32(value, 16)];
      figures = { ...figures, queued, queuedBytes, drops, requeues, overlimits };
    }
  }
  return figures;
}

const count = z.number().default(0);
/** What the peer's tests use instead of the kernel: fields that are 0 are left out. */
const FIXTURE = z.array(
  z.object({
    IfaceName: z.string().default(""),
    Kind: z.string().default(""),
    Parent: count,
    Bytes: count,
    Packets: count,
    Drops: count,
    Requeues: count,
    Overlimits: count,
    Qlen: count,
    Backlog: count,
  }).transform(({ IfaceName, Kind, Parent, ...figures }) => ({
    parent: Parent,
    qdisc: {
      device: IfaceName,
      kind: Kind,
      bytes: figures.Bytes,
      packets: figures.Packets,
      drops: figures.Drops,
      requeues: figures.Requeues,
      overlimits: figures.Overlimits,
      queued: figures.Qlen,
      queuedBytes: figures.Backlog,
    },
  })),
);

/**
 * Parses a fixture of the peer's.
 *
 * @throws {SyntaxError} if it is not of its form
 */
export function parseFixture(json: string, file: string): Qdisc[] {
  try {
    return FIXTURE.parse(JSON.parse(json)).filter(({ parent }) => parent === 0).map(({ qdisc }) => qdisc);
  } catch (error) {
    const reason = error instanceof z.ZodError ? z.prettifyError(error) : String(error);
    throw new SyntaxError(`Cannot parse ${JSON.stringify(file)}: ${reason}`, { cause: error });
  }
}
