/**
 * Batteries and mains: /sys/class/power_supply, Documentation/ABI/testing/sysfs-class-power. A series per attribute that
 * the device has, and 1 of its names. Reading may ask the hardware.
 *
 * @module
 */

import * as z from "zod";
import { permitted, signedIn } from "../src/attribute.ts";
import { defineCollector, type FileTree } from "../src/collector.ts";
import { patternOption } from "../src/pattern.ts";

const PATTERN = { placeholder: "pattern" };

const FOLDER = "class/power_supply";

const gauge = <N extends string>(name: N) =>
  ({
    type: "gauge",
    help: `${name} value of /sys/class/power_supply/<power_supply>.`,
    labels: ["power_supply"],
  }) as const;

const metrics = {
  node_power_supply_info: {
    type: "gauge",
    help: "info of /sys/class/power_supply/<power_supply>.",
    labels: ["power_supply"],
    openLabels: true,
  },
  node_power_supply_authentic: gauge("authentic"),
  node_power_supply_calibrate: gauge("calibrate"),
  node_power_supply_capacity: gauge("capacity"),
  node_power_supply_capacity_alert_max: gauge("capacity_alert_max"),
  node_power_supply_capacity_alert_min: gauge("capacity_alert_min"),
  node_power_supply_cyclecount: gauge("cyclecount"),
  node_power_supply_online: gauge("online"),
  node_power_supply_present: gauge("present"),
  node_power_supply_time_to_empty_seconds: gauge("time_to_empty_seconds"),
  node_power_supply_time_to_full_seconds: gauge("time_to_full_seconds"),
  node_power_supply_current_boot: gauge("current_boot"),
  node_power_supply_current_max: gauge("current_max"),
  node_power_supply_current_ampere: gauge("current_ampere"),
  node_power_supply_energy_empty: gauge("energy_empty"),
  node_power_supply_energy_empty_design: gauge("energy_empty_design"),
  node_power_supply_energy_full: gauge("energy_full"),
  node_power_supply_energy_full_design: gauge("energy_full_design"),
  node_power_supply_energy_watthour: gauge("energy_watthour"),
  node_power_supply_voltage_boot: gauge("voltage_boot"),
  node_power_supply_voltage_max: gauge("voltage_max"),
  node_power_supply_voltage_max_design: gauge("voltage_max_design"),
  node_power_supply_voltage_min: gauge("voltage_min"),
  node_power_supply_voltage_min_design: gauge("voltage_min_design"),
  node_power_supply_voltage_volt: gauge("voltage_volt"),
  node_power_supply_voltage_ocv: gauge("voltage_ocv"),
  node_power_supply_charge_control_limit: gauge("charge_control_limit"),
  node_power_supply_charge_control_limit_max: gauge("charge_control_limit_max"),
  node_power_supply_charge_counter: gauge("charge_counter"),
  node_power_supply_charge_empty: gauge("charge_empty"),
  node_power_supply_charge_empty_design: gauge("charge_empty_design"),
  node_power_supply_charge_full: gauge("charge_full"),
  node_power_supply_charge_full_design: gauge("charge_full_design"),
  node_power_supply_charge_ampere: gauge("charge_ampere"),
  node_power_supply_charge_term_current: gauge("charge_term_current"),
  node_power_supply_constant_charge_current: gauge("constant_charge_current"),
  node_power_supply_constant_charge_current_max: gauge("constant_charge_current_max"),
  node_power_supply_constant_charge_voltage: gauge("constant_charge_voltage"),
  node_power_supply_constant_charge_voltage_max: gauge("constant_charge_voltage_max"),
  node_power_supply_precharge_current: gauge("precharge_current"),
  node_power_supply_input_current_limit: gauge("input_current_limit"),
  node_power_supply_power_watt: gauge("power_watt"),
  node_power_supply_temp_celsius: gauge("temp_celsius"),
  node_power_supply_temp_alert_max_celsius: gauge("temp_alert_max_celsius"),
  node_power_supply_temp_alert_min_celsius: gauge("temp_alert_min_celsius"),
  node_power_supply_temp_ambient_celsius: gauge("temp_ambient_celsius"),
  node_power_supply_temp_ambient_max_celsius: gauge("temp_ambient_max_celsius"),
  node_power_supply_temp_ambient_min_celsius: gauge("temp_ambient_min_celsius"),
  node_power_supply_temp_max_celsius: gauge("temp_max_celsius"),
  node_power_supply_temp_min_celsius: gauge("temp_min_celsius"),
} as const;

