/**
 * Temperatures and what is done about them: /sys/class/thermal, Documentation/driver-api/thermal/sysfs-api.rst. 1 series
 * per zone, 2 per cooling device. Reading a zone may ask its hardware.
 *
 * @module
 */

import { numbered, signedIn } from "../src/attribute.ts";
import { defineCollector, type FileTree } from "../src/collector.ts";

const FOLDER = "class/thermal";

/** A place whose temperature is known. */
export interface ThermalZone {
  /** Number, as of the kernel's name `thermal_zone0`. */
  readonly zone: string;
  /** Where it is, as `x86_pkg_temp`. */
  readonly type: string;
  /** Temperature now; a zone that is switched off has none. */
  readonly celsius: number | undefined;
}

/** What can be made to work harder, or less, against heat. */
export interface CoolingDevice {
  /** Number, as of the kernel's name `cooling_device0`. */
  readonly name: string;
  /** What it is, as `Fan` or `Processor`. */
  readonly type: string;
  /** How much it cools now; −1 is the kernel's own for one that is idle. */
  readonly state: number | undefined;
  /** The most that it can. */
  readonly maxState: number | undefined;
}

export default defineCollector({
  name: "thermal_zone",
  help: "Temperatures and states of cooling devices.",
  peer: true,
  freshnessSeconds: 0.1,
  platforms: ["linux"],
  metrics: {
    node_thermal_zone_temp: { type: "gauge", help: "Zone temperature in Celsius", labels: ["zone", "type"] },
    node_cooling_device_cur_state: {
      type: "gauge",
      help: "Current throttle state of the cooling device",
      labels: ["name", "type"],
    },
    node_cooling_device_max_state: {
      type: "gauge",
      help: "Maximum throttle state of the cooling device",
      labels: ["name", "type"],
    },
  },
  sources: [
    `/sys/${FOLDER}/thermal_zone*/type`,
    `/sys/${FOLDER}/thermal_zone*/temp`,
    `/sys/${FOLDER}/cooling_device*/type`,
    `/sys/${FOLDER}/cooling_device*/cur_state`,
    `/sys/${FOLDER}/cooling_device*/max_state`,
  ],
  read: ({ source: { sys } }) => ({
    zones: numbered(sys, FOLDER, "thermal_zone").map(({ path, number }) => zoneOf(sys, path, number)),
    devices: numbered(sys, FOLDER, "cooling_device").map(({ path, number }) => deviceOf(sys, path, number)),
  }),
  samples({ zones, devices }, emit) {
    for (const { zone, type, celsius } of zones) emit("node_thermal_zone_temp", celsius, { zone, type });
    for (const { name, type, state, maxState } of devices) {
      emit("node_cooling_device_cur_state", state, { name, type });
      emit("node_cooling_device_max_state", maxState, { name, type });
    }
  },
});

function zoneOf(sys: FileTree, path: string, zone: string): ThermalZone {
  const thousandths = signedIn(sys, `${path}/temp`);
  const celsius = thousandths === undefined ? undefined : thousandths / 1000;
  return { zone, type: sys.value(`${path}/type`) ?? "", celsius };
}

function deviceOf(sys: FileTree, path: string, name: string): CoolingDevice {
  return {
    name,
    type: sys.value(`${path}/type`) ?? "",
    state: signedIn(sys, `${path}/cur_state`),
    maxState: signedIn(sys, `${path}/max_state`),
  };
}
