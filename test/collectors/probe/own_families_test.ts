import assert from "node:assert/strict";
import { builtInModule } from "../../../collectors/probe/built_in_modules.ts";
import { emitParticulars, OWN_FAMILIES, type Particulars } from "../../../collectors/probe/own_families.ts";
import { PROBERS } from "../../../collectors/probe/probers.ts";
import { targetLabels } from "../../../collectors/probe/options.ts";
import type { Outcome } from "../../../collectors/probe/result.ts";
import type { Metrics } from "../../../src/collector.ts";
import { seriesOf } from "../../context.ts";

const fine: Outcome = { success: true, durationSeconds: 0.02 };
const refused: Outcome = { success: false, failure: { reason: "refused", phase: "connect", message: "nobody there" } };
const silent: Particulars = { outcome: fine, lookupSeconds: 0, durations: {} };
const tcp = builtInModule("tcp_connect", "tcp");

/** Every series of a result. */
function shown(result: Partial<Particulars>, module: Partial<typeof tcp> = {}): Record<string, unknown> {
  const collector = {
    name: "own",
    help: "",
    metrics: OWN_FAMILIES,
    read: () => null,
    samples: (_: unknown, emit: Parameters<typeof emitParticulars>[0]) =>
      emitParticulars(emit, { target: "t" }, { ...silent, ...result }, { ...tcp, ...module }),
  };
  return seriesOf(collector, {});
}

const certificate = (i: number) => ({
  subject: `CN=${i}`,
  issuer: `CN=${i + 1}`,
  serialNumber: "0f",
  notBeforeSeconds: 1,
  notAfterSeconds: 1000 + i,
  dnsNames: [],
  addresses: [],
  sha256: `0${i}`,
});

Deno.test("emitParticulars: only phases that were reached", () => {
  assert.deepEqual(shown({}), {});
  assert.deepEqual(shown({ durations: { resolve: 0, connect: 0.25 }, waitedSeconds: 0.125 }), {
    'sonde_probe_wait_seconds{target="t"}': 0.125,
    'sonde_probe_phase_duration_seconds{phase="resolve",target="t"}': 0,
    'sonde_probe_phase_duration_seconds{phase="connect",target="t"}': 0.25,
  });
});

Deno.test("emitParticulars: certificates, also of what could not be verified; at most five", () => {
  const chain = Array.from({ length: 7 }, (_, i) => certificate(i));
  const tls = { version: "TLS 1.3", cipher: "X", verified: false, verificationError: "CERT_HAS_EXPIRED", chain };
  const series = shown({ tls });
  assert.equal(series['sonde_probe_tls_verified{target="t"}'], 0);
  assert.equal(series['sonde_probe_tls_verification_error_info{error="CERT_HAS_EXPIRED",target="t"}'], 1);
  const expiries = Object.entries(series).filter(([key]) => key.includes("not_after"));
  assert.deepEqual(expiries.map(([, value]) => value), [1000, 1001, 1002, 1003, 1004]);
  assert.equal(
    series[
      'sonde_probe_certificate_info{fingerprint_sha256="01",issuer="CN=2",position="1",serialnumber="0f",subject="CN=1",target="t"}'
    ],
    1,
  );
  const verified = shown({ tls: { version: "TLS 1.3", cipher: "X", verified: true, chain: [certificate(0)] } });
  assert.equal(verified['sonde_probe_tls_verified{target="t"}'], 1);
  assert.equal(Object.keys(verified).length, 3);
  assert.deepEqual(shown({ tls: { version: "TLS 1.3", cipher: "X", verified: true, chain: [] } }), {}, "nobody told");
});

Deno.test("emitParticulars: how the addresses did; each one of them only if it is asked for, and no more than 16", () => {
  const addresses = [
    { address: { ip: "192.0.2.1", family: 4 as const }, outcome: refused },
    { address: { ip: "192.0.2.2", family: 4 as const }, outcome: fine },
    { address: { ip: "192.0.2.2", family: 4 as const }, outcome: fine },
  ];
  const counts = {
    'sonde_probe_addresses{state="ok",target="t"}': 1,
    'sonde_probe_addresses{state="failed",target="t"}': 1,
  };
  assert.deepEqual(shown({ addresses }), counts);
  assert.deepEqual(shown({ addresses }, { addressSuccess: true }), {
    ...counts,
    'sonde_probe_address_success{ip="192.0.2.1",target="t"}': 0,
    'sonde_probe_address_success{ip="192.0.2.2",target="t"}': 1,
  });
  const many = Array.from({ length: 40 }, (_, i) => ({ address: { ip: `::${i}`, family: 6 as const }, outcome: fine }));
  const series = shown({ addresses: many }, { addressSuccess: true });
  assert.equal(series['sonde_probe_addresses{state="ok",target="t"}'], 40);
  assert.equal(Object.keys(series).length, 2 + 16);
});

Deno.test("OWN_FAMILIES: names as Prometheus has them, beside the peer's", () => {
  const families: Metrics = OWN_FAMILIES;
  for (const [name, { type, openLabels, labels = [] }] of Object.entries(families)) {
    assert.match(name, /^sonde_probe_[a-z0-9_]+$/);
    assert.equal(name.endsWith("_total"), type === "counter", name);
    assert.ok(openLabels && !labels.includes("target"), name);
    if (name.endsWith("_info")) assert.equal(type, "gauge");
  }
});

Deno.test("targetLabels: no label of any prober's families can be taken by the configuration", () => {
  const all: readonly Metrics[] = [OWN_FAMILIES, ...[...PROBERS.values()].map(({ metrics }) => metrics)];
  for (const label of all.flatMap((metrics) => Object.values(metrics).flatMap(({ labels = [] }) => labels))) {
    assert.equal(targetLabels.safeParse({ [label]: "x" }).success, false, label);
  }
});
