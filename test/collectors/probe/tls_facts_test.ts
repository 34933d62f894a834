import assert from "node:assert/strict";
import type { Certificate } from "../../../collectors/probe/certificate.ts";
import { chainExpirySeconds, earliestExpirySeconds, type TlsFacts } from "../../../collectors/probe/tls_facts.ts";

function expiring(...notAfter: number[]): TlsFacts {
  const certificate = { subject: "", issuer: "", serialNumber: "", dnsNames: [], sha256: "" };
  const chain: Certificate[] = notAfter.map((notAfterSeconds) => ({ ...certificate, notAfterSeconds }));
  return { version: "TLS 1.3", cipher: "TLS_AES_128_GCM_SHA256", chain };
}

Deno.test("earliestExpirySeconds: the first of all that were shown", () => {
  assert.equal(earliestExpirySeconds(expiring(30, 10, 20)), 10);
  assert.equal(earliestExpirySeconds(expiring()), undefined);
});

Deno.test("chainExpirySeconds: the first of those that have not expired", () => {
  assert.equal(chainExpirySeconds(expiring(30, 10, 20), 15), 20);
  assert.equal(chainExpirySeconds(expiring(30, 20), 15), 20);
  assert.equal(chainExpirySeconds(expiring(), 15), undefined);
});
