/**
 * The kernel's pool of randomness: random(4), /proc/sys/kernel/random. 2 series of 2 files; since Linux 5.18 both are
 * always 256.
 *
 * @module
 */

import { defineCollector } from "../src/collector.ts";
import { malformed, numberIn, wholeNumber } from "../src/kernel_text.ts";

const AVAILABLE = "/proc/sys/kernel/random/entropy_avail";

/** Bits of randomness. */
export interface Entropy {
  /** Bits in the pool. */
  readonly availableBits: number;
  /** Bits that the pool can hold. */
  readonly poolSizeBits: number | undefined;
}

export default defineCollector({
  name: "entropy",
  help: "The kernel's pool of randomness.",
  peer: true,
  freshnessSeconds: 0.1,
  platforms: ["linux"],
  metrics: {
    node_entropy_available_bits: { type: "gauge", help: "Bits of available entropy." },
    node_entropy_pool_size_bits: { type: "gauge", help: "Bits of entropy pool." },
  },
  sources: {
    [AVAILABLE]: ["node_entropy_available_bits"],
    "/proc/sys/kernel/random/poolsize": ["node_entropy_pool_size_bits"],
  },
  read({ source: { proc } }): Entropy {
    return {
      availableBits: parseEntropy(proc("sys/kernel/random/entropy_avail")),
      poolSizeBits: numberIn(proc, "sys/kernel/random/poolsize"),
    };
  },
  samples({ availableBits, poolSizeBits }, emit) {
    emit("node_entropy_available_bits", availableBits);
    emit("node_entropy_pool_size_bits", poolSizeBits);
  },
});

/**
 * Parses `entropy_avail`.
 *
 * @throws {SyntaxError} if it is no whole number
 */
export function parseEntropy(text: string): number {
  const bits = wholeNumber(text.trim());
  if (bits === undefined) throw malformed(AVAILABLE, text.trim());
  return bits;
}
