/**
 * bcachefs: `/sys/fs/bcachefs/<uuid>`. 1 series per persistent counter, which the file system names, some 30 per device; about
 * 130 small files.
 *
 * @module
 */

import { binarySize } from "../src/binary_size.ts";
import { defineCollector, type FileTree } from "../src/collector.ts";
import { malformed, numberIn, wholeNumber } from "../src/kernel_text.ts";

const FOLDER = "fs/bcachefs";
const metrics = {
  node_bcachefs_btree_cache_size_bytes: { type: "gauge", help: "Btree cache memory usage in bytes.", labels: ["uuid"] },
  node_bcachefs_btree_write_average_size_bytes: {
    type: "gauge",
    help: "Average btree write size by type.",
    labels: ["type", "uuid"],
  },
  node_bcachefs_btree_writes_total: {
    type: "counter",
    help: "Number of btree writes by type.",
    labels: ["type", "uuid"],
  },
  node_bcachefs_compression_compressed_bytes: {
    type: "gauge",
    help: "Compressed size by algorithm.",
    labels: ["algorithm", "uuid"],
  },
  node_bcachefs_compression_uncompressed_bytes: {
    type: "gauge",
    help: "Uncompressed size by algorithm.",
    labels: ["algorithm", "uuid"],
  },
  node_bcachefs_device_bucket_size_bytes: { type: "gauge", help: "Bucket size in bytes.", labels: ["device", "uuid"] },
  node_bcachefs_device_buckets: { type: "gauge", help: "Total number of buckets.", labels: ["device", "uuid"] },
  node_bcachefs_device_durability: { type: "gauge", help: "Device durability setting.", labels: ["device", "uuid"] },
  node_bcachefs_device_info: {
    type: "gauge",
    help: "Device information.",
    labels: ["device", "label", "state", "uuid"],
  },
  node_bcachefs_device_io_done_bytes_total: {
    type: "counter",
    help: "IO bytes by operation type and data type.",
    labels: ["data_type", "device", "operation", "uuid"],
  },
  node_bcachefs_device_io_errors_total: {
    type: "counter",
    help: "IO errors by error type.",
    labels: ["device", "type", "uuid"],
  },
  node_bcachefs_errors_total: { type: "counter", help: "Error count by error type.", labels: ["error_type", "uuid"] },
  node_bcachefs_info: { type: "gauge", help: "Filesystem information.", labels: ["uuid"] },
} as const;

/** A device of a file system; what it does not tell is 0 or empty, as with the peer. */
export interface BcachefsDevice {
  /** Its number in the file system. */
  readonly device: string;
  /** Its label. */
  readonly label: string;
  /** All states, the present one in brackets. */
  readonly state: string;
  /** Bytes of a bucket. */
  readonly bucketBytes: number;
  /** Buckets that it has. */
  readonly buckets: number;
  /** How many copies one on it counts for. */
  readonly durability: number;
  /** Bytes by `read` or `write` and type of data. */
  readonly ioDone: readonly { readonly operation: string; readonly type: string; readonly bytes: number }[];
  /** Errors since the file system was made, by kind. */
  readonly ioErrors: ReadonlyMap<string, number>;
}

/** A file system. */
export interface BcachefsFileSystem {
  /** Its identity. */
  readonly uuid: string;
  /** Memory of the btree cache. */
  readonly btreeCacheBytes: number;
  /** Compressed and uncompressed bytes, by algorithm. */
  readonly compression: ReadonlyMap<string, readonly number[]>;
  /** Number of writes and their average bytes, by what caused them. */
  readonly btreeWrites: ReadonlyMap<string, readonly number[]>;
  /** Number of errors by kind. */
  readonly errors: ReadonlyMap<string, number>;
  /** Counters since the file system was made. */
  readonly counters: ReadonlyMap<string, number>;
  /** Its devices. */
  readonly devices: readonly BcachefsDevice[];
}

