import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import fc from "fast-check";
import { subjectAltNames } from "../src/subject_alt_names.ts";
import { textOf } from "./web_files.ts";

const der = (name: string) => new Uint8Array(new X509Certificate(textOf(name)).raw);

Deno.test("subjectAltNames: reads names of every kind, as they are written", () => {
  assert.deepEqual(subjectAltNames(der("client.pem")), [
    "scraper.test",
    "spiffe://test/scraper",
    "a@b.test",
    "2001:db8::1",
  ]);
  assert.deepEqual(subjectAltNames(der("server.pem")), ["localhost", "127.0.0.1"]);
});

Deno.test("subjectAltNames: takes a name with a comma for one", () => {
  assert.deepEqual(subjectAltNames(der("comma.pem")), ["x:y, DNS:scraper.test"]);
});

Deno.test("subjectAltNames: finds none where there are none", () => {
  assert.deepEqual(subjectAltNames(der("authority.pem")), []);
});

Deno.test("subjectAltNames: throws nothing but SyntaxError at damaged certificates", () => {
  const whole = der("client.pem");
  const damage = fc.record({ at: fc.nat(whole.length - 1), byte: fc.nat(255), end: fc.nat(whole.length) });
  fc.assert(fc.property(damage, ({ at, byte, end }) => {
    const damaged = whole.slice(0, end);
    if (at < end) damaged[at] = byte;
    try {
      subjectAltNames(damaged);
    } catch (error) {
      assert.ok(error instanceof SyntaxError, String(error));
    }
  }));
});
