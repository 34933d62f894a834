import assert from "node:assert/strict";
import tapestats from "../../collectors/tapestats.ts";
import { hostOf, seriesOf, valueOn } from "../context.ts";

const STATS = "/sys/class/scsi_tape/st0/stats";

Deno.test("tapestats: is not here without the class", async () => {
  assert.equal(await valueOn(tapestats, hostOf({})), null);
});

Deno.test("tapestats: counts a drive once, whatever other names it has", async () => {
  const host = hostOf({
    [`${STATS}/read_ns`]: "1500000000\n",
    [`${STATS}/read_cnt`]: "3\n",
    "/sys/class/scsi_tape/nst0/stats/read_cnt": "3\n",
    "/sys/class/scsi_tape/st0a/stats/read_cnt": "3\n",
  });
  const series = seriesOf(tapestats, await valueOn(tapestats, host));
  assert.equal(series['node_tape_read_time_seconds_total{device="st0"}'], 1.5);
  assert.equal(series['node_tape_reads_completed_total{device="st0"}'], 3);
  assert.equal(Object.keys(series).length, 10);
  const options = { tapestats: { "ignored-devices": "st0" } };
  assert.deepEqual(await valueOn(tapestats, host, options), []);
});

Deno.test("tapestats: refuses a counter that is no number, on which the peer panics", async () => {
  await assert.rejects(valueOn(tapestats, hostOf({ [`${STATS}/read_cnt`]: "x\n" })), {
    name: "SyntaxError",
    message: `Cannot parse "${STATS}/read_cnt": unexpected line "x"`,
  });
});
