import assert from "node:assert/strict";
import dmi from "../../collectors/dmi.ts";
import { hostOf, seriesOf, valueOn } from "../context.ts";

const FOLDER = "/sys/class/dmi/id";

Deno.test("dmi: gives what the machine says of itself, also where it says nothing", async () => {
  const host = hostOf({
    [`${FOLDER}/bios_date`]: "04/12/2021\n",
    [`${FOLDER}/chassis_asset_tag`]: "\n",
    [`${FOLDER}/chassis_type`]: "23\n",
    [`${FOLDER}/sys_vendor`]: " Dell Inc. \n",
    [`${FOLDER}/uevent`]: "MODALIAS=x\n",
  });
  assert.deepEqual(seriesOf(dmi, await valueOn(dmi, host)), {
    'node_dmi_info{bios_date="04/12/2021",chassis_asset_tag="",system_vendor="Dell Inc."}': 1,
  });
});

Deno.test("dmi: is not here where the machine has no such tables", async () => {
  assert.equal(await valueOn(dmi, hostOf({})), null);
  assert.equal(await valueOn(dmi, hostOf({ [`${FOLDER}/uevent`]: "" })), null);
});
