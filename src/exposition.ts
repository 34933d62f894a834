/**
 * The page: commits what nodes show, renders it, keeps what is rendered. The only module that knows prom-client.
 *
 * Every family that nodes show is registered in one prom-client registry as a metric that answers from the last commit, so
 * that an app's own metrics live beside ours. The page is rendered here, because prom-client would print `Nan`, families
 * without samples, colliding keys, and in OpenMetrics other names.
 *
 * @module
 */

import { type Metric as PromMetric, Registry } from "prom-client";
import { type Batch, EMPTY_BATCH, type FamilyBatch, renderLabels } from "./batch.ts";
import { BoundedReads } from "./bounded_reads.ts";
import type { Clock } from "./clock.ts";
import type { MetricType } from "./collector.ts";
import { PageFamily, Part, type Refusal } from "./family.ts";
import { Page } from "./page.ts";
import { gatherValues, type PromValue, promValues, shownSeries } from "./prom_values.ts";
import { type Format, formatValue, openMetricsName, renderHeader } from "./text_format.ts";

/**
 * A prom-client registry, by its methods: `new Counter({ …, registers: [exporter.registry] })` takes it, and an app may
 * give its own.
 */
export interface MetricsRegistry {
  /** Everything in prom-client's own rendering. */
  metrics(): Promise<string>;
  /** Adds one metric. */
  // deno-lint-ignore no-explicit-any -- prom-client's own types must neither be named nor refused here
  registerMetric(metric: any): void;
  /** All metrics with their values. */
  // deno-lint-ignore no-explicit-any -- as above
  getMetricsAsJSON(): Promise<any>;
  /** All metrics. */
  // deno-lint-ignore no-explicit-any -- as above
  getMetricsAsArray(): any[];
  /** One metric. */
  // deno-lint-ignore no-explicit-any -- as above
  getSingleMetric(name: string): any;
  /** One metric in prom-client's own rendering. */
  getSingleMetricAsString(name: string): Promise<string>;
  /** Removes one metric. */
  removeSingleMetric(name: string): void;
  /** Removes all metrics. */
  clear(): void;
  /** Resets the app's metrics. */
  resetMetrics(): void;
  /** Labels for the app's metrics. */
  setDefaultLabels(labels: object): void;
  /** The content type of {@linkcode MetricsRegistry.metrics}. */
  // deno-lint-ignore no-explicit-any -- as above
  readonly contentType: any;
  /** Sets the content type. */
  // deno-lint-ignore no-explicit-any -- as above
  setContentType(contentType: any): void;
}

/** What a page shows, where that is not everything. */
export interface PageFilter {
  /** Whether a node's samples are shown. */
  readonly shows?: (owner: string) => boolean;
  /** The only families shown. */
  readonly families?: ReadonlySet<string>;
  /** Samples shown in place of a node's own. */
  readonly instead?: ReadonlyMap<string, Batch>;
}

/** What an {@linkcode Exposition} is made of. */
export interface ExpositionParts {
  /** Where to register families; absent: a registry of its own. */
  readonly registry?: MetricsRegistry;
  /** Time, for turns of the event loop. */
  readonly clock: Clock;
  /** Told of series that are not shown because another node shows them, once per node and commit. */
  readonly refused: (refusal: Refusal) => void;
  /** Told of an app's metric that could not be read. */
  readonly unreadable: (name: string, error: unknown) => void;
}

/** Text gathered before the time is looked at: a fraction of a millisecond's work. */
const CHUNK_CHARACTERS = 16 * 1024;
/** How long rendering may hold the event loop at a time. */
const TURN_SECONDS = 0.005;
/** How long an app's metric may take to be read; one that takes longer is left out, and not asked again meanwhile. */
const FOREIGN_SECONDS = 1;
/** Nodes are few among others if they are fewer than a part of them in so many. */
const FEW = 20;
/** Owner of the metrics of an app's registry, in messages. */
const APP = "the app's registry";

/** What a rendering turns into lines. */
interface FamilySnapshot {
  readonly head: FamilyBatch;
  readonly body: string | undefined;
  readonly parts: readonly Part[];
  readonly keep: ((text: string) => void) | undefined;
}

