/**
 * bcache: `/sys/fs/bcache/<uuid>`, of bcache.rst in the kernel's documentation. 10 series per cache set, 13 per backing
 * device, 3 per cache device and, if asked for, 2 more.
 *
 * @module
 */

import * as z from "zod";
import { numbered } from "../src/attribute.ts";
import { binarySize } from "../src/binary_size.ts";
import { defineCollector, type FileTree } from "../src/collector.ts";
import { malformed, wholeNumber } from "../src/kernel_text.ts";

/** bcache prints 1024ths divided by 100 where others have a decimal fraction. */
const TENTH = 1 / 10.24;
const NANOSECOND = 1e-9;
/** Families of a cache set's files, and how many of the family's unit a file's is; the `_us` counts nanoseconds. */
const SET_FILES = [
  ["average_key_size", "node_bcache_average_key_size_sectors", 1],
  ["btree_cache_size", "node_bcache_btree_cache_size_bytes", 1],
  ["cache_available_percent", "node_bcache_cache_available_percent", 1],
  ["congested", "node_bcache_congested", 1],
  ["root_usage_percent", "node_bcache_root_usage_percent", 1],
  ["tree_depth", "node_bcache_tree_depth", 1],
  ["internal/active_journal_entries", "node_bcache_active_journal_entries", 1],
  ["internal/btree_nodes", "node_bcache_btree_nodes", 1],
  ["internal/btree_read_average_duration_us", "node_bcache_btree_read_average_duration_seconds", NANOSECOND],
  ["internal/cache_read_races", "node_bcache_cache_read_races_total", 1],
] as const;
const BACKING_FILES = [
  ["dirty_data", "node_bcache_dirty_data_bytes"],
  ["stats_total/bypassed", "node_bcache_bypassed_bytes_total"],
  ["stats_total/cache_hits", "node_bcache_cache_hits_total"],
  ["stats_total/cache_misses", "node_bcache_cache_misses_total"],
  ["stats_total/cache_bypass_hits", "node_bcache_cache_bypass_hits_total"],
  ["stats_total/cache_bypass_misses", "node_bcache_cache_bypass_misses_total"],
  ["stats_total/cache_miss_collisions", "node_bcache_cache_miss_collisions_total"],
  ["stats_total/cache_readaheads", "node_bcache_cache_readaheads_total"],
] as const;
/** Families of the lines of `writeback_rate_debug`. */
const WRITEBACK_LINES = [
  ["target", "node_bcache_dirty_target_bytes"],
  ["rate", "node_bcache_writeback_rate"],
  ["proportional", "node_bcache_writeback_rate_proportional_term"],
  ["integral", "node_bcache_writeback_rate_integral_term"],
  ["change", "node_bcache_writeback_change"],
] as const;
/** Newer kernels do not count it any more; all else that a kernel lacks is 0, as with the peer. */
const ENDED = "stats_total/cache_readaheads";
const PRIORITY_LINES = ["Unused", "Metadata"] as const;
const CACHE_FILES = [
  ["io_errors", "node_bcache_io_errors"],
  ["metadata_written", "node_bcache_metadata_written_bytes_total"],
  ["written", "node_bcache_written_bytes_total"],
] as const;

/** Figures by file or line. */
export type Figures = ReadonlyMap<string, number>;

/** A cache set. */
export interface BcacheSet {
  /** Its identity. */
  readonly uuid: string;
  /** Figures of the whole set. */
  readonly set: Figures;
  /** Figures of its backing devices, as `bdev0`. */
  readonly backing: ReadonlyMap<string, Figures>;
  /** Figures of its cache devices, as `cache0`. */
  readonly caches: ReadonlyMap<string, Figures>;
}

