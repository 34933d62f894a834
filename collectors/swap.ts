/**
 * Swap devices and files: `/proc/swaps` of proc_swaps(5). 3 series per device.
 *
 * @module
 */

import { defineCollector } from "../src/collector.ts";
import { malformed, signedNumber, wholeNumber } from "../src/kernel_text.ts";

const FILE = "/proc/swaps";

/** A path, whose white space the kernel writes as `\040`, a type, and numbers; what later kernels add is left out. */
const SWAP = /^\s*(\S.*?)\s+([a-z]\S*)\s+(\d+)\s+(\d+)\s+(-?\d+)(?=\s|$)/;

/** One device or file to swap to. */
export interface SwapDevice {
  /** Its path as the kernel writes it, white space and backslashes as `\040`. */
  readonly device: string;
  /** `partition` or `file`, so far. */
  readonly type: string;
  /** Size in bytes. */
  readonly sizeBytes: number;
  /** Bytes in use. */
  readonly usedBytes: number;
  /** The highest is used first; negative where nobody set it. */
  readonly priority: number;
}

export default defineCollector({
  name: "swap",
  help: "Swap devices and files.",
  enabled: false,
  peer: true,
  platforms: ["linux"],
  freshnessSeconds: 0.1,
  metrics: {
    node_swap_size_bytes: { type: "gauge", help: "Swap device size in bytes.", labels: ["device", "swap_type"] },
    node_swap_used_bytes: { type: "gauge", help: "Swap device used in bytes.", labels: ["device", "swap_type"] },
    node_swap_priority: { type: "gauge", help: "Swap device priority.", labels: ["device", "swap_type"] },
  },
  sources: [FILE],
  read({ source }): SwapDevice[] | null {
    const text = source.proc.try("swaps");
    return text === undefined ? null : parseSwaps(text);
  },
  samples(devices, emit) {
    for (const { device, type: swap_type, sizeBytes, usedBytes, priority } of devices) {
      emit("node_swap_size_bytes", sizeBytes, { device, swap_type });
      emit("node_swap_used_bytes", usedBytes, { device, swap_type });
      emit("node_swap_priority", priority, { device, swap_type });
    }
  },
});

/**
 * Parses `/proc/swaps`, whose sizes are in KiB; nothing where it is empty, as in some containers.
 *
 * @throws {SyntaxError} if a line breaks the format
 */
export function parseSwaps(text: string): SwapDevice[] {
  const [header = "", ...lines] = text.split("\n");
  if (text.trim() !== "" && !/^\s*Filename\b/.test(header)) throw malformed(FILE, header);
  return lines.filter((line) => line.trim() !== "").map((line) => {
    const [, device, type, ...columns] = SWAP.exec(line) ?? [];
    const [size, used] = columns.map(wholeNumber);
    const priority = signedNumber(columns[2]);
    if (
      device === undefined || type === undefined || size === undefined || used === undefined || priority === undefined
    ) throw malformed(FILE, line);
    return { device, type, sizeBytes: size * 1024, usedBytes: used * 1024, priority };
  });
}
