/**
 * Block devices: iostats.rst of the kernel, udev's database for what a device is. Up to 22 series per device, one file for
 * all, two small ones per device.
 *
 * @module
 */

import * as z from "zod";
import { defineCollector, type Source } from "../src/collector.ts";
import { decimalNumber, malformed, wholeNumber } from "../src/kernel_text.ts";
import { type Pattern, patternOption, wanted } from "../src/pattern.ts";

const FILE = "/proc/diskstats";
const DEFAULT_EXCLUDE = "^(z?ram|loop|fd|(h|s|v|xv)d[a-z]|nvme\\d+n\\d+p)\\d+$";
/** Of any device, whatever its own blocks. */
const SECTOR_BYTES = 512;
/** What 2.6.25 gives of every device, partitions included. */
const FEWEST_FIGURES = 11;
const MILLISECOND = 0.001;
/** Families of the columns after the name, in their order, and how many of the family's unit a column's is. */
const COLUMNS = [
  ["node_disk_reads_completed_total", 1],
  ["node_disk_reads_merged_total", 1],
  ["node_disk_read_bytes_total", SECTOR_BYTES],
  ["node_disk_read_time_seconds_total", MILLISECOND],
  ["node_disk_writes_completed_total", 1],
  ["node_disk_writes_merged_total", 1],
  ["node_disk_written_bytes_total", SECTOR_BYTES],
  ["node_disk_write_time_seconds_total", MILLISECOND],
  ["node_disk_io_now", 1],
  ["node_disk_io_time_seconds_total", MILLISECOND],
  ["node_disk_io_time_weighted_seconds_total", MILLISECOND],
  ["node_disk_discards_completed_total", 1],
  ["node_disk_discards_merged_total", 1],
  ["node_disk_discarded_sectors_total", 1],
  ["node_disk_discard_time_seconds_total", MILLISECOND],
  ["node_disk_flush_requests_total", 1],
  ["node_disk_flush_requests_time_seconds_total", MILLISECOND],
] as const;
/** Families that only udev can tell. */
const UDEV_FAMILIES = [
  "node_disk_filesystem_info",
  "node_disk_device_mapper_info",
  "node_disk_ata_write_cache",
  "node_disk_ata_write_cache_enabled",
  "node_disk_ata_rotation_rate_rpm",
] as const;
const PATTERN = { placeholder: "pattern" };

/** One line of `/proc/diskstats`. */
export interface DiskFigures {
  /** Name of the device. */
  readonly device: string;
  /** Its major number. */
  readonly major: string;
  /** Its minor number. */
  readonly minor: string;
  /** The columns after the name: 11 of them, 15 since 4.18, 17 since 5.5. Sectors of 512 bytes, milliseconds. */
  readonly figures: readonly number[];
}

/** A block device. */
export interface Disk extends DiskFigures {
  /** Whether its platters turn; also where the kernel does not tell, false. */
  readonly rotational: boolean;
  /** Properties by name, as udev has them. */
  readonly udev: ReadonlyMap<string, string>;
}

