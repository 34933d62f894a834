import type { AnyCollector } from "../collector.ts";
import { suggestion } from "../nearest.ts";
import { DISABLE_DEFAULTS, engineSchema, VALUE_KEYS } from "./engine.ts";
import { unknownKey } from "./fit.ts";
import { type Dict, dict, type Entry, type Located, merge, type Report } from "./located.ts";
import { shown } from "./redact.ts";

const isEmpty = (node: Located): boolean => node.kind === "scalar" && node.value === null;

/** The collector that a name or an alias is of. */
function canonicalNames(collectors: readonly AnyCollector[]): Map<string, string> {
  return new Map(
    collectors.flatMap(({ name, aliases = [] }) => [name, ...aliases].map((each): [string, string] => [each, name])),
  );
}

/** The collectors that can be configured, and why others are not here, by their names. */
interface Collectors {
  readonly collectors: readonly AnyCollector[];
  readonly absent?: ReadonlyMap<string, string>;
}

/**
 * The tree of a file with every section a map, and every collector one by its own name: `true` and `false` are written
 * out as `enabled`, aliases replaced, empty sections and unknown names left out. What is wrong is reported, of
 * collectors that are not here only that they are turned on.
 */
export function arrange(root: Dict, { collectors, absent = new Map() }: Collectors, report: Report): Dict {
  const topLevel = new Set(collectors.flatMap((collector) => collector.topLevel ?? []));
  const known = [...Object.keys(engineSchema.shape), "collectors", ...topLevel];
  const names = canonicalNames(collectors);
  const entries = new Map<string, Entry>();
  for (const [key, entry] of root.entries) {
    const { value } = entry;
    if (!known.includes(key)) {
      report(
        entry.key,
        names.has(key)
          ? `unknown key ${JSON.stringify(key)}, did you mean "collectors.${key}"?`
          : unknownKey(key, known),
      );
    } else if (isEmpty(value)) continue;
    else if (topLevel.has(key) || VALUE_KEYS.includes(key)) entries.set(key, entry);
    else if (value.kind !== "map") report(value.place, `expected a map, found ${shown(value)}`);
    else {
      const arranged = key === "collectors" ? arrangeCollectors(value, { names, absent }, report) : value;
      entries.set(key, { ...entry, value: arranged });
    }
  }
  return dict(root.place, entries);
}

/** Names of the collectors, by their names and aliases, and why others are not here. */
interface CollectorNames {
  readonly names: ReadonlyMap<string, string>;
  readonly absent: ReadonlyMap<string, string>;
}

function arrangeCollectors(node: Dict, { names, absent }: CollectorNames, report: Report): Dict {
  const entries = new Map<string, Entry>();
  for (const [key, entry] of node.entries) {
    const name = names.get(key);
    if (key === DISABLE_DEFAULTS) entries.set(key, entry);
    else if (name === undefined && absent.has(key)) {
      if (!isTurnedOff(entry)) {
        report(entry.key, `Sonde has no collector ${JSON.stringify(key)}: it ${absent.get(key)}; leave it out`);
      }
    } else if (name === undefined) {
      const near = suggestion(key, [...names.keys(), DISABLE_DEFAULTS]);
      report(entry.key, `unknown collector ${JSON.stringify(key)}${near}`);
    } else {
      const value = arrangeCollector(entry, report);
      const other = entries.get(name)?.value;
      if (value && other?.kind === "map") reportBoth(other, value, report);
      if (value) entries.set(name, { ...entry, value: other ? merge(value, other) : value });
    }
  }
  return dict(node.place, entries);
}

function isTurnedOff({ value }: Entry): boolean {
  const enabled = value.kind === "map" ? value.entries.get("enabled")?.value : value;
  return enabled?.kind === "scalar" &&
    (enabled.value === false || (enabled.text === true && enabled.value === "false"));
}

/** The options of one collector, as a map; `undefined` if there are none. */
function arrangeCollector({ key, value }: Entry, report: Report): Dict | undefined {
  if (value.kind === "map") return value;
  if (isEmpty(value)) return undefined;
  const isSwitch = value.kind === "scalar" && (value.text || typeof value.value === "boolean");
  if (isSwitch) return dict(value.place, [["enabled", { key, value }]]);
  report(value.place, `expected true, false or a map of options, found ${shown(value)}`);
  return undefined;
}

/** Reports what is set under a collector's name and under an alias of it. */
function reportBoth(one: Dict, other: Dict, report: Report): void {
  for (const [key, entry] of other.entries) {
    const same = one.entries.get(key);
    if (same) report(entry.key, `${same.key.path} at ${same.key.source} is the same, expected one of the two`);
  }
}
