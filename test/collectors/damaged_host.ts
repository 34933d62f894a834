/**
 * Hosts of which one file is damaged: what every collector has to bear.
 *
 * @module
 */

import assert from "node:assert/strict";
import fc from "fast-check";
import type { AnyCollector } from "../../src/collector.ts";
import { textLike } from "../arbitrary_text.ts";
import { hostOf, samplesOf, valueOn } from "../context.ts";

/** Files by path, with text that the kernel might write. */
export type Files = Readonly<Record<string, string>>;

/** How many texts are tried of each file, besides all its beginnings. */
const RUNS = 40;

/** Text of the same lines in another order, some twice or not at all; or with columns more or less, or other digits. */
function rearranged(valid: string): fc.Arbitrary<string> {
  const lines = valid.split("\n");
  const column = fc.constantFrom("", " 7", " -1", " 18446744073709551616", ` ${"9".repeat(400)}`, " ü\u0663", "\t\0");
  return fc.oneof(
    fc.shuffledSubarray(lines).map((some) => some.join("\n")),
    fc.array(fc.constantFrom(...lines), { maxLength: 2 * lines.length }).map((some) => some.join("\n")),
    column.map((more) => valid.replaceAll(/(?=\r?\n|$)/g, more)),
    column.map((other) => valid.replaceAll(/[ \t]+\S+(?=\n)/g, other)),
    column.map((number) => valid.replaceAll(/\d+/g, number.trim())),
    fc.constantFrom("\r\n", "\n\n", "\n \n", "\u2028").map((end) => valid.replaceAll("\n", end)),
  );
}

/**
 * Tests that a collector reads these files, and of any damage to one of them either makes finite numbers or a
 * SyntaxError that names the file.
 */
export function testDamaged(collector: AnyCollector, files: Files, options: object = {}): void {
  const read = async (changed: Files) => {
    const host = { ...hostOf({ ...files, ...changed }), statfs: () => Promise.resolve({ fault: "not asked" }) };
    return samplesOf(collector, await valueOn(collector, host, { [collector.name]: options }));
  };
  Deno.test(`${collector.name}: bears damage to any of its files, and names the one that it refuses`, async () => {
    assert((await read({})).length > 0, "the files have something to report");
    for (const [path, valid] of Object.entries(files)) {
      const bear = async (text: string) => {
        const samples = await read({ [path]: text }).catch((error) => {
          assert(error instanceof SyntaxError && error.message.startsWith(`Cannot parse "${path}": `), error);
          return [];
        });
        for (const { name, value } of samples) assert(Number.isFinite(value), `${name} ${value} of ${text}`);
      };
      for (let length = 0; length < valid.length; length++) await bear(valid.slice(0, length));
      await fc.assert(fc.asyncProperty(fc.oneof(textLike(valid), rearranged(valid)), bear), { numRuns: RUNS });
    }
  });
}
