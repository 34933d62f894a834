import assert from "node:assert/strict";
import type { Certificate } from "../../../../collectors/probe/tls/certificate.ts";
import {
  chainExpirySeconds,
  earliestExpirySeconds,
  type TlsFacts,
} from "../../../../collectors/probe/tls/tls_facts.ts";

function expiring(...notAfter: number[]): TlsFacts {
  const none = { subject: "", issuer: "", serialNumber: "", sha256: "" };
  const certificate = { ...none, dnsNames: [], addresses: [], notBeforeSeconds: 0 };
  const chain: Certificate[] = notAfter.map((notAfterSeconds) => ({ ...certificate, notAfterSeconds }));
  return { version: "TLS 1.3", cipher: "TLS_AES_128_GCM_SHA256", verified: true, chain };
}

Deno.test("earliestExpirySeconds: the first of all that were shown", () => {
  assert.equal(earliestExpirySeconds(expiring(30, 10, 20)), 10);
  assert.equal(earliestExpirySeconds(expiring()), undefined);
});

Deno.test("chainExpirySeconds: the first of those that have not expired", () => {
  assert.equal(chainExpirySeconds(expiring(30, 10, 20), 15), 20);
  assert.equal(chainExpirySeconds(expiring(30, 20), 15), 20);
  assert.equal(chainExpirySeconds(expiring(), 15), undefined);
  for (const not of [{ verified: false }, { unchecked: true }]) {
    assert.equal(chainExpirySeconds({ ...expiring(30), ...not }, 15), -6.21355968e10);
  }
});