export default defineCollector({
  name: "bcachefs",
  help: "bcachefs file systems.",
  peer: true,
  platforms: ["linux"],
  freshnessSeconds: 0.1,
  openFamilies: ["node_bcachefs_*_total"],
  metrics,
  sources: {
    "/sys/fs/bcachefs/*/*": [
      "node_bcachefs_info",
      "node_bcachefs_btree_*_bytes",
      "node_bcachefs_btree_writes_total",
      "node_bcachefs_compression_*",
      "node_bcachefs_errors_total",
    ],
    "/sys/fs/bcachefs/*/counters/*": ["node_bcachefs_*_total"],
    "/sys/fs/bcachefs/*/dev-*/*": [
      "node_bcachefs_device_*",
      "node_bcachefs_device_io_done_bytes_total",
      "node_bcachefs_device_io_errors_total",
    ],
  },
  read({ source: { sys } }): readonly BcachefsFileSystem[] | null {
    const uuids = sys.list(FOLDER)?.filter((name) => sys.isFolder(`${FOLDER}/${name}`)) ?? [];
    return uuids.length === 0 ? null : uuids.map((uuid) => fileSystemOf(sys, uuid));
  },
  samples(fileSystems, emit) {
    const counters = new Map<string, { help: string; samples: { labels: { uuid: string }; value: number }[] }>();
    for (const { uuid, devices, ...stats } of fileSystems) {
      emit("node_bcachefs_info", 1, { uuid });
      emit("node_bcachefs_btree_cache_size_bytes", stats.btreeCacheBytes, { uuid });
      for (const [algorithm, [compressed, uncompressed]] of stats.compression) {
        emit("node_bcachefs_compression_compressed_bytes", compressed, { uuid, algorithm });
        emit("node_bcachefs_compression_uncompressed_bytes", uncompressed, { uuid, algorithm });
      }
      for (const [type, [writes, averageBytes]] of stats.btreeWrites) {
        emit("node_bcachefs_btree_writes_total", writes, { uuid, type });
        emit("node_bcachefs_btree_write_average_size_bytes", averageBytes, { uuid, type });
      }
      for (const [kind, count] of stats.errors) emit("node_bcachefs_errors_total", count, { uuid, error_type: kind });
      for (const [counter, value] of stats.counters) {
        const name = `node_bcachefs_${counter.replace(/\W/g, "_")}_total`;
        const help = `Bcachefs counter ${counter} since filesystem creation.`;
        const family = counters.get(name) ?? { help, samples: [] };
        family.samples.push({ labels: { uuid }, value });
        if (!Object.hasOwn(metrics, name)) counters.set(name, family);
      }
      for (const { device, label, state, ioDone, ioErrors, ...figures } of devices) {
        const labels = { uuid, device };
        emit("node_bcachefs_device_info", 1, { ...labels, label, state });
        emit("node_bcachefs_device_bucket_size_bytes", figures.bucketBytes, labels);
        emit("node_bcachefs_device_buckets", figures.buckets, labels);
        emit("node_bcachefs_device_durability", figures.durability, labels);
        for (const { operation, type, bytes } of ioDone) {
          emit("node_bcachefs_device_io_done_bytes_total", bytes, { ...labels, operation, data_type: type });
        }
        for (const [type, count] of ioErrors) emit("node_bcachefs_device_io_errors_total", count, { ...labels, type });
      }
    }
    for (const [name, family] of counters) emit.family({ name, type: "counter", labels: ["uuid"], ...family });
  },
});

function fileSystemOf(sys: FileTree, uuid: string): BcachefsFileSystem {
  const folder = `${FOLDER}/${uuid}`;
  const table = (file: string) => parseTable(sys.try(`${folder}/${file}`) ?? "", sys.locate(`${folder}/${file}`));
  const counters = new Map<string, number>();
  for (const counter of sys.list(`${folder}/counters`) ?? []) {
    const path = `${folder}/counters/${counter}`;
    const text = sys.try(path);
    if (text !== undefined) counters.set(counter, parseCounter(text, sys.locate(path)));
  }
  const devices = (sys.list(folder) ?? []).filter((name) => name.startsWith("dev-"));
  return {
    uuid,
    btreeCacheBytes: sizeIn(sys, `${folder}/btree_cache_size`),
    compression: table("compression_stats"),
    btreeWrites: table("btree_write_stats"),
    errors: parseErrors(sys.try(`${folder}/errors`) ?? "", sys.locate(`${folder}/errors`)),
    counters,
    devices: devices.map((name) => deviceOf(sys, `${folder}/${name}`, name.slice("dev-".length))),
  };
}

