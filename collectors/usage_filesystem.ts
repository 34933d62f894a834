/**
 * How full file systems are, made of the figures of `filesystem`, whose options choose the mounts: up to 2 series per
 * mount; reads nothing of its own.
 *
 * What only root may fill does not count as space, as with df(1): at 1 nobody else can write any more. A file system that
 * makes inodes as it needs them has no such number, and no ratio of it; a mount that does not answer has none at all.
 *
 * @module
 */

import { defineCollector, type FileSystemSpace } from "../src/collector.ts";
import filesystem from "./filesystem.ts";

const LABELS = ["device", "mountpoint", "fstype"] as const;

export default defineCollector({
  name: "usage_filesystem",
  help: "Share of file systems' space and inodes that is in use.",
  enabled: false,
  platforms: ["linux"],
  freshnessSeconds: 0.1,
  needs: { filesystem },
  metrics: {
    sonde_host_filesystem_usage_ratio: {
      type: "gauge",
      help: "Share of the space open to users that is used, 0 to 1.",
      labels: LABELS,
    },
    sonde_host_filesystem_inodes_usage_ratio: {
      type: "gauge",
      help: "Share of inodes that is used, 0 to 1.",
      labels: LABELS,
    },
  },
  sources: ["filesystem"],
  read: ({ needs }) => needs.filesystem.value,
  samples(mounts, emit) {
    for (const { device, mountPoint, fsType, space } of mounts) {
      if (!space) continue;
      const labels = { device, mountpoint: mountPoint, fstype: fsType };
      emit("sonde_host_filesystem_usage_ratio", spaceRatio(space), labels);
      emit("sonde_host_filesystem_inodes_usage_ratio", inodesRatio(space), labels);
    }
  },
});

/** Used share of the space that users may fill; `undefined` of a file system without any. */
export function spaceRatio({ sizeBytes, freeBytes, availableBytes }: FileSystemSpace): number | undefined {
  const used = Math.max(0, sizeBytes - freeBytes);
  // Where root has eaten into what is kept for it, some kernels say that less than nothing is left.
  const usable = used + Math.max(0, availableBytes);
  return usable > 0 ? used / usable : undefined;
}

/** Used share of inodes; `undefined` of a file system that does not number them. */
export function inodesRatio({ files, freeFiles }: FileSystemSpace): number | undefined {
  return files > 0 ? Math.min(1, Math.max(0, (files - freeFiles) / files)) : undefined;
}
