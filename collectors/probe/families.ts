/**
 * The families that probers share: blackbox_exporter's, under its names and with its help.
 *
 * @module
 */

import type { Emit, Labels, Metrics } from "../../src/collector.ts";
import { addressHash } from "./address/address.ts";
import type { ProbeResult } from "./result.ts";
import { chainExpirySeconds, earliestExpirySeconds, type TlsFacts } from "./tls/tls_facts.ts";

const open = { openLabels: true } as const;

/** What every prober says of its last result. */
export const RESULT_FAMILIES = {
  probe_success: { type: "gauge", help: "Displays whether or not the probe was a success", ...open },
  probe_duration_seconds: {
    type: "gauge",
    help: "Returns how long the probe took to complete in seconds",
    ...open,
  },
} as const satisfies Metrics;

/** What a prober that resolves a name says besides. */
export const ADDRESS_FAMILIES = {
  probe_dns_lookup_time_seconds: {
    type: "gauge",
    help: "Returns the time taken for probe dns lookup in seconds",
    ...open,
  },
  probe_ip_protocol: {
    type: "gauge",
    help: "Specifies whether probe ip protocol is IP4 or IP6",
    ...open,
  },
  probe_ip_addr_hash: {
    type: "gauge",
    help: "Specifies the hash of IP address. It's useful to detect if the IP address changes.",
    ...open,
  },
} as const satisfies Metrics;

/** What a prober that holds a dialogue says, where it is asked for parts of it. */
export const EXPECT_FAMILY = {
  probe_expect_info: { type: "gauge", help: "Explicit content matched", ...open },
} as const satisfies Metrics;

/** What a prober that looks for patterns says. */
export const REGEX_FAMILY = {
  probe_failed_due_to_regex: { type: "gauge", help: "Indicates if probe failed due to regex", ...open },
} as const satisfies Metrics;

/** What a prober says of TLS, where the connection had it. */
export const TLS_FAMILIES = {
  probe_ssl_earliest_cert_expiry: {
    type: "gauge",
    help: "Returns last SSL chain expiry in unixtime",
    ...open,
  },
  probe_ssl_last_chain_expiry_timestamp_seconds: {
    type: "gauge",
    help: "Returns last SSL chain expiry in timestamp",
    ...open,
  },
  probe_ssl_last_chain_info: {
    type: "gauge",
    help: "Contains SSL leaf certificate information",
    labels: ["fingerprint_sha256", "subject", "issuer", "subjectalternative", "serialnumber"],
    openLabels: true,
  },
  probe_tls_version_info: {
    type: "gauge",
    help: "Returns the TLS version used or NaN when unknown",
    labels: ["version"],
    openLabels: true,
  },
  probe_tls_cipher_info: {
    type: "gauge",
    help: "Returns the TLS cipher negotiated during handshake",
    labels: ["cipher"],
    openLabels: true,
  },
} as const satisfies Metrics;

/** Emits {@linkcode RESULT_FAMILIES}. */
export function emitResult(emit: Emit<typeof RESULT_FAMILIES>, labels: Labels, { outcome }: ProbeResult): void {
  emit("probe_success", outcome.success ? 1 : 0, labels);
  emit("probe_duration_seconds", outcome.durationSeconds, labels);
}

/** Emits {@linkcode ADDRESS_FAMILIES}: zeros where no address was found. */
export function emitAddress(emit: Emit<typeof ADDRESS_FAMILIES>, labels: Labels, result: ProbeResult): void {
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
  labels: Labels,
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
