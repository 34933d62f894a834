import assert from "node:assert/strict";
import fc from "fast-check";
import { callsOf, parseRpc } from "../src/nfs_rpc.ts";
import { parsedOrRefused, textLike } from "./arbitrary_text.ts";

const TEXT = "net 70 70 69 45\nth 8 0 0.000\nproc4 2 2 10853\nwdeleg_getattr 15\n";
const parse = (text: string) => parseRpc("/proc/net/rpc/nfsd", text, { net: 4 });

Deno.test("parseRpc: leaves out how many numbers follow, and checks it", () => {
  assert.deepEqual([...parse(TEXT)], [["net", [70, 70, 69, 45]], ["th", [8, 0, 0]], ["proc4", [2, 10853]], [
    "wdeleg_getattr",
    [15],
  ]]);
  for (const line of ["proc4 3 1 2", "net 1 2 3", "net", "toString"]) {
    assert.throws(() => parse(`${line}\n`), {
      name: "SyntaxError",
      message: `Cannot parse "/proc/net/rpc/nfsd": unexpected line ${JSON.stringify(line)}`,
    });
  }
});

Deno.test("parseRpc: refuses arbitrary text by a SyntaxError only, and never makes up a number", () => {
  fc.assert(fc.property(textLike(TEXT), (text) => {
    for (const numbers of parsedOrRefused(parse, text)?.values() ?? []) assert(numbers.every(Number.isFinite));
  }));
});

Deno.test("callsOf: fills up what a kernel does not count", () => {
  assert.deepEqual(callsOf(["Null", "Read"], [7]), [["Null", 7], ["Read", 0]]);
  assert.deepEqual(callsOf(["Null"], undefined), [["Null", 0]]);
});
