import assert from "node:assert/strict";
import { asciiName, showName } from "../../../../collectors/probe/address/host_name.ts";
import { ProbeError } from "../../../../collectors/probe/result.ts";

Deno.test("asciiName: a name stays as it is, in its case and with its last dot", () => {
  for (const name of ["localhost", "Example.ORG.", "_sip._tcp.test", "a-b", "1.2.example", "xn--bcher-kva.example"]) {
    assert.equal(asciiName(name), name);
  }
});

Deno.test("asciiName: other letters become ASCII as browsers and Go have it", () => {
  assert.equal(asciiName("bücher.example"), "xn--bcher-kva.example");
  assert.equal(asciiName("BÜCHER.example."), "xn--bcher-kva.example.");
  assert.equal(asciiName("日本語.example"), "xn--wgv71a119e.example");
});

Deno.test("asciiName: refuses what libc would take for an address, or nobody for a name", () => {
  for (const name of ["127.1", "2130706433", "0x7f000001", "a.0x1", "１２７.1", "ü%41", "ü@b", "ü b", "a_b c"]) {
    assert.throws(() => asciiName(name), (error) => error instanceof ProbeError && error.reason === "dns", name);
  }
});

Deno.test("showName: long and odd names are shown safely", () => {
  assert.equal(showName("a\nb"), '"a\\nb"');
  assert.equal(showName("a".repeat(100)).length, 83);
});
