import assert from "node:assert/strict";
import ksmd from "../../collectors/ksmd.ts";
import { hostOf, seriesOf, valueOn } from "../context.ts";

const FOLDER = "/sys/kernel/mm/ksm";

Deno.test("ksmd: shows what the kernel has, seconds as seconds, a negative profit as it is", async () => {
  const host = hostOf({
    [`${FOLDER}/full_scans`]: "323\n",
    [`${FOLDER}/general_profit`]: "-64\n",
    [`${FOLDER}/sleep_millisecs`]: "20\n",
    [`${FOLDER}/run`]: "1\n",
  });
  assert.deepEqual(seriesOf(ksmd, await valueOn(ksmd, host)), {
    node_ksmd_full_scans_total: 323,
    node_ksmd_general_profit_bytes: -64,
    node_ksmd_run: 1,
    node_ksmd_sleep_seconds: 0.02,
  });
});

Deno.test("ksmd: is not here without its folder, and fails on a file that holds no number", async () => {
  assert.equal(await valueOn(ksmd, hostOf({})), null);
  await assert.rejects(valueOn(ksmd, hostOf({ [`${FOLDER}/run`]: "on\n" })), {
    name: "SyntaxError",
    message: 'Cannot parse "/sys/kernel/mm/ksm/run": unexpected line "on"',
  });
});
