/**
 * Btrfs: `/sys/fs/btrfs/<uuid>`. 10 series per file system, 3 per block group profile, 1 per device. What the peer asks by
 * ioctl besides, errors and unused space by device, is not here.
 *
 * @module
 */

import { defineCollector, type FileTree } from "../src/collector.ts";
import { malformed, numberIn, wholeNumber } from "../src/kernel_text.ts";

const FOLDER = "fs/btrfs";
const SECTOR_BYTES = 512;
const MILLISECONDS = 1000;
const TYPES = ["data", "metadata", "system"] as const;

/** Space of one block group type in one profile. */
export interface BtrfsProfile {
  /** `data`, `metadata` or `system`. */
  readonly type: string;
  /** Its profile, as `raid1`. */
  readonly mode: string;
  /** Bytes allocated. */
  readonly sizeBytes: number;
  /** Bytes in use. */
  readonly usedBytes: number;
  /** Bytes on disk for each byte stored; 0 for profiles that the peer does not know. */
  readonly ratio: number;
}

/** A file system. */
export interface BtrfsFileSystem {
  /** Its identity. */
  readonly uuid: string;
  /** Its name; empty if it has none. */
  readonly label: string;
  /** Bytes of the global reserve. */
  readonly globalReserveBytes: number;
  /** Commits and their milliseconds, by the names of `commit_stats`, which came with 6.0. */
  readonly commits: ReadonlyMap<string, number>;
  /** Bytes reserved by block group type. */
  readonly reservedBytes: ReadonlyMap<string, number>;
  /** Space by type and profile. */
  readonly profiles: readonly BtrfsProfile[];
  /** Bytes by device. */
  readonly devices: ReadonlyMap<string, number>;
}

export default defineCollector({
  name: "btrfs",
  help: "Btrfs file systems.",
  peer: true,
  platforms: ["linux"],
  freshnessSeconds: 0.1,
  metrics: {
    node_btrfs_allocation_ratio: {
      type: "gauge",
      help: "Data allocation ratio for a layout/data type",
      labels: ["block_group_type", "mode", "uuid"],
    },
    node_btrfs_commit_seconds_total: {
      type: "counter",
      help: "Sum of the duration of all commits, in seconds.",
      labels: ["uuid"],
    },
    node_btrfs_commits_total: {
      type: "counter",
      help: "The total number of commits that have occurred.",
      labels: ["uuid"],
    },
    node_btrfs_device_size_bytes: {
      type: "gauge",
      help: "Size of a device that is part of the filesystem.",
      labels: ["device", "uuid"],
    },
    node_btrfs_global_rsv_size_bytes: { type: "gauge", help: "Size of global reserve.", labels: ["uuid"] },
    node_btrfs_info: { type: "gauge", help: "Filesystem information", labels: ["label", "uuid"] },
    node_btrfs_last_commit_seconds: {
      type: "gauge",
      help: "Duration of the most recent commit, in seconds.",
      labels: ["uuid"],
    },
    node_btrfs_max_commit_seconds: {
      type: "gauge",
      help: "Duration of the slowest commit, in seconds.",
      labels: ["uuid"],
    },
    node_btrfs_reserved_bytes: {
      type: "gauge",
      help: "Amount of space reserved for a data type",
      labels: ["block_group_type", "uuid"],
    },
    node_btrfs_size_bytes: {
      type: "gauge",
      help: "Amount of space allocated for a layout/data type",
      labels: ["block_group_type", "mode", "uuid"],
    },
    node_btrfs_used_bytes: {
      type: "gauge",
      help: "Amount of used space by a layout/data type",
      labels: ["block_group_type", "mode", "uuid"],
    },
  },
  sources: {
    "/sys/fs/btrfs/*/*": ["node_btrfs_info", "node_btrfs_commit*", "node_btrfs_*_commit_seconds"],
    "/sys/fs/btrfs/*/allocation/*": ["node_btrfs_global_rsv_size_bytes"],
    "/sys/fs/btrfs/*/allocation/*/*": ["node_btrfs_reserved_bytes"],
    "/sys/fs/btrfs/*/allocation/*/*/*": [
      "node_btrfs_allocation_ratio",
      "node_btrfs_size_bytes",
      "node_btrfs_used_bytes",
    ],
    "/sys/fs/btrfs/*/devices/*/size": ["node_btrfs_device_size_bytes"],
  },
  read({ source: { sys } }): readonly BtrfsFileSystem[] {
    const names = (sys.list(FOLDER) ?? []).filter((name) => name.includes("-") && sys.isFolder(`${FOLDER}/${name}`));
    return names.map((name) => fileSystemOf(sys, `${FOLDER}/${name}`, name));
  },
  samples(fileSystems, emit) {
    for (const { uuid, label, globalReserveBytes, commits, reservedBytes, profiles, devices } of fileSystems) {
      emit("node_btrfs_info", 1, { uuid, label });
      emit("node_btrfs_global_rsv_size_bytes", globalReserveBytes, { uuid });
      emit("node_btrfs_commits_total", commits.get("commits") ?? 0, { uuid });
      emit("node_btrfs_last_commit_seconds", (commits.get("last_commit_ms") ?? 0) / MILLISECONDS, { uuid });
      emit("node_btrfs_max_commit_seconds", (commits.get("max_commit_ms") ?? 0) / MILLISECONDS, { uuid });
      emit("node_btrfs_commit_seconds_total", (commits.get("total_commit_ms") ?? 0) / MILLISECONDS, { uuid });
      for (const [type, bytes] of reservedBytes) {
        emit("node_btrfs_reserved_bytes", bytes, { uuid, block_group_type: type });
      }
      for (const { type, mode, sizeBytes, usedBytes, ratio } of profiles) {
        const labels = { uuid, block_group_type: type, mode };
        emit("node_btrfs_size_bytes", sizeBytes, labels);
        emit("node_btrfs_used_bytes", usedBytes, labels);
        emit("node_btrfs_allocation_ratio", ratio, labels);
      }
      for (const [device, bytes] of devices) emit("node_btrfs_device_size_bytes", bytes, { uuid, device });
    }
  },
});

