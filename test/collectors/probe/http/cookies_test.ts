import assert from "node:assert/strict";
import { CookieJar } from "../../../../collectors/probe/http/cookies.ts";

const NOW = 1_700_000_000;

function sent(from: string, to: string, ...values: string[]): string | undefined {
  const jar = new CookieJar();
  jar.store(from, values, NOW);
  return jar.header(to);
}

Deno.test("CookieJar: a cookie goes back to its host only, unless a domain says otherwise", () => {
  assert.equal(sent("http://a.test/", "http://a.test:81/x", "k=v"), "k=v");
  assert.equal(sent("http://a.test/", "http://b.a.test/", "k=v"), undefined);
  assert.equal(sent("http://a.test/", "http://b.a.test/", "k=v; Domain=a.test"), "k=v");
  assert.equal(sent("http://b.a.test/", "http://c.a.test/", "k=v; domain=.A.test"), "k=v");
  assert.equal(sent("http://b.a.test/", "http://ba.test/", "k=v; Domain=a.test"), undefined);
});

Deno.test("CookieJar: a cookie for a foreign domain, a top level or a part of an address is not taken", () => {
  assert.equal(sent("http://a.test/", "http://a.test/", "k=v; Domain=b.test"), undefined);
  assert.equal(sent("http://a.test/", "http://a.test/", "k=v; Domain=test"), undefined);
  assert.equal(sent("http://127.0.0.1/", "http://127.0.0.1/", "k=v; Domain=0.0.1"), undefined);
});

Deno.test("CookieJar: path and secure are kept", () => {
  assert.equal(sent("http://a.test/", "http://a.test/app/x", "k=v; Path=/app"), "k=v");
  assert.equal(sent("http://a.test/", "http://a.test/apple", "k=v; Path=/app"), undefined);
  assert.equal(sent("http://a.test/app/in", "http://a.test/app/out", "k=v"), "k=v");
  assert.equal(sent("http://a.test/app/in", "http://a.test/", "k=v"), undefined);
  assert.equal(sent("https://a.test/", "http://a.test/", "k=v; Secure"), undefined);
  assert.equal(sent("https://a.test/", "https://a.test/", "k=v; Secure"), "k=v");
});

Deno.test("CookieJar: a later value stands, an expired one is gone", () => {
  assert.equal(sent("http://a.test/", "http://a.test/", "k=1", "l=2", "k=3"), "l=2; k=3");
  assert.equal(sent("http://a.test/", "http://a.test/", "k=1", "k=; Max-Age=0"), undefined);
  assert.equal(sent("http://a.test/", "http://a.test/", "k=1", "k=; Max-Age=-1"), undefined);
  assert.equal(sent("http://a.test/", "http://a.test/", "k=1; Expires=Wed, 21 Oct 2015 07:28:00 GMT"), undefined);
  assert.equal(sent("http://a.test/", "http://a.test/", "k=1; Expires=Wed, 21 Oct 2115 07:28:00 GMT"), "k=1");
  const both = "k=1; Max-Age=60; Expires=Wed, 21 Oct 2015 07:28:00 GMT";
  assert.equal(sent("http://a.test/", "http://a.test/", both), "k=1");
});

Deno.test("CookieJar: what is no cookie is passed over, and there is an end to them", () => {
  assert.equal(sent("http://a.test/", "http://a.test/", "", "=v", "novalue", "k=v=w"), "k=v=w");
  assert.equal(sent("http://a.test/", "http://a.test/", `k=${"x".repeat(5000)}`), undefined);
  const many = Array.from({ length: 1000 }, (_, i) => `k${i}=v`);
  assert.equal(sent("http://a.test/", "http://a.test/", ...many)?.split("; ").length, 50);
});
