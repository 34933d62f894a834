/**
 * Chips and their sensors, as the files of /sys/class/hwmon tell them.
 *
 * @module
 */

import type { FileTree } from "../../src/collector.ts";
import { type Pattern, wanted } from "../../src/pattern.ts";

const FOLDER = "class/hwmon";
/** A file of a sensor: its type, its number, its attribute, as `temp1_input`, `pwm2`, `beep_enable`. */
const FILE = /^([^0-9]+)(\d{0,15})(?:_(.+))?$/;
const TYPES: readonly string[] = [
  "vrm",
  "beep_enable",
  "update_interval",
  "in",
  "cpu",
  "fan",
  "pwm",
  "temp",
  "curr",
  "power",
  "energy",
  "humidity",
  "intrusion",
  "freq",
];

/** One sensor of a chip. */
export interface Sensor {
  /** Type and number, as `temp1`. */
  readonly sensor: string;
  /** Type, as `temp`. */
  readonly type: string;
  /** Text of its files by attribute, as `input`; that of a file without attribute, as `pwm1`, under the empty name. */
  readonly attributes: ReadonlyMap<string, string>;
}

/** One chip. */
export interface Chip {
  /** Its place in the machine, as `platform_coretemp_0`: steady, where the kernel's `hwmon0` depends on the order of loading. */
  readonly chip: string;
  /** What it calls itself, as `coretemp`; empty if nothing. */
  readonly chipName: string;
  /** The sensors that are wanted. */
  readonly sensors: readonly Sensor[];
}

/** Patterns that choose, to include and to exclude. */
export interface Choice {
  /** By chip. */
  readonly chips: readonly [Pattern | undefined, Pattern | undefined];
  /** By `chip;sensor`. */
  readonly sensors: readonly [Pattern | undefined, Pattern | undefined];
}

/** Reads the chips that are wanted; `null` where the kernel watches none. */
export function readChips(sys: FileTree, { chips, sensors }: Choice): readonly Chip[] | null {
  const folders = sys.list(FOLDER)?.map((name) => `${FOLDER}/${name}`).filter((path) => sys.isFolder(path));
  return folders?.flatMap((path) => {
    const chipName = cleaned(readable(sys, `${path}/name`) ?? "");
    const chip = placeOf(sys, path, chipName);
    if (chip === "" || !wanted(chip, ...chips)) return [];
    const all = sensorsOf(sys, path).filter(({ sensor }) => wanted(`${chip};${sensor}`, ...sensors));
    return [{ chip, chipName, sensors: all }];
  }) ?? null;
}

/** Lower case, and nothing but what the names of the peer's chips and families may have. */
export function cleaned(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9:_]/g, "_").replace(/^_+|_+$/g, "");
}

/** Drivers that cannot ask their hardware now answer by any error: it costs this one attribute. */
function readable(sys: FileTree, path: string): string | undefined {
  try {
    return sys.value(path);
  } catch {
    return undefined;
  }
}

/** A label is what its driver wrote, blanks included. */
function labelIn(sys: FileTree, path: string): string | undefined {
  try {
    return sys.try(path)?.replace(/^\n+|\n+$/g, "");
  } catch {
    return undefined;
  }
}

/** Older drivers have their sensors in the device's folder. */
function sensorsOf(sys: FileTree, path: string): readonly Sensor[] {
  const sensors = new Map<string, Sensor & { attributes: Map<string, string> }>();
  for (const folder of [path, `${path}/device`]) {
    for (const file of sys.list(folder) ?? []) {
      const [, type = "", number, attribute = ""] = FILE.exec(file) ?? [];
      if (!TYPES.includes(type)) continue;
      const text = attribute === "label" ? labelIn(sys, `${folder}/${file}`) : readable(sys, `${folder}/${file}`);
      if (text === undefined) continue;
      const sensor = `${type}${Number(number)}`;
      const known = sensors.get(sensor) ?? { sensor, type, attributes: new Map<string, string>() };
      known.attributes.set(attribute, text);
      sensors.set(sensor, known);
    }
  }
  return [...sensors.values()];
}

/** Bus and name of the device, and the chip's where the device has several; else the chip's name, else the kernel's. */
function placeOf(sys: FileTree, path: string, chipName: string): string {
  const folder = target(FOLDER, sys.link(path)) ?? path;
  const link = sys.link(`${folder}/device`);
  const isCopy = link === undefined && sys.isFolder(`${folder}/device`);
  const device = isCopy ? `${folder}/device` : target(folder, link);
  const [name = "", bus = ""] = device?.split("/").map(cleaned).reverse() ?? [];
  if (device === undefined || name === "" || !sys.isFolder(device)) {
    return chipName || cleaned(folder.split("/").at(-1) ?? "");
  }
  const place = bus === "" ? name : `${bus}_${name}`;
  const chips = sys.list(`${device}/hwmon`)?.filter((each) => /^hwmon\d/.test(each)).length ?? 0;
  return chips > 1 && chipName !== "" ? `${place}_${chipName}` : place;
}

/** The path, from the root of the tree, to which a relative link in `folder` leads. */
function target(folder: string, link: string | undefined): string | undefined {
  if (link === undefined || link.startsWith("/")) return undefined;
  const parts: string[] = [];
  for (const part of `${folder}/${link}`.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "." && part !== "") parts.push(part);
  }
  return parts.join("/");
}
