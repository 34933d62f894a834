import assert from "node:assert/strict";
import fc from "fast-check";
import { admission, lies, parseNetwork } from "../../../../collectors/probe/address/guard.ts";
import { ProbeError } from "../../../../collectors/probe/result.ts";
import { METADATA_NETWORKS } from "../../../../collectors/probe/settings.ts";

function admits(ip: string, allow: readonly string[], deny: readonly string[]): boolean {
  try {
    admission({ allow, deny })({ ip, family: ip.includes(":") ? 6 : 4 });
    return true;
  } catch (error) {
    if (error instanceof ProbeError && error.reason === "refused") return false;
    throw error;
  }
}

Deno.test("parseNetwork: refuses what is no network, and says why", () => {
  for (const text of ["", "x", "1.2.3", "1.2.3.4/33", "::/129", "1.2.3.4/", "1.2.3.4/8/8", "fe80::1%eth0", "::1/-1"]) {
    assert.throws(() => parseNetwork(text), { name: "SyntaxError", message: /^Cannot use network / });
  }
});

Deno.test("lies: an address lies in every network that begins with its bits", () => {
  fc.assert(fc.property(fc.ipV4(), fc.integer({ min: 0, max: 32 }), (ip, bits) => {
    assert.ok(lies(ip, parseNetwork(`${ip}/${bits}`)));
    assert.ok(lies(`::ffff:${ip}`, parseNetwork(`${ip}/${bits}`)));
    assert.ok(lies(ip, parseNetwork(`::ffff:${ip}/${bits + 96}`)));
  }));
  assert.ok(!lies("10.1.0.0", parseNetwork("10.0.0.0/16")));
  assert.ok(lies("10.0.127.0", parseNetwork("10.0.0.0/17")));
  assert.ok(!lies("10.0.128.0", parseNetwork("10.0.0.0/17")));
  assert.ok(lies("fe80::1%eth0", parseNetwork("fe80::/10")));
  assert.ok(!lies("1.2.3.4", parseNetwork("::/0")));
});

Deno.test("admission: what is denied is denied in every form that leads there", () => {
  const forms = [
    "169.254.169.254",
    "::ffff:169.254.169.254",
    "::ffff:a9fe:a9fe",
    "::169.254.169.254",
    "64:ff9b::169.254.169.254",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::a9fe:a9fe",
    "::ffff:0:169.254.169.254",
    "2002:a9fe:a9fe::1",
    "2001:0:1:2:3:4:5601:5601",
    "169.254.170.2",
    "168.63.129.16",
    "100.100.100.200",
    "fd00:ec2::254",
    "fd20:ce::254",
  ];
  for (const ip of forms) assert.ok(!admits(ip, [], METADATA_NETWORKS), ip);
  for (const ip of ["169.254.169.253", "192.0.2.1", "2001:db8::1", "64:ff9b::192.0.2.1"]) {
    assert.ok(admits(ip, [], METADATA_NETWORKS), ip);
  }
});

Deno.test("admission: the unspecified addresses are this host", () => {
  for (const ip of ["0.0.0.0", "0.1.2.3", "::", "::ffff:0.0.0.0", "::1", "::ffff:127.0.0.1"]) {
    assert.ok(!admits(ip, [], ["127.0.0.0/8", "::1"]), ip);
  }
  assert.ok(!admits("0.0.0.0", ["127.0.0.0/8"], []), "allowed is only what is named");
  assert.ok(admits("0.0.0.0", [], ["10.0.0.0/8"]));
});

Deno.test("admission: a zone does not hide a link-local address", () => {
  assert.ok(!admits("fe80::1%eth0", [], ["fe80::/10"]));
  assert.ok(!admits("169.254.1.1", [], ["169.254.0.0/16"]));
});

Deno.test("admission: with allow, only that; deny goes first", () => {
  assert.ok(admits("10.1.2.3", ["10.0.0.0/8"], []));
  assert.ok(admits("::ffff:10.1.2.3", ["10.0.0.0/8"], []));
  assert.ok(!admits("11.1.2.3", ["10.0.0.0/8"], []));
  assert.ok(!admits("10.1.2.3", ["10.0.0.0/8"], ["10.1.0.0/16"]));
  assert.ok(!admits("2001:db8::1", ["10.0.0.0/8"], []));
  assert.throws(() => admission({ allow: [], deny: ["10.0.0.0/8"] })({ ip: "10.0.0.1", family: 4 }), {
    message: '10.0.0.1 is denied by "probe.deny"',
  });
});
