/**
 * Temperatures, fans, voltages and more: /sys/class/hwmon, Documentation/hwmon/sysfs-interface.rst, as lm-sensors shows
 * them. A series per attribute of each sensor; every read may ask the hardware.
 *
 * @module
 */

import * as z from "zod";
import { defineCollector } from "../src/collector.ts";
import { patternOption } from "../src/pattern.ts";
import { type Chip, readChips } from "./hwmon/chips.ts";
import { familyOf, type SensorFamily } from "./hwmon/families.ts";

const PATTERN = { placeholder: "pattern" };

export default defineCollector({
  name: "hwmon",
  help: "Temperatures, fans, voltages and other sensors of the hardware.",
  peer: true,
  freshnessSeconds: 0.1,
  platforms: ["linux"],
  options: z.strictObject({
    "chip-include": z.string().default("").transform(patternOption)
      .describe("Chips to report, and no others; not with chip-exclude.").meta(PATTERN),
    "chip-exclude": z.string().default("").transform(patternOption)
      .describe("Chips to leave out; not with chip-include.").meta(PATTERN),
    "sensor-include": z.string().default("").transform(patternOption)
      .describe("Sensors to report, as chip;sensor, and no others; not with sensor-exclude.").meta(PATTERN),
    "sensor-exclude": z.string().default("").transform(patternOption)
      .describe("Sensors to leave out, as chip;sensor; not with sensor-include.").meta(PATTERN),
  }).refine((o) => !(o["chip-include"] && o["chip-exclude"]), {
    message: "of chip-include and chip-exclude only one may be given",
  }).refine((o) => !(o["sensor-include"] && o["sensor-exclude"]), {
    message: "of sensor-include and sensor-exclude only one may be given",
  }),
  metrics: {
    node_hwmon_chip_names: {
      type: "gauge",
      help: "Annotation metric for human-readable chip names",
      labels: ["chip", "chip_name"],
    },
    node_hwmon_sensor_label: {
      type: "gauge",
      help: "Label for given chip and sensor",
      labels: ["chip", "sensor", "label"],
    },
  },
  openFamilies: ["node_hwmon_*"],
  sources: ["/sys/class/hwmon/*/*", "/sys/class/hwmon/*/device/*"],
  read: ({ source, options }): readonly Chip[] | null =>
    readChips(source.sys, {
      chips: [options["chip-include"], options["chip-exclude"]],
      sensors: [options["sensor-include"], options["sensor-exclude"]],
    }),
  samples(chips, emit) {
    const families = new Map<string, SensorFamily & { samples: { labels: Record<string, string>; value: number }[] }>();
    for (const { chip, chipName, sensors } of chips) {
      if (chipName) emit("node_hwmon_chip_names", 1, { chip, chip_name: chipName });
      for (const { sensor, type, attributes } of sensors) {
        const label = attributes.get("label");
        if (label !== undefined) emit("node_hwmon_sensor_label", 1, { chip, sensor, label });
        for (const [attribute, text] of attributes) {
          const family = familyOf(type, attribute, attributes);
          const value = family?.valueOf(text);
          if (!family || value === undefined) continue;
          const known = families.get(family.name) ?? { ...family, samples: [] };
          known.samples.push({ labels: { chip, sensor: family.sensor ?? sensor }, value });
          families.set(family.name, known);
        }
      }
    }
    for (const { name, type, help, samples } of families.values()) {
      emit.family({ name, type, help, labels: ["chip", "sensor"], samples });
    }
  },
});