function fileSystemOf(sys: FileTree, folder: string, name: string): BtrfsFileSystem {
  const devices = new Map((sys.list(`${folder}/devices`) ?? []).map((device) => {
    return [device, (numberIn(sys, `${folder}/devices/${device}/size`) ?? 0) * SECTOR_BYTES];
  }));
  const commits = `${folder}/commit_stats`;
  return {
    uuid: sys.value(`${folder}/metadata_uuid`) || name,
    label: sys.value(`${folder}/label`) ?? "",
    globalReserveBytes: numberIn(sys, `${folder}/allocation/global_rsv_size`) ?? 0,
    commits: parseCommitStats(sys.value(commits) ?? "", sys.locate(commits)),
    reservedBytes: new Map(
      TYPES.map((type) => [type, numberIn(sys, `${folder}/allocation/${type}/bytes_reserved`) ?? 0]),
    ),
    profiles: TYPES.flatMap((type) => profilesOf(sys, `${folder}/allocation/${type}`, type, devices.size)),
    devices,
  };
}

function profilesOf(sys: FileTree, folder: string, type: string, devices: number): BtrfsProfile[] {
  return (sys.list(folder) ?? []).filter((mode) => sys.isFolder(`${folder}/${mode}`)).map((mode) => ({
    type,
    mode,
    sizeBytes: numberIn(sys, `${folder}/${mode}/total_bytes`) ?? 0,
    usedBytes: numberIn(sys, `${folder}/${mode}/used_bytes`) ?? 0,
    ratio: allocationRatio(mode, devices),
  }));
}

/** Bytes on disk for each byte stored, as the peer reckons it: with parity, as if every stripe spanned all devices. */
export function allocationRatio(mode: string, devices: number): number {
  if (mode === "single" || mode === "raid0") return 1;
  if (mode === "dup" || mode === "raid1" || mode === "raid10") return 2;
  if (mode === "raid1c3") return 3;
  if (mode === "raid1c4") return 4;
  const parity = mode === "raid5" ? 1 : mode === "raid6" ? 2 : 0;
  return parity > 0 && devices > parity ? devices / (devices - parity) : 0;
}

/**
 * Parses `commit_stats`: a name and a number a line.
 *
 * @param file what to call it in an error
 * @throws {SyntaxError} if a line breaks the format
 */
export function parseCommitStats(text: string, file: string): ReadonlyMap<string, number> {
  const stats = new Map<string, number>();
  for (const line of text.split("\n")) {
    const [name, value] = line.trim().split(/\s+/);
    if (!name) continue;
    const number = wholeNumber(value);
    if (number === undefined) throw malformed(file, line);
    stats.set(name, number);
  }
  return stats;
}
