import * as z from "zod";
import type { AnyCollector, Schema } from "../collector.ts";
import { COLLECTOR_KEYS, collectorSchema, DISABLE_DEFAULTS, disableDefaultsSchema } from "./engine.ts";
import { fit } from "./fit.ts";
import { UNWORDED_MESSAGES } from "./issue.ts";
import { revealed } from "./redact.ts";
import { reportRefusal } from "./refusal.ts";
import { below, type Dict, dict, type Entry, find, type Located, type Place, plain, type Report } from "./located.ts";
import { type JsonSchema, jsonSchemaOf, propertiesOf, property } from "./shape.ts";

/** What is configured of one collector; what is absent, the collector or the engine decides. */
export interface CollectorConfig {
  /** Whether its samples are asked for. */
  readonly enabled: boolean;
  /** Longest time between two runs; 0: only when scraped. */
  readonly intervalSeconds?: number;
  /** Deadline of a run, longer than 0. */
  readonly timeoutSeconds?: number;
  /** Oldest reading that a scrape accepts; 0: each scrape reads anew. */
  readonly freshnessSeconds?: number;
  /** Age at which samples are withdrawn, longer than 0. */
  readonly maxAgeSeconds?: number;
  /**
   * What the collector's own schema made of its options; `{}` without one. `undefined` for a collector that is off, and
   * whose schema does not do without options.
   */
  readonly options: unknown;
  /** What the options of a collector with routes were made of, as it was written; what is secret of it is `<redacted>`. */
  readonly written?: unknown;
}

type ReadFile = (path: string, place: Place) => string;

const isOwnKey = (key: string): boolean => COLLECTOR_KEYS.some((own) => own === key);

/** What may stand below a collector's name: the keys that all have, and its options. */
export function sectionSchema({ options, topLevel = [] }: AnyCollector): JsonSchema {
  const schema = options && jsonSchemaOf(options);
  const own = Object.entries(propertiesOf(schema)).filter(([key]) => !topLevel.includes(key));
  const isOpen = options !== undefined && schema?.properties === undefined;
  return {
    properties: { ...propertiesOf(jsonSchemaOf(collectorSchema)), ...Object.fromEntries(own) },
    additionalProperties: isOpen || (schema?.additionalProperties ?? false),
  };
}

function fitCollector(collector: AnyCollector, node: Dict, report: Report, readFile: ReadFile): Located {
  const entries = [...node.entries].filter(([key, entry]) => {
    const misplaced = collector.topLevel?.includes(key) ?? false;
    if (misplaced) report(entry.key, `the key ${JSON.stringify(key)} belongs at the top level`);
    return !misplaced;
  });
  const root = (collector.options && jsonSchemaOf(collector.options)) ?? {};
  return fit(dict(node.place, entries), sectionSchema(collector), { root, report, readFile });
}

/** The tree with the options of every collector as its schema takes them. */
export function fitCollectors(
  tree: Dict,
  collectors: readonly AnyCollector[],
  report: Report,
  readFile: ReadFile,
): Dict {
  const entries = new Map(tree.entries);
  const section = entries.get("collectors");
  if (section?.value.kind === "map") {
    const inner = new Map<string, Entry>();
    for (const [name, entry] of section.value.entries) {
      const collector = collectors.find((each) => each.name === name);
      const value = collector && entry.value.kind === "map"
        ? fitCollector(collector, entry.value, report, readFile)
        : fit(entry.value, jsonSchemaOf(disableDefaultsSchema), { root: {}, report, readFile });
      inner.set(name, { ...entry, value });
    }
    entries.set("collectors", { ...section, value: dict(section.value.place, inner) });
  }
  for (const { options, topLevel = [] } of collectors) {
    const root = options && jsonSchemaOf(options);
    for (const key of topLevel) {
      const entry = entries.get(key);
      // A secret of one collector's schema is one to all that share the key.
      if (entry && root) {
        entries.set(key, { ...entry, value: fit(entry.value, property(root, key), { root, report, readFile }) });
      }
    }
  }
  return dict(tree.place, entries);
}

function parseOptions(options: Schema<unknown>, input: unknown): unknown {
  return options instanceof z.ZodType ? options.parse(input, UNWORDED_MESSAGES) : options.parse(input);
}

