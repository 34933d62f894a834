import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import fc from "fast-check";
import { encodeHeaders, HeaderDecoder } from "../../../../collectors/probe/http/hpack.ts";
import type { HeaderLine } from "../../../../collectors/probe/http/http_request.ts";
import { huffmanDecode } from "../../../../collectors/probe/http/huffman.ts";
import { ProbeError } from "../../../../collectors/probe/result.ts";

const hex = (text: string) => Buffer.from(text.replace(/\s/g, ""), "hex");

Deno.test("HeaderDecoder: the requests of RFC 7541, appendix C.4, that refer to those before", () => {
  const decoder = new HeaderDecoder();
  const first = [[":method", "GET"], [":scheme", "http"], [":path", "/"], [":authority", "www.example.com"]];
  assert.deepEqual(decoder.decode(hex("8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff")), first);
  assert.deepEqual(decoder.decode(hex("8286 84be 5886 a8eb 1064 9cbf")), [...first, ["cache-control", "no-cache"]]);
  assert.deepEqual(decoder.decode(hex("8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf")), [
    ...[[":method", "GET"], [":scheme", "https"], [":path", "/index.html"], [":authority", "www.example.com"]],
    ["custom-key", "custom-value"],
  ]);
});

Deno.test("HeaderDecoder: what the table has no room for is forgotten", () => {
  const decoder = new HeaderDecoder();
  const added = (value: string) => [0x40, 1, 120, ...lengthOf(value), ...Buffer.from(value)];
  const lengthOf = (value: string) => [...encodeHeaders([["", value]])].slice(2, -value.length || undefined);
  decoder.decode(Uint8Array.from(added("1")));
  assert.deepEqual(decoder.decode(Uint8Array.of(0x80 | 62)), [["x", "1"]]);
  decoder.decode(Uint8Array.from(added("y".repeat(4064 - 1))));
  assert.throws(() => decoder.decode(Uint8Array.of(0x80 | 63)), ProbeError);
  decoder.decode(Uint8Array.of(0x20));
  assert.throws(() => decoder.decode(Uint8Array.of(0x80 | 62)), ProbeError);
  assert.throws(() => decoder.decode(Uint8Array.of(0x3f, 0xff, 0x7f)), ProbeError);
});

const text = fc.string({ unit: "grapheme" });

Deno.test("encodeHeaders: what is written is read", () => {
  const line: fc.Arbitrary<HeaderLine> = fc.tuple(text, fc.oneof(text, fc.nat(100_000).map((n) => "x".repeat(n))));
  fc.assert(fc.property(fc.array(line), (headers) => {
    assert.deepEqual(new HeaderDecoder().decode(encodeHeaders(headers)), headers);
  }));
});

Deno.test("HeaderDecoder: whatever arrives is read or refused with a reason", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
    try {
      new HeaderDecoder().decode(bytes);
    } catch (error) {
      assert(error instanceof ProbeError && error.reason === "protocol", String(error));
    }
  }));
});

Deno.test("huffmanDecode: padding is the begin of the end's word, of less than a byte", () => {
  assert.deepEqual(huffmanDecode(hex("1f")), Uint8Array.of(97));
  assert.equal(huffmanDecode(hex("18")), undefined);
  assert.equal(huffmanDecode(hex("1fff")), undefined);
  assert.equal(huffmanDecode(hex("ffffffff")), undefined);
  assert.deepEqual(huffmanDecode(new Uint8Array()), new Uint8Array());
});
