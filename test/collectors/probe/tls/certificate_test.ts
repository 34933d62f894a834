import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import fc from "fast-check";
import { type Certificate, parseCertificate } from "../../../../collectors/probe/tls/certificate.ts";
import { derTimeSeconds } from "../../../../collectors/probe/tls/der.ts";
import { tlsFixture } from "../target.ts";

function derOf(name: string): Uint8Array {
  return Buffer.from(tlsFixture(name).replace(/-----[^-]+-----|\s/g, ""), "base64");
}

/** As blackbox_exporter 0.28, built by Go 1.27, labels `probe_ssl_last_chain_info`. */
const NAMES: Omit<Certificate, "notBeforeSeconds" | "notAfterSeconds" | "sha256"> = {
  subject: "SERIALNUMBER=9,CN=\\ second,OU=One+OU=Two\\<3\\>,O=Org \\+ Co+O=Org2,POSTALCODE=80331,STREET=Main St 1," +
    "L=\\#München,ST=Bay\\, ern,C=DE,2.5.4.15=Private Organization,1.2.840.113549.1.9.1=a\\+b@c," +
    "0.9.2342.19200300.100.1.25=com",
  issuer: "CN=Sonde Test Authority",
  serialNumber: "a1b2",
  dnsNames: ["target.test", "*.target.test"],
  addresses: ["7f000001"],
};

Deno.test("parseCertificate: names are written as the peer writes them", () => {
  const { notBeforeSeconds: _, notAfterSeconds: __, sha256: ___, ...rest } = parseCertificate(derOf("names.pem"));
  assert.deepEqual(rest, NAMES);
});

Deno.test("parseCertificate: serial number, expiry and fingerprint are the peer's", () => {
  const { serialNumber, notAfterSeconds, sha256, subject } = parseCertificate(derOf("server.pem"));
  assert.equal(serialNumber, "0f");
  assert.equal(subject, "CN=localhost,O=Sonde");
  assert.match(sha256, /^[0-9a-f]{64}$/);
  assert(notAfterSeconds > Date.UTC(2100, 0) / 1000 && notAfterSeconds < Date.UTC(2200, 0) / 1000);
});

Deno.test("parseCertificate: one without alternative names has none", () => {
  assert.deepEqual(parseCertificate(derOf("authority.pem")).dnsNames, []);
});

Deno.test("derTimeSeconds: two digits of the year are of 1950 to 2049, four stand for themselves", () => {
  const at = (tag: number, text: string) => derTimeSeconds({ tag, content: Buffer.from(text) });
  assert.equal(at(0x17, "491231235959Z"), Date.UTC(2049, 11, 31, 23, 59, 59) / 1000);
  assert.equal(at(0x17, "500101000000Z"), Date.UTC(1950, 0, 1) / 1000);
  assert.equal(at(0x18, "21261029221708Z"), Date.UTC(2126, 9, 29, 22, 17, 8) / 1000);
  for (const text of ["", "500101000000", "5001010000Z", "x00101000000Z"]) {
    assert.throws(() => at(0x17, text), SyntaxError);
  }
});

Deno.test("parseCertificate: damaged bytes are read or refused by a SyntaxError", () => {
  const whole = derOf("names.pem");
  const damage = fc.tuple(fc.nat(whole.length - 1), fc.uint8Array({ minLength: 1, maxLength: 4 }), fc.boolean());
  fc.assert(fc.property(damage, ([at, bytes, cut]) => {
    const damaged = Uint8Array.from(cut ? whole.subarray(0, at) : whole);
    if (!cut) damaged.set(bytes.subarray(0, damaged.length - at), at);
    try {
      parseCertificate(damaged);
    } catch (error) {
      assert(error instanceof SyntaxError, String(error));
    }
  }));
});
