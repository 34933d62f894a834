/**
 * The families of the ICMP prober: blackbox_exporter's, under its names and with its help.
 *
 * @module
 */

import type { Emit, Labels, Metrics } from "../../../src/collector.ts";
import type { IcmpResult } from "./icmp_probe.ts";

/** What is told of an echo request. */
export const ICMP_FAMILIES = {
  probe_icmp_duration_seconds: {
    type: "gauge",
    help: "Duration of icmp request by phase",
    labels: ["phase"],
    openLabels: true,
  },
  probe_icmp_reply_hop_limit: {
    type: "gauge",
    help: "Replied packet hop limit (TTL for ipv4)",
    openLabels: true,
  },
} as const satisfies Metrics;

/** Emits {@linkcode ICMP_FAMILIES}: zeros for what was not reached, no hop limit without a reply. */
export function emitIcmp(emit: Emit<typeof ICMP_FAMILIES>, labels: Labels, result: IcmpResult): void {
  const { address, lookupSeconds, durations, reply } = result;
  const phases = {
    resolve: address ? lookupSeconds : 0,
    setup: durations.processing === undefined ? 0 : durations.connect ?? 0,
    rtt: reply?.roundTripSeconds ?? 0,
  };
  for (const [phase, seconds] of Object.entries(phases)) {
    emit("probe_icmp_duration_seconds", seconds, { ...labels, phase });
  }
  emit("probe_icmp_reply_hop_limit", reply?.hopLimit, labels);
}
