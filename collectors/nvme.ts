/**
 * NVMe controllers and their namespaces: `/sys/class/nvme`. 1 series per controller, 5 per namespace.
 *
 * @module
 */

import { permitted } from "../src/attribute.ts";
import { defineCollector, type FileTree } from "../src/collector.ts";
import { wholeNumber } from "../src/kernel_text.ts";

/** A namespace; what the kernel does not tell of it is `undefined`. */
export interface NvmeNamespace {
  /** Its number on the controller. */
  readonly nsid: string;
  /** State of the path to it; `unknown` where there is but one. */
  readonly anaState: string;
  /** Blocks in use, told since 6.8. */
  readonly usedBlocks: number | undefined;
  /** The `size` file. */
  readonly size: number | undefined;
  /** Bytes of a block. */
  readonly blockBytes: number | undefined;
}

/** A controller. */
export interface NvmeController {
  /** Its name, as `nvme0`. */
  readonly device: string;
  /** The texts of its files; empty where there is none. */
  readonly info: { readonly [K in "firmware_revision" | "model" | "serial" | "state" | "cntlid"]: string };
  /** Its namespaces. */
  readonly namespaces: readonly NvmeNamespace[];
}

export default defineCollector({
  name: "nvme",
  help: "NVMe controllers and namespaces.",
  peer: true,
  platforms: ["linux"],
  freshnessSeconds: 0.1,
  metrics: {
    node_nvme_info: {
      type: "gauge",
      help: "Non-numeric data from /sys/class/nvme/<device>, value is always 1.",
      labels: ["cntlid", "device", "firmware_revision", "model", "serial", "state"],
    },
    node_nvme_namespace_capacity_bytes: {
      type: "gauge",
      help: "Capacity of the NVMe namespace in bytes. Computed as namespace_size * namespace_logical_block_size",
      labels: ["device", "nsid"],
    },
    node_nvme_namespace_info: {
      type: "gauge",
      help: "Information about NVMe namespaces. Value is always 1",
      labels: ["ana_state", "device", "nsid"],
    },
    node_nvme_namespace_logical_block_size_bytes: {
      type: "gauge",
      help:
        "Logical block size of the NVMe namespace in bytes. Usually 4Kb. Available in /sys/class/nvme/<device>/<namespace>/queue/logical_block_size",
      labels: ["device", "nsid"],
    },
    node_nvme_namespace_size_bytes: {
      type: "gauge",
      help: "Size of the NVMe namespace in bytes. Available in /sys/class/nvme/<device>/<namespace>/size",
      labels: ["device", "nsid"],
    },
    node_nvme_namespace_used_bytes: {
      type: "gauge",
      help: "Used space of the NVMe namespace in bytes. Available in /sys/class/nvme/<device>/<namespace>/nuse",
      labels: ["device", "nsid"],
    },
  },
  sources: {
    "/sys/class/nvme/*/*": ["node_nvme_info"],
    "/sys/class/nvme/*/nvme*n*/*": ["node_nvme_namespace_*"],
    "/sys/class/nvme/*/nvme*n*/queue/logical_block_size": ["node_nvme_namespace_*_bytes"],
  },
  read({ source: { sys } }): readonly NvmeController[] | null {
    return sys.list("class/nvme")?.map((device) => controllerOf(sys, device)) ?? null;
  },
  samples(controllers, emit) {
    for (const { device, info, namespaces } of controllers) {
      emit("node_nvme_info", 1, { device, ...info });
      for (const { nsid, anaState, usedBlocks, size, blockBytes } of namespaces) {
        const labels = { device, nsid };
        emit("node_nvme_namespace_info", 1, { ...labels, ana_state: anaState });
        emit("node_nvme_namespace_capacity_bytes", product(size, blockBytes), labels);
        emit("node_nvme_namespace_size_bytes", product(size, blockBytes), labels);
        emit("node_nvme_namespace_used_bytes", product(usedBlocks, blockBytes), labels);
        emit("node_nvme_namespace_logical_block_size_bytes", blockBytes, labels);
      }
    }
  },
});

/** The peer multiplies `size` by the block size, though the kernel counts it in 512 bytes: larger blocks show too much. */
function product(blocks: number | undefined, blockBytes: number | undefined): number | undefined {
  return blocks === undefined || blockBytes === undefined ? undefined : blocks * blockBytes;
}

function controllerOf(sys: FileTree, device: string): NvmeController {
  const folder = `class/nvme/${device}`;
  const text = (file: string) => sys.value(`${folder}/${file}`) ?? "";
  const namespaces = (sys.list(folder) ?? []).flatMap((name) => {
    const [, nsid] = /^nvme\d+(?:c\d+)?n(\d+)$/.exec(name) ?? [];
    return nsid === undefined ? [] : [namespaceOf(sys, `${folder}/${name}`, nsid)];
  });
  const info = {
    firmware_revision: text("firmware_rev"),
    model: text("model"),
    serial: text("serial"),
    state: text("state"),
    cntlid: text("cntlid"),
  };
  return { device, info, namespaces };
}

/** A file that may not be read, or is no number, costs what is made of it and nothing else, as with the peer. */
function namespaceOf(sys: FileTree, folder: string, nsid: string): NvmeNamespace {
  const text = (file: string) => permitted(() => sys.value(`${folder}/${file}`));
  return {
    nsid,
    anaState: text("ana_state") ?? "unknown",
    usedBlocks: wholeNumber(text("nuse")),
    size: wholeNumber(text("size")),
    blockBytes: wholeNumber(text("queue/logical_block_size")),
  };
}
