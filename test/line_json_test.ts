import assert from "node:assert/strict";
import fc from "fast-check";
import { decodeLine, encodeLine, lineSplitter, quote, readable, recordError, reviveError } from "../src/line_json.ts";

const bytesOf = (text: string) => new TextEncoder().encode(text);
const textOf = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

/** Cuts bytes into pieces of the sizes given, in turn. */
function* cut(bytes: Uint8Array, sizes: readonly number[]): Generator<Uint8Array> {
  for (let start = 0, turn = 0; start < bytes.length; turn++) {
    const size = sizes[turn % sizes.length] ?? 1;
    yield bytes.slice(start, start + size);
    start += size;
  }
}

/** The lines of a text by the plainest means: bytes beyond the limit dropped, an unfinished last line only if too long. */
function plainLines(text: string, limit: number): { text: string; tooLong: boolean }[] {
  const lines = text.split("\n");
  const last = lines.pop() ?? "";
  if (last.length > limit) lines.push(last);
  return lines.map((line) => ({ text: line.slice(0, limit), tooLong: line.length > limit }));
}

Deno.test("lineSplitter: lines do not depend on the pieces that they come in", () => {
  const text = fc.string({ unit: fc.constantFrom("a", "b", "\n"), maxLength: 200 });
  const sizes = fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1 });
  fc.assert(fc.property(text, sizes, fc.integer({ min: 1, max: 12 }), (text, sizes, limit) => {
    const split = lineSplitter(limit);
    const lines = [];
    for (const piece of cut(bytesOf(text), sizes)) {
      for (const { bytes, tooLong } of split(piece)) lines.push({ text: textOf(bytes), tooLong });
    }
    assert.deepEqual(lines, plainLines(text, limit));
  }));
});

Deno.test("lineSplitter: characters may be cut anywhere", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), fc.integer({ min: 1, max: 5 }), (text, size) => {
    const split = lineSplitter(10_000);
    const values = [];
    for (const piece of cut(encodeLine([text]), [size])) {
      for (const { bytes } of split(piece)) values.push(decodeLine(bytes));
    }
    assert.deepEqual(values, [[text]]);
  }));
});

Deno.test("lineSplitter: a line that is too long is handed out before it ends", () => {
  const split = lineSplitter(4);
  assert.deepEqual([...split(bytesOf("abcd"))], []);
  assert.deepEqual([...split(bytesOf("e"))], [{ bytes: bytesOf("abcd"), tooLong: true }]);
  assert.deepEqual([...split(bytesOf("fgh\nij\n"))], [{ bytes: bytesOf("ij"), tooLong: false }]);
});

Deno.test("lineSplitter: takes linear time of a line in single bytes", () => {
  const split = lineSplitter(2 ** 22);
  const byte = bytesOf("x");
  const began = performance.now();
  for (let i = 0; i < 1_000_000; i++) assert.equal(split(byte).next().done, true);
  const [line] = split(bytesOf("\n"));
  assert.equal(line?.bytes.length, 1_000_000);
  // It takes 0.1 s; quadratic time would be 30 s.
  assert.ok(performance.now() - began < 10_000);
});

Deno.test("encodeLine: what JSON can carry comes back from decodeLine, on one line", () => {
  fc.assert(fc.property(fc.jsonValue(), (value) => {
    const line = encodeLine({ value });
    assert.equal(line.indexOf(10), line.length - 1);
    assert.deepEqual(decodeLine(line), JSON.parse(JSON.stringify({ value })));
  }));
  assert.throws(() => encodeLine({ value: 1n }), TypeError);
});

Deno.test("decodeLine: refuses what is not UTF-8 or not JSON", () => {
  assert.throws(() => decodeLine(Uint8Array.of(0x22, 0xff, 0x22)), TypeError);
  assert.throws(() => decodeLine(bytesOf("{")), SyntaxError);
});

Deno.test("quote: shows the beginning of anything, without control characters", () => {
  assert.equal(quote(bytesOf("a\u001b[31m\n")), '"a\\u001b[31m\\n"');
  assert.equal(quote(bytesOf("é".repeat(81))), `"${"é".repeat(80)}"…`);
  assert.equal(quote(bytesOf("é".repeat(80))), `"${"é".repeat(80)}"`);
  assert.equal(quote(Uint8Array.of(0xff)), '"\ufffd"');
});

Deno.test("readable: control characters become spaces", () => {
  assert.equal(readable(Uint8Array.of(0x41, 0x1b, 0x0d, 0xff)), "A  \ufffd");
});

Deno.test("recordError: errors come back from reviveError with class, name, message and causes", () => {
  const cause = new RangeError("too far", { cause: "text" });
  const named = Object.assign(new Error("gone", { cause }), { name: "NotFound" });
  const revived = reviveError(JSON.parse(JSON.stringify(recordError(named))));
  assert.equal(String(revived), "NotFound: gone");
  assert.ok(revived?.cause instanceof RangeError);
  assert.equal(revived.cause.message, "too far");
  assert.ok(revived.cause.cause instanceof Error);
  assert.equal(revived.cause.cause.message, "text");
  assert.ok(reviveError(recordError(new SyntaxError("x"))) instanceof SyntaxError);
  assert.deepEqual(Object.keys(reviveError(recordError(named)) ?? {}), []);
});

Deno.test("recordError: ends where causes go in a circle", () => {
  const error = new Error("a");
  error.cause = error;
  assert.ok(JSON.stringify(recordError(error)).length < 1000);
});

Deno.test("reviveError: takes nothing but a name and a message", () => {
  for (const record of [undefined, null, "x", 1, [], {}, { name: "E" }, { name: "E", message: 1 }]) {
    assert.equal(reviveError(record), undefined);
  }
});

Deno.test("reviveError: cuts what would fill a log", () => {
  const error = reviveError({ name: "E".repeat(1_000_000), message: "m".repeat(1_000_000) });
  assert.equal(error?.name, "E".repeat(2000));
  assert.equal(error.message, "m".repeat(2000));
});
