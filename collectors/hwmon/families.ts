/**
 * The peer's families of sensors: names, units and help, by type and attribute.
 *
 * @module
 */

import type { MetricType } from "../../src/collector.ts";
import { signedNumber } from "../../src/kernel_text.ts";
import { cleaned } from "./chips.ts";

/** The family of an attribute. */
export interface SensorFamily {
  /** Full exposition name. */
  readonly name: string;
  /** A counter for energy, else a gauge. */
  readonly type: MetricType;
  /** Text for `# HELP`. */
  readonly help: string;
  /** Value of the label `sensor`, where it is not the sensor's own name. */
  readonly sensor?: string;
  /** The text as a number in base units; `undefined` if it is none. */
  valueOf(text: string): number | undefined;
}

/** `undefined` if an attribute has no family. */
export function familyOf(
  type: string,
  attribute: string,
  attributes: ReadonlyMap<string, string>,
): SensorFamily | undefined {
  if (type === "beep_enable" || type === "vrm" || type === "update_interval") {
    return attribute === "" ? WHOLE_CHIP[type] : undefined;
  }
  if (attribute === "label") return undefined;
  // The attribute `input` is the sensor's value, unless a file without attribute is.
  const bare = attribute === "" || (attribute === "input" && !attributes.has(""));
  const name = bare ? `node_hwmon_${type}` : `node_hwmon_${type}_${cleaned(attribute)}`;
  if (attribute === "fault" || attribute === "alarm") {
    return gauge(name, `Hardware sensor ${attribute} status (${type})`);
  }
  if (attribute === "beep") return gauge(`${name}_enabled`, "Hardware monitor sensor has beeping enabled");
  if (type === "freq" && attribute === "input") return frequency(name, attributes.get("label"));
  return withUnit(type, attribute, name) ?? gauge(name, `Hardware monitor ${type} element ${attribute}`);
}

const WHOLE_CHIP: Readonly<Record<"beep_enable" | "vrm" | "update_interval", SensorFamily>> = {
  beep_enable: {
    ...gauge("node_hwmon_beep_enabled", "Hardware beep enabled"),
    valueOf: (text) => text === "1" ? 1 : 0,
  },
  vrm: gauge("node_hwmon_voltage_regulator_version", "Hardware voltage regulator"),
  update_interval: gauge("node_hwmon_update_interval_seconds", "Hardware monitor update interval", thousandths),
};

/** The kernel has thousandths of volts, amperes, degrees and seconds, millionths of watts, joules and parts of humidity. */
function withUnit(type: string, attribute: string, name: string): SensorFamily | undefined {
  switch (type) {
    case "in":
    case "cpu":
      return gauge(`${name}_volts`, `Hardware monitor for voltage (${attribute})`, thousandths);
    case "temp": {
      const help = `Hardware monitor for temperature (${attribute || "input"})`;
      return attribute === "type" ? undefined : gauge(`${name}_celsius`, help, thousandths);
    }
    case "curr":
      return gauge(`${name}_amps`, `Hardware monitor for current (${attribute})`, thousandths);
    case "energy": {
      const help = `Hardware monitor for joules used so far (${attribute})`;
      return { ...gauge(`${name}_joule_total`, help, millionths), type: "counter" };
    }
    case "power":
      return power(attribute, name);
    case "humidity":
      return gauge(
        name,
        "Hardware monitor for humidity, as a ratio (multiply with 100.0 to get the humidity as a percentage) " +
          `(${attribute})`,
        millionths,
      );
    case "fan": {
      const help = `Hardware monitor for fan revolutions per minute (${attribute})`;
      return ["input", "min", "max", "target"].includes(attribute) ? gauge(`${name}_rpm`, help) : undefined;
    }
  }
  return undefined;
}

function power(attribute: string, name: string): SensorFamily {
  if (attribute === "accuracy") return gauge(name, "Hardware monitor power meter accuracy, as a ratio", millionths);
  if (/^average_interval(_min|_max)?$/.test(attribute)) {
    return gauge(`${name}_seconds`, `Hardware monitor power usage update interval (${attribute})`, thousandths);
  }
  return gauge(`${name}_watt`, `Hardware monitor for power usage in watts (${attribute})`, millionths);
}

/** A clock of a graphics card is told by its label, and not without. */
function frequency(name: string, label: string | undefined): SensorFamily | undefined {
  if (label === undefined) return undefined;
  const family = gauge(`${name}_freq_mhz`, "Hardware monitor for GPU frequency in MHz", millionths);
  return { ...family, sensor: cleaned(label) };
}

function gauge(name: string, help: string, unit: (value: number) => number = (value) => value): SensorFamily {
  return {
    name,
    type: "gauge",
    help,
    valueOf(text) {
      const value = signedNumber(text);
      return value === undefined ? undefined : unit(value);
    },
  };
}

function thousandths(value: number): number {
  return value * 0.001;
}

function millionths(value: number): number {
  return value / 1e6;
}