/** Commits and renders. */
export class Exposition {
  /** Holds our families and the app's metrics. */
  readonly registry: MetricsRegistry;
  readonly #clock: Clock;
  readonly #refused: (refusal: Refusal) => void;
  readonly #unreadable: (name: string, error: unknown) => void;
  readonly #families = new Map<string, PageFamily>();
  #sorted: readonly PageFamily[] | undefined;
  /** Names of ours that an app's metric has taken. */
  readonly #taken = new Set<string>();
  readonly #batches = new Map<string, Batch>();
  #order = new Map<string, number>();
  #version = 0;
  readonly #reads: BoundedReads<PromMetric>;
  readonly #pages = new Map<Format, { readonly version: number; readonly page: Page | Promise<Page> }>();

  /** Shows nothing until something is committed. */
  constructor({ registry, clock, refused, unreadable }: ExpositionParts) {
    this.registry = registry ?? new Registry();
    this.#clock = clock;
    this.#reads = new BoundedReads(clock, FOREIGN_SECONDS);
    this.#refused = refused;
    this.#unreadable = unreadable;
  }

  /** Sets which nodes there are, in the order that decides between two that show one series; others' samples go. */
  setOrder(owners: Iterable<string>): void {
    this.#order = new Map([...owners].map((owner, i) => [owner, i]));
    for (const owner of this.#batches.keys()) if (!this.#order.has(owner)) this.#batches.delete(owner);
    for (const family of this.#families.values()) {
      family.reorder((owner) => this.#order.get(owner));
      if (family.parts.length === 0) this.#drop(family);
    }
    this.#version++;
  }

  /**
   * Shows a node's samples in place of those before, in one step.
   *
   * @returns the series that went, as `name{labels}`; found only when asked for
   */
  commit(owner: string, batch: Batch): Iterable<string> {
    const order = this.#order.get(owner);
    if (order === undefined) throw new RangeError(`Cannot commit samples of "${owner}": there is no such node`);
    const before = this.#batches.get(owner) ?? EMPTY_BATCH;
    const refusals = new Map<string, Refusal>();
    const replace = (name: string, part: FamilyBatch | undefined) => {
      const family = this.#families.get(name) ?? this.#add(name, part);
      for (const refusal of family.set(owner, order, part)) {
        if (!refusals.has(refusal.owner)) refusals.set(refusal.owner, refusal);
      }
      if (part && this.#taken.has(name)) refusals.set(owner, { owner, winner: APP, series: name });
      if (family.parts.length === 0) this.#drop(family);
    };
    for (const name of before.keys()) if (!batch.has(name)) replace(name, undefined);
    for (const [name, part] of batch) replace(name, part);
    if (batch.size > 0) this.#batches.set(owner, batch);
    else this.#batches.delete(owner);
    this.#version++;
    for (const refusal of refusals.values()) this.#refused(refusal);
    return { [Symbol.iterator]: () => gone(before, batch) };
  }

  /** Whether the registry holds metrics of an app. */
  get hasForeign(): boolean {
    return this.#foreign().length > 0;
  }

  /** Number of commits: what was rendered at another is old. */
  get version(): number {
    return this.#version;
  }

  /** The page; at once where little or nothing is to be rendered anew. */
  page(format: Format, filter?: PageFilter): Page | Promise<Page> {
    const foreign = this.#foreign();
    if (filter || foreign.length > 0) return this.#render(format, filter, foreign);
    const known = this.#pages.get(format);
    if (known?.version === this.#version) return known.page;
    const page = this.#render(format, undefined, foreign);
    const entry = { version: this.#version, page };
    this.#pages.set(format, entry);
    if (page instanceof Promise) {
      page.then((done) => this.#pages.get(format) === entry && this.#pages.set(format, { ...entry, page: done }));
    }
    return page;
  }

  #render(format: Format, filter: PageFilter | undefined, foreign: readonly PromMetric[]): Page | Promise<Page> {
    const snapshots = this.#snapshots(filter);
    const pieces: string[] = [];
    const rendering = this.#lines(snapshots, format, foreign);
    const ready = this.#turn(rendering, pieces);
    const close = () => {
      if (format === "openmetrics") pieces.push("# EOF\n");
      return new Page(pieces.join(""));
    };
    if (ready && foreign.length === 0) return close();
    return (async () => {
      const app = Promise.all(foreign.map((metric) => this.#renderForeign(metric, format, filter)));
      for (let done = ready; !done; done = this.#turn(rendering, pieces)) {
        await new Promise<void>((resolve) => this.#clock.timer(resolve, 0));
      }
      pieces.push(...await app);
      return close();
    })();
  }

  /** Renders for one turn of the event loop; whether that was all. */
  #turn(rendering: Iterator<string>, pieces: string[]): boolean {
    const until = this.#clock.monotonic() + TURN_SECONDS;
    for (;;) {
      const { done, value } = rendering.next();
      if (done) return true;
      pieces.push(value);
      if (this.#clock.monotonic() >= until) return false;
    }
  }

  *#lines(
    snapshots: readonly FamilySnapshot[],
    format: Format,
    foreign: readonly PromMetric[],
  ): Generator<string> {
    const names = new Set([...snapshots.map(({ head }) => head.name), ...foreign.map(nameOf)]);
    let chunk = "";
    for (const { head, body, parts, keep } of snapshots) {
      const other = openMetricsName(head.name, head.type);
      const header = renderHeader(head, format, other !== undefined && names.has(other));
      if (body !== undefined) {
        chunk += header + body;
      } else {
        const lines: string[] = [];
        let before = header;
        for (const part of parts) {
          for (const piece of part.pieces ?? part.render()) {
            chunk += before + piece;
            before = "";
            if (keep) lines.push(piece);
            if (chunk.length < CHUNK_CHARACTERS) continue;
            yield chunk;
            chunk = "";
          }
        }
        keep?.(lines.join(""));
      }
      if (chunk.length < CHUNK_CHARACTERS) continue;
      yield chunk;
      chunk = "";
    }
    yield chunk;
  }

  /** What is to be rendered, as it is at this moment: commits that come while it is rendered do not show. */
  #snapshots(filter: PageFilter | undefined): FamilySnapshot[] {
    this.#sorted ??= [...this.#families.values()].sort((a, b) => a.name < b.name ? -1 : 1);
    const shown = filter && [...this.#order].filter(([owner]) => !filter.shows || filter.shows(owner));
    const snapshots: FamilySnapshot[] = [];
    for (const family of this.#sorted) {
      const { head, body } = family;
      if (!head || this.#taken.has(family.name)) continue;
      if (filter && shown) snapshots.push(...filtered(family, filter, shown));
      else if (body !== undefined) snapshots.push({ head, body, parts: [], keep: undefined });
      else snapshots.push({ head, body, ...family.snapshot() });
    }
    return snapshots;
  }

  #add(name: string, batch: FamilyBatch | undefined): PageFamily {
    const family = new PageFamily(name);
    this.#families.set(name, family);
    this.#sorted = undefined;
    try {
      this.registry.registerMetric(this.#asMetric(family, batch));
    } catch {
      // The one reason for which a registry refuses: the app has a metric of that name. Its owner is told by commit().
      this.#taken.add(name);
    }
    return family;
  }

  #drop(family: PageFamily): void {
    this.#families.delete(family.name);
    this.#sorted = undefined;
    if (!this.#taken.delete(family.name)) this.registry.removeSingleMetric(family.name);
  }

  /** A family as a metric of prom-client. */
  #asMetric(family: PageFamily, batch: FamilyBatch | undefined): OwnMetric {
    return {
      [OWN]: true,
      name: family.name,
      help: batch?.help ?? "",
      type: batch?.type ?? "untyped",
      aggregator: "sum",
      reset: () => {},
      get: () =>
        Promise.resolve({
          name: family.name,
          help: family.head?.help ?? "",
          type: family.head?.type ?? "untyped",
          aggregator: "sum",
          values: family.parts.flatMap((part) => promValues(family.name, shownSeries(part))),
        }),
    };
  }

  /** The app's own metrics. */
  #foreign(): PromMetric[] {
    const metrics: readonly object[] = this.registry.getMetricsAsArray();
    return metrics.filter((metric): metric is PromMetric => !(OWN in metric));
  }

  /** What one of the app's metrics says, with the labels that all of its registry have. */
  async #readForeign(metric: PromMetric): Promise<ForeignReading> {
    const { help, type, values } = await this.#reads.read(metric, () => metric.get()) as unknown as {
      help: string;
      type: MetricType;
      values: readonly (Omit<PromValue, "labels"> & { readonly labels?: Readonly<Record<string, unknown>> })[];
    };
    const shared = (this.registry as { _defaultLabels?: Record<string, string> })._defaultLabels ?? {};
    const labelled = values.map(({ labels, ...rest }) => {
      const all = Object.entries({ ...shared, ...labels }).map(([k, v]) => [k, String(v)]);
      return { ...rest, labels: Object.fromEntries(all) };
    });
    return { help, type, values: labelled };
  }

  /**
   * All families with their values at this moment, the app's own among them.
   *
   * @param shows whether a node's samples are among them
   */
  async snapshot(shows: (owner: string) => boolean): Promise<Batch> {
    const shown = [...this.#families.values()].flatMap((family): FamilyBatch[] => {
      const parts = family.parts.filter(({ owner }) => shows(owner));
      const [first] = parts;
      if (!first || this.#taken.has(family.name)) return [];
      const isAlone = parts.length === 1 && !first.hidden;
      return [isAlone ? first.batch : { ...first.batch, series: new Map(parts.flatMap(shownSeries)) }];
    });
    const foreign = await Promise.all(
      this.#foreign().map(async (metric) => {
        const name = nameOf(metric);
        try {
          const { help, type, values } = await this.#readForeign(metric);
          return [{ name, help, type, series: gatherValues(name, type, values) }];
        } catch (error) {
          this.#unreadable(name, error);
          return [];
        }
      }),
    );
    return new Map([...shown, ...foreign.flat()].map((family) => [family.name, family]));
  }

  /** One of the app's metrics, by prom-client's values and our rendering; one that fails costs only itself. */
  async #renderForeign(metric: PromMetric, format: Format, filter: PageFilter | undefined): Promise<string> {
    const name = nameOf(metric);
    if (filter?.families && !filter.families.has(name)) return "";
    try {
      const { help, type, values } = await this.#readForeign(metric);
      if (values.length === 0) return "";
      const lines = values.map(({ labels, value, metricName = name }) => {
        const text = renderLabels(labels);
        return `${metricName}${text === "" ? "" : `{${text}}`} ${formatValue(value)}\n`;
      });
      const other = openMetricsName(name, type);
      return renderHeader({ name, type, help }, format, other !== undefined && this.#families.has(other)) +
        lines.join("");
    } catch (error) {
      this.#unreadable(name, error);
      return "";
    }
  }
}

/** One reading of an app's metric. */
interface ForeignReading {
  readonly help: string;
  readonly type: MetricType;
  readonly values: readonly PromValue[];
}

/** Marks our own entries of a registry. */
const OWN = Symbol("sonde");

interface OwnMetric {
  readonly [OWN]: true;
  readonly name: string;
  readonly help: string;
  readonly type: MetricType;
  readonly aggregator: "sum";
  reset(): void;
  get(): Promise<unknown>;
}

/** The name that the app gave its metric: prom-client's OpenMetrics mode, never used here, would change it. */
function nameOf(metric: PromMetric): string {
  return (metric as unknown as { name: string }).name;
}

/**
 * The parts of a family that a filter leaves.
 *
 * @param shown the nodes that it shows, with their places: where these are few, they are looked up among thousands
 */
function filtered(
  family: PageFamily,
  { shows, families, instead }: PageFilter,
  shown: readonly (readonly [owner: string, order: number])[],
): FamilySnapshot[] {
  if (families && !families.has(family.name)) return [];
  const left = shown.length * FEW < family.parts.length
    ? shown.flatMap(([owner, order]) => family.partOf(owner, order) ?? [])
    : family.parts.filter(({ owner }) => !shows || shows(owner));
  const parts = left.flatMap((part) => {
    const other = instead?.get(part.owner);
    if (!other) return [part];
    const batch = other.get(family.name);
    return batch ? [new Part(part.owner, part.order, batch)] : [];
  });
  const head = parts[0]?.batch;
  return head ? [{ head, body: undefined, parts, keep: undefined }] : [];
}

/** Series of `before` that `after` does not have. */
function* gone(before: Batch, after: Batch): Generator<string> {
  for (const [name, { series }] of before) {
    const kept = after.get(name)?.series;
    for (const key of series.keys()) if (!kept?.has(key)) yield key === "" ? name : `${name}{${key}}`;
  }
}
