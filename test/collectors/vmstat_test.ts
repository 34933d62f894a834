import assert from "node:assert/strict";
import fc from "fast-check";
import vmstat, { parseVmstat } from "../../collectors/vmstat.ts";
import { parsedOrRefused, textLike } from "../arbitrary_text.ts";
import { hostOf, seriesOf, valueOn } from "../context.ts";

const VALID =
  "nr_free_pages 36127\npgpgin 7344136\npgfault 2320168809\nthp_fault_alloc 0\noom_kill 18446744073709551615\n";

Deno.test("vmstat: gives the fields that the pattern finds, those of the peer by default", async () => {
  const host = hostOf({ "/proc/vmstat": VALID });
  assert.deepEqual(seriesOf(vmstat, await valueOn(vmstat, host)), {
    node_vmstat_pgpgin: 7344136,
    node_vmstat_pgfault: 2320168809,
    node_vmstat_oom_kill: 2 ** 64,
  });
  const chosen = await valueOn(vmstat, host, { vmstat: { fields: "^(nr_|thp)|fault$" } });
  assert.deepEqual(seriesOf(vmstat, chosen), {
    node_vmstat_nr_free_pages: 36127,
    node_vmstat_pgfault: 2320168809,
    node_vmstat_thp_fault_alloc: 0,
  });
});

Deno.test("vmstat: fails where the file is missing, as the peer does", async () => {
  await assert.rejects(valueOn(vmstat, hostOf({})), { message: /^Cannot read "\/proc\/vmstat"/ });
});

Deno.test("parseVmstat: quotes the line that breaks the format", () => {
  for (const line of ["pgfault", "pgfault x", "pgfault\0"]) {
    assert.throws(() => parseVmstat(`pgpgin 1\n${line}\npgpgout 2`), {
      name: "SyntaxError",
      message: `Cannot parse "/proc/vmstat": unexpected line ${JSON.stringify(line)}`,
    });
  }
});

Deno.test("parseVmstat: a field that is not wanted may hold anything", () => {
  const wanted = (field: string) => field === "pgfault";
  assert.deepEqual(parseVmstat("nr.odd x\n  pgfault 7\n\n", wanted), new Map([["pgfault", 7]]));
});

Deno.test("parseVmstat: refuses arbitrary text by a SyntaxError only, and never makes up a number", () => {
  fc.assert(fc.property(textLike(VALID), (text) => {
    for (const value of parsedOrRefused(parseVmstat, text)?.values() ?? []) assert(Number.isFinite(value));
  }));
});
