import assert from "node:assert/strict";
import fc from "fast-check";
import {
  addressIn,
  controlLength,
  parseControl,
  socketAddress,
  sourceControl,
  writeMessage,
} from "../../src/libc/message_layout.ts";

/** A control message, padded. */
function control(level: number, type: number, data: readonly number[]): number[] {
  const bytes = new Uint8Array(16 + data.length + (8 - data.length % 8) % 8);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(16 + data.length), true);
  view.setInt32(8, level, true);
  view.setInt32(12, type, true);
  bytes.set(data, 16);
  return [...bytes];
}

const IP6 = [0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];

Deno.test("socketAddress: has family, address and zone where the kernel looks for them, and addressIn reads it", () => {
  const four = socketAddress(Uint8Array.of(192, 0, 2, 1), 0);
  assert.deepEqual([...four], [2, 0, 0, 0, 192, 0, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0]);
  const six = socketAddress(Uint8Array.from(IP6), 7);
  assert.deepEqual([...six], [10, 0, 0, 0, 0, 0, 0, 0, ...IP6, 7, 0, 0, 0]);
  fc.assert(fc.property(
    fc.oneof(fc.uint8Array({ minLength: 4, maxLength: 4 }), fc.uint8Array({ minLength: 16, maxLength: 16 })),
    (address) => assert.deepEqual(addressIn(socketAddress(address, 0)), Uint8Array.from(address)),
  ));
});

Deno.test("addressIn: finds nothing in what is of another family", () => {
  assert.equal(addressIn(Uint8Array.of(1, 0, 0, 0, 1, 2, 3, 4)).length, 0);
  assert.equal(addressIn(new Uint8Array()).length, 0);
});

Deno.test("sourceControl: names the source where the kernel looks for it", () => {
  const four = [28, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 127, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0, 0];
  assert.deepEqual([...sourceControl(Uint8Array.of(127, 0, 0, 5))], four);
  const six = [36, 0, 0, 0, 0, 0, 0, 0, 41, 0, 0, 0, 50, 0, 0, 0, ...IP6, 0, 0, 0, 0, 0, 0, 0, 0];
  assert.deepEqual([...sourceControl(Uint8Array.from(IP6))], six);
});

Deno.test("writeMessage: has each place and length where the kernel looks for it", () => {
  const view = new DataView(new ArrayBuffer(56));
  writeMessage(view, { name: 1n, nameBytes: 2, vector: 3n, control: 4n, controlBytes: 5 });
  const words = Array.from({ length: 7 }, (_, i) => view.getBigUint64(i * 8, true));
  assert.deepEqual(words, [1n, 2n, 3n, 1n, 4n, 5n, 0n]);
  assert.equal(controlLength(view), 5);
});

Deno.test("parseControl: reads hops, time and errors, and passes over the rest", () => {
  const time = [1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0];
  const report = [113, 0, 0, 0, 2, 3, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 10, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0];
  const bytes = [...control(99, 9, [1, 2, 3]), ...control(0, 2, [63, 0, 0, 0]), ...control(1, 35, time)];
  assert.deepEqual(parseControl(Uint8Array.from(bytes)), { hopLimit: 63, received: { seconds: 1, nanoseconds: 2 } });
  assert.deepEqual(parseControl(Uint8Array.from(control(41, 52, [255, 0, 0, 0]))), { hopLimit: 255 });
  assert.deepEqual(parseControl(Uint8Array.from(control(0, 11, report))), {
    error: { type: 3, code: 1, from: Uint8Array.of(10, 0, 0, 1) },
  });
});

Deno.test("parseControl: an error that is the host's own is none of ICMP", () => {
  const own = [90, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
  assert.equal(parseControl(Uint8Array.from(control(0, 11, own))).error, undefined);
});

Deno.test("parseControl: any bytes are read to their end", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void parseControl(bytes)));
  const cut = control(0, 2, [63, 0, 0, 0]).slice(0, 18);
  assert.deepEqual(parseControl(Uint8Array.from(cut)), {});
});