export default defineCollector({
  name: "bcache",
  help: "Block devices cached by bcache.",
  peer: true,
  platforms: ["linux"],
  freshnessSeconds: 0.1,
  options: z.strictObject({
    priorityStats: z.boolean().default(false).describe("Read priority_stats too, which is expensive."),
  }),
  metrics: {
    node_bcache_active_journal_entries: {
      type: "gauge",
      help: "Number of journal entries that are newer than the index.",
      labels: ["uuid"],
    },
    node_bcache_average_key_size_sectors: {
      type: "gauge",
      help: "Average data per key in the btree (sectors).",
      labels: ["uuid"],
    },
    node_bcache_btree_cache_size_bytes: {
      type: "gauge",
      help: "Amount of memory currently used by the btree cache.",
      labels: ["uuid"],
    },
    node_bcache_btree_nodes: { type: "gauge", help: "Total nodes in the btree.", labels: ["uuid"] },
    node_bcache_btree_read_average_duration_seconds: {
      type: "gauge",
      help: "Average btree read duration.",
      labels: ["uuid"],
    },
    node_bcache_bypassed_bytes_total: {
      type: "counter",
      help: "Amount of IO (both reads and writes) that has bypassed the cache.",
      labels: ["backing_device", "uuid"],
    },
    node_bcache_cache_available_percent: {
      type: "gauge",
      help: "Percentage of cache device without dirty data, usable for writeback (may contain clean cached data).",
      labels: ["uuid"],
    },
    node_bcache_cache_bypass_hits_total: {
      type: "counter",
      help: "Hits for IO intended to skip the cache.",
      labels: ["backing_device", "uuid"],
    },
    node_bcache_cache_bypass_misses_total: {
      type: "counter",
      help: "Misses for IO intended to skip the cache.",
      labels: ["backing_device", "uuid"],
    },
    node_bcache_cache_hits_total: {
      type: "counter",
      help: "Hits counted per individual IO as bcache sees them.",
      labels: ["backing_device", "uuid"],
    },
    node_bcache_cache_miss_collisions_total: {
      type: "counter",
      help: "Instances where data insertion from cache miss raced with write (data already present).",
      labels: ["backing_device", "uuid"],
    },
    node_bcache_cache_misses_total: {
      type: "counter",
      help: "Misses counted per individual IO as bcache sees them.",
      labels: ["backing_device", "uuid"],
    },
    node_bcache_cache_read_races_total: {
      type: "counter",
      help:
        "Counts instances where while data was being read from the cache, the bucket was reused and invalidated - i.e. where the pointer was stale after the read completed.",
      labels: ["uuid"],
    },
    node_bcache_cache_readaheads_total: {
      type: "counter",
      help: "Count of times readahead occurred.",
      labels: ["backing_device", "uuid"],
    },
    node_bcache_congested: { type: "gauge", help: "Congestion.", labels: ["uuid"] },
    node_bcache_dirty_data_bytes: {
      type: "gauge",
      help: "Amount of dirty data for this backing device in the cache.",
      labels: ["backing_device", "uuid"],
    },
    node_bcache_dirty_target_bytes: {
      type: "gauge",
      help: "Current dirty data target threshold for this backing device in bytes.",
      labels: ["backing_device", "uuid"],
    },
    node_bcache_io_errors: {
      type: "gauge",
      help: "Number of errors that have occurred, decayed by io_error_halflife.",
      labels: ["cache_device", "uuid"],
    },
    node_bcache_metadata_written_bytes_total: {
      type: "counter",
      help: "Sum of all non data writes (btree writes and all other metadata).",
      labels: ["cache_device", "uuid"],
    },
    node_bcache_priority_stats_metadata_percent: {
      type: "gauge",
      help: "Bcache's metadata overhead.",
      labels: ["cache_device", "uuid"],
    },
    node_bcache_priority_stats_unused_percent: {
      type: "gauge",
      help: "The percentage of the cache that doesn't contain any data.",
      labels: ["cache_device", "uuid"],
    },
    node_bcache_root_usage_percent: {
      type: "gauge",
      help: "Percentage of the root btree node in use (tree depth increases if too high).",
      labels: ["uuid"],
    },
    node_bcache_tree_depth: { type: "gauge", help: "Depth of the btree.", labels: ["uuid"] },
    node_bcache_writeback_change: {
      type: "gauge",
      help: "Last writeback rate change step for this backing device.",
      labels: ["backing_device", "uuid"],
    },
    node_bcache_writeback_rate: {
      type: "gauge",
      help: "Current writeback rate for this backing device in bytes.",
      labels: ["backing_device", "uuid"],
    },
    node_bcache_writeback_rate_integral_term: {
      type: "gauge",
      help: "Current result of integral controller, part of writeback rate",
      labels: ["backing_device", "uuid"],
    },
    node_bcache_writeback_rate_proportional_term: {
      type: "gauge",
      help: "Current result of proportional controller, part of writeback rate",
      labels: ["backing_device", "uuid"],
    },
    node_bcache_written_bytes_total: {
      type: "counter",
      help: "Sum of all data that has been written to the cache.",
      labels: ["cache_device", "uuid"],
    },
  },
  sources: ["/sys/fs/bcache/*/*"],
  read({ source: { sys }, options }): readonly BcacheSet[] {
    const folder = "fs/bcache";
    const uuids = (sys.list(folder) ?? []).filter((name) => name.includes("-") && sys.isFolder(`${folder}/${name}`));
    return uuids.map((uuid) => readSet(sys, `${folder}/${uuid}`, uuid, options.priorityStats));
  },
  samples(sets, emit) {
    for (const { uuid, set, backing, caches } of sets) {
      for (const [file, family, unit] of SET_FILES) {
        const figure = set.get(file);
        emit(family, figure === undefined ? undefined : figure * unit, { uuid });
      }
      for (const [device, figures] of backing) {
        for (const [key, family] of [...BACKING_FILES, ...WRITEBACK_LINES]) {
          emit(family, figures.get(key), { uuid, backing_device: device });
        }
      }
      for (const [device, figures] of caches) {
        const labels = { uuid, cache_device: device };
        for (const [file, family] of CACHE_FILES) emit(family, figures.get(file), labels);
        emit("node_bcache_priority_stats_unused_percent", figures.get("Unused"), labels);
        emit("node_bcache_priority_stats_metadata_percent", figures.get("Metadata"), labels);
      }
    }
  },
});

