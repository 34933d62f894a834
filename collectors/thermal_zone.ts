/**
 * Temperatures and what is done about them: /sys/class/thermal, Documentation/driver-api/thermal/sysfs-api.rst. 1 series
 * per zone, 2 per cooling device. Reading a zone may ask its hardware.
 *
 * @module
 */

import { numbered, permitted, signedIn } from "../src/attribute.ts";
import { defineCollector, type FileTree } from "../src/collector.ts";
import { signedNumber } from "../src/kernel_text.ts";

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
  sources: {
    [`/sys/${FOLDER}/thermal_zone*/type`]: ["node_thermal_zone_temp"],
    [`/sys/${FOLDER}/thermal_zone*/temp`]: ["node_thermal_zone_temp"],
    [`/sys/${FOLDER}/cooling_device*/type`]: ["node_cooling_device_*"],
    [`/sys/${FOLDER}/cooling_device*/cur_state`]: ["node_cooling_device_cur_state"],
    [`/sys/${FOLDER}/cooling_device*/max_state`]: ["node_cooling_device_max_state"],
  },
  read({ source: { sys }, wanted }) {
    const parts = (prefix: string, isWanted: boolean) => isWanted ? numbered(sys, FOLDER, prefix) : [];
    const state = wanted("node_cooling_device_cur_state");
    const maxState = wanted("node_cooling_device_max_state");
    return {
      zones: parts("thermal_zone", wanted("node_thermal_zone_temp")).map(({ path, number }) =>
        zoneOf(sys, path, number)
      ),
      devices: parts("cooling_device", state || maxState).map(({ path, number }) =>
        deviceOf(sys, path, number, { state, maxState })
      ),
    };
  },
  samples({ zones, devices }, emit) {
    for (const { zone, type, celsius } of zones) emit("node_thermal_zone_temp", celsius, { zone, type });
    for (const { name, type, state, maxState } of devices) {
      emit("node_cooling_device_cur_state", state, { name, type });
      emit("node_cooling_device_max_state", maxState, { name, type });
    }
  },
});

/** A temperature that may not be read, or is no number, costs no other zone its own. */
function zoneOf(sys: FileTree, path: string, zone: string): ThermalZone {
  const thousandths = signedNumber(permitted(() => sys.value(`${path}/temp`)));
  const celsius = thousandths === undefined ? undefined : thousandths / 1000;
  return { zone, type: permitted(() => sys.value(`${path}/type`)) ?? "", celsius };
}

function deviceOf(
  sys: FileTree,
  path: string,
  name: string,
  wants: { readonly state: boolean; readonly maxState: boolean },
): CoolingDevice {
  return {
    name,
    type: permitted(() => sys.value(`${path}/type`)) ?? "",
    state: wants.state ? permitted(() => signedIn(sys, `${path}/cur_state`)) : undefined,
    maxState: wants.maxState ? permitted(() => signedIn(sys, `${path}/max_state`)) : undefined,
  };
}
