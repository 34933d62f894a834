import type { AnyCollector } from "../collector.ts";
import { type Dict, find, locate, merge, type Place } from "./located.ts";

/** Other defaults, by which the program stands in for one of its peers; all that is configured is laid upon them. */
export interface Profile {
  /** Its name: the peer's. */
  readonly name: string;
  /** Values in place of the defaults: sections, and in them settings, as in the file. */
  readonly tree: { readonly [section: string]: Readonly<Record<string, unknown>> };
  /** Whether a built-in collector is on or off as it is without a profile; the others are off. */
  keeps(collector: AnyCollector): boolean;
}

/** Whether all that it reports has names that begin so. */
const reportsOnly = ({ metrics }: AnyCollector, prefix: string): boolean =>
  Object.keys(metrics).every((name) => name.startsWith(prefix));

/** The profiles that there are. */
export const PROFILES: readonly Profile[] = [
  {
    name: "node_exporter",
    tree: { web: { "listen-address": [":9100"] }, collectors: { self: { "process-only": true } } },
    keeps: (collector) => collector.peer === true || collector.name === "self" || reportsOnly(collector, "node_"),
  },
  {
    name: "blackbox_exporter",
    tree: {
      web: { "listen-address": [":9115"], "landing-page": "/-/probes" },
      collectors: { self: { "process-only": true } },
    },
    keeps: ({ name, topLevel = [] }) => name === "self" || topLevel.includes("modules"),
  },
];

/** Whether a collector is one of targets, and is given any: without them it does nothing. */
function isAimed({ name, instances, topLevel = [] }: AnyCollector, tree: Dict): boolean {
  const keys = [["collectors", name], ...topLevel.map((key) => [key])];
  return instances !== undefined && keys.some((path) => find(tree, path) !== undefined);
}

/** `tree`, laid upon the defaults of the profile that it names, if it names one; `builtIn` are those that it may keep. */
export function uponProfile(tree: Dict, builtIn: readonly AnyCollector[]): Dict {
  const chosen = find(tree, ["profile"]);
  const profile = PROFILES.find(({ name }) => chosen?.kind === "scalar" && chosen.value === name);
  if (!profile) return tree;
  const source = `profile ${profile.name}`;
  const place: Place = { origin: source, source, path: "", order: -1 };
  const off = builtIn.filter((collector) => !profile.keeps(collector) && !isAimed(collector, tree))
    .map(({ name }) => [name, { enabled: false }]);
  const collectors = { ...Object.fromEntries(off), ...profile.tree.collectors };
  const merged = merge(locate({ ...profile.tree, collectors }, place), tree);
  return merged.kind === "map" ? merged : tree;
}
