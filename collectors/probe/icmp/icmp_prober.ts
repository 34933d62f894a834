/**
 * The ICMP prober.
 *
 * @module
 */

import { builtInModule } from "../built_in_modules.ts";
import { failedResult } from "../failed_result.ts";
import { ADDRESS_FAMILIES, emitAddress, emitResult, RESULT_FAMILIES } from "../families.ts";
import { showName } from "../address/host_name.ts";
import { emitIcmp, ICMP_FAMILIES } from "./icmp_families.ts";
import { type IcmpResult, icmpStops, probeIcmp } from "./icmp_probe.ts";
import type { IcmpModule } from "../module.ts";
import type { Prober } from "../prober.ts";

/** In seconds. */
const DURATION_BOUNDS = [
  0.00005,
  0.0001,
  0.0002,
  0.0005,
  0.001,
  0.002,
  0.005,
  0.01,
  0.02,
  0.05,
  0.1,
  0.2,
  0.5,
  1,
  2,
  5,
];

/** A host that is none is one that cannot be found; but what is plainly another prober's is no host. */
function checkTarget(target: string): void {
  if (!target.includes("/")) return;
  throw new SyntaxError(
    `Cannot use target ${showName(target)}: expected a host or an address, without scheme or path`,
  );
}

/** Pings hosts. */
export const icmpProber: Prober<IcmpModule, IcmpResult> = {
  name: "icmp",
  help: "Outcome, round-trip time and hop limit of echo requests to configured hosts.",
  placeholder: "HOST",
  metrics: { ...RESULT_FAMILIES, ...ADDRESS_FAMILIES, ...ICMP_FAMILIES },
  durationBounds: DURATION_BOUNDS,
  standard: builtInModule("icmp", "icmp"),
  systemCall: "libc socket(2)",
  checkTarget,
  stops: icmpStops,
  probe: probeIcmp,
  failed: failedResult,
  emit(result, emit, labels) {
    emitResult(emit, labels, result);
    emitAddress(emit, labels, result);
    emitIcmp(emit, labels, result);
  },
};
