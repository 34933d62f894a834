import assert from "node:assert/strict";
import fc from "fast-check";
import { parseAddressPort, parseHostPort } from "../../../../collectors/probe/address/host_port.ts";

Deno.test("parseHostPort: is a host, with a port if it has one", () => {
  assert.deepEqual(parseHostPort("example.org"), { host: "example.org" });
  assert.deepEqual(parseHostPort("example.org:53"), { host: "example.org", port: 53 });
  assert.deepEqual(parseHostPort("[2001:db8::1%eth0]:65535"), { host: "2001:db8::1%eth0", port: 65535 });
  assert.deepEqual(parseHostPort("[::1]"), { host: "::1" });
  assert.deepEqual(parseHostPort("::1"), { host: "::1" });
  assert.deepEqual(parseHostPort("[::1]x"), { host: "[::1]x" });
  assert.deepEqual(parseHostPort("a\nb:0"), { host: "a\nb", port: 0 });
});

Deno.test("parseHostPort: refuses what has no host, or no port after its colon", () => {
  for (const text of ["", ":53", "[]:53", "a:", "a:domain", "a:65536", "a:-1", "[::1]:"]) {
    assert.throws(() => parseHostPort(text), { name: "SyntaxError", message: /^Cannot use target "/ }, text);
  }
});

Deno.test("parseHostPort: any text has a host or is a SyntaxError", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => {
    try {
      assert.notEqual(parseHostPort(text).host, "");
    } catch (error) {
      assert(error instanceof SyntaxError);
    }
  }));
});

Deno.test("parseAddressPort: is an address, with a port if it has one", () => {
  assert.deepEqual(parseAddressPort("192.0.2.53"), { address: { ip: "192.0.2.53", family: 4 }, port: undefined });
  assert.deepEqual(parseAddressPort("192.0.2.53:5353"), { address: { ip: "192.0.2.53", family: 4 }, port: 5353 });
  assert.deepEqual(parseAddressPort("::1"), { address: { ip: "::1", family: 6 }, port: undefined });
  assert.deepEqual(parseAddressPort("[::1]:5353"), { address: { ip: "::1", family: 6 }, port: 5353 });
  for (const text of ["", "ns.test", "192.0.2.53:", "192.0.2.53:70000", "[::1", "a b"]) {
    assert.throws(() => parseAddressPort(text), SyntaxError, text);
  }
});