export default defineCollector({
  name: "diskstats",
  help: "Input and output of block devices.",
  peer: true,
  platforms: ["linux"],
  freshnessSeconds: 0.1,
  options: z.strictObject({
    "device-exclude": z.string().default(DEFAULT_EXCLUDE).transform(patternOption)
      .describe("Devices to leave out; not with device-include.").meta(PATTERN),
    "device-include": z.string().default("").transform(patternOption)
      .describe("Devices to report, and no others; not with device-exclude.").meta(PATTERN),
    "ignored-devices": z.string().default("").transform(patternOption)
      .describe("Former name of device-exclude.").meta({ ...PATTERN, deprecated: true }),
  }).refine((o) => patternsGiven([o["device-exclude"], o["device-include"], o["ignored-devices"]]) <= 1, {
    message: "of device-exclude, device-include and ignored-devices only one may be given",
  }),
  metrics: {
    node_disk_ata_rotation_rate_rpm: {
      type: "gauge",
      help: "ATA disk rotation rate in RPMs (0 for SSDs).",
      labels: ["device"],
    },
    node_disk_ata_write_cache: { type: "gauge", help: "ATA disk has a write cache.", labels: ["device"] },
    node_disk_ata_write_cache_enabled: {
      type: "gauge",
      help: "ATA disk has its write cache enabled.",
      labels: ["device"],
    },
    node_disk_device_mapper_info: {
      type: "gauge",
      help: "Info about disk device mapper.",
      labels: ["device", "lv_layer", "lv_name", "name", "uuid", "vg_name"],
    },
    node_disk_discard_time_seconds_total: {
      type: "counter",
      help: "This is the total number of seconds spent by all discards.",
      labels: ["device"],
    },
    node_disk_discarded_sectors_total: {
      type: "counter",
      help: "The total number of sectors discarded successfully.",
      labels: ["device"],
    },
    node_disk_discards_completed_total: {
      type: "counter",
      help: "The total number of discards completed successfully.",
      labels: ["device"],
    },
    node_disk_discards_merged_total: {
      type: "counter",
      help: "The total number of discards merged.",
      labels: ["device"],
    },
    node_disk_filesystem_info: {
      type: "gauge",
      help: "Info about disk filesystem.",
      labels: ["device", "type", "usage", "uuid", "version"],
    },
    node_disk_flush_requests_time_seconds_total: {
      type: "counter",
      help: "This is the total number of seconds spent by all flush requests.",
      labels: ["device"],
    },
    node_disk_flush_requests_total: {
      type: "counter",
      help: "The total number of flush requests completed successfully",
      labels: ["device"],
    },
    node_disk_info: {
      type: "gauge",
      help: "Info of /sys/block/<block_device>.",
      labels: ["device", "major", "minor", "model", "path", "revision", "rotational", "serial", "wwn"],
    },
    node_disk_io_now: { type: "gauge", help: "The number of I/Os currently in progress.", labels: ["device"] },
    node_disk_io_time_seconds_total: { type: "counter", help: "Total seconds spent doing I/Os.", labels: ["device"] },
    node_disk_io_time_weighted_seconds_total: {
      type: "counter",
      help: "The weighted # of seconds spent doing I/Os.",
      labels: ["device"],
    },
    node_disk_read_bytes_total: {
      type: "counter",
      help: "The total number of bytes read successfully.",
      labels: ["device"],
    },
    node_disk_read_time_seconds_total: {
      type: "counter",
      help: "The total number of seconds spent by all reads.",
      labels: ["device"],
    },
    node_disk_reads_completed_total: {
      type: "counter",
      help: "The total number of reads completed successfully.",
      labels: ["device"],
    },
    node_disk_reads_merged_total: { type: "counter", help: "The total number of reads merged.", labels: ["device"] },
    node_disk_write_time_seconds_total: {
      type: "counter",
      help: "This is the total number of seconds spent by all writes.",
      labels: ["device"],
    },
    node_disk_writes_completed_total: {
      type: "counter",
      help: "The total number of writes completed successfully.",
      labels: ["device"],
    },
    node_disk_writes_merged_total: { type: "counter", help: "The number of writes merged.", labels: ["device"] },
    node_disk_written_bytes_total: {
      type: "counter",
      help: "The total number of bytes written successfully.",
      labels: ["device"],
    },
  },
  sources: {
    [FILE]: [...COLUMNS.map(([name]) => name), "node_disk_info"],
    "/run/udev/data/b*:*": [
      "node_disk_info",
      "node_disk_ata_*",
      "node_disk_filesystem_info",
      "node_disk_device_mapper_info",
    ],
    "/sys/block/*/queue/rotational": ["node_disk_info"],
  },
  read({ source, options, wanted: isWanted }): readonly Disk[] {
    const hasInfo = isWanted("node_disk_info");
    const hasUdev = hasInfo || UDEV_FAMILIES.some((name) => isWanted(name));
    const include = options["device-include"];
    const exclude = include ? undefined : options["ignored-devices"] ?? options["device-exclude"];
    return parseDiskstats(source.proc("diskstats")).filter(({ device }) => wanted(device, include, exclude)).map((
      disk,
    ) => ({
      ...disk,
      rotational: hasInfo && source.sys.value(`block/${disk.device}/queue/rotational`) === "1",
      udev: hasUdev ? udevProperties(source, `b${disk.major}:${disk.minor}`) : new Map(),
    }));
  },
  samples(disks, emit) {
    for (const { device, major, minor, rotational, udev, figures } of disks) {
      const label = { device };
      const property = (name: string) => udev.get(name) ?? "";
      emit("node_disk_info", 1, {
        device,
        major,
        minor,
        path: property("ID_PATH"),
        wwn: property("ID_WWN"),
        model: property("ID_MODEL"),
        serial: property("SCSI_IDENT_SERIAL") || property("ID_SERIAL_SHORT") || property("ID_SERIAL"),
        revision: property("ID_REVISION"),
        rotational: rotational ? "1" : "0",
      });
      for (const [column, [family, unit]] of COLUMNS.entries()) {
        const figure = figures[column];
        emit(family, figure === undefined ? undefined : figure * unit, label);
      }
      if (property("ID_FS_TYPE")) {
        emit("node_disk_filesystem_info", 1, {
          device,
          type: property("ID_FS_TYPE"),
          usage: property("ID_FS_USAGE"),
          uuid: property("ID_FS_UUID"),
          version: property("ID_FS_VERSION"),
        });
      }
      if (property("DM_NAME")) {
        emit("node_disk_device_mapper_info", 1, {
          device,
          name: property("DM_NAME"),
          uuid: property("DM_UUID"),
          vg_name: property("DM_VG_NAME"),
          lv_name: property("DM_LV_NAME"),
          lv_layer: property("DM_LV_LAYER"),
        });
      }
      if (property("ID_ATA")) {
        emit("node_disk_ata_write_cache", decimalNumber(udev.get("ID_ATA_WRITE_CACHE")), label);
        emit("node_disk_ata_write_cache_enabled", decimalNumber(udev.get("ID_ATA_WRITE_CACHE_ENABLED")), label);
        emit("node_disk_ata_rotation_rate_rpm", decimalNumber(udev.get("ID_ATA_ROTATION_RATE_RPM")), label);
      }
    }
  },
});