function deviceOf(sys: FileTree, folder: string, device: string): BcachefsDevice {
  return {
    device,
    label: sys.value(`${folder}/label`) ?? "",
    state: sys.value(`${folder}/state`) ?? "",
    bucketBytes: sizeIn(sys, `${folder}/bucket_size`),
    buckets: numberIn(sys, `${folder}/nbuckets`) ?? 0,
    durability: numberIn(sys, `${folder}/durability`) ?? 0,
    ioDone: parseIoDone(sys.try(`${folder}/io_done`) ?? "", sys.locate(`${folder}/io_done`)),
    ioErrors: parseIoErrors(sys.try(`${folder}/io_errors`) ?? "", sys.locate(`${folder}/io_errors`)),
  };
}

function sizeIn(sys: FileTree, path: string): number {
  const text = sys.value(path) ?? "0";
  return binarySize(text) ?? refuse(sys.locate(path), text);
}

/**
 * Parses `compression_stats` and `btree_write_stats`: after a line of titles a word, with or without a colon, and sizes.
 *
 * @param file what to call it in an error
 * @throws {SyntaxError} if one of the first two sizes is none
 */
export function parseTable(text: string, file: string): ReadonlyMap<string, readonly number[]> {
  const rows = new Map<string, readonly number[]>();
  for (const line of text.split("\n").slice(1)) {
    const [word, ...columns] = line.trim().split(/\s+/);
    if (!word || columns.length < 2) continue;
    rows.set(word.replace(/:$/, ""), columns.slice(0, 2).map((column) => binarySize(column) ?? refuse(file, line)));
  }
  return rows;
}

/**
 * Parses `errors`: a kind, its number and when it was seen last, a line.
 *
 * @param file what to call it in an error
 * @throws {SyntaxError} if the number is none
 */
export function parseErrors(text: string, file: string): ReadonlyMap<string, number> {
  const errors = new Map<string, number>();
  for (const line of text.split("\n")) {
    const [kind, count] = line.trim().split(/\s+/);
    if (kind && count !== undefined) errors.set(kind, wholeNumber(count) ?? refuse(file, line));
  }
  return errors;
}

/**
 * Parses a file of `counters`: since the mount, and since the file system was made, which is returned.
 *
 * @param file what to call it in an error
 * @throws {SyntaxError} if it tells neither
 */
export function parseCounter(text: string, file: string): number {
  const [, created] = /^since filesystem creation:(.*)$/m.exec(text) ?? [];
  if (created !== undefined) return binarySize(created.trim()) ?? refuse(file, created);
  return /^since mount:/m.test(text) ? 0 : refuse(file, text);
}

/**
 * Parses `io_done`: under `read:` and `write:` a type of data and its bytes, a line.
 *
 * @param file what to call it in an error
 * @throws {SyntaxError} if the bytes are no number
 */
export function parseIoDone(text: string, file: string): BcachefsDevice["ioDone"] {
  const done: { operation: string; type: string; bytes: number }[] = [];
  let operation = "";
  for (const line of text.split("\n")) {
    const [, type, value] = /^\s*([^:]+?)\s*:\s*(.*?)\s*$/.exec(line) ?? [];
    if (type === undefined || value === undefined) continue;
    if (value === "" && (type === "read" || type === "write")) operation = type;
    else if (operation !== "") done.push({ operation, type, bytes: wholeNumber(value) ?? refuse(file, line) });
  }
  return done;
}

/**
 * Parses `io_errors`, of which the part since the file system was made counts.
 *
 * @param file what to call it in an error
 * @throws {SyntaxError} if a count is no number
 */
export function parseIoErrors(text: string, file: string): ReadonlyMap<string, number> {
  const errors = new Map<string, number>();
  const [, since = ""] = text.split("IO errors since filesystem creation");
  const [part = ""] = since.split("IO errors since ", 1);
  for (const line of part.split("\n")) {
    const [, type, value] = /^\s*([^:]+?)\s*:\s*(.*?)\s*$/.exec(line) ?? [];
    if (type !== undefined) errors.set(type, wholeNumber(value) ?? refuse(file, line));
  }
  return errors;
}

function refuse(file: string, line: string): never {
  throw malformed(file, line);
}
