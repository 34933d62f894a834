/**
 * Plugins: files of collectors that somebody else wrote, loaded into this process, whose every right they have.
 *
 * A plugin's default export is a collector, a list of collectors, or a function of {@linkcode PluginTools} that returns
 * one or the other; it needs no import but of types, so that the compiled program, which holds no packages, can load it.
 *
 * @module
 */

import { statSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import * as z from "zod";
import { type Clock, systemClock } from "./clock.ts";
import { type AnyCollector, defineCollector, METRIC_TYPES, PLATFORMS } from "./collector.ts";
import { suggestion } from "./nearest.ts";

/** What a plugin that is a function gets. */
export interface PluginTools {
  /** Types a collector. */
  readonly defineCollector: typeof defineCollector;
  /** The whole of zod, for options. Of the shape of zod's module, whose types are not repeated here. */
  // deno-lint-ignore no-explicit-any -- a plugin types it by zod's own types; ours name none of another package
  readonly z: any;
}

/** Plugins cannot be loaded; its message has one line per fault. */
export class PluginError extends Error {
  /** `PluginError`. */
  override readonly name = "PluginError";
  /** What is wrong, each with the file that it is wrong with; at least one. */
  readonly faults: readonly string[];

  /** Joins `faults` as lines. */
  constructor(faults: readonly string[], options?: ErrorOptions) {
    super(faults.join("\n"), options);
    this.faults = faults;
  }
}

const hasMethods = (value: unknown, names: readonly string[]): boolean =>
  typeof value === "object" && value !== null && names.every((name) => typeof Reflect.get(value, name) === "function");

const flag = z.boolean("expected true or false");
const text = z.string("expected text").min(1, "expected text");
const texts = z.array(text, "expected a list of texts");
const seconds = z.number("expected seconds").nonnegative("expected seconds of 0 or more");
const method = z.custom<unknown>((value) => typeof value === "function", "expected a function");
const need = z.custom<unknown>(
  (value) => typeof value === "string" || hasMethods(value, ["read", "samples"]),
  "expected a name or a collector",
);
const metricName = z.string().regex(/^[a-zA-Z_:][a-zA-Z0-9_:]*$/, "expected a name of letters, digits and underscores");
const labelName = z.string("expected text").regex(
  /^[a-zA-Z_][a-zA-Z0-9_]*$/,
  "expected a name of letters, digits and underscores",
);

const metricShape = z.strictObject({
  type: z.enum(METRIC_TYPES, `expected ${METRIC_TYPES.join(", ")}`),
  help: text,
  labels: z.array(labelName, "expected a list of names").optional(),
  openLabels: flag.optional(),
}, "expected type and help");

/** The shape of {@linkcode AnyCollector}, field by field. What its functions take and return is checked as they run. */
const collectorShape = z.strictObject({
  name: z.string("expected text").regex(/^[a-z][a-z0-9_-]*$/, 'expected small letters, digits, "_" and "-"'),
  help: text,
  enabled: flag.optional(),
  freshnessSeconds: seconds.optional(),
  intervalSeconds: seconds.optional(),
  timeoutSeconds: seconds.positive("expected seconds of more than 0").optional(),
  timeoutFor: method.optional(),
  platforms: z.array(z.enum(PLATFORMS, `expected ${PLATFORMS.join(", ")}`), "expected a list").optional(),
  peer: flag.optional(),
  aliases: texts.optional(),
  options: z.custom<unknown>((value) => hasMethods(value, ["parse"]), "expected an object with parse()").optional(),
  topLevel: texts.optional(),
  needs: z.record(text, need, 'expected a map, as { dice: "dice" }').optional(),
  metrics: z.record(metricName, metricShape, "expected metrics by their names"),
  openFamilies: texts.optional(),
  omits: method.optional(),
  sources: z.union([texts, z.record(text, texts)], "expected a list of texts, or families by text").optional(),
  observes: flag.optional(),
  expose: flag.optional(),
  routes: z.record(z.string().startsWith("/", "expected a path"), method, "expected handlers by path").optional(),
  read: method,
  samples: method,
  fold: method.optional(),
  keepsFold: flag.optional(),
  correct: method.optional(),
  failureValue: method.optional(),
  nextSeconds: method.optional(),
  prepare: method.optional(),
  warnings: method.optional(),
  systemCall: method.optional(),
  instances: method.optional(),
});
const FIELDS = Object.keys(collectorShape.shape);
const METRIC_FIELDS = Object.keys(metricShape.shape);

/** `metrics.dice_eyes.type`. */
function fieldName(path: readonly PropertyKey[]): string {
  return path.map(String).join(".");
}

function unknownField(key: string, path: readonly PropertyKey[]): string {
  const known = path.length === 0 ? FIELDS : METRIC_FIELDS;
  return `${fieldName([...path, key])}: there is no such field${suggestion(key, known)}`;
}

/** What is wrong with `value` as a collector. */
function shapeFaults(value: unknown): string[] {
  const parsed = collectorShape.safeParse(value);
  if (parsed.success) return [];
  return parsed.error.issues.flatMap((issue) => {
    if (issue.code === "unrecognized_keys") return issue.keys.map((key) => unknownField(key, issue.path));
    // Of a key in a record only the key is told, of which the message is inside.
    const message = issue.code === "invalid_key" ? issue.issues[0]?.message ?? issue.message : issue.message;
    return `${fieldName(issue.path)}: ${message}`;
  });
}

/** Collectors by the function that made them: made once, so that to load a plugin again gives the same ones. */
const made = new WeakMap<object, Promise<unknown>>();

/** What the default export offers: itself, or what it makes. */
async function offered(exported: unknown): Promise<unknown> {
  if (typeof exported !== "function") return exported;
  const known = made.get(exported);
  if (known) return await known;
  const tools: PluginTools = { defineCollector, z };
  const making = Promise.resolve(exported(tools));
  made.set(exported, making);
  making.catch(() => made.delete(exported));
  return await making;
}

/** Whoever loads a plugin waits no longer: one that awaits what never comes would hold up everything. */
const LOAD_SECONDS = 10;

/**
 * What `loading` gives.
 *
 * @throws {RangeError} if that takes too long
 */
function inTime<T>(loading: Promise<T>, clock: Clock): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const refuse = () => reject(new RangeError(`it was not ready after ${LOAD_SECONDS} s`));
  const cancel = clock.timer(refuse, LOAD_SECONDS);
  loading.then(resolve, reject);
  return promise.finally(cancel);
}

