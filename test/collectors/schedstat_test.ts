import assert from "node:assert/strict";
import fc from "fast-check";
import schedstat, { parseSchedstat } from "../../collectors/schedstat.ts";
import { parsedOrRefused, textLike } from "../arbitrary_text.ts";
import { hostOf, seriesOf, valueOn } from "../context.ts";

const VALID = [
  "version 15",
  "timestamp 15819019232",
  "cpu0 498494191 0 3533438552 2553969831 3853684107 2465731542 2045936778163039 343796328169361 4767485306",
  "domain0 00000000,00000003 212499247 210112015 1861015",
  "cpu1 0 0 0 0 0 0 3000000000 4000000000 5",
  "",
].join("\n");

Deno.test("schedstat: gives running, waiting and slices of each processor", async () => {
  assert.deepEqual(seriesOf(schedstat, await valueOn(schedstat, hostOf({ "/proc/schedstat": VALID }))), {
    'node_schedstat_running_seconds_total{cpu="0"}': 2045936.778163039,
    'node_schedstat_waiting_seconds_total{cpu="0"}': 343796.328169361,
    'node_schedstat_timeslices_total{cpu="0"}': 4767485306,
    'node_schedstat_running_seconds_total{cpu="1"}': 3,
    'node_schedstat_waiting_seconds_total{cpu="1"}': 4,
    'node_schedstat_timeslices_total{cpu="1"}': 5,
  });
});

Deno.test("schedstat: is not here where the kernel keeps no such figures", async () => {
  assert.equal(await valueOn(schedstat, hostOf({})), null);
});

Deno.test("parseSchedstat: a garbled or cut line costs its processor only; later kernels' columns do not matter", () => {
  const cpus = parseSchedstat("version 17\ncpu0 1 2 3\ncpu1 0 0 0 0 0 0 1 x 1\ncpu2 1 2 3 4 5 6 7000000000 8 9 10\n");
  assert.deepEqual([...cpus.keys()], ["2"]);
  assert.equal(cpus.get("2")?.runningSeconds, 7);
  assert.throws(() => parseSchedstat("cpu0 1 2 3 4 5 6 7 8 9\n"), SyntaxError);
});

Deno.test("parseSchedstat: refuses arbitrary text by a SyntaxError only, and never makes up a number", () => {
  fc.assert(fc.property(textLike(VALID), (text) => {
    for (const schedule of parsedOrRefused(parseSchedstat, text)?.values() ?? []) {
      for (const number of Object.values(schedule)) assert(Number.isFinite(number) && number >= 0);
    }
  }));
});

Deno.test("parseSchedstat: reads lines that end in CR LF as those that end in LF", () => {
  assert.deepEqual(parseSchedstat(VALID.replaceAll("\n", "\r\n")), parseSchedstat(VALID));
});
