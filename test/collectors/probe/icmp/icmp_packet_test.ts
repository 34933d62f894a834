import assert from "node:assert/strict";
import fc from "fast-check";
import { icmpFault } from "../../../../collectors/probe/icmp/icmp_fault.ts";
import { echoRequest, internetChecksum, parseIcmp } from "../../../../collectors/probe/icmp/icmp_packet.ts";
import { reply, SENDER, unreachable } from "../icmp_messages.ts";

const FAMILIES = [4, 6] as const;
const KINDS = ["datagram", "raw"] as const;
const echoes = fc.record({
  identifier: fc.integer({ min: 0, max: 0xffff }),
  sequence: fc.integer({ min: 0, max: 0xffff }),
  payload: fc.uint8Array({ maxLength: 300 }),
}, { noNullPrototype: true });

Deno.test("internetChecksum: is that of RFC 1071's example", () => {
  assert.equal(internetChecksum(Uint8Array.of(0, 1, 0xf2, 3, 0xf4, 0xf5, 0xf6, 0xf7)), ~0xddf2 & 0xffff);
  assert.equal(internetChecksum(Uint8Array.of(0xff)), 0x00ff);
});

Deno.test("internetChecksum: of a long packet of ones is right", () => {
  assert.equal(internetChecksum(new Uint8Array(65_534).fill(0xff)), 0);
});

Deno.test("echoRequest: is as RFC 792 and RFC 4443 have it", () => {
  const echo = { identifier: 0x1234, sequence: 0x5678, payload: Uint8Array.of(1, 2, 3) };
  const four = echoRequest(4, echo);
  assert.deepEqual([...four.subarray(0, 2), ...four.subarray(4)], [8, 0, 0x12, 0x34, 0x56, 0x78, 1, 2, 3]);
  assert.equal(internetChecksum(four), 0);
  assert.deepEqual([...echoRequest(6, echo)], [128, 0, 0, 0, 0x12, 0x34, 0x56, 0x78, 1, 2, 3]);
});

Deno.test("parseIcmp: reads each reply as it was made", () => {
  fc.assert(fc.property(fc.constantFrom(...FAMILIES), fc.constantFrom(...KINDS), echoes, (family, kind, echo) => {
    assert.deepEqual(parseIcmp(family, kind, reply(family, kind, echo)), { reply: echo });
  }));
});

Deno.test("parseIcmp: reads what is said of a request, by raw sockets from the packet that it quotes", () => {
  fc.assert(fc.property(fc.constantFrom(...FAMILIES), fc.constantFrom(...KINDS), echoes, (family, kind, echo) => {
    const heard = parseIcmp(family, kind, unreachable(family, kind, echo));
    const [type, code] = family === 4 ? [3, 1] : [1, 3];
    const { from, to } = SENDER[family];
    assert.deepEqual(heard, { error: { type, code, from, about: echo, destination: to } });
  }));
});

Deno.test("parseIcmp: a message of which a bit has changed is none", () => {
  const echo = { identifier: 1, sequence: 2, payload: Uint8Array.of(1, 2, 3, 4) };
  const message = reply(4, "raw", echo);
  fc.assert(fc.property(fc.integer({ min: 20 * 8, max: message.bytes.length * 8 - 1 }), (bit) => {
    const bytes = Uint8Array.from(message.bytes);
    bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ 1 << (bit & 7);
    assert.equal(parseIcmp(4, "raw", { ...message, bytes }), undefined);
  }));
});

Deno.test("parseIcmp: any bytes are a message or none", () => {
  fc.assert(fc.property(
    fc.constantFrom(...FAMILIES),
    fc.constantFrom(...KINDS),
    fc.uint8Array({ maxLength: 120 }),
    fc.boolean(),
    (family, kind, bytes, isError) => {
      const from = SENDER[family].from;
      const error = isError ? { type: 3, code: 1, from } : undefined;
      parseIcmp(family, kind, { bytes, sender: from, ageSeconds: 0, error });
    },
  ));
});

Deno.test("parseIcmp: requests of others, and messages of other kinds, are none", () => {
  const echo = { identifier: 1, sequence: 2, payload: new Uint8Array(8) };
  for (const family of FAMILIES) {
    const bytes = echoRequest(family, echo);
    assert.equal(parseIcmp(family, "datagram", { bytes, sender: SENDER[family].from, ageSeconds: 0 }), undefined);
  }
});

Deno.test("icmpFault: says who says what, and has the reason for it", () => {
  const of = (family: 4 | 6, type: number, code: number) => {
    const { reason, message } = icmpFault(family, { type, code, from: SENDER[family].from });
    return `${reason}: ${message}`;
  };
  assert.equal(of(4, 3, 1), "refused: 192.0.2.1 says: the host is unreachable (ICMP type 3, code 1)");
  assert.equal(of(4, 3, 77), "refused: 192.0.2.1 says: the destination is unreachable (ICMP type 3, code 77)");
  assert.match(of(4, 3, 4), /^size: /);
  assert.match(of(6, 2, 0), /^size: /);
  assert.equal(
    of(6, 3, 0),
    "response: 2001:db8::1 says: the hop limit ran out on the way (ICMPv6 type 3, code 0)",
  );
  assert.match(of(4, 99, 0), /^response: .*did not arrive/);
});
