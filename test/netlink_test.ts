import assert from "node:assert/strict";
import { isIPv6 } from "node:net";
import fc from "fast-check";
import {
  addressOf,
  attributes,
  bytesOf,
  deviceNames,
  endsAnswer,
  parseDeviceNames,
  parseTable,
  parts,
  table,
  tableRequest,
  text,
  u16,
  u32,
  u64,
  u8,
} from "../src/netlink.ts";
import { damaged, parsedOrRefused } from "./arbitrary_bytes.ts";
import { callsOf, TABLES, tables } from "./fake_system_calls.ts";

const view = (...bytes: readonly number[]) => new DataView(Uint8Array.from(bytes).buffer);
const DONE = 3;
const ERROR = 2;

/** One message of this type and these flags. */
function message(type: number, body: readonly number[], flags = 2): Uint8Array<ArrayBuffer> {
  const padded = [...body, ...Array.from({ length: (4 - body.length % 4) % 4 }, () => 0)];
  const bytes = new Uint8Array(16 + padded.length);
  const header = new DataView(bytes.buffer);
  header.setUint32(0, 16 + body.length, true);
  header.setUint16(4, type, true);
  header.setUint16(6, flags, true);
  bytes.set(padded, 16);
  return bytes;
}

const join = (...all: readonly Uint8Array[]) => Uint8Array.from(all.flatMap((bytes) => [...bytes]));
const end = message(DONE, [0, 0, 0, 0]);
const bodies = (bytes: Uint8Array) => parseTable(bytes).bodies.map((body) => [...bytesOf(body)]);

Deno.test("u8, u16, u32, u64: read in the processor's order, and never beyond the end", () => {
  const bytes = view(1, 2, 3, 4, 5, 6, 7, 8);
  assert.deepEqual([u8(bytes, 7), u16(bytes, 6), u32(bytes, 4)], [8, 0x0807, 0x08070605]);
  assert.equal(u64(view(255, 255, 255, 255, 1, 0, 0, 0), 0), 0x1ffffffff);
  for (const read of [() => u8(bytes, 8), () => u16(bytes, 7), () => u32(bytes, 5), () => u64(bytes, 1)]) {
    assert.throws(read, /^SyntaxError: Cannot parse netlink message: 8 bytes, expected \d at \d$/);
  }
});

Deno.test("text: ends at its NUL, or with its bytes", () => {
  assert.deepEqual([text(view(0x6c, 0x6f, 0)), text(view(0x6c, 0x6f)), text(view())], ["lo", "lo", ""]);
});

Deno.test("parts: refuses one shorter than its header or longer than what there is", () => {
  assert.deepEqual([...parts(view(5, 0, 1, 2, 3, 0, 0, 0, 4, 0, 9, 9), 0, 4)].map((part) => part.byteLength), [5, 4]);
  for (const bytes of [[0, 0, 0, 0], [3, 0, 0, 0], [8, 0, 0, 0], [4]]) {
    assert.throws(() => [...parts(view(...bytes), 0, 4)], SyntaxError, String(bytes));
  }
});

Deno.test("attributes: their type is without its flags", () => {
  const [one, two, ...rest] = attributes(view(9, 9, 9, 9, 6, 0, 1, 0x80, 7, 8, 0, 0, 4, 0, 2, 0), 4);
  assert.deepEqual([one?.type, [...bytesOf(one?.value ?? view())]], [1, [7, 8]]);
  assert.deepEqual([two?.type, two?.value.byteLength, rest], [2, 0, []]);
});

Deno.test("tableRequest: asks for all", () => {
  const request = new DataView(tableRequest(26, Uint8Array.of(7, 7, 7, 7)).buffer);
  assert.deepEqual([u32(request, 0), u16(request, 4), u16(request, 6), u32(request, 16)], [20, 26, 0x301, 0x07070707]);
});

Deno.test("parseTable: bodies up to the end, over several messages", () => {
  assert.deepEqual(bodies(join(message(24, [1, 2, 3]), message(1, []), message(24, [4]), end)), [[1, 2, 3], [4]]);
  assert.deepEqual(bodies(join(end, message(24, [1]))), []);
});

Deno.test("parseTable: names the error that the kernel answers with", () => {
  const refused = /^Error: Cannot ask the kernel by netlink: it answers error 95$/;
  assert.throws(() => parseTable(message(ERROR, [161, 255, 255, 255, 0, 0, 0, 0])), refused);
  assert.throws(() => parseTable(join(message(24, [1]), message(DONE, [161, 255, 255, 255]))), refused);
});