async function exportedBy(path: string): Promise<unknown> {
  const module: { readonly default?: unknown } = await import(moduleUrl(path));
  return await offered(module.default);
}

/** Whose a name is, by name. */
type Owners = Map<string, string>;

interface Named {
  readonly name: string;
  readonly aliases?: unknown;
}

function isNamed(value: unknown): value is Named {
  return typeof value === "object" && value !== null && "name" in value && typeof value.name === "string";
}

function namesOf({ name, aliases }: Named): string[] {
  const others = Array.isArray(aliases) ? aliases.filter((alias) => typeof alias === "string") : [];
  return [name, ...others];
}

/** Names that are taken already; the rest belongs to `file` from here on. */
function nameFaults(file: string, named: Named, owners: Owners): string[] {
  return namesOf(named).flatMap((name, i) => {
    const owner = owners.get(name);
    if (owner === undefined) owners.set(name, `plugin ${JSON.stringify(file)}`);
    return owner === undefined ? [] : `${i === 0 ? "name" : "aliases"}: ${owner} has the name ${JSON.stringify(name)}`;
  });
}

/** What is wrong with one of the things that a plugin exports. */
function collectorFaults(file: string, value: unknown, position: string, owners: Owners): string[] {
  const named = isNamed(value) ? value : undefined;
  const shape = typeof value === "object" && value !== null ? shapeFaults(value) : ["expected an object"];
  const which = named ? `${JSON.stringify(named.name)} ` : position;
  return [...shape, ...named ? nameFaults(file, named, owners) : []].map((fault) =>
    `Cannot use collector ${which}of plugin ${JSON.stringify(file)}: ${fault}`
  );
}

/** The module's URL, new whenever the file was written, so that a plugin that was changed is read anew. */
function moduleUrl(path: string): string {
  const stats = statSync(path);
  if (!stats.isFile()) throw new TypeError("it is no regular file");
  return `${pathToFileURL(path)}?written=${stats.mtimeMs}-${stats.size}`;
}

function reasonOf(error: unknown): string {
  if (error instanceof Error && "code" in error && error.code === "ENOENT") return "there is no such file";
  const message = error instanceof Error ? error.message : String(error);
  // Of a syntax error the lines between show the place, which the last one names.
  const lines = message.trim().split("\n").map((line) => line.trim());
  const place = lines.length > 1 && lines.at(-1)?.startsWith("at ") ? ` ${lines.at(-1)}` : "";
  return `${lines[0]}${place}`.replace(/\?written=[\d.-]+/g, "");
}

/** Where the faults of all plugins come together. */
interface Loading {
  readonly clock: Clock;
  readonly owners: Owners;
  readonly faults: string[];
}

/** What one plugin offers, with its faults added to the others. */
async function loadPlugin(path: string, file: string, { clock, owners, faults }: Loading): Promise<unknown[]> {
  try {
    const exported = await inTime(exportedBy(path), clock);
    const collectors: unknown[] = Array.isArray(exported) ? exported : [exported];
    if (exported === undefined || collectors.length === 0) {
      faults.push(`Cannot load plugin ${JSON.stringify(file)}: its default export is no collector`);
      return [];
    }
    collectors.forEach((collector, i) => {
      const position = collectors.length > 1 ? `number ${i + 1} ` : "";
      faults.push(...collectorFaults(file, collector, position, owners));
    });
    return collectors;
  } catch (error) {
    faults.push(`Cannot load plugin ${JSON.stringify(file)}: ${reasonOf(error)}`);
    return [];
  }
}

/**
 * Loads collectors from files, in their order. They run in this process and may do what it may: they are trusted.
 *
 * @param paths where they are; a relative one starts at `baseUrl`
 * @param options `baseUrl` is the URL of a folder, as `file:///etc/sonde/`; `builtIn` has the collectors whose names
 * plugins may not use; by `clock` a plugin has 10 s
 * @throws {PluginError} with the faults of all plugins, if there are any: files that cannot be loaded, or not in time,
 * and fields that no collector has
 */
export async function loadPlugins(
  paths: readonly string[],
  { baseUrl, builtIn = [], clock = systemClock }: {
    readonly baseUrl: string;
    readonly builtIn?: readonly AnyCollector[];
    readonly clock?: Clock;
  },
): Promise<readonly AnyCollector[]> {
  const owners: Owners = new Map();
  for (const collector of builtIn) for (const name of namesOf(collector)) owners.set(name, "a built-in collector");
  const faults: string[] = [];
  const collectors: unknown[] = [];
  const base = fileURLToPath(baseUrl);
  const files = new Map(paths.map((path) => [resolve(base, path), path]));
  for (const [path, file] of files) collectors.push(...await loadPlugin(path, file, { clock, owners, faults }));
  if (faults.length > 0) throw new PluginError(faults);
  return collectors as AnyCollector[]; // each field was checked
}
