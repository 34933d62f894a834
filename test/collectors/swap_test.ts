import assert from "node:assert/strict";
import fc from "fast-check";
import swap, { parseSwaps } from "../../collectors/swap.ts";
import { parsedOrRefused, textLike } from "../arbitrary_text.ts";
import { hostOf, seriesOf, valueOn } from "../context.ts";

const VALID = `Filename				Type		Size		Used		Priority
/dev/zram0                              partition	8388604		76		100
/swap\\040file                          file		1024		0		-2
`;

Deno.test("parseSwaps: quotes the line that breaks the format", () => {
  for (const line of ["/dev/a partition 1 2", "/dev/a partition 1 x 3", "/dev/a 1 2 3 4", "/dev/a file -1 2 3"]) {
    assert.throws(() => parseSwaps(`Filename\n${line}\n`), {
      name: "SyntaxError",
      message: `Cannot parse "/proc/swaps": unexpected line ${JSON.stringify(line)}`,
    });
  }
});

Deno.test("parseSwaps: takes other types and more columns, a path with spaces, and an empty file", () => {
  assert.deepEqual(parseSwaps("Filename\n/dev/a tape 1 2 -3 4\n  /swap file file 1 0 5\n"), [
    { device: "/dev/a", type: "tape", sizeBytes: 1024, usedBytes: 2048, priority: -3 },
    { device: "/swap file", type: "file", sizeBytes: 1024, usedBytes: 0, priority: 5 },
  ]);
  assert.deepEqual(parseSwaps(""), []);
  assert.throws(() => parseSwaps("/dev/a file 1 2 3\n"), SyntaxError);
});

Deno.test("parseSwaps: refuses arbitrary text by a SyntaxError only, and never makes up a number", () => {
  fc.assert(fc.property(textLike(VALID), (text) => {
    for (const { sizeBytes, usedBytes, priority } of parsedOrRefused(parseSwaps, text) ?? []) {
      assert([sizeBytes, usedBytes, priority].every(Number.isFinite));
    }
  }));
});

Deno.test("swap: shows each device in bytes; a host that swaps to none has none", async () => {
  const labels = 'device="/swap\\\\040file",swap_type="file"';
  const series = seriesOf(swap, await valueOn(swap, hostOf({ "/proc/swaps": VALID })));
  assert.equal(series['node_swap_used_bytes{device="/dev/zram0",swap_type="partition"}'], 77824);
  assert.equal(series[`node_swap_size_bytes{${labels}}`], 1048576);
  assert.equal(series[`node_swap_priority{${labels}}`], -2);
  const [header = ""] = VALID.split("\n");
  assert.deepEqual(seriesOf(swap, await valueOn(swap, hostOf({ "/proc/swaps": header }))), {});
  assert.equal(await valueOn(swap, hostOf({})), null);
});
