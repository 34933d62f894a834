import assert from "node:assert/strict";
import fc from "fast-check";
import { encodeName, encodeQuery, parseMessage } from "../../../../collectors/probe/dns/dns_message.ts";
import { DNS_TYPES } from "../../../../collectors/probe/dns/dns_names.ts";
import { addressRecord, aliasRecord, bytesOf, encodeMessage, FLAGS, joined, u16, u32 } from "../dns_server.ts";

const question = { name: "www.probe.test.", type: 1, class: 1 };
const HEADER = "0001 8180 0000 0001 0000 0000";

/** Texts of the answer's records. */
const texts = (bytes: Uint8Array) => parseMessage(bytes).answer.map(({ text }) => text);
/** An answer of one record, which begins with this name. */
const named = (hex: string) => joined(bytesOf(HEADER), bytesOf(hex), u16(1, 1), u32(60), u16(4), bytesOf("c0000201"));

Deno.test("encodeQuery: is one question, whose name may have its last dot or not", () => {
  const expected = bytesOf("abcd 0100 0001 0000 0000 0000 03777777 0570726f6265 0474657374 00 0001 0001");
  assert.deepEqual(encodeQuery(0xabcd, question, true), expected);
  assert.deepEqual(encodeQuery(0xabcd, { ...question, name: "www.probe.test" }, true), expected);
  assert.equal(encodeQuery(0, question, false)[2], 0);
});

Deno.test("encodeName: reads escapes, and the root", () => {
  assert.deepEqual(encodeName("."), bytesOf("00"));
  assert.deepEqual(encodeName("a\\.b.\\007\\\\"), bytesOf("03 612e62 02 075c 00"));
  assert.deepEqual(encodeName("ü.test"), bytesOf("02 c3bc 04 74657374 00"));
});

