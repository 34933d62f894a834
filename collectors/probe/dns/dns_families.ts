/**
 * The families of the DNS prober: blackbox_exporter's, under its names and with its help.
 *
 * @module
 */

import type { Emit, Labels, Metrics } from "../../../src/collector.ts";
import type { DnsResult } from "./dns_probe.ts";

const open = { openLabels: true } as const;

/** What is told of an answer. */
export const DNS_FAMILIES = {
  probe_dns_duration_seconds: {
    type: "gauge",
    help: "Duration of DNS request by phase",
    labels: ["phase"],
    ...open,
  },
  probe_dns_answer_rrs: {
    type: "gauge",
    help: "Returns number of entries in the answer resource record list",
    ...open,
  },
  probe_dns_authority_rrs: {
    type: "gauge",
    help: "Returns number of entries in the authority resource record list",
    ...open,
  },
  probe_dns_additional_rrs: {
    type: "gauge",
    help: "Returns number of entries in the additional resource record list",
    ...open,
  },
  probe_dns_query_succeeded: {
    type: "gauge",
    help: "Displays whether or not the query was executed successfully",
    ...open,
  },
  probe_dns_serial: { type: "gauge", help: "Returns the serial number of the zone", ...open },
} as const satisfies Metrics;

/**
 * Emits {@linkcode DNS_FAMILIES}: zeros where no answer has come, no serial number unless it was asked for. As the peer has
 * it, resolving that failed took no time.
 */
export function emitDns(
  emit: Emit<typeof DNS_FAMILIES>,
  labels: Labels,
  { address, durations, lookupSeconds, answer }: DnsResult,
): void {
  const phases = {
    resolve: address ? lookupSeconds : 0,
    connect: (durations.connect ?? 0) + (durations.tls ?? 0),
    request: durations.request ?? 0,
  };
  for (const [phase, seconds] of Object.entries(phases)) {
    emit("probe_dns_duration_seconds", seconds, { ...labels, phase });
  }
  emit("probe_dns_answer_rrs", answer?.answer ?? 0, labels);
  emit("probe_dns_authority_rrs", answer?.authority ?? 0, labels);
  emit("probe_dns_additional_rrs", answer?.additional ?? 0, labels);
  emit("probe_dns_query_succeeded", answer ? 1 : 0, labels);
  emit("probe_dns_serial", answer?.serial, labels);
}