function readSet(sys: FileTree, folder: string, uuid: string, priority: boolean): BcacheSet {
  const backing = new Map<string, Figures>();
  for (const { path, number } of numbered(sys, folder, "bdev")) {
    const debug = `${path}/writeback_rate_debug`;
    const text = sys.value(debug);
    const keys = WRITEBACK_LINES.map(([key]) => key);
    const lines = text === undefined ? [] : [...zeros(keys), ...parseWriteback(text, sys.locate(debug))];
    backing.set(`bdev${number}`, new Map([...readFiles(sys, path, BACKING_FILES), ...lines]));
  }
  const caches = new Map<string, Figures>();
  for (const { path, number } of numbered(sys, folder, "cache")) {
    const stats = `${path}/priority_stats`;
    const text = priority ? sys.value(stats) : undefined;
    const lines = text === undefined ? [] : [...zeros(PRIORITY_LINES), ...parsePriority(text, sys.locate(stats))];
    caches.set(`cache${number}`, new Map([...readFiles(sys, path, CACHE_FILES), ...lines]));
  }
  return { uuid, set: readFiles(sys, folder, SET_FILES), backing, caches };
}

function zeros(keys: readonly string[]): [string, number][] {
  return keys.map((key) => [key, 0]);
}

function readFiles(sys: FileTree, folder: string, files: readonly (readonly [string, ...unknown[]])[]): Figures {
  return new Map(files.flatMap(([file]) => {
    const path = `${folder}/${file}`;
    const text = sys.value(path);
    if (text === undefined) return file === ENDED ? [] : [[file, 0]];
    const figure = binarySize(text, TENTH);
    if (figure === undefined) throw malformed(sys.locate(path), text);
    return [[file, figure]];
  }));
}

/**
 * Parses `writeback_rate_debug`: a key and a size a line, some with a sign, some a second.
 *
 * @param file what to call it in an error
 * @throws {SyntaxError} if a line that is exposed breaks the format
 */
export function parseWriteback(text: string, file: string): Figures {
  const figures = new Map<string, number>();
  for (const line of text.split("\n")) {
    const [key = "", value = ""] = line.split(":", 2);
    if (!WRITEBACK_LINES.some(([known]) => known === key)) continue;
    const [, sign, size] = /^(-?)([^/]*)(?:\/sec)?$/.exec(value.trim()) ?? [];
    const figure = binarySize(size, TENTH);
    if (figure === undefined) throw malformed(file, line);
    figures.set(key, sign ? 0 - figure : figure);
  }
  return figures;
}

/**
 * Parses `priority_stats`, of which two lines are percentages.
 *
 * @param file what to call it in an error
 * @throws {SyntaxError} if one of them breaks the format
 */
export function parsePriority(text: string, file: string): Figures {
  const figures = new Map<string, number>();
  for (const line of text.split("\n")) {
    const [, key, value] = /^(Unused|Metadata):(.*)$/.exec(line) ?? [];
    if (key === undefined || value === undefined) continue;
    const percent = wholeNumber(value.trim().replace(/%$/, ""));
    if (percent === undefined) throw malformed(file, line);
    figures.set(key, percent);
  }
  return figures;
}