/** What stands below a collector's name; an empty map where nothing does. */
function sectionOf({ name }: AnyCollector, tree: Dict): Dict {
  const path = ["collectors", name];
  const node = find(tree, path);
  return node?.kind === "map" ? node : dict(path.reduce(below, tree.place));
}

/** What a collector's schema gets of the tree. */
function optionsInput({ topLevel = [] }: AnyCollector, section: Dict, tree: Dict): Dict {
  const entries = [...section.entries].filter(([key]) => !isOwnKey(key));
  const others = [...tree.entries].filter(([key]) => topLevel.includes(key));
  return dict(section.place, [...entries, ...others]);
}

/** Options of one collector; `undefined` where they are refused. */
function optionsOf(collector: AnyCollector, section: Dict, tree: Dict, enabled: boolean, report: Report): unknown {
  const { options, topLevel = [] } = collector;
  if (!options) return {};
  const input = optionsInput(collector, section, tree);
  try {
    return parseOptions(options, plain(input));
  } catch (error) {
    // What all must have is not missed in one that nobody asked for; what is wrong in a key of several is.
    const isAsked = enabled || [...section.entries.keys()].some((key) => !isOwnKey(key));
    const shared: Report = (place, message) => place.path.startsWith(section.place.path) || report(place, message);
    reportRefusal({ error, input, schema: jsonSchemaOf(options), topLevel }, isAsked ? report : shared);
    return undefined;
  }
}

/** Has an enabled collector make ready what its options need, and reports where it cannot. */
export async function prepareOptions(
  collector: AnyCollector,
  { enabled, options }: CollectorConfig,
  tree: Dict,
  report: Report,
): Promise<void> {
  if (!enabled || !collector.prepare) return;
  try {
    await collector.prepare(options);
  } catch (error) {
    const input = optionsInput(collector, sectionOf(collector, tree), tree);
    const schema = collector.options && jsonSchemaOf(collector.options);
    reportRefusal({ error, input, schema, topLevel: collector.topLevel }, report);
  }
}

function isDisabledByDefault(tree: Dict, report: Report): boolean {
  const node = find(tree, ["collectors", DISABLE_DEFAULTS]);
  if (!node) return false;
  const parsed = disableDefaultsSchema.safeParse(plain(node), UNWORDED_MESSAGES);
  if (!parsed.success) reportRefusal({ error: parsed.error, input: node, schema: undefined }, report);
  return parsed.data ?? false;
}

/** Reports timing that would have no effect. */
function refuseTiming({ name, observes, fold }: AnyCollector, section: Dict, report: Report): void {
  const keys = observes ? COLLECTOR_KEYS.filter((key) => key !== "enabled") : fold ? ["freshness"] : [];
  const runs = observes ? "is read for each page" : "runs on its interval only";
  for (const key of keys) {
    const node = find(section, [key]);
    if (node) report(node.place, `${JSON.stringify(name)} ${runs}, and has no ${key}`);
  }
}

/** The configuration of one collector, out of a fitted tree. What its schema refuses is reported. */
export function collectorConfig(collector: AnyCollector, tree: Dict, report: Report): CollectorConfig {
  const section = sectionOf(collector, tree);
  const input = dict(section.place, [...section.entries].filter(([key]) => isOwnKey(key)));
  const parsed = collectorSchema.safeParse(plain(input), UNWORDED_MESSAGES);
  if (!parsed.success) {
    reportRefusal({ error: parsed.error, input, schema: jsonSchemaOf(collectorSchema) }, report);
  }
  const own = parsed.data;
  // What reports the engine stays, as the peer's own metrics do.
  const isDisabled = isDisabledByDefault(tree, report) && !collector.observes;
  const enabled = own?.enabled ?? (!isDisabled && (collector.enabled ?? true));
  const interval = find(section, ["interval"]);
  if (own?.interval === 0 && collector.fold && interval) {
    report(interval.place, `${JSON.stringify(collector.name)} runs on its interval only, expected one longer than 0s`);
  }
  refuseTiming(collector, section, report);
  return {
    enabled,
    intervalSeconds: own?.interval,
    timeoutSeconds: own?.timeout,
    freshnessSeconds: own?.freshness,
    maxAgeSeconds: own?.["max-age"],
    options: optionsOf(collector, section, tree, enabled, report),
    ...(collector.routes && { written: revealed(optionsInput(collector, section, tree)) }),
  };
}
