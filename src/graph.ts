/**
 * Which nodes there are, and who runs before whom.
 *
 * A collector is one node, or one node per instance (`http:site`). A node that another needs is there even where its
 * collector is not enabled: it runs, hidden.
 *
 * @module
 */

import type { AnyCollector, Instance } from "./collector.ts";
import { failureMessage } from "./failure.ts";
import { type FamilyFilter, type FamilySelection, selectFamilies } from "./family_filter.ts";
import { suggestion } from "./nearest.ts";
import type { Node } from "./plan.ts";

/** What the configuration says of a collector. */
export interface CollectorSettings {
  /** Whether its samples are wanted. */
  readonly enabled: boolean;
  /** Interval in seconds, in place of the collector's. */
  readonly intervalSeconds?: number;
  /** Deadline in seconds, in place of the collector's. */
  readonly timeoutSeconds?: number;
  /** Freshness in seconds, in place of the collector's. */
  readonly freshnessSeconds?: number;
  /** Age in seconds beyond which samples are withdrawn, in place of the one that follows from interval and deadline. */
  readonly maxAgeSeconds?: number;
  /** Options, validated by the collector's schema. */
  readonly options: unknown;
  /** What the options were made of, without secrets. */
  readonly written?: unknown;
  /** Which families the operator wants; absent: all. */
  readonly families?: FamilyFilter;
}

/** Nodes in the order of collectors and configuration, which decides between two that offer one series. */
export interface Graph {
  /** All nodes by id. */
  readonly nodes: ReadonlyMap<string, Node>;
  /** Ids, each after those that it needs. */
  readonly order: readonly string[];
}

/** What is wrong with a graph, everything at once. */
export class GraphError extends Error {
  /** The class. */
  override readonly name = "GraphError";
  /** One sentence per fault. */
  readonly faults: readonly string[];

  /** Joins `faults` as lines. */
  constructor(faults: readonly string[]) {
    super(faults.join("\n"));
    this.faults = faults;
  }
}

/** Interval of a collector that states none, in seconds. */
export const DEFAULT_INTERVAL_SECONDS = 15;
const LONGEST_TIMEOUT_SECONDS = 5;
const LOCAL_TIMEOUT_SECONDS = 1;

/** A collector's timing: the instance's, before the configuration's, before the collector's own, before the default. */
function timing(collector: AnyCollector, settings: CollectorSettings, instance: Instance<unknown> | undefined) {
  const intervalSeconds = instance?.intervalSeconds ?? settings.intervalSeconds ?? collector.intervalSeconds ??
    DEFAULT_INTERVAL_SECONDS;
  const local = collector.freshnessSeconds !== undefined;
  const usual = local
    ? LOCAL_TIMEOUT_SECONDS
    : Math.min(intervalSeconds > 0 ? intervalSeconds : Infinity, LONGEST_TIMEOUT_SECONDS);
  const timeoutSeconds = instance?.timeoutSeconds ?? settings.timeoutSeconds ??
    (settings.options === undefined ? undefined : collector.timeoutFor?.(settings.options)) ??
    collector.timeoutSeconds ?? usual;
  const freshnessSeconds = settings.freshnessSeconds ?? collector.freshnessSeconds ??
    (intervalSeconds === 0 ? 0 : undefined);
  return {
    intervalSeconds,
    timeoutSeconds,
    freshnessSeconds: collector.fold ? undefined : freshnessSeconds,
    maxAgeSeconds: settings.maxAgeSeconds ??
      (intervalSeconds > 0 ? 2 * intervalSeconds + timeoutSeconds : Infinity),
    ...(settings.maxAgeSeconds === undefined ? {} : { statedMaxAgeSeconds: settings.maxAgeSeconds }),
  };
}

/** What is wrong with a node's timing, of which some comes from collectors themselves. */
function timingFault(
  { id, collector, intervalSeconds, timeoutSeconds, freshnessSeconds = 0, maxAgeSeconds }: Node,
): string | undefined {
  const cannot = (what: string, seconds: number, wish: string) =>
    `Cannot run node "${id}": its ${what} is ${seconds} s, expected ${wish}`;
  if (!(intervalSeconds >= 0 && Number.isFinite(intervalSeconds))) {
    return cannot("interval", intervalSeconds, "0 or more");
  }
  if (collector.fold && intervalSeconds === 0) return cannot("interval", 0, "a longer one, on which alone it runs");
  if (!(timeoutSeconds > 0 && Number.isFinite(timeoutSeconds))) return cannot("timeout", timeoutSeconds, "more than 0");
  if (!(freshnessSeconds >= 0)) return cannot("freshness", freshnessSeconds, "0 or more");
  return maxAgeSeconds > 0 ? undefined : cannot("maximal age", maxAgeSeconds, "more than 0");
}

/** Builds the graph, gathering faults. */
class Builder {
  readonly faults: string[] = [];
  readonly nodes = new Map<string, Node>();
  /** Ids of each collector's nodes. */
  readonly #ids = new Map<string, string[]>();
  readonly #collectors: ReadonlyMap<string, AnyCollector>;
  readonly #settings: ReadonlyMap<string, CollectorSettings>;
  readonly #path: string[] = [];

