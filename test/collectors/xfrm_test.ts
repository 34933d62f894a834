import assert from "node:assert/strict";
import fc from "fast-check";
import xfrm, { parseXfrm } from "../../collectors/xfrm.ts";
import { parsedOrRefused, textLike } from "../arbitrary_text.ts";
import { hostOf, seriesOf, valueOn } from "../context.ts";

const STAT = "XfrmInError                     1\nXfrmInNoPols            \t65432\nXfrmInIptfsError 4\n";

Deno.test("parseXfrm: quotes the line that breaks the format", () => {
  for (const line of ["XfrmInError", "XfrmInError -1", "XfrmInError 1 2", "XfrmInError 1.5"]) {
    assert.throws(() => parseXfrm(`${STAT}${line}\n`), {
      name: "SyntaxError",
      message: `Cannot parse "/proc/net/xfrm_stat": unexpected line ${JSON.stringify(line)}`,
    });
  }
});

Deno.test("parseXfrm: refuses arbitrary text by a SyntaxError only, and never makes up a number", () => {
  fc.assert(fc.property(textLike(STAT), (text) => {
    for (const count of parsedOrRefused(parseXfrm, text)?.values() ?? []) assert(Number.isFinite(count));
  }));
});

Deno.test("xfrm: reasons that the kernel does not have are 0; is not here without the file", async () => {
  const series = seriesOf(xfrm, await valueOn(xfrm, hostOf({ "/proc/net/xfrm_stat": STAT })));
  assert.equal(Object.keys(series).length, 28);
  assert.equal(series.node_xfrm_in_error_packets_total, 1);
  assert.equal(series.node_xfrm_in_no_pols_packets_total, 65432);
  assert.equal(series.node_xfrm_acquire_error_packets_total, 0);
  assert.equal(await valueOn(xfrm, hostOf({})), null);
});
