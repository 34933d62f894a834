/**
 * The DNS prober.
 *
 * @module
 */

import { builtInModule } from "../built_in_modules.ts";
import { DNS_FAMILIES, emitDns } from "./dns_families.ts";
import { type DnsResult, dnsStops, probeDns } from "./dns_probe.ts";
import { failedResult } from "../failed_result.ts";
import { ADDRESS_FAMILIES, emitAddress, emitResult, RESULT_FAMILIES } from "../families.ts";
import { parseHostPort } from "../address/host_port.ts";
import type { DnsModule } from "../module.ts";
import type { Prober } from "../prober.ts";

/** In seconds. */
const DURATION_BOUNDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

/** Asks name servers. */
export const dnsProber: Prober<DnsModule, DnsResult> = {
  name: "dns",
  help: "Outcome, phases and counts of records of questions to configured name servers.",
  placeholder: "host[:port]",
  metrics: { ...RESULT_FAMILIES, ...ADDRESS_FAMILIES, ...DNS_FAMILIES },
  durationBounds: DURATION_BOUNDS,
  standard: builtInModule("dns_udp", "dns"),
  checkTarget: (target) => void parseHostPort(target),
  stops: dnsStops,
  probe: probeDns,
  failed: failedResult,
  emit(result, emit, labels) {
    emitResult(emit, labels, result);
    emitAddress(emit, labels, result);
    emitDns(emit, labels, result);
  },
};
