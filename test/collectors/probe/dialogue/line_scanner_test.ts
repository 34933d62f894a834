import assert from "node:assert/strict";
import fc from "fast-check";
import { LineScanner, LONGEST_LINE } from "../../../../collectors/probe/dialogue/line_scanner.ts";
import { ProbeError } from "../../../../collectors/probe/result.ts";

/** What a stream gives that brings `pieces`, and then ends; `rest` is what nobody has taken. */
function streamOf(pieces: readonly Uint8Array[]) {
  const queue = [...pieces].filter(({ length }) => length > 0);
  return {
    rest: () => queue.reduce((sum, { length }) => sum + length, 0),
    read(most: number): Promise<Uint8Array | undefined> {
      const [first] = queue.splice(0, 1);
      if (!first) return Promise.resolve(undefined);
      if (first.length > most) queue.unshift(first.subarray(most));
      return Promise.resolve(first.subarray(0, most));
    },
  };
}

const latin1 = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));

async function linesOf(pieces: readonly Uint8Array[]): Promise<string[]> {
  const { read } = streamOf(pieces);
  const scanner = new LineScanner(read);
  const lines: string[] = [];
  for (let line = await scanner.next(); line; line = await scanner.next()) {
    lines.push(String.fromCharCode(...line.subarray(0, 100)) + (line.length > 100 ? `…${line.length}` : ""));
  }
  assert.equal(await scanner.next(), undefined);
  return lines;
}

Deno.test("LineScanner: lines end with LF or CR LF, the last one with the stream", async () => {
  assert.deepEqual(await linesOf([latin1("a\r\nb\n\nc\r\r\n\0\xff\nd\r")]), ["a", "b", "", "c\r", "\0\xff", "d"]);
  assert.deepEqual(await linesOf([]), []);
  assert.deepEqual(await linesOf([latin1("\n\n")]), ["", ""]);
});

Deno.test("LineScanner: how a stream is cut into pieces makes no difference", async () => {
  const text = fc.array(fc.constantFrom("a", "b", "\r", "\n", "\r\n", "x".repeat(5000)), { maxLength: 30 });
  await fc.assert(
    fc.asyncProperty(text, fc.array(fc.integer({ min: 1, max: 7000 }), { maxLength: 20 }), async (parts, cuts) => {
      const whole = latin1(parts.join(""));
      const pieces: Uint8Array[] = [];
      let at = 0;
      for (const cut of cuts) {
        pieces.push(whole.subarray(at, at + cut));
        at += cut;
      }
      assert.deepEqual(await linesOf([...pieces, whole.subarray(at)]), await linesOf([whole]));
    }),
  );
});

Deno.test("LineScanner: a line of 65535 bytes is read, a longer one refused, as bufio.Scanner has it", async () => {
  const longest = "a".repeat(LONGEST_LINE - 1);
  assert.deepEqual(await linesOf([latin1(`x\n${longest}\nb`)]), ["x", `${"a".repeat(100)}…65535`, "b"]);
  for (const text of [`${longest}a\n`, `${longest}a`]) {
    await assert.rejects(linesOf([latin1(text)]), (error) => error instanceof ProbeError && error.reason === "size");
  }
});

Deno.test("LineScanner: reads no more than its buffer takes, 4096 bytes at first", async () => {
  const stream = streamOf([latin1("a\n" + "b".repeat(10_000))]);
  const scanner = new LineScanner(stream.read);
  assert.equal((await scanner.next())?.length, 1);
  assert.equal(stream.rest(), 10_002 - 4096);
});