  constructor(collectors: readonly AnyCollector[], settings: ReadonlyMap<string, CollectorSettings>) {
    this.#collectors = withNeeded(collectors, this.faults);
    this.#settings = settings;
    for (const collector of this.#collectors.values()) {
      const own = settings.get(collector.name);
      if (own?.enabled && !this.#familiesOf(collector, own)?.isEmpty) this.add(collector);
    }
  }

  /** The order of the list, not of the walk through needs. */
  sorted(): Map<string, Node> {
    const ids = [...this.#collectors.keys()].flatMap((name) => this.#ids.get(name) ?? []);
    const needed = new Set([...this.nodes.values()].flatMap(({ needs }) => [...needs.values()]));
    return new Map(ids.flatMap((id) => {
      const node = this.nodes.get(id);
      if (!node) return [];
      return [[id, node.families && needed.has(id) ? { ...node, readsAll: true } : node]];
    }));
  }

  /** What is shown of a collector that is enabled, if that is not all. */
  #familiesOf(collector: AnyCollector, { options, families }: CollectorSettings): FamilySelection | undefined {
    try {
      return selectFamilies(collector, options, families);
    } catch (error) {
      this.faults.push(`Cannot choose the families of collector "${collector.name}": ${failureMessage(error)}`);
      return undefined;
    }
  }

  /** Ids of a collector's nodes, which are added if they are not there yet. */
  add(collector: AnyCollector): readonly string[] {
    const { name } = collector;
    if (this.#path.includes(name)) {
      const cycle = [...this.#path.slice(this.#path.indexOf(name)), name].join(" → ");
      this.faults.push(`Cannot order the collectors: ${cycle} is a cycle`);
      return [];
    }
    const known = this.#ids.get(name);
    if (known) return known;
    this.#path.push(name);
    const needs = this.#needsOf(collector);
    this.#path.pop();
    const settings = this.#settings.get(name) ?? this.#defaultsOf(collector);
    const families = settings.enabled ? this.#familiesOf(collector, settings) : undefined;
    const exposed = settings.enabled && collector.expose !== false && !families?.isEmpty;
    const ids = this.#instancesOf(collector, settings).map((instance) => {
      const id = instance ? `${name}:${instance.name}` : name;
      if (this.nodes.has(id)) this.faults.push(`Cannot add node "${id}": there are two of that name`);
      const node = {
        id,
        collector,
        options: instance ? instance.options : settings.options,
        exposed,
        ...timing(collector, settings, instance),
        ...(exposed && families && { families }),
        needs,
      };
      const fault = timingFault(node);
      if (fault) this.faults.push(fault);
      this.nodes.set(id, node);
      return id;
    });
    this.#ids.set(name, ids);
    return ids;
  }

  /** Of a collector that is needed without being in the list, which therefore has no configuration. */
  #defaultsOf({ name, options }: AnyCollector): CollectorSettings {
    try {
      return { enabled: false, options: options?.parse({}) };
    } catch (error) {
      this.faults.push(`Cannot run collector "${name}" without configuration: ${failureMessage(error)}`);
      return { enabled: false, options: undefined };
    }
  }

  #instancesOf(collector: AnyCollector, settings: CollectorSettings): readonly (Instance<unknown> | undefined)[] {
    if (!collector.instances) return [undefined];
    try {
      return collector.instances(settings.options, {
        intervalSeconds: settings.intervalSeconds ?? collector.intervalSeconds ?? DEFAULT_INTERVAL_SECONDS,
        timeoutSeconds: settings.timeoutSeconds ?? collector.timeoutSeconds,
      });
    } catch (error) {
      this.faults.push(`Cannot make the nodes of collector "${collector.name}": ${failureMessage(error)}`);
      return [];
    }
  }

  #needsOf(collector: AnyCollector): ReadonlyMap<string, string> {
    const needs = new Map<string, string>();
    for (const [key, need] of Object.entries(collector.needs ?? {})) {
      const id = this.#resolve(collector.name, typeof need === "string" ? need : need.name);
      if (id !== undefined) needs.set(key, id);
    }
    return needs;
  }

  /** The id of the one node that `needed` names. */
  #resolve(by: string, needed: string): string | undefined {
    const colon = needed.indexOf(":");
    const collector = this.#collectors.get(colon < 0 ? needed : needed.slice(0, colon)) ??
      [...this.#collectors.values()].find((c) => c.aliases?.includes(needed));
    if (!collector) {
      this.faults.push(
        `Cannot give "${by}" what it needs: there is no collector "${needed}"` +
          suggestion(needed, this.#collectors.keys()),
      );
      return undefined;
    }
    if (collector.observes) {
      this.faults.push(`Cannot give "${by}" what it needs: "${needed}" is read for each page, after all others`);
      return undefined;
    }
    const before = this.faults.length;
    const ids = this.add(collector);
    if (this.faults.length > before) return undefined;
    if (colon >= 0 ? ids.includes(needed) : ids.length === 1) return colon >= 0 ? needed : ids[0];
    const found = ids.length === 0 ? "has no nodes" : `has the nodes ${ids.join(", ")}${suggestion(needed, ids)}`;
    this.faults.push(`Cannot give "${by}" what it needs, "${needed}": collector "${collector.name}" ${found}`);
    return undefined;
  }
}

