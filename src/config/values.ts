import { DISABLE_DEFAULTS } from "./engine.ts";
import { type Dict, find, joinPath, type Located } from "./located.ts";
import { REDACTED, revealed } from "./redact.ts";
import type { Setting } from "./settings.ts";

/** One value of the effective configuration. */
export interface ConfigValue {
  /** Key path, as `collectors.cpu.interval` or `probes[0].target`. */
  readonly path: string;
  /** As it was written; secrets are `<redacted>`. */
  readonly value: unknown;
  /** Where it comes from: `default`, `sonde.yml:3`, `environment SONDE_LOG_LEVEL`, `flag --log.level`. */
  readonly origin: string;
}

const written = (node: Located): ConfigValue => ({
  path: node.place.path,
  value: revealed(node),
  origin: node.place.source,
});

function settingValue(setting: Setting, tree: Dict): ConfigValue[] {
  const node = find(tree, setting.path);
  const path = setting.path.reduce(joinPath, "");
  if (node) return [{ ...written(node), path }];
  const disabled = find(tree, ["collectors", DISABLE_DEFAULTS]);
  const isSwitch = setting.path.length === 3 && setting.path[2] === "enabled";
  if (isSwitch && disabled?.kind === "scalar" && disabled.value === true) {
    return [{ path, value: false, origin: disabled.place.source }];
  }
  if (setting.default === undefined) return [];
  return [{ path, value: setting.secret ? REDACTED : setting.default, origin: "default" }];
}

/** The values that are themselves, or lists of such: no maps, and no lists that hold maps. */
function* leaves(
  node: Located,
  path: readonly (string | number)[],
): Generator<[readonly (string | number)[], Located]> {
  if (node.kind === "map" && node.entries.size > 0) {
    for (const [key, entry] of node.entries) yield* leaves(entry.value, [...path, key]);
  } else if (node.kind === "list" && node.items.some((item) => item.kind !== "scalar")) {
    for (const [i, item] of node.items.entries()) yield* leaves(item, [...path, i]);
  } else yield [path, node];
}

/** The effective configuration: every setting, then what else is set, in the order of the tree. */
export function effectiveValues(settings: readonly Setting[], tree: Dict): readonly ConfigValue[] {
  const named = settings.filter((setting) => !setting.alias && setting.path.length > 0);
  const seen = new Set(named.map((setting) => setting.path.reduce(joinPath, "")));
  const others = [...leaves(tree, [])].filter(([path, node]) => {
    const isEmptyMap = node.kind === "map" && path.length <= 2;
    return !isEmptyMap && !seen.has(path.reduce<string>(joinPath, ""));
  });
  return [...named.flatMap((setting) => settingValue(setting, tree)), ...others.map(([, node]) => written(node))];
}
