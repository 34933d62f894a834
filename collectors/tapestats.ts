/**
 * Tape drives: `/sys/class/scsi_tape/st<n>/stats`, of st.rst in the kernel's documentation. 10 series per drive.
 *
 * @module
 */

import * as z from "zod";
import { numbered } from "../src/attribute.ts";
import { defineCollector } from "../src/collector.ts";
import { numberIn } from "../src/kernel_text.ts";
import { patternOption, wanted } from "../src/pattern.ts";

const FOLDER = "class/scsi_tape";
const NANOSECOND = 1e-9;
/** Families of the files, and how many of the family's unit a file's is. */
const FILES = [
  ["in_flight", "node_tape_io_now", 1],
  ["other_cnt", "node_tape_io_others_total", 1],
  ["io_ns", "node_tape_io_time_seconds_total", NANOSECOND],
  ["read_byte_cnt", "node_tape_read_bytes_total", 1],
  ["read_ns", "node_tape_read_time_seconds_total", NANOSECOND],
  ["read_cnt", "node_tape_reads_completed_total", 1],
  ["resid_cnt", "node_tape_residual_total", 1],
  ["write_ns", "node_tape_write_time_seconds_total", NANOSECOND],
  ["write_cnt", "node_tape_writes_completed_total", 1],
  ["write_byte_cnt", "node_tape_written_bytes_total", 1],
] as const;

/** A drive. */
export interface TapeDrive {
  /** Its name, as `st0`. */
  readonly device: string;
  /** Figures by file; times in nanoseconds. A file that is not there counts as 0, as with the peer. */
  readonly figures: ReadonlyMap<string, number>;
}

export default defineCollector({
  name: "tapestats",
  help: "Tape drives.",
  peer: true,
  platforms: ["linux"],
  freshnessSeconds: 0.1,
  options: z.strictObject({
    "ignored-devices": z.string().default("^$").transform(patternOption)
      .describe("Drives to leave out.").meta({ placeholder: "pattern" }),
  }),
  metrics: {
    node_tape_io_now: {
      type: "gauge",
      help: "The number of I/Os currently outstanding to this device.",
      labels: ["device"],
    },
    node_tape_io_others_total: {
      type: "counter",
      help:
        "The number of I/Os issued to the tape drive other than read or write commands. The time taken to complete these commands uses the following calculation io_time_seconds_total-read_time_seconds_total-write_time_seconds_total",
      labels: ["device"],
    },
    node_tape_io_time_seconds_total: {
      type: "counter",
      help:
        "The amount of time spent waiting for all I/O to complete (including read and write). This includes tape movement commands such as seeking between file or set marks and implicit tape movement such as when rewind on close tape devices are used.",
      labels: ["device"],
    },
    node_tape_read_bytes_total: {
      type: "counter",
      help: "The number of bytes read from the tape drive.",
      labels: ["device"],
    },
    node_tape_read_time_seconds_total: {
      type: "counter",
      help: "The amount of time spent waiting for read requests to complete.",
      labels: ["device"],
    },
    node_tape_reads_completed_total: {
      type: "counter",
      help: "The number of read requests issued to the tape drive.",
      labels: ["device"],
    },
    node_tape_residual_total: {
      type: "counter",
      help:
        "The number of times during a read or write we found the residual amount to be non-zero. This should mean that a program is issuing a read larger thean the block size on tape. For write not all data made it to tape.",
      labels: ["device"],
    },
    node_tape_write_time_seconds_total: {
      type: "counter",
      help: "The amount of time spent waiting for write requests to complete.",
      labels: ["device"],
    },
    node_tape_writes_completed_total: {
      type: "counter",
      help: "The number of write requests issued to the tape drive.",
      labels: ["device"],
    },
    node_tape_written_bytes_total: {
      type: "counter",
      help: "The number of bytes written to the tape drive.",
      labels: ["device"],
    },
  },
  sources: ["/sys/class/scsi_tape/st*/stats/*"],
  read({ source: { sys }, options }): readonly TapeDrive[] | null {
    if (sys.list(FOLDER) === undefined) return null;
    return numbered(sys, FOLDER, "st").map(({ path, number }) => ({
      device: `st${number}`,
      figures: new Map(FILES.flatMap(([file]) => {
        const figure = numberIn(sys, `${path}/stats/${file}`);
        return figure === undefined ? [] : [[file, figure]];
      })),
    })).filter(({ device }) => wanted(device, undefined, options["ignored-devices"]));
  },
  samples(drives, emit) {
    for (const { device, figures } of drives) {
      for (const [file, family, unit] of FILES) emit(family, (figures.get(file) ?? 0) * unit, { device });
    }
  },
});