Deno.test("parseTable: refuses an answer without end", () => {
  for (const bytes of [new Uint8Array(), message(24, [1, 2, 3, 4]), end.slice(0, 12)]) {
    assert.throws(() => parseTable(bytes), SyntaxError);
  }
});

Deno.test("parseTable: whatever bytes there are, it ends, with a table or a SyntaxError or the kernel's error", () => {
  for (const bytes of TABLES.values()) {
    fc.assert(fc.property(damaged(bytes), (bytes) => {
      try {
        assert.ok(parseTable(bytes).bodies.length <= bytes.length / 16);
      } catch (error) {
        const refused = error instanceof Error && /it answers error -?\d+$/.test(error.message);
        if (!(error instanceof SyntaxError) && !refused) throw error;
      }
    }));
  }
});

Deno.test("endsAnswer: the last message tells", () => {
  assert.deepEqual([end, message(ERROR, [1, 0, 0, 0]), message(24, [1]), join(message(24, [1]), end)].map(endsAnswer), [
    true,
    true,
    false,
    true,
  ]);
  assert.equal(endsAnswer(new Uint8Array()), false);
  assert.throws(() => endsAnswer(end.slice(0, 17)), SyntaxError);
});

Deno.test("table: lists again what changed while it was listed, but not for ever", async () => {
  const interrupted = join(message(24, [1], 0x12), end);
  const answers = [interrupted, join(message(24, [2]), end)];
  let asked = 0;
  const rtnetlink = () => Promise.resolve(answers[asked++] ?? interrupted);
  const [body] = await table(callsOf({ rtnetlink }), 26, new Uint8Array(4));
  assert.deepEqual([asked, [...bytesOf(body ?? view())]], [2, [2]]);
  answers.length = asked = 0;
  assert.equal((await table(callsOf({ rtnetlink }), 26, new Uint8Array(4))).length, 1);
  assert.equal(asked, 3);
});

Deno.test("deviceNames: by number", async () => {
  const names = await deviceNames(tables);
  assert.deepEqual([...names.values()].sort(), ["d0", "d1", "lo", "p0", "p1"]);
  assert.equal(names.get(1), "lo");
});

Deno.test("parseDeviceNames: a device that is cut off is a SyntaxError", () => {
  const [body] = parseTable(TABLES.get(18) ?? new Uint8Array()).bodies;
  assert.ok(body);
  fc.assert(fc.property(damaged(bytesOf(body)), (bytes) => {
    parsedOrRefused((view) => parseDeviceNames([view]), bytes);
  }));
});

Deno.test("addressOf: both versions as they are written", () => {
  const bytes = (list: readonly number[]) => new DataView(Uint8Array.from(list).buffer);
  const groups = (...list: readonly number[]) => bytes(list.flatMap((group) => [group >> 8, group & 255]));
  assert.equal(addressOf(bytes([192, 0, 2, 255])), "192.0.2.255");
  assert.equal(addressOf(groups(0, 0, 0, 0, 0, 0, 0, 0)), "::");
  assert.equal(addressOf(groups(0, 0, 0, 0, 0, 0, 0, 1)), "::1");
  assert.equal(addressOf(groups(0xfd00, 0, 0, 0, 0, 0, 0, 0)), "fd00::");
  assert.equal(addressOf(groups(1, 0, 0, 2, 0, 0, 0, 3)), "1:0:0:2::3");
  assert.equal(addressOf(groups(1, 0, 0, 2, 3, 0, 0, 4)), "1::2:3:0:0:4");
  assert.equal(addressOf(groups(0x10, 0, 0x100, 0, 0xa00, 0, 1, 0)), "10:0:100:0:a00:0:1:0");
  assert.throws(() => addressOf(bytes([1, 2, 3])), /^SyntaxError: Cannot parse address: 3 bytes, expected 4 or 16$/);
});

Deno.test("addressOf: any address of IPv6 is written as the URL standard writes it", () => {
  const group = fc.oneof(fc.constant(0), fc.nat(0xffff));
  fc.assert(fc.property(fc.array(group, { minLength: 8, maxLength: 8 }), (groups) => {
    const view = new DataView(new ArrayBuffer(16));
    groups.forEach((value, i) => view.setUint16(2 * i, value));
    const address = addressOf(view);
    assert.ok(isIPv6(address), address);
    assert.equal(`[${address}]`, new URL(`http://[${address}]/`).hostname);
  }));
});
