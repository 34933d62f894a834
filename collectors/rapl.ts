/**
 * Energy that parts of the processors took: /sys/class/powercap, Documentation/power/powercap/powercap.rst. 1 series per
 * zone. Since Linux 5.10 only root may read the energy.
 *
 * @module
 */

import * as z from "zod";
import { permitted } from "../src/attribute.ts";
import { defineCollector, type FileTree } from "../src/collector.ts";
import { numberIn } from "../src/kernel_text.ts";

const FOLDER = "class/powercap";

/** A part of the system whose energy is counted. */
export interface EnergyZone {
  /** What it is, as `package`, without its number. */
  readonly name: string;
  /** Its number, or how many of that name there were before. */
  readonly index: number;
  /** Its folder. */
  readonly path: string;
  /** Energy taken, until the counter begins anew. */
  readonly joules: number;
}

export default defineCollector({
  name: "rapl",
  help: "Energy that parts of the processors took.",
  peer: true,
  freshnessSeconds: 0.1,
  platforms: ["linux"],
  options: z.strictObject({
    "enable-zone-label": z.boolean().default(false)
      .describe("Expose node_rapl_joules_total with the zone as a label, instead of a family per zone."),
  }),
  metrics: {
    node_rapl_joules_total: {
      type: "counter",
      help: "Current RAPL value in joules",
      labels: ["index", "path", "rapl_zone"],
    },
  },
  openFamilies: ["node_rapl_*_joules_total"],
  sources: [`/sys/${FOLDER}/*/name`, `/sys/${FOLDER}/*/energy_uj`],
  read({ source: { sys }, options }): { zones: readonly EnergyZone[]; labelled: boolean } | null {
    const zones = zonesOf(sys);
    return zones ? { zones, labelled: options["enable-zone-label"] } : null;
  },
  samples({ zones, labelled }, emit) {
    if (labelled) {
      for (const { name, index, path, joules } of zones) {
        emit("node_rapl_joules_total", joules, { index: String(index), path, rapl_zone: name });
      }
      return;
    }
    const families = new Map<string, EnergyZone[]>();
    for (const zone of zones) families.set(familyOf(zone), [...families.get(familyOf(zone)) ?? [], zone]);
    for (const [name, alike] of families) {
      emit.family({
        name,
        type: "counter",
        help: `Current RAPL ${alike[0]?.name} value in joules`,
        labels: ["index", "path"],
        samples: alike.map(({ index, path, joules }) => ({ labels: { index: String(index), path }, value: joules })),
      });
    }
  },
});

function familyOf({ name }: EnergyZone): string {
  return `node_rapl_${name.replace(/_*\W+_*/g, "_")}_joules_total`;
}

/** Zones with the energy that this user may read; `undefined` if there are zones and it may read none. */
function zonesOf(sys: FileTree): readonly EnergyZone[] | undefined {
  const zones: EnergyZone[] = [];
  const used = new Map<string, number>();
  let forbidden = false;
  for (const folder of sys.list(FOLDER) ?? []) {
    const path = `${FOLDER}/${folder}`;
    const named = permitted(() => sys.value(`${path}/name`));
    if (named === undefined) continue;
    const { name, index } = zoneName(named, used);
    used.set(name, index + 1);
    const energy = permitted(() => [numberIn(sys, `${path}/energy_uj`)]);
    forbidden ||= energy === undefined;
    const microjoules = energy?.[0];
    if (microjoules !== undefined) zones.push({ name, index, path: sys.locate(path), joules: microjoules / 1e6 });
  }
  return sys.isFolder(FOLDER) && !(forbidden && zones.length === 0) ? zones : undefined;
}

/** `package-1` is the zone 1 of `package`; zones without a number are counted. */
function zoneName(named: string, used: ReadonlyMap<string, number>): Pick<EnergyZone, "name" | "index"> {
  const [, name, index] = /^([^-]*)-(\d{1,9})$/.exec(named) ?? [];
  if (name === undefined) return { name: named, index: used.get(named) ?? 0 };
  return { name, index: Number(index) };
}
