import type { AnyCollector } from "../collector.ts";
import { COLLECTOR_KEYS, collectorSchema, DISABLE_DEFAULTS, disableDefaultsSchema, engineSchema } from "./engine.ts";
import { choicesOf, type JsonSchema, jsonSchemaOf, kindOf, propertiesOf, property, resolve } from "./shape.ts";
import { formatDuration } from "../duration.ts";

/** One flag: what it is called, where its value goes, and what it takes. */
export interface Setting {
  /** Without the dashes: `collector.cpu.interval`. */
  readonly flag: string;
  /** Environment variable of the same meaning; lists are separated by white space in it. */
  readonly environment: string;
  /** Keys that lead to it in the configuration file; empty for what is no part of that, as the file's own name. */
  readonly path: readonly string[];
  /** `boolean` also has a `--no-` form; `list` may be given several times. */
  readonly kind: "boolean" | "text" | "list";
  /** The only values that it takes. */
  readonly choices?: readonly string[];
  /** Stands for the value in help texts, as `duration`; absent for `boolean`. */
  readonly placeholder?: string;
  /** One sentence. */
  readonly description: string;
  /** Value where none is given. */
  readonly default?: unknown;
  /** Whether its value must not be shown. */
  readonly secret?: true;
  /** Name of the collector that it belongs to. */
  readonly collector?: string;
  /** Whether it is the same as a setting by another name of its collector. */
  readonly alias?: true;
  /** Whether it is a former name: accepted, but not shown to who looks for what there is. */
  readonly deprecated?: true;
}

/** The environment variable of a flag. */
function environmentName(flag: string): string {
  return `SONDE_${flag.toUpperCase().replace(/[^A-Z0-9]/g, "_")}`;
}

type Where = Pick<Setting, "flag" | "path"> & Partial<Pick<Setting, "collector" | "default" | "alias" | "description">>;

/** What stands for a value: its schema's own word, its choices, or its type. */
function placeholderOf(schema: JsonSchema, value: JsonSchema | undefined, choices?: readonly string[]): string {
  const own = schema.placeholder ?? value?.placeholder;
  if (typeof own === "string") return own;
  const isNumber = value?.type === "integer" || value?.type === "number";
  return choices?.join("|") ?? (isNumber ? "number" : "text");
}

/** The setting that a schema makes; `undefined` for what is no flag, as maps. */
function settingOf(schema: JsonSchema | boolean, root: JsonSchema, where: Where): Setting | undefined {
  const kind = kindOf(schema, root);
  const resolved = resolve(schema, root);
  if (!kind || !resolved) return undefined;
  const value = kind === "list" ? resolve(resolved.items, root) : resolved;
  const choices = choicesOf(value, root);
  const { description = "" } = resolved;
  return {
    environment: environmentName(where.flag),
    kind,
    ...(choices && kind !== "boolean" && { choices }),
    ...(kind !== "boolean" && { placeholder: placeholderOf(resolved, value, choices) }),
    description,
    ...(resolved.default !== undefined && { default: resolved.default }),
    ...(resolved.secret === true && { secret: true as const }),
    ...(resolved.deprecated === true && { deprecated: true as const }),
    ...where,
  };
}

function present<T>(value: T | undefined): value is T {
  return value !== undefined;
}

function engineSettings(): Setting[] {
  const root = jsonSchemaOf(engineSchema) ?? {};
  return Object.entries(propertiesOf(root)).flatMap(([section, schema]) => {
    const flag = section === "plugins" ? "plugin" : section;
    const own = settingOf(schema, root, { flag, path: [section] });
    if (own) return own;
    return Object.entries(propertiesOf(resolve(schema, root))).map(([key, value]) =>
      settingOf(value, root, { flag: `${section}.${key}`, path: [section, key] })
    ).filter(present);
  });
}

/** Defaults of the keys that every collector has, as far as the collector states them. */
function ownDefault(collector: AnyCollector, key: typeof COLLECTOR_KEYS[number]): unknown {
  const seconds = {
    interval: collector.intervalSeconds,
    timeout: collector.timeoutSeconds,
    freshness: collector.freshnessSeconds,
  };
  if (key === "enabled") return collector.enabled ?? true;
  const own = key === "max-age" ? undefined : seconds[key];
  return own === undefined ? undefined : formatDuration(own);
}

/** The flags of keys at the top level of the file: one key's, or those of a section's members. */
function topLevelSettings(collectors: readonly AnyCollector[]): Setting[] {
  const found = new Map<string, Setting>();
  for (const { options, topLevel = [] } of collectors) {
    const root = (options && jsonSchemaOf(options)) ?? {};
    for (const key of topLevel) {
      const schema = property(root, key) ?? false;
      const members = Object.entries(propertiesOf(resolve(schema, root)));
      const all = [
        settingOf(schema, root, { flag: key, path: [key] }),
        ...members.map(([name, member]) => settingOf(member, root, { flag: `${key}.${name}`, path: [key, name] })),
      ];
      for (const setting of all.filter(present)) if (!found.has(setting.flag)) found.set(setting.flag, setting);
    }
  }
  return [...found.values()];
}

