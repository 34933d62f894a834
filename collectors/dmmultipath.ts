/**
 * Multipath devices of the device mapper: `/sys/block/dm-<n>` and the state of each of its `slaves`. 6 series per device, 1
 * per path.
 *
 * @module
 */

import { defineCollector, type FileTree } from "../src/collector.ts";
import { numberIn } from "../src/kernel_text.ts";

/** Sectors of `size`, whatever the device's blocks. */
const SECTOR_BYTES = 512;
/** SCSI devices in use are `running`, NVMe controllers `live`. */
const ACTIVE: readonly string[] = ["running", "live"];

/** A multipath device. */
export interface MultipathDevice {
  /** Its name in sysfs, as `dm-5`. */
  readonly sysfsName: string;
  /** The name that multipath gave it. */
  readonly name: string;
  /** Its identity, which begins with `mpath-`. */
  readonly uuid: string;
  /** Whether it is suspended. */
  readonly suspended: boolean;
  /** Its size; `undefined` where it is not told. */
  readonly sizeBytes: number | undefined;
  /** The devices by which it is reached, and their states. */
  readonly paths: readonly { readonly path: string; readonly state: string }[];
}

export default defineCollector({
  name: "dmmultipath",
  help: "Multipath devices and their paths.",
  peer: true,
  platforms: ["linux"],
  freshnessSeconds: 0.1,
  metrics: {
    node_dmmultipath_device_active: {
      type: "gauge",
      help: "Whether the multipath device-mapper device is active (1) or suspended (0).",
      labels: ["device", "sysfs_name"],
    },
    node_dmmultipath_device_info: {
      type: "gauge",
      help: "Non-numeric information about a DM-multipath device.",
      labels: ["device", "sysfs_name", "uuid"],
    },
    node_dmmultipath_device_paths: {
      type: "gauge",
      help: "Number of paths for a multipath device.",
      labels: ["device", "sysfs_name"],
    },
    node_dmmultipath_device_paths_active: {
      type: "gauge",
      help: "Number of paths in active state (SCSI running or NVMe live) for a multipath device.",
      labels: ["device", "sysfs_name"],
    },
    node_dmmultipath_device_paths_failed: {
      type: "gauge",
      help: "Number of paths not in active state for a multipath device.",
      labels: ["device", "sysfs_name"],
    },
    node_dmmultipath_device_size_bytes: {
      type: "gauge",
      help: "Size of the multipath device in bytes, read from /sys/block/<dm>/size.",
      labels: ["device", "sysfs_name"],
    },
    node_dmmultipath_path_state: {
      type: "gauge",
      help: "Reports the underlying device state for a multipath path, as read from /sys/block/<dev>/device/state.",
      labels: ["device", "path", "state"],
    },
  },
  sources: {
    "/sys/block/dm-*/dm/*": ["node_dmmultipath_device_info", "node_dmmultipath_device_active"],
    "/sys/block/dm-*/size": ["node_dmmultipath_device_size_bytes"],
    "/sys/block/dm-*/slaves": ["node_dmmultipath_device_paths*", "node_dmmultipath_path_state"],
    "/sys/block/*/device/state": ["node_dmmultipath_device_paths_*", "node_dmmultipath_path_state"],
  },
  read({ source: { sys } }): readonly MultipathDevice[] | null {
    return sys.list("block")?.filter((name) => name.startsWith("dm-")).flatMap((name) => deviceOf(sys, name)) ?? null;
  },
  samples(devices, emit) {
    for (const { sysfsName, name, uuid, suspended, sizeBytes, paths } of devices) {
      const labels = { device: name, sysfs_name: sysfsName };
      const active = paths.filter(({ state }) => ACTIVE.includes(state)).length;
      emit("node_dmmultipath_device_info", 1, { ...labels, uuid });
      emit("node_dmmultipath_device_active", suspended ? 0 : 1, labels);
      emit("node_dmmultipath_device_size_bytes", sizeBytes, labels);
      emit("node_dmmultipath_device_paths", paths.length, labels);
      emit("node_dmmultipath_device_paths_active", active, labels);
      emit("node_dmmultipath_device_paths_failed", paths.length - active, labels);
      for (const { path, state } of paths) emit("node_dmmultipath_path_state", 1, { device: name, path, state });
    }
  },
});

/** The device, or none where it is of another kind or went away meanwhile. */
function deviceOf(sys: FileTree, sysfsName: string): MultipathDevice[] {
  const folder = `block/${sysfsName}`;
  const uuid = sys.value(`${folder}/dm/uuid`) ?? "";
  const name = sys.value(`${folder}/dm/name`);
  if (!uuid.startsWith("mpath-") || name === undefined) return [];
  const sectors = numberIn(sys, `${folder}/size`);
  return [{
    sysfsName,
    name,
    uuid,
    suspended: sys.value(`${folder}/dm/suspended`) === "1",
    sizeBytes: sectors === undefined ? undefined : sectors * SECTOR_BYTES,
    paths: (sys.list(`${folder}/slaves`) ?? []).map((path) => ({
      path,
      state: sys.value(`block/${path}/device/state`) ?? "unknown",
    })),
  }];
}