/** What a device has counted of a family, in the family's unit; absent where its kernel does not. */
export function diskFigure({ figures }: DiskFigures, family: (typeof COLUMNS)[number][0]): number | undefined {
  const column = COLUMNS.findIndex(([name]) => name === family);
  const figure = figures[column];
  return figure === undefined ? undefined : figure * (COLUMNS[column]?.[1] ?? NaN);
}

/** An include takes the place of the exclude that stands by default. */
function patternsGiven(patterns: readonly (Pattern | undefined)[]): number {
  return patterns.filter((pattern) => pattern && pattern.source !== DEFAULT_EXCLUDE).length;
}

/** Without udev, or with a database that may not be read, disks are reported all the same. */
function udevProperties({ udev }: Source, device: string): ReadonlyMap<string, string> {
  let text = "";
  try {
    text = udev.try(device) ?? "";
  } catch {
    return new Map();
  }
  return new Map(
    text.split("\n").flatMap((line) => {
      const [, name, value] = /^E:([^=]*)=(.*?)\r?$/.exec(line) ?? [];
      return name !== undefined && value !== undefined ? [[name, value]] : [];
    }),
  );
}

/**
 * Parses `/proc/diskstats`; the lines of seven columns, which 2.6.24 and older have of partitions, are left out.
 *
 * @throws {SyntaxError} if a line breaks the format
 */
export function parseDiskstats(text: string): DiskFigures[] {
  const disks: DiskFigures[] = [];
  for (const line of text.split("\n")) {
    const [major, minor, device, ...columns] = line.trim().split(/\s+/);
    if (major === "") continue;
    const figures = columns.slice(0, COLUMNS.length).map((column) => wholeNumber(column) ?? NaN);
    const numbered = wholeNumber(major) !== undefined && wholeNumber(minor) !== undefined;
    if (!numbered || !major || !minor || !device || figures.some(Number.isNaN)) throw malformed(FILE, line);
    if (figures.length >= FEWEST_FIGURES) disks.push({ device, major, minor, figures });
  }
  return disks;
}
