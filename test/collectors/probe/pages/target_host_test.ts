import assert from "node:assert/strict";
import { namesTarget, targetHost } from "../../../../collectors/probe/pages/target_host.ts";

Deno.test("targetHost: what the prober will connect to, as its own parser has it", () => {
  assert.deepEqual(targetHost("http", "https://Example.org/x"), { host: "example.org", port: "443" });
  assert.deepEqual(targetHost("http", "example.org:8080/x"), { host: "example.org", port: "8080" });
  assert.deepEqual(targetHost("http", "http://good.example@evil.example/"), { host: "evil.example", port: "80" });
  assert.deepEqual(targetHost("http", "http://evil.example\\@good.example/"), { host: "evil.example", port: "80" });
  assert.deepEqual(targetHost("http", "http://[::1]:81/"), { host: "::1", port: "81" });
  assert.deepEqual(targetHost("tcp", "[::1]:443"), { host: "::1", port: "443" });
  assert.deepEqual(targetHost("icmp", "2001:db8::1"), { host: "2001:db8::1", port: "" });
  for (const target of ["a b:1", "evil.example\n.good.example", "a:b:c", "", "x@y:1"]) {
    assert.equal(targetHost("tcp", target), undefined, target);
  }
  assert.equal(targetHost("http", "http://"), undefined);
});

Deno.test("namesTarget: exact hosts, those below a domain, with a port only that", () => {
  const names = (host: string, target: string) => namesTarget([host], "http", target);
  assert.ok(names("example.org", "https://example.org/"));
  assert.ok(names("EXAMPLE.org", "https://example.org:8443/"));
  assert.ok(!names("example.org", "https://www.example.org/"));
  assert.ok(names("*.example.org", "https://www.example.org/"));
  assert.ok(!names("*.example.org", "https://example.org/"));
  assert.ok(!names("*.example.org", "https://evilexample.org/"));
  assert.ok(!names("example.org", "https://example.org.evil.example/"));
  assert.ok(!names("example.org", "https://example.org@evil.example/"));
  assert.ok(names("example.org:443", "https://example.org/"));
  assert.ok(!names("example.org:443", "http://example.org/"));
  assert.ok(namesTarget(["192.0.2.1"], "icmp", "192.0.2.1"));
  assert.ok(namesTarget(["/run/x.sock"], "unix", "/run/x.sock"));
});
