import { suggestion } from "../nearest.ts";
import type { Environment } from "./interpolate.ts";
import {
  below,
  type Dict,
  dict,
  joinPath,
  type Located,
  mergeDicts,
  type Place,
  PLACE_ORDER,
  type Report,
} from "./located.ts";
import type { Setting } from "./settings.ts";

/** Values of flags by name without dashes; a flag `--no-x` is `x` with `false`. */
export type Flags = ReadonlyMap<string, boolean | string | readonly string[]>;

/** A value given to a setting, by a flag or the environment. */
interface Assignment {
  readonly setting: Setting;
  readonly place: Place;
  readonly value: boolean | string | readonly string[];
}

function valueOf({ setting, place, value }: Assignment, report: Report): Located | undefined {
  const scalar = (item: boolean | string, at: Place): Located => ({
    kind: "scalar",
    place: at,
    value: item,
    text: true,
  });
  if (setting.kind === "list" && typeof value !== "boolean") {
    const items = [value].flat();
    return { kind: "list", place, items: items.map((item, i) => scalar(item, below(place, i))) };
  }
  if (typeof value === "object") report(place, "given several times, expected one value");
  else if (typeof value === "boolean" && setting.kind !== "boolean") report(place, "expected a value, found none");
  else return scalar(value, place);
  return undefined;
}

/** `value` below maps of the keys of `path`, which stand at `whole`. */
function nested(path: readonly string[], value: Located, whole: Place): Dict {
  const [key = "", ...rest] = path;
  const place = below(whole, key);
  return dict(whole, [[key, { key: place, value: rest.length > 0 ? nested(rest, value, place) : value }]]);
}

function layer(assignments: readonly Assignment[], whole: Place, report: Report): Dict {
  const given = new Map<string, Place>();
  let tree = dict(whole);
  for (const assignment of assignments) {
    const { setting, place } = assignment;
    if (setting.path.length === 0) continue;
    const other = given.get(place.path);
    if (other) {
      report(place, `it sets the same as ${other.source}, expected one of the two`);
      continue;
    }
    given.set(place.path, place);
    const value = valueOf(assignment, report);
    if (value) tree = mergeDicts(tree, nested(setting.path, value, whole));
  }
  return tree;
}

function placeOf(setting: Setting | undefined, origin: string, source: string, order: number): Place {
  return { origin, source, path: (setting?.path ?? []).reduce(joinPath, ""), order };
}

/** What the flags set, as a tree whose maps stand at `whole`. */
export function flagLayer(flags: Flags, settings: readonly Setting[], whole: Place, report: Report): Dict {
  const byName = new Map(settings.map((setting) => [setting.flag, setting]));
  const assignments: Assignment[] = [];
  for (const [name, value] of flags) {
    const setting = byName.get(name);
    const place = placeOf(setting, `--${name}`, `flag --${name}`, PLACE_ORDER.flag);
    if (setting) assignments.push({ setting, place, value });
    else report(place, `unknown flag${suggestion(`--${name}`, [...byName.keys()].map((flag) => `--${flag}`))}`);
  }
  return layer(assignments, whole, report);
}

/**
 * Variables that Kubernetes and Docker set for a service named `sonde`, or `sonde-…`, beside which we run:
 * https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables
 */
function isServiceLink(name: string, value: string): boolean {
  return /_(?:SERVICE_HOST|SERVICE_PORT(?:_\w+)?|PORT_\d+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?)$/.test(name) ||
    /_PORT$/.test(name) && /^(?:tcp|udp|sctp):\/\//.test(value);
}

/**
 * What the environment sets, as a tree whose maps stand at `whole`. An empty variable is as one that is not set.
 *
 * @param known variables that begin with `SONDE_` and are no settings
 */
export function environmentLayer(
  environment: Environment,
  settings: readonly Setting[],
  known: readonly string[],
  whole: Place,
  report: Report,
): Dict {
  const byName = new Map(settings.map((setting) => [setting.environment, setting]));
  const assignments: Assignment[] = [];
  for (const [name, value] of Object.entries(environment)) {
    if (!name.startsWith("SONDE_") || !value) continue;
    const setting = byName.get(name);
    const origin = `environment ${name}`;
    const place = placeOf(setting, origin, origin, PLACE_ORDER.environment);
    if (setting?.kind === "list") assignments.push({ setting, place, value: value.split(/\s+/).filter(Boolean) });
    else if (setting) assignments.push({ setting, place, value });
    else if (!known.includes(name) && !isServiceLink(name, value)) {
      report(place, `unknown environment variable${suggestion(name, byName.keys())}`);
    }
  }
  return layer(assignments, whole, report);
}
