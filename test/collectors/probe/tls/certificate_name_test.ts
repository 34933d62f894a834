import assert from "node:assert/strict";
import type { Certificate } from "../../../../collectors/probe/tls/certificate.ts";
import { isFor } from "../../../../collectors/probe/tls/certificate_name.ts";

function certificate(dnsNames: readonly string[], addresses: readonly string[] = []): Certificate {
  const none = { issuer: "", serialNumber: "", sha256: "", notBeforeSeconds: 0, notAfterSeconds: 0 };
  return { ...none, subject: "CN=subject.test", dnsNames, addresses };
}

Deno.test("isFor: a name is one of those, a first star one label", () => {
  const names = certificate(["a.test", "*.B.test", "*", "x*.c.test"]);
  for (const name of ["a.test", "A.TEST", "a.test.", "x.b.test"]) assert(isFor(names, name), name);
  for (const name of ["b.test", "x.y.b.test", ".b.test", "xa.c.test", "subject.test", "other", ""]) {
    assert(!isFor(names, name), name);
  }
});

Deno.test("isFor: an address is one of those, and no name", () => {
  const addresses = certificate(["192.0.2.7"], ["c0000201", "20010db8000000000000000000000001"]);
  assert(isFor(addresses, "192.0.2.1"));
  assert(isFor(addresses, "2001:db8::1"));
  assert(isFor(addresses, "::ffff:192.0.2.1"));
  for (const ip of ["192.0.2.7", "192.0.2.2", "2001:db8::2"]) assert(!isFor(addresses, ip), ip);
});