/** Family of an attribute, and what the kernel's unit is divided by: it has micro-units, and tenths of degrees. */
const ATTRIBUTES: Readonly<Record<string, readonly [Exclude<keyof typeof metrics, "node_power_supply_info">, number]>> =
  {
    authentic: ["node_power_supply_authentic", 1],
    calibrate: ["node_power_supply_calibrate", 1],
    capacity: ["node_power_supply_capacity", 1],
    capacity_alert_max: ["node_power_supply_capacity_alert_max", 1],
    capacity_alert_min: ["node_power_supply_capacity_alert_min", 1],
    cycle_count: ["node_power_supply_cyclecount", 1],
    online: ["node_power_supply_online", 1],
    present: ["node_power_supply_present", 1],
    time_to_empty_now: ["node_power_supply_time_to_empty_seconds", 1],
    time_to_full_now: ["node_power_supply_time_to_full_seconds", 1],
    current_boot: ["node_power_supply_current_boot", 1e6],
    current_max: ["node_power_supply_current_max", 1e6],
    current_now: ["node_power_supply_current_ampere", 1e6],
    energy_empty: ["node_power_supply_energy_empty", 1e6],
    energy_empty_design: ["node_power_supply_energy_empty_design", 1e6],
    energy_full: ["node_power_supply_energy_full", 1e6],
    energy_full_design: ["node_power_supply_energy_full_design", 1e6],
    energy_now: ["node_power_supply_energy_watthour", 1e6],
    voltage_boot: ["node_power_supply_voltage_boot", 1e6],
    voltage_max: ["node_power_supply_voltage_max", 1e6],
    voltage_max_design: ["node_power_supply_voltage_max_design", 1e6],
    voltage_min: ["node_power_supply_voltage_min", 1e6],
    voltage_min_design: ["node_power_supply_voltage_min_design", 1e6],
    voltage_now: ["node_power_supply_voltage_volt", 1e6],
    voltage_ocv: ["node_power_supply_voltage_ocv", 1e6],
    charge_control_limit: ["node_power_supply_charge_control_limit", 1e6],
    charge_control_limit_max: ["node_power_supply_charge_control_limit_max", 1e6],
    charge_counter: ["node_power_supply_charge_counter", 1e6],
    charge_empty: ["node_power_supply_charge_empty", 1e6],
    charge_empty_design: ["node_power_supply_charge_empty_design", 1e6],
    charge_full: ["node_power_supply_charge_full", 1e6],
    charge_full_design: ["node_power_supply_charge_full_design", 1e6],
    charge_now: ["node_power_supply_charge_ampere", 1e6],
    charge_term_current: ["node_power_supply_charge_term_current", 1e6],
    constant_charge_current: ["node_power_supply_constant_charge_current", 1e6],
    constant_charge_current_max: ["node_power_supply_constant_charge_current_max", 1e6],
    constant_charge_voltage: ["node_power_supply_constant_charge_voltage", 1e6],
    constant_charge_voltage_max: ["node_power_supply_constant_charge_voltage_max", 1e6],
    precharge_current: ["node_power_supply_precharge_current", 1e6],
    input_current_limit: ["node_power_supply_input_current_limit", 1e6],
    power_now: ["node_power_supply_power_watt", 1e6],
    temp: ["node_power_supply_temp_celsius", 10],
    temp_alert_max: ["node_power_supply_temp_alert_max_celsius", 10],
    temp_alert_min: ["node_power_supply_temp_alert_min_celsius", 10],
    temp_ambient: ["node_power_supply_temp_ambient_celsius", 10],
    temp_ambient_max: ["node_power_supply_temp_ambient_max_celsius", 10],
    temp_ambient_min: ["node_power_supply_temp_ambient_min_celsius", 10],
    temp_max: ["node_power_supply_temp_max_celsius", 10],
    temp_min: ["node_power_supply_temp_min_celsius", 10],
  };
/** Attributes that are text, and labels of the same name. */
const TEXTS: readonly string[] = [
  "capacity_level",
  "charge_type",
  "health",
  "manufacturer",
  "model_name",
  "scope",
  "serial_number",
  "status",
  "technology",
  "type",
  "usb_type",
];

/** One power supply. */
export interface PowerSupply {
  /** The kernel's name, as `BAT0`. */
  readonly name: string;
  /** Its figures by attribute, in base units. */
  readonly figures: ReadonlyMap<string, number>;
  /** What it is, by attribute. */
  readonly texts: Readonly<Record<string, string>>;
}

export default defineCollector({
  name: "powersupplyclass",
  help: "Batteries and mains.",
  peer: true,
  aliases: ["powersupply"],
  freshnessSeconds: 0.1,
  platforms: ["linux"],
  options: z.strictObject({
    "ignored-supplies": z.string().default("^$").transform(patternOption)
      .describe("Regexp of power supplies to ignore for powersupplyclass collector.").meta(PATTERN),
  }),
  metrics,
  sources: [`/sys/${FOLDER}/*/*`],
  read({ source: { sys }, options: { "ignored-supplies": ignored } }): readonly PowerSupply[] | null {
    const supplies = sys.list(FOLDER)?.filter((name) => !ignored?.test(name));
    return supplies?.map((name) => supplyOf(sys, name)) ?? null;
  },
  samples(supplies, emit) {
    for (const { name, figures, texts } of supplies) {
      for (const [file, figure] of figures) {
        const family = ATTRIBUTES[file]?.[0];
        if (family) emit(family, figure, { power_supply: name });
      }
      emit("node_power_supply_info", 1, { ...texts, power_supply: name });
    }
  },
});

function supplyOf(sys: FileTree, name: string): PowerSupply {
  const figures = new Map<string, number>();
  const texts: Record<string, string> = {};
  for (const file of sys.list(`${FOLDER}/${name}`) ?? []) {
    const path = `${FOLDER}/${name}/${file}`;
    const divisor = Object.hasOwn(ATTRIBUTES, file) ? ATTRIBUTES[file]?.[1] : undefined;
    const figure = divisor === undefined ? undefined : permitted(() => signedIn(sys, path));
    if (figure !== undefined && divisor !== undefined) figures.set(file, figure / divisor);
    const text = TEXTS.includes(file) ? permitted(() => sys.value(path)) : undefined;
    if (text) texts[file] = text;
  }
  return { name, figures, texts };
}
