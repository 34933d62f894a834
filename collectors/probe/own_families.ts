/**
 * What we tell of probes beside blackbox_exporter's families: totals, phases, certificates, addresses.
 *
 * @module
 */

import type { Emit, Labels, Metrics } from "../../src/collector.ts";
import type { Totals } from "./accounting.ts";
import type { Module } from "./module.ts";
import type { ProbeResult } from "./result.ts";

/** The families; a scheduled target's samples have the label `target`, and those that the configuration adds. */
export const OWN_FAMILIES = {
  sonde_probe_duration_seconds: {
    type: "histogram",
    help: "Durations of the successful probes of a target in seconds.",
    openLabels: true,
  },
  sonde_probe_attempts_total: { type: "counter", help: "Probes of a target that have ended.", openLabels: true },
  sonde_probe_failures_total: {
    type: "counter",
    help: "Failed probes of a target, by the reason and the phase in which they stopped.",
    labels: ["reason", "phase"],
    openLabels: true,
  },
  sonde_probe_wait_seconds: {
    type: "gauge",
    help: "Seconds that the last probe waited for others to begin, which are no part of its duration.",
    openLabels: true,
  },
  sonde_probe_phase_duration_seconds: {
    type: "gauge",
    help: "Seconds that the last probe spent in each phase that it reached, summed over redirects.",
    labels: ["phase"],
    openLabels: true,
  },
  sonde_probe_tls_verified: {
    type: "gauge",
    help: "Whether the certificate that the last probe was shown could be verified.",
    openLabels: true,
  },
  sonde_probe_tls_verification_error_info: {
    type: "gauge",
    help: "Why the certificate that the last probe was shown could not be verified.",
    labels: ["error"],
    openLabels: true,
  },
  sonde_probe_certificate_not_after_timestamp_seconds: {
    type: "gauge",
    help: "When a certificate that the last probe was shown expires; position 0 is the server's own.",
    labels: ["position"],
    openLabels: true,
  },
  sonde_probe_certificate_info: {
    type: "gauge",
    help: "A certificate that the last probe was shown; position 0 is the server's own.",
    labels: ["position", "subject", "issuer", "serialnumber", "fingerprint_sha256"],
    openLabels: true,
  },
  sonde_probe_addresses: {
    type: "gauge",
    help: "Addresses of the target that the last probe asked, by how they did.",
    labels: ["state"],
    openLabels: true,
  },
  sonde_probe_address_success: {
    type: "gauge",
    help: "Whether an address of the target did at the last probe.",
    labels: ["ip"],
    openLabels: true,
  },
} as const satisfies Metrics;

/** Certificates of a chain that are told of. */
const MOST_CERTIFICATES = 5;
/** Addresses that are told of one by one. */
const MOST_ADDRESSES = 16;

/** Emits the totals. */
export function emitTotals(emit: Emit<typeof OWN_FAMILIES>, labels: Labels, totals: Totals, module: Module): void {
  if (module.histogram) emit("sonde_probe_duration_seconds", totals.durations, labels);
  emit("sonde_probe_attempts_total", totals.attempts, labels);
  for (const { reason, phase, count } of totals.failures) {
    emit("sonde_probe_failures_total", count, { ...labels, reason, phase });
  }
}

/** What a probe was, and how long it waited before, in seconds. */
export interface Particulars extends ProbeResult {
  /** Absent where it did not come so far. */
  readonly waitedSeconds?: number;
}

/** Emits what the last probe was: phases, certificates, addresses. */
export function emitParticulars(
  emit: Emit<typeof OWN_FAMILIES>,
  labels: Labels,
  result: Particulars,
  module: Module,
): void {
  emit("sonde_probe_wait_seconds", result.waitedSeconds, labels);
  for (const [phase, seconds] of Object.entries(result.durations)) {
    emit("sonde_probe_phase_duration_seconds", seconds, { ...labels, phase });
  }
  emitCertificates(emit, labels, result);
  if (result.addresses) emitAddresses(emit, labels, result.addresses, module);
}

/** Only of addresses asked at the last probe: one that the name has lost is gone with it. */
function emitAddresses(
  emit: Emit<typeof OWN_FAMILIES>,
  labels: Labels,
  addresses: NonNullable<ProbeResult["addresses"]>,
  { addressSuccess }: Module,
): void {
  const states = new Map(addresses.map(({ address, outcome }) => [address.ip, outcome.success]));
  const succeeded = [...states.values()].filter(Boolean).length;
  emit("sonde_probe_addresses", succeeded, { ...labels, state: "ok" });
  emit("sonde_probe_addresses", states.size - succeeded, { ...labels, state: "failed" });
  if (!addressSuccess) return;
  for (const [ip, success] of [...states].slice(0, MOST_ADDRESSES)) {
    emit("sonde_probe_address_success", success ? 1 : 0, { ...labels, ip });
  }
}

function emitCertificates(emit: Emit<typeof OWN_FAMILIES>, labels: Labels, { tls }: ProbeResult): void {
  if (!tls || tls.chain.length === 0) return;
  emit("sonde_probe_tls_verified", tls.verified ? 1 : 0, labels);
  if (tls.verificationError !== undefined) {
    emit("sonde_probe_tls_verification_error_info", 1, { ...labels, error: tls.verificationError });
  }
  for (const [i, certificate] of tls.chain.slice(0, MOST_CERTIFICATES).entries()) {
    const position = String(i);
    emit("sonde_probe_certificate_not_after_timestamp_seconds", certificate.notAfterSeconds, { ...labels, position });
    emit("sonde_probe_certificate_info", 1, {
      ...labels,
      position,
      subject: certificate.subject,
      issuer: certificate.issuer,
      serialnumber: certificate.serialNumber,
      fingerprint_sha256: certificate.sha256,
    });
  }
}
