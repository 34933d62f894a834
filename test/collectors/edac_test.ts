import assert from "node:assert/strict";
import edac from "../../collectors/edac.ts";
import { hostOf, seriesOf, valueOn } from "../context.ts";

const FOLDER = "/sys/devices/system/edac/mc/mc0";

Deno.test("edac: gives errors by controller, row and channel", async () => {
  const host = hostOf({
    [`${FOLDER}/ce_count`]: "1\n",
    [`${FOLDER}/ce_noinfo_count`]: "2\n",
    [`${FOLDER}/ue_count`]: "5\n",
    [`${FOLDER}/ue_noinfo_count`]: "6\n",
    [`${FOLDER}/csrow12/ce_count`]: "3\n",
    [`${FOLDER}/csrow12/ue_count`]: "4\n",
    [`${FOLDER}/csrow12/ch0_ce_count`]: "7\n",
    [`${FOLDER}/csrow12/ch0_ue_count`]: "8\n",
    [`${FOLDER}/csrow12/ch0_dimm_label`]: "mc#0csrow#12channel#0\n",
    [`${FOLDER}/csrow12/ch1_ce_count`]: "9\n",
  });
  const first = 'channel="0",controller="0",csrow="12",dimm_label="mc0_csrow12_channel0"';
  assert.deepEqual(seriesOf(edac, await valueOn(edac, host)), {
    'node_edac_correctable_errors_total{controller="0"}': 1,
    'node_edac_uncorrectable_errors_total{controller="0"}': 5,
    'node_edac_csrow_correctable_errors_total{controller="0",csrow="unknown"}': 2,
    'node_edac_csrow_uncorrectable_errors_total{controller="0",csrow="unknown"}': 6,
    'node_edac_csrow_correctable_errors_total{controller="0",csrow="12"}': 3,
    'node_edac_csrow_uncorrectable_errors_total{controller="0",csrow="12"}': 4,
    [`node_edac_channel_correctable_errors_total{${first}}`]: 7,
    [`node_edac_channel_uncorrectable_errors_total{${first}}`]: 8,
    'node_edac_channel_correctable_errors_total{channel="1",controller="0",csrow="12",dimm_label="unknown"}': 9,
  });
});

Deno.test("edac: has nothing to say where there is no controller, and quotes what is no number", async () => {
  assert.deepEqual(seriesOf(edac, await valueOn(edac, hostOf({}))), {});
  await assert.rejects(valueOn(edac, hostOf({ [`${FOLDER}/ce_count`]: "many\n" })), {
    name: "SyntaxError",
    message: `Cannot parse "${FOLDER}/ce_count": unexpected line "many"`,
  });
});
