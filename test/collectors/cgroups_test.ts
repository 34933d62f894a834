import assert from "node:assert/strict";
import fc from "fast-check";
import cgroups, { parseCgroups } from "../../collectors/cgroups.ts";
import { parsedOrRefused, textLike } from "../arbitrary_text.ts";
import { hostOf, seriesOf, valueOn } from "../context.ts";

const VALID = "#subsys_name\thierarchy\tnum_cgroups\tenabled\ncpuset\t5\t47\t1\nrdma\t4\t1\t0";

Deno.test("parseCgroups: quotes the line that breaks the format", () => {
  for (const line of ["cpu 1 2", "cpu 1 2 x", "cpu x 2 1"]) {
    assert.throws(() => parseCgroups(line), {
      name: "SyntaxError",
      message: `Cannot parse "/proc/cgroups": unexpected line ${JSON.stringify(line)}`,
    });
  }
});

Deno.test("parseCgroups: leaves out columns that a newer kernel may add", () => {
  assert.deepEqual(parseCgroups("cpu 1 2 1 0\n"), [{ name: "cpu", cgroups: 2, enabled: 1 }]);
});

Deno.test("parseCgroups: refuses arbitrary text by a SyntaxError only, and never makes up a number", () => {
  fc.assert(fc.property(textLike(VALID), (text) => {
    for (const { cgroups, enabled } of parsedOrRefused(parseCgroups, text) ?? []) {
      assert(Number.isFinite(cgroups) && Number.isFinite(enabled));
    }
  }));
});

Deno.test("cgroups: shows each controller", async () => {
  assert.deepEqual(seriesOf(cgroups, await valueOn(cgroups, hostOf({ "/proc/cgroups": VALID }))), {
    'node_cgroups_cgroups{subsys_name="cpuset"}': 47,
    'node_cgroups_enabled{subsys_name="cpuset"}': 1,
    'node_cgroups_cgroups{subsys_name="rdma"}': 1,
    'node_cgroups_enabled{subsys_name="rdma"}': 0,
  });
  assert.equal(await valueOn(cgroups, hostOf({})), null);
});