Deno.test("encodeName: refuses what is no name", () => {
  const label = "a".repeat(63);
  for (const name of ["a..b", ".a", `${label}a`, Array(4).fill(label).join("."), "a".repeat(100_000)]) {
    assert.throws(() => encodeName(name), { name: "SyntaxError", message: /^Cannot ask for name "/ }, name);
  }
  assert.equal(encodeName([label, label, label, "a".repeat(61)].join(".")).length, 255);
});

Deno.test("parseMessage: reads sections, flags and code", () => {
  const message = parseMessage(encodeMessage({
    id: 7,
    flags: 0x8383,
    question,
    answer: [aliasRecord("www.probe.test", "a.test"), addressRecord("192.0.2.1", "a.test", 5)],
    authority: [addressRecord("192.0.2.2")],
  }));
  assert.deepEqual([message.id, message.isResponse, message.truncated, message.rcode], [7, true, true, 3]);
  assert.deepEqual(message.questions, [question]);
  assert.deepEqual(message.answer.map(({ text }) => text), [
    "www.probe.test.\t60\tIN\tCNAME\ta.test.",
    "a.test.\t5\tIN\tA\t192.0.2.1",
  ]);
  assert.deepEqual([message.authority.length, message.additional.length], [1, 0]);
  assert.equal(parseMessage(encodeMessage({ flags: 0x0100 })).isResponse, false);
});

Deno.test("parseMessage: names may point back, also at names that point", () => {
  // a.test, and at 26 b. before it
  const bytes = joined(
    bytesOf("0001 8180 0001 0001 0000 0000 0161 0474657374 00 0001 0001"),
    bytesOf("0162 c00c 0005 0001 00000000 0004 0163 c018"),
  );
  assert.deepEqual(texts(bytes), ["b.a.test.\t0\tIN\tCNAME\tc.b.a.test."]);
});

Deno.test("parseMessage: a name that points at itself or in a circle is refused", () => {
  for (const name of ["c00c", "c00e c00c", "0161 c00c", "c010 0000 c00c"]) {
    assert.throws(() => parseMessage(named(name)), SyntaxError, name);
  }
});

Deno.test("parseMessage: a name that is too long, broken off, or of another kind is refused", () => {
  for (const name of [`3f${"61".repeat(63)}`.repeat(4) + "00", "40", "80", "05 6161", "c0", "c0ff", ""]) {
    assert.throws(() => parseMessage(named(name).subarray(0, name === "c0" ? 13 : undefined)), SyntaxError, name);
  }
});

Deno.test("parseMessage: data that is shorter or longer than its type demands is refused", () => {
  const record = (hex: string) => encodeMessage({ answer: [{ type: 1, rdata: bytesOf(hex) }] });
  assert.throws(() => parseMessage(record("c00002")), {
    message: /^Cannot read message: it is broken off at byte \d+$/,
  });
  assert.throws(() => parseMessage(record("c000020101")), {
    message: "Cannot read record of type A: it has 1 bytes too many",
  });
  assert.throws(
    () => parseMessage(encodeMessage({ answer: [addressRecord("192.0.2.1")] }).subarray(0, -1)),
    SyntaxError,
  );
});

Deno.test("parseMessage: more records promised than there are, and bytes after the last, are passed over", () => {
  const answer = [addressRecord("192.0.2.1")];
  assert.equal(parseMessage(encodeMessage({ answer, counts: [0, 9, 9, 9] })).answer.length, 1);
  assert.equal(parseMessage(joined(encodeMessage({ answer }), bytesOf("0102"))).answer.length, 1);
  assert.equal(parseMessage(bytesOf("0001 8185 0001 0000 0000 0000")).rcode, 5);
  assert.throws(() => parseMessage(bytesOf("0001 8185 0001 0000 0000")), SyntaxError);
});

Deno.test("parseMessage: EDNS adds to the code, and prints as the peer prints it", () => {
  const option = (rdata: string, ttl: number) => ({ name: ".", type: 41, class: 1232, ttl, rdata: bytesOf(rdata) });
  const message = parseMessage(encodeMessage({
    additional: [option("0003 0002 6162 000a 0002 c0ff 000c 0002 0000 fde9 0001 07", 0x01008000)],
  }));
  assert.equal(message.rcode, 16);
  assert.equal(
    message.additional[0]?.text,
    "\n;; OPT PSEUDOSECTION:\n; EDNS: version 0; flags: do; udp: 1232\n; NSID: 6162  (a)(b)\n; COOKIE: c0ff" +
      "\n; PADDING: 0000\n; LOCAL OPT: 65001:0x07",
  );
  const [plain] = parseMessage(encodeMessage({ additional: [option("", 0)] })).additional;
  assert.equal(plain?.text, "\n;; OPT PSEUDOSECTION:\n; EDNS: version 0; flags:; udp: 1232");
});

Deno.test("parseMessage: any bytes are a message or a SyntaxError", () => {
  const bytes = fc.uint8Array({ maxLength: 600 });
  fc.assert(fc.property(bytes, (bytes) => parses(bytes)), { numRuns: 2000 });
});

Deno.test("parseMessage: any data of any type is a text or a SyntaxError", () => {
  const type = fc.oneof(fc.constantFrom(...DNS_TYPES.values()), fc.nat(65535));
  fc.assert(
    fc.property(type, fc.uint8Array({ maxLength: 80 }), (type, rdata) => {
      parses(encodeMessage({ question, answer: [{ type, rdata }] }));
    }),
    { numRuns: 5000 },
  );
});

Deno.test("parseMessage: an answer cut off or with a byte changed is a message or a SyntaxError", () => {
  const whole = encodeMessage({
    flags: FLAGS.answer,
    question,
    answer: [aliasRecord("www.probe.test", "a.test"), addressRecord("192.0.2.1", "a.test")],
    additional: [addressRecord("192.0.2.2")],
  });
  fc.assert(fc.property(fc.nat(whole.length), fc.nat(whole.length - 1), fc.nat(255), (length, at, byte) => {
    const changed = whole.slice();
    changed[at] = byte;
    parses(changed.subarray(0, length));
  }));
});

Deno.test("encodeName: what is read of a name is the name that it is written from", () => {
  const label = fc.uint8Array({ minLength: 1, maxLength: 20 });
  fc.assert(fc.property(fc.array(label, { minLength: 1, maxLength: 8 }), (labels) => {
    const wire = joined(...labels.map((label) => joined(Uint8Array.of(label.length), label)), Uint8Array.of(0));
    const [record] = parseMessage(joined(bytesOf(HEADER), wire, u16(1, 1), u32(60), u16(0))).answer;
    assert.deepEqual(encodeName(record?.name ?? ""), wire);
  }));
});

function parses(bytes: Uint8Array): void {
  try {
    parseMessage(bytes);
  } catch (error) {
    assert(error instanceof SyntaxError, String(error));
  }
}
