import assert from "node:assert/strict";
import hwmon from "../../collectors/hwmon.ts";
import { createSource } from "../../src/source.ts";
import { hostOf, samplesOf, seriesOf, valueOn } from "../context.ts";

const CHIP = "/sys/class/hwmon/hwmon4";
const HOST = hostOf({
  [`${CHIP}/name`]: "Nct 6779\n",
  [`${CHIP}/temp1_input`]: "-5500\n",
  [`${CHIP}/temp1_label`]: " Core 0 \n",
  [`${CHIP}/temp1_type`]: "4\n",
  [`${CHIP}/temp2_input`]: "N/A\n",
  [`${CHIP}/in0_input`]: "792\n",
  [`${CHIP}/in0_alarm`]: "1\n",
  [`${CHIP}/fan01_input`]: "1098\n",
  [`${CHIP}/fan1_beep`]: "0\n",
  [`${CHIP}/fan1_div`]: "2\n",
  [`${CHIP}/pwm1`]: "100\n",
  [`${CHIP}/energy1_input`]: "5000000\n",
  [`${CHIP}/power1_average`]: "3000000\n",
  [`${CHIP}/power1_average_interval`]: "1000\n",
  [`${CHIP}/humidity1_input`]: "500000\n",
  [`${CHIP}/freq1_input`]: "300000000\n",
  [`${CHIP}/freq1_label`]: "MCLK\n",
  [`${CHIP}/beep_enable`]: "1\n",
  [`${CHIP}/vrm`]: "9.1\n",
  [`${CHIP}/update_interval`]: "2000\n",
  [`${CHIP}/bogus1_input`]: "1\n",
  [`${CHIP}/temp${"9".repeat(30)}_input`]: "1\n",
});

Deno.test("hwmon: gives each attribute under the peer's name, in base units", async () => {
  const of = (sensor: string) => `{chip="nct_6779",sensor="${sensor}"}`;
  assert.deepEqual(seriesOf(hwmon, await valueOn(hwmon, HOST)), {
    'node_hwmon_chip_names{chip="nct_6779",chip_name="nct_6779"}': 1,
    'node_hwmon_sensor_label{chip="nct_6779",label=" Core 0 ",sensor="temp1"}': 1,
    'node_hwmon_sensor_label{chip="nct_6779",label="MCLK",sensor="freq1"}': 1,
    [`node_hwmon_temp_celsius${of("temp1")}`]: -5.5,
    [`node_hwmon_temp_type${of("temp1")}`]: 4,
    [`node_hwmon_in_volts${of("in0")}`]: 0.792,
    [`node_hwmon_in_alarm${of("in0")}`]: 1,
    [`node_hwmon_fan_rpm${of("fan1")}`]: 1098,
    [`node_hwmon_fan_beep_enabled${of("fan1")}`]: 0,
    [`node_hwmon_fan_div${of("fan1")}`]: 2,
    [`node_hwmon_pwm${of("pwm1")}`]: 100,
    [`node_hwmon_energy_joule_total${of("energy1")}`]: 5,
    [`node_hwmon_power_average_watt${of("power1")}`]: 3,
    [`node_hwmon_power_average_interval_seconds${of("power1")}`]: 1,
    [`node_hwmon_humidity${of("humidity1")}`]: 0.5,
    [`node_hwmon_freq_freq_mhz${of("mclk")}`]: 300,
    [`node_hwmon_beep_enabled${of("beep_enable0")}`]: 1,
    [`node_hwmon_voltage_regulator_version${of("vrm0")}`]: 9.1,
    [`node_hwmon_update_interval_seconds${of("update_interval0")}`]: 2,
  });
});

Deno.test("hwmon: chooses chips and sensors, and refuses patterns that contradict", async () => {
  const count = async (options: object) => samplesOf(hwmon, await valueOn(hwmon, HOST, { hwmon: options })).length;
  assert.equal(await count({ "chip-include": "coretemp" }), 0);
  assert.equal(await count({ "chip-exclude": "^nct" }), 0);
  assert.equal(await count({ "sensor-include": "^nct_6779;in0$" }), 3);
  assert.equal(await count({ "sensor-exclude": "nct_6779;[^v]" }), 2);
  for (const kind of ["chip", "sensor"]) {
    assert.throws(
      () => hwmon.options?.parse({ [`${kind}-include`]: "a", [`${kind}-exclude`]: "b" }),
      /only one may be/,
    );
  }
});

Deno.test("hwmon: reads sensors in the device's folder, which names the chip even where it is no link", async () => {
  const files = { "/sys/class/hwmon/hwmon1/name": "old\n", "/sys/class/hwmon/hwmon1/device/in0_input": "1000\n" };
  assert.deepEqual(seriesOf(hwmon, await valueOn(hwmon, hostOf(files))), {
    'node_hwmon_chip_names{chip="hwmon1_device",chip_name="old"}': 1,
    'node_hwmon_in_volts{chip="hwmon1_device",sensor="in0"}': 1,
  });
});

Deno.test("hwmon: is not here where the kernel watches no hardware", async () => {
  assert.equal(await valueOn(hwmon, hostOf({})), null);
});

Deno.test("hwmon: names a chip by its device, and by its own name too where the device has several", async () => {
  const sysfs = await Deno.makeTempDir({ prefix: "sonde-hwmon-" });
  const chip = async (device: string, kernel: string, name: string) => {
    const folder = `${sysfs}/devices/${device}/hwmon/${kernel}`;
    await Deno.mkdir(folder, { recursive: true });
    await Deno.symlink("../..", `${folder}/device`);
    await Deno.symlink(`../../devices/${device}/hwmon/${kernel}/`, `${sysfs}/class/hwmon/${kernel}`);
    if (name) await Deno.writeTextFile(`${folder}/name`, `${name}\n`);
  };
  await Deno.mkdir(`${sysfs}/class/hwmon`, { recursive: true });
  const source = createSource({ sysfs, platform: "linux" });
  try {
    await chip("platform/coretemp.0", "hwmon0", "coretemp");
    await chip("platform/asus-nb-wmi", "hwmon1", "asus");
    await chip("platform/asus-nb-wmi", "hwmon2", "asus_wmi_sensors");
    await chip("i2c-0/0-0048", "hwmon3", "");
    await Deno.mkdir(`${sysfs}/class/hwmon/hwmon4/temp1_input`, { recursive: true });
    await Deno.symlink("../nowhere", `${sysfs}/class/hwmon/hwmon5`);
    const chips = await valueOn(hwmon, source);
    assert(Array.isArray(chips));
    assert.deepEqual(chips.map(({ chip }) => chip), [
      "platform_coretemp_0",
      "platform_asus_nb_wmi_asus",
      "platform_asus_nb_wmi_asus_wmi_sensors",
      "i2c_0_0_0048",
      "hwmon4",
    ]);
  } finally {
    source.close();
    await Deno.remove(sysfs, { recursive: true });
  }
});
