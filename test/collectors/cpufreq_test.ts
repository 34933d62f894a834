import assert from "node:assert/strict";
import cpufreq from "../../collectors/cpufreq.ts";
import { hostOf, seriesOf, valueOn } from "../context.ts";

const FOLDER = "/sys/devices/system/cpu";
const HOST = {
  [`${FOLDER}/offline`]: "2\n",
  [`${FOLDER}/cpu0/cpufreq/cpuinfo_cur_freq`]: "1699981\n",
  [`${FOLDER}/cpu0/cpufreq/cpuinfo_min_freq`]: "800000\n",
  [`${FOLDER}/cpu0/cpufreq/cpuinfo_max_freq`]: "3700000\n",
  [`${FOLDER}/cpu0/cpufreq/scaling_governor`]: "powersave\n",
  [`${FOLDER}/cpu0/cpufreq/scaling_available_governors`]: "performance powersave\n",
  [`${FOLDER}/cpu1/cpufreq/cpuinfo_cur_freq`]: "<unknown>\n",
  [`${FOLDER}/cpu1/cpufreq/scaling_cur_freq`]: "8000\n",
  [`${FOLDER}/cpu2/cpufreq/scaling_cur_freq`]: "8000\n",
  [`${FOLDER}/cpu3/topology/core_id`]: "3\n",
};

Deno.test("cpufreq: gives hertz and governors of the processors that are online", async () => {
  assert.deepEqual(seriesOf(cpufreq, await valueOn(cpufreq, hostOf(HOST))), {
    'node_cpu_frequency_hertz{cpu="0"}': 1699981000,
    'node_cpu_frequency_min_hertz{cpu="0"}': 800000000,
    'node_cpu_frequency_max_hertz{cpu="0"}': 3700000000,
    'node_cpu_scaling_governor{cpu="0",governor="performance"}': 0,
    'node_cpu_scaling_governor{cpu="0",governor="powersave"}': 1,
    'node_cpu_scaling_frequency_hertz{cpu="1"}': 8000000,
  });
});

Deno.test("cpufreq: is not here without processors in sysfs, and quotes what is no number", async () => {
  assert.equal(await valueOn(cpufreq, hostOf({})), null);
  const file = `${FOLDER}/cpu0/cpufreq/scaling_min_freq`;
  await assert.rejects(valueOn(cpufreq, hostOf({ [file]: "slow\n" })), {
    name: "SyntaxError",
    message: `Cannot parse "${file}": unexpected line "slow"`,
  });
});