/** The options that go by flags: those of the schema's own keys, not those at the top level of the file. */
export function optionKeys(collector: AnyCollector): readonly string[] {
  const keys = Object.keys(propertiesOf(collector.options && jsonSchemaOf(collector.options)));
  return keys.filter((key) => !collector.topLevel?.includes(key));
}

function collectorSettings(collector: AnyCollector, flagName: string): Setting[] {
  const { name, help } = collector;
  const root = jsonSchemaOf(collectorSchema) ?? {};
  const flag = `collector.${flagName}`;
  const shared = { collector: name, ...(flagName !== name && { alias: true as const }) };
  const own = COLLECTOR_KEYS.map((key) =>
    settingOf(property(root, key) ?? false, root, {
      ...shared,
      ...(key === "enabled" && { description: `Enable the ${name} collector: ${help}` }),
      ...(ownDefault(collector, key) !== undefined && { default: ownDefault(collector, key) }),
      flag: key === "enabled" ? flag : `${flag}.${key}`,
      path: ["collectors", name, key],
    })
  );
  const options = (collector.options && jsonSchemaOf(collector.options)) ?? {};
  const others = optionKeys(collector).map((key) =>
    settingOf(property(options, key) ?? false, options, {
      ...shared,
      flag: `${flag}.${key}`,
      path: ["collectors", name, key],
    })
  );
  return [...own, ...others].filter(present);
}

/** Refuses collectors whose names or options cannot all be said in one configuration. */
function checkCollectors(collectors: readonly AnyCollector[]): void {
  const names = new Map<string, string>([[DISABLE_DEFAULTS, "a setting"]]);
  const sections = new Set([...Object.keys(engineSchema.shape), "collectors"]);
  for (const collector of collectors) {
    for (const name of [collector.name, ...collector.aliases ?? []]) {
      const taken = names.get(name);
      if (!/^[A-Za-z0-9_-]+$/.test(name)) {
        throw new TypeError(`Cannot name a collector ${JSON.stringify(name)}: expected letters, digits, "_" and "-"`);
      }
      if (taken) throw new TypeError(`Cannot name a collector ${JSON.stringify(name)}: it is the name of ${taken}`);
      names.set(name, `the collector ${JSON.stringify(collector.name)}`);
    }
    const cannot = `Cannot configure the collector ${JSON.stringify(collector.name)}`;
    const reserved = optionKeys(collector).find((key) => COLLECTOR_KEYS.some((own) => own === key));
    if (reserved) {
      throw new TypeError(`${cannot}: its option ${JSON.stringify(reserved)} has the name of a setting that all have`);
    }
    const section = collector.topLevel?.find((key) => sections.has(key));
    if (section) throw new TypeError(`${cannot}: the top-level key ${JSON.stringify(section)} belongs to the engine`);
  }
}

/** Refuses two settings of one name. */
function checkNames(settings: readonly Setting[]): void {
  const flags = new Map<string, Setting>();
  for (const setting of settings) {
    const other = flags.get(setting.environment);
    if (other) {
      const both = `"--${other.flag}" and "--${setting.flag}"`;
      throw new TypeError(`Cannot name ${both}: the environment variable ${setting.environment} would be both`);
    }
    flags.set(setting.environment, setting);
  }
}

const CONFIG_FILE: Setting = {
  flag: "config.file",
  environment: environmentName("config.file"),
  path: [],
  kind: "text",
  placeholder: "file",
  description: "Configuration file, in YAML.",
};

/**
 * Every flag that there is: the engine's, then each collector's, derived from the schemas of their options.
 *
 * @throws {TypeError} if a collector has a name or an option that is taken, or two flags would share an environment
 * variable
 */
export function settings(collectors: readonly AnyCollector[]): readonly Setting[] {
  checkCollectors(collectors);
  const disableDefaults = settingOf(jsonSchemaOf(disableDefaultsSchema) ?? {}, {}, {
    flag: `collector.${DISABLE_DEFAULTS}`,
    path: ["collectors", DISABLE_DEFAULTS],
  });
  const all = [
    CONFIG_FILE,
    ...engineSettings(),
    ...topLevelSettings(collectors),
    ...[disableDefaults].filter(present),
    ...collectors.flatMap((collector) =>
      [collector.name, ...collector.aliases ?? []].flatMap((name) => collectorSettings(collector, name))
    ),
  ];
  checkNames(all);
  return all;
}