/** The list, and behind it those that are needed as objects without being in it. */
function withNeeded(collectors: readonly AnyCollector[], faults: string[]): ReadonlyMap<string, AnyCollector> {
  const byName = new Map<string, AnyCollector>();
  const waiting = [...collectors];
  for (const collector of waiting) {
    const known = byName.get(collector.name);
    if (known === collector) continue;
    if (known) {
      faults.push(`Cannot add collector "${collector.name}": there is another of that name`);
      continue;
    }
    byName.set(collector.name, collector);
    for (const need of Object.values(collector.needs ?? {})) if (typeof need !== "string") waiting.push(need);
  }
  return byName;
}

/** Ids, each after those that it needs; the graph has no cycle. */
function order(nodes: ReadonlyMap<string, Node>): string[] {
  const done = new Set<string>();
  const visit = (id: string) => {
    if (done.has(id)) return;
    for (const need of nodes.get(id)?.needs.values() ?? []) visit(need);
    done.add(id);
  };
  for (const id of nodes.keys()) visit(id);
  return [...done];
}

/**
 * Makes the nodes of enabled collectors, and of those that they need.
 *
 * @throws {GraphError} if names are missing or taken, or needs go in a circle
 */
export function buildGraph(
  collectors: readonly AnyCollector[],
  settings: ReadonlyMap<string, CollectorSettings>,
): Graph {
  const builder = new Builder(collectors, settings);
  if (builder.faults.length > 0) throw new GraphError([...new Set(builder.faults)]);
  const nodes = builder.sorted();
  return { nodes, order: order(nodes) };
}

/** How many families a node does not show, in words; nothing of one that shows all. */
function omissions({ collector, families }: Node): string {
  if (!families || families.unwanted.size === 0) return "";
  return ` (without ${families.unwanted.size} of ${Object.keys(collector.metrics).length} families)`;
}

/** How a graph can be printed. */
export const GRAPH_FORMATS = ["text", "mermaid", "dot", "json"] as const;
/** One of {@linkcode GRAPH_FORMATS}. */
export type GraphFormat = (typeof GRAPH_FORMATS)[number];

/** Prints a graph, nodes after those that they need; edges point from the need to its dependent. */
export function printGraph({ nodes, order }: Graph, format: GraphFormat): string {
  const ordered = order.flatMap((id) => nodes.get(id) ?? []);
  switch (format) {
    case "text":
      return ordered.map((node) => {
        const needs = node.needs.size > 0 ? ` ← ${[...node.needs.values()].join(", ")}` : "";
        return `${node.id}${needs}${node.exposed ? "" : " (hidden)"}${omissions(node)}\n`;
      }).join("");
    case "mermaid": {
      const names = new Map(ordered.map((node, i) => [node.id, `n${i}`]));
      const lines = ordered.map((node) => {
        const text = node.id.replace(/["#;<>&]/g, (c) => `#${c.charCodeAt(0)};`);
        return `  ${names.get(node.id)}${node.exposed ? `["${text}"]` : `(["${text}"])`}\n`;
      });
      const edges = ordered.flatMap((node) =>
        [...node.needs.values()].map((need) => `  ${names.get(need)} --> ${names.get(node.id)}\n`)
      );
      return `flowchart LR\n${[...lines, ...edges].join("")}`;
    }
    case "dot": {
      const quote = (id: string) => `"${id.replace(/["\\]/g, "\\$&")}"`;
      const lines = ordered.map((node) => `  ${quote(node.id)}${node.exposed ? "" : " [style=dashed]"};\n`);
      const edges = ordered.flatMap((node) =>
        [...node.needs.values()].map((need) => `  ${quote(need)} -> ${quote(node.id)};\n`)
      );
      return `digraph sonde {\n  rankdir=LR;\n${[...lines, ...edges].join("")}}\n`;
    }
    case "json":
      return JSON.stringify(
        ordered.map((node) => ({
          id: node.id,
          collector: node.collector.name,
          exposed: node.exposed,
          intervalSeconds: node.intervalSeconds,
          timeoutSeconds: node.timeoutSeconds,
          ...(node.freshnessSeconds === undefined ? {} : { freshnessSeconds: node.freshnessSeconds }),
          ...(node.maxAgeSeconds === Infinity ? {} : { maxAgeSeconds: node.maxAgeSeconds }),
          ...(node.families && { omits: [...node.families.unwanted] }),
          needs: [...node.needs.values()],
        })),
        null,
        2,
      ) + "\n";
  }
}
