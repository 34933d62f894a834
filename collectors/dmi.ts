/**
 * Make and model of the machine: /sys/class/dmi/id, the tables of SMBIOS (DMTF DSP0134). 1 series of up to 20 small
 * files. Serial numbers are for root to read; without them the label is left out.
 *
 * @module
 */

import { permitted } from "../src/attribute.ts";
import { defineCollector } from "../src/collector.ts";

const FOLDER = "class/dmi/id";
const LABELS: readonly string[] = [
  "bios_date",
  "bios_release",
  "bios_vendor",
  "bios_version",
  "board_asset_tag",
  "board_name",
  "board_serial",
  "board_vendor",
  "board_version",
  "chassis_asset_tag",
  "chassis_serial",
  "chassis_vendor",
  "chassis_version",
  "product_family",
  "product_name",
  "product_serial",
  "product_sku",
  "product_uuid",
  "product_version",
  "system_vendor",
];

/** What the machine says of itself, by label; without what it does not say, or not to this user. */
export type MachineNames = Readonly<Record<string, string>>;

export default defineCollector({
  name: "dmi",
  help: "Make and model of the machine.",
  peer: true,
  freshnessSeconds: 0.1,
  platforms: ["linux"],
  metrics: {
    node_dmi_info: {
      type: "gauge",
      help: `A metric with a constant '1' value labeled by ${LABELS.join(", ")} if provided by DMI.`,
      labels: [],
      openLabels: true,
    },
  },
  sources: [`/sys/${FOLDER}/*`],
  read({ source: { sys } }): MachineNames | null {
    if (!sys.isFolder(FOLDER)) return null;
    const names: Record<string, string> = {};
    for (const label of LABELS) {
      const file = label === "system_vendor" ? "sys_vendor" : label;
      const name = permitted(() => sys.value(`${FOLDER}/${file}`));
      if (name !== undefined) names[label] = name;
    }
    return Object.keys(names).length === 0 ? null : names;
  },
  samples(names, emit) {
    emit("node_dmi_info", 1, names);
  },
});
