/**
 * Bonded network devices: bonding.rst of the kernel. 2 series per bond, a small file for each and for each of its devices.
 * Not here where the module is not loaded.
 *
 * @module
 */

import { defineCollector, type Source } from "../src/collector.ts";

const FOLDER = "class/net";

/** A bond. */
export interface Bond {
  /** Its name. */
  readonly master: string;
  /** Devices that belong to it. */
  readonly slaves: number;
  /** Those of them whose link is up. */
  readonly active: number;
}

export default defineCollector({
  name: "bonding",
  help: "Bonded network devices.",
  peer: true,
  platforms: ["linux"],
  freshnessSeconds: 0.1,
  metrics: {
    node_bonding_active: {
      type: "gauge",
      help: "Number of active slaves per bonding interface.",
      labels: ["master"],
    },
    node_bonding_slaves: {
      type: "gauge",
      help: "Number of configured slaves per bonding interface.",
      labels: ["master"],
    },
  },
  sources: {
    "/sys/class/net/bonding_masters": ["node_bonding_slaves", "node_bonding_active"],
    "/sys/class/net/*/bonding/slaves": ["node_bonding_slaves", "node_bonding_active"],
    "/sys/class/net/*/lower_*/bonding_slave/mii_status": ["node_bonding_active"],
    "/sys/class/net/*/slave_*/bonding_slave/mii_status": ["node_bonding_active"],
  },
  read({ source }): readonly Bond[] | null {
    const masters = source.sys.value(`${FOLDER}/bonding_masters`);
    return masters === undefined ? null : words(masters).flatMap((master) => bondOf(source, master) ?? []);
  },
  samples(bonds, emit) {
    for (const { master, slaves, active } of bonds) {
      emit("node_bonding_slaves", slaves, { master });
      emit("node_bonding_active", active, { master });
    }
  },
});

/** A bond or a device of it that went away since it was listed is left out. */
function bondOf(source: Source, master: string): Bond | undefined {
  const names = source.sys.value(`${FOLDER}/${master}/bonding/slaves`);
  if (names === undefined) return undefined;
  const states = words(names).flatMap((slave) => {
    // Before 3.13 the prefix was another.
    const [now, before] = ["lower", "slave"].map((prefix) => `${FOLDER}/${master}/${prefix}_${slave}`);
    const state = (folder = "") => source.sys.value(`${folder}/bonding_slave/mii_status`);
    return state(now) ?? state(before) ?? [];
  });
  return { master, slaves: states.length, active: states.filter((state) => state === "up").length };
}

function words(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== "");
}
