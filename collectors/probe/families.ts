/**
 * The families that all probers have: blackbox_exporter's under its names and with its help, and our own totals.
 *
 * @module
 */

import type { Emit, Labels, Metrics } from "../../src/collector.ts";
import type { Totals } from "./accounting.ts";
import { addressHash } from "./address.ts";
import type { ProbeResult } from "./result.ts";
import { chainExpirySeconds, earliestExpirySeconds, type TlsFacts } from "./tls_facts.ts";

/** Labels of every sample of a target: its name, and what the configuration adds. */
export type TargetLabels = Labels & { readonly target: string };

const target = { labels: ["target"], openLabels: true } as const;

/** What every prober says of its last result. */
export const RESULT_FAMILIES = {
  probe_success: { type: "gauge", help: "Displays whether or not the probe was a success", ...target },
  probe_duration_seconds: {
    type: "gauge",
    help: "Returns how long the probe took to complete in seconds",
    ...target,
  },
} as const satisfies Metrics;

/** What a prober that resolves a name says besides. */
export const ADDRESS_FAMILIES = {
  probe_dns_lookup_time_seconds: {
    type: "gauge",
    help: "Returns the time taken for probe dns lookup in seconds",
    ...target,
  },
  probe_ip_protocol: {
    type: "gauge",
    help: "Specifies whether probe ip protocol is IP4 or IP6",
    ...target,
  },
  probe_ip_addr_hash: {
    type: "gauge",
    help: "Specifies the hash of IP address. It's useful to detect if the IP address changes.",
    ...target,
  },
} as const satisfies Metrics;

/** What a prober says of TLS, where the connection had it. */
export const TLS_FAMILIES = {
  probe_ssl_earliest_cert_expiry: {
    type: "gauge",
    help: "Returns last SSL chain expiry in unixtime",
    ...target,
  },
  probe_ssl_last_chain_expiry_timestamp_seconds: {
    type: "gauge",
    help: "Returns last SSL chain expiry in timestamp",
    ...target,
  },
  probe_ssl_last_chain_info: {
    type: "gauge",
    help: "Contains SSL leaf certificate information",
    labels: ["target", "fingerprint_sha256", "subject", "issuer", "subjectalternative", "serialnumber"],
    openLabels: true,
  },
  probe_tls_version_info: {
    type: "gauge",
    help: "Returns the TLS version used or NaN when unknown",
    labels: ["target", "version"],
    openLabels: true,
  },
  probe_tls_cipher_info: {
    type: "gauge",
    help: "Returns the TLS cipher negotiated during handshake",
    labels: ["target", "cipher"],
    openLabels: true,
  },
} as const satisfies Metrics;

/** Totals since the start. */
export const TOTAL_FAMILIES = {
  sonde_probe_duration_seconds: {
    type: "histogram",
    help: "Durations of the successful probes of a target in seconds.",
    ...target,
  },
  sonde_probe_attempts_total: { type: "counter", help: "Probes of a target that have ended.", ...target },
  sonde_probe_failures_total: {
    type: "counter",
    help: "Failed probes of a target, by the reason and the phase in which they stopped.",
    labels: ["target", "reason", "phase"],
    openLabels: true,
  },
} as const satisfies Metrics;

/** Emits {@linkcode RESULT_FAMILIES}. */
export function emitResult(emit: Emit<typeof RESULT_FAMILIES>, labels: TargetLabels, { outcome }: ProbeResult): void {
  emit("probe_success", outcome.success ? 1 : 0, labels);
  emit("probe_duration_seconds", outcome.durationSeconds, labels);
}

/** Emits {@linkcode ADDRESS_FAMILIES}: zeros where no address was found. */
export function emitAddress(emit: Emit<typeof ADDRESS_FAMILIES>, labels: TargetLabels, result: ProbeResult): void {
  const { lookupSeconds, address } = result;
  emit("probe_dns_lookup_time_seconds", lookupSeconds, labels);
  emit("probe_ip_protocol", address?.family ?? 0, labels);
  emit("probe_ip_addr_hash", address ? addressHash(address.ip) : 0, labels);
}

/**
 * Emits {@linkcode TLS_FAMILIES}.
 *
 * @param wallSeconds when the handshake was made
 */
export function emitTls(
  emit: Emit<typeof TLS_FAMILIES>,
  labels: TargetLabels,
  facts: TlsFacts,
  wallSeconds: number,
): void {
  emit("probe_ssl_earliest_cert_expiry", earliestExpirySeconds(facts), labels);
  emit("probe_ssl_last_chain_expiry_timestamp_seconds", chainExpirySeconds(facts, wallSeconds), labels);
  const [leaf] = facts.chain;
  if (leaf) {
    emit("probe_ssl_last_chain_info", 1, {
      ...labels,
      fingerprint_sha256: leaf.sha256,
      subject: leaf.subject,
      issuer: leaf.issuer,
      subjectalternative: leaf.dnsNames.join(","),
      serialnumber: leaf.serialNumber,
    });
  }
  const { version, cipher } = facts;
  if (version) emit("probe_tls_version_info", 1, { ...labels, version });
  if (cipher) emit("probe_tls_cipher_info", 1, { ...labels, cipher });
}

/** Emits {@linkcode TOTAL_FAMILIES}. */
export function emitTotals(emit: Emit<typeof TOTAL_FAMILIES>, labels: TargetLabels, totals: Totals): void {
  emit("sonde_probe_duration_seconds", totals.durations, labels);
  emit("sonde_probe_attempts_total", totals.attempts, labels);
  for (const { reason, phase, count } of totals.failures) {
    emit("sonde_probe_failures_total", count, { ...labels, reason, phase });
  }
}
