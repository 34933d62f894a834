import { isAbsolute, join } from "node:path";
import type { LogLevel } from "../log.ts";
import { type CollectorConfig, collectorConfig, fitCollectors, prepareOptions } from "./collectors.ts";
import { engineSchema } from "./engine.ts";
import { FamilyFilter } from "../family_filter.ts";
import { fit } from "./fit.ts";
import { type Gathering, gathering } from "./gathering.ts";
import { UNWORDED_MESSAGES } from "./issue.ts";
import { reportRefusal } from "./refusal.ts";
import { type Dict, dict, find, type Located, type Place, plain, type Report } from "./located.ts";
import { uponProfile } from "./profiles.ts";
import { settings } from "./settings.ts";
import { jsonSchemaOf, property } from "./shape.ts";
import { type ConfigSources, fileReader, type FileTree, fileTree, layered } from "./sources.ts";
import { type ConfigValue, effectiveValues } from "./values.ts";

/** The effective configuration, validated. Seconds throughout. */
export interface Config {
  /** The peer that it stands in for, by name. */
  readonly profile: string | undefined;
  /** Every known collector, by its name. */
  readonly collectors: ReadonlyMap<string, CollectorConfig>;
  /** The server. */
  readonly web: {
    /** Addresses, each as `parseListenAddress` takes it. */
    readonly listenAddress: readonly string[];
    /** Path of the metrics, with its leading slash. */
    readonly telemetryPath: string;
    /** Scrapes served at once; 0: no limit. */
    readonly maxRequests: number;
    /** Whether the metrics of the exporter itself are left out. */
    readonly disableExporterMetrics: boolean;
    /** Whether OpenMetrics is answered where it is accepted. */
    readonly openmetrics: boolean;
    /** URL under which it is reached from outside, without a slash at its end. */
    readonly externalUrl: string | undefined;
    /** Path before all its pages, without a slash at its end; empty for none. */
    readonly routePrefix: string;
    /** Page that `/` shows, in place of its own. */
    readonly landingPage: string | undefined;
    /** File of TLS and authentication, where there is one. */
    readonly configFile?: string;
  };
  /** Seconds between two looks at the configuration file; `undefined`: it is not looked at. */
  readonly autoReloadSeconds: number | undefined;
  /** Scrapes. */
  readonly scrape: {
    /** Oldest reading accepted, in place of each collector's own; `undefined`: each has its own. */
    readonly freshnessSeconds: number | undefined;
    /** Whether one failure makes the page a 503. */
    readonly strict: boolean;
  };
  /** Which families are wanted; `undefined`: all. */
  readonly families: FamilyFilter | undefined;
  /** Where the host's file systems are mounted. */
  readonly path: {
    readonly procfs: string;
    readonly sysfs: string;
    readonly rootfs: string;
    /** Folder of udev's database. */
    readonly udevData: string;
  };
  /** Messages to the operator. */
  readonly log: { readonly level: LogLevel; readonly format: "logfmt" | "json" };
  /** Files of collectors to load. */
  readonly plugins: readonly string[];
  /** Every value, as it was written, and where; for people to read. */
  readonly values: readonly ConfigValue[];
}

type EngineConfig = ReturnType<typeof engineSchema.parse>;

/** The sections that belong to no collector, of a fitted tree. */
function engineConfig(tree: Dict, report: Report): EngineConfig | undefined {
  const sections = [...tree.entries].filter(([key]) => Object.hasOwn(engineSchema.shape, key));
  const input = dict(tree.place, sections);
  const parsed = engineSchema.safeParse(plain(input), UNWORDED_MESSAGES);
  if (!parsed.success) reportRefusal({ error: parsed.error, input, schema: jsonSchemaOf(engineSchema) }, report);
  return parsed.data;
}

/** The tree with the engine's sections as their schema takes them. */
function fitEngine(tree: Dict, report: Report, readFile: (path: string, place: Place) => string): Dict {
  const root = jsonSchemaOf(engineSchema) ?? {};
  return dict(
    tree.place,
    [...tree.entries].map(([key, entry]) => {
      const schema = property(root, key);
      return [key, schema ? { ...entry, value: fit(entry.value, schema, { root, report, readFile }) } : entry];
    }),
  );
}

/** The path of a URL, without a slash at its end. */
function prefixOf(url: string | undefined): string {
  return url === undefined ? "" : new URL(url).pathname.replace(/\/+$/, "");
}

