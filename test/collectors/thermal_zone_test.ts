import assert from "node:assert/strict";
import thermalZone from "../../collectors/thermal_zone.ts";
import { hostOf, seriesOf, valueOn } from "../context.ts";

const FOLDER = "/sys/class/thermal";

Deno.test("thermal_zone: gives temperatures in degrees, states as the kernel counts them", async () => {
  const host = hostOf({
    [`${FOLDER}/thermal_zone0/type`]: "cpu-thermal\n",
    [`${FOLDER}/thermal_zone0/temp`]: "12376\n",
    [`${FOLDER}/thermal_zone10/type`]: "outside\n",
    [`${FOLDER}/thermal_zone10/temp`]: "-5500\n",
    [`${FOLDER}/cooling_device0/type`]: "intel_powerclamp\n",
    [`${FOLDER}/cooling_device0/cur_state`]: "-1\n",
    [`${FOLDER}/cooling_device0/max_state`]: "50\n",
  });
  assert.deepEqual(seriesOf(thermalZone, await valueOn(thermalZone, host)), {
    'node_thermal_zone_temp{type="cpu-thermal",zone="0"}': 12.376,
    'node_thermal_zone_temp{type="outside",zone="10"}': -5.5,
    'node_cooling_device_cur_state{name="0",type="intel_powerclamp"}': -1,
    'node_cooling_device_max_state{name="0",type="intel_powerclamp"}': 50,
  });
});

Deno.test("thermal_zone: a zone that has no temperature now has no series, nor has a host without zones", async () => {
  const host = hostOf({ [`${FOLDER}/thermal_zone0/type`]: "off\n" });
  assert.deepEqual(seriesOf(thermalZone, await valueOn(thermalZone, host)), {});
  assert.deepEqual(seriesOf(thermalZone, await valueOn(thermalZone, hostOf({}))), {});
});

Deno.test("thermal_zone: a temperature that is no number costs no other zone its own, a state fails", async () => {
  const zones = { [`${FOLDER}/thermal_zone0/temp`]: "hot\n", [`${FOLDER}/thermal_zone1/temp`]: "-5000\n" };
  assert.deepEqual(seriesOf(thermalZone, await valueOn(thermalZone, hostOf(zones))), {
    'node_thermal_zone_temp{type="",zone="1"}': -5,
  });
  const file = `${FOLDER}/cooling_device0/cur_state`;
  await assert.rejects(valueOn(thermalZone, hostOf({ [file]: "high\n" })), {
    name: "SyntaxError",
    message: `Cannot parse "${file}": unexpected line "high"`,
  });
});
