import assert from "node:assert/strict";
import powersupplyclass from "../../collectors/powersupplyclass.ts";
import { hostOf, seriesOf, valueOn } from "../context.ts";

const FOLDER = "/sys/class/power_supply";
const HOST = hostOf({
  [`${FOLDER}/AC/online`]: "1\n",
  [`${FOLDER}/AC/type`]: "Mains\n",
  [`${FOLDER}/BAT0/capacity`]: "81\n",
  [`${FOLDER}/BAT0/cycle_count`]: "0\n",
  [`${FOLDER}/BAT0/energy_now`]: "36580000\n",
  [`${FOLDER}/BAT0/current_now`]: "-100\n",
  [`${FOLDER}/BAT0/temp`]: "-55\n",
  [`${FOLDER}/BAT0/model_name`]: "X 1\n",
  [`${FOLDER}/BAT0/health`]: "\n",
  [`${FOLDER}/BAT0/uevent`]: "POWER_SUPPLY_NAME=BAT0\n",
  [`${FOLDER}/BAT0/power/control`]: "auto\n",
});

Deno.test("powersupplyclass: gives figures in base units, and names as far as there are", async () => {
  assert.deepEqual(seriesOf(powersupplyclass, await valueOn(powersupplyclass, HOST)), {
    'node_power_supply_online{power_supply="AC"}': 1,
    'node_power_supply_info{power_supply="AC",type="Mains"}': 1,
    'node_power_supply_capacity{power_supply="BAT0"}': 81,
    'node_power_supply_cyclecount{power_supply="BAT0"}': 0,
    'node_power_supply_energy_watthour{power_supply="BAT0"}': 36.58,
    'node_power_supply_current_ampere{power_supply="BAT0"}': -0.0001,
    'node_power_supply_temp_celsius{power_supply="BAT0"}': -5.5,
    'node_power_supply_info{model_name="X 1",power_supply="BAT0"}': 1,
  });
});

Deno.test("powersupplyclass: leaves out what the pattern finds; is not here without the class", async () => {
  const value = await valueOn(powersupplyclass, HOST, { powersupplyclass: { "ignored-supplies": "^BAT" } });
  assert.equal(Object.keys(seriesOf(powersupplyclass, value)).length, 2);
  assert.equal(await valueOn(powersupplyclass, hostOf({})), null);
});

Deno.test("powersupplyclass: quotes what is no number", async () => {
  const file = `${FOLDER}/BAT0/capacity`;
  await assert.rejects(valueOn(powersupplyclass, hostOf({ [file]: "full\n" })), {
    name: "SyntaxError",
    message: `Cannot parse "${file}": unexpected line "full"`,
  });
});