/** Reports what is well-formed, but not together. */
function checkTogether(tree: Dict, engine: EngineConfig, { collectors }: ConfigSources, report: Report): void {
  const path = engine.web["telemetry-path"];
  const owner = collectors.find(({ routes }) => routes && Object.hasOwn(routes, path));
  const place = find(tree, ["web", "telemetry-path"])?.place ?? tree.place;
  if (owner) report(place, `the path ${JSON.stringify(path)} is the collector's ${JSON.stringify(owner.name)}`);
}

/** A path, which starts where it is written: in the file's folder, otherwise in the working directory. */
function pathFrom(node: Located | undefined): string | undefined {
  if (node?.kind !== "scalar" || typeof node.value !== "string" || node.value === "") return undefined;
  const { value, place: { directory } } = node;
  return isAbsolute(value) || directory === undefined ? value : join(directory, value);
}

/**
 * The configuration out of its sources: defaults ← object ← file ← environment ← flags. Maps are laid upon one another
 * key by key, lists and all else are replaced. Changes nothing.
 *
 * @throws {ConfigError} with all faults, if there are any
 * @throws {TypeError} if the collectors cannot be configured together, as {@linkcode settings}
 */
export async function loadConfig(sources: ConfigSources): Promise<Config> {
  const faults = gathering();
  const file = await fileTree(sources, faults.report);
  if (!file) return faults.refuse();
  const { config, tree } = resolved(sources, file, faults);
  await Promise.all(sources.collectors.map((collector) => {
    const own = config.collectors.get(collector.name);
    return own && prepareOptions(collector, own, tree, faults.report);
  }));
  return faults.isEmpty() ? config : faults.refuse();
}

/**
 * {@linkcode loadConfig} at once, for programs: without a file.
 *
 * @throws {ConfigError} with all faults, if there are any
 * @throws {TypeError} if the collectors cannot be configured together, as {@linkcode settings}
 */
export function resolveConfig(sources: Omit<ConfigSources, "file">): Config {
  return resolved(sources, {}, gathering()).config;
}

function resolved(
  sources: ConfigSources,
  file: FileTree,
  faults: Gathering,
): { readonly config: Config; readonly tree: Dict } {
  const all = settings(sources.collectors);
  const { report } = faults;
  const readFile = fileReader(sources);
  const merged = uponProfile(layered(sources, file, all, report), sources.builtIn ?? sources.collectors);
  const tree = fitCollectors(fitEngine(merged, report, readFile), sources.collectors, report, readFile);
  const engine = engineConfig(tree, report);
  const collectors = new Map(sources.collectors.map((each) => [each.name, collectorConfig(each, tree, report)]));
  if (engine) checkTogether(tree, engine, sources, report);
  if (!engine || !faults.isEmpty()) return faults.refuse();
  const { profile, web, scrape, metrics, path, log, plugins, config: reading } = engine;
  const isFiltered = metrics.include.length + metrics.exclude.length > 0;
  const config: Config = {
    profile,
    collectors,
    web: {
      listenAddress: web["listen-address"],
      telemetryPath: web["telemetry-path"],
      maxRequests: web["max-requests"],
      disableExporterMetrics: web["disable-exporter-metrics"],
      openmetrics: web.openmetrics,
      externalUrl: web["external-url"],
      routePrefix: web["route-prefix"] ?? prefixOf(web["external-url"]),
      landingPage: web["landing-page"],
      configFile: pathFrom(find(tree, ["web", "config.file"])),
    },
    autoReloadSeconds: reading["enable-auto-reload"] ? reading["auto-reload-interval"] : undefined,
    scrape: { freshnessSeconds: scrape.freshness, strict: scrape.strict },
    families: isFiltered ? new FamilyFilter(metrics) : undefined,
    path: { procfs: path.procfs, sysfs: path.sysfs, rootfs: path.rootfs, udevData: path["udev.data"] },
    log,
    plugins,
    values: effectiveValues(all, tree),
  };
  return { config, tree };
}

/**
 * The plugins that a configuration names: they must be loaded before the rest of it can be understood. Says nothing of
 * what is wrong, and is empty where that makes it unclear: {@linkcode loadConfig} reports it.
 */
export async function pluginPaths(sources: Omit<ConfigSources, "collectors">): Promise<readonly string[]> {
  const all = settings([]).filter(({ path }) => path[0] === "plugins");
  const flags = new Map([...sources.flags ?? []].filter(([name]) => all.some(({ flag }) => flag === name)));
  const ignored: Report = () => {};
  const file = await fileTree(sources, ignored);
  if (!file) return [];
  const tree = layered({ ...sources, flags, collectors: [] }, file, all, ignored, (key) => key === "plugins");
  return engineConfig(fitEngine(tree, ignored, fileReader(sources)), ignored)?.plugins ?? [];
}
