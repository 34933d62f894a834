import assert from "node:assert/strict";
import fc from "fast-check";
import softirqs, { parseSoftirqs } from "../../collectors/softirqs.ts";
import { parsedOrRefused, textLike } from "../arbitrary_text.ts";
import { hostOf, seriesOf, valueOn } from "../context.ts";

const VALID = "          CPU0       CPU1\n      HI:    7    1\n IRQ_POLL:   0   0\n   NOVEL:  3  4\n";

Deno.test("parseSoftirqs: quotes the line that breaks the format", () => {
  for (const line of ["HI: 1 x", "HI: x", "HI: -1"]) {
    assert.throws(() => parseSoftirqs(`CPU0 CPU1\n${line}\n`), {
      name: "SyntaxError",
      message: `Cannot parse "/proc/softirqs": unexpected line ${JSON.stringify(line)}`,
    });
  }
  assert.throws(() => parseSoftirqs(""), SyntaxError);
});

Deno.test("parseSoftirqs: passes over what it does not know, and a line that ends before its numbers", () => {
  const text = "CPU0 CPU1\nNOVEL: x\nHI: 1 2\nnot a function\n\nTIMER:";
  assert.deepEqual(parseSoftirqs(text), new Map([["HI", [1, 2]]]));
});

Deno.test("parseSoftirqs: refuses arbitrary text by a SyntaxError only, and never makes up a number", () => {
  fc.assert(fc.property(textLike(VALID), (text) => {
    const counts = [...parsedOrRefused(parseSoftirqs, text)?.values() ?? []].flat();
    assert(counts.every((count) => Number.isFinite(count) && count >= 0));
  }));
});

Deno.test("softirqs: shows the functions that the peer knows", async () => {
  assert.deepEqual(seriesOf(softirqs, await valueOn(softirqs, hostOf({ "/proc/softirqs": VALID }))), {
    'node_softirqs_functions_total{cpu="0",type="HI"}': 7,
    'node_softirqs_functions_total{cpu="1",type="HI"}': 1,
    'node_softirqs_functions_total{cpu="0",type="IRQ_POLL"}': 0,
    'node_softirqs_functions_total{cpu="1",type="IRQ_POLL"}': 0,
  });
  assert.equal(await valueOn(softirqs, hostOf({})), null);
});
