/**
 * The engine: graph, scheduler and exposition, wired. Opens no port and reads no file itself.
 *
 * @module
 */

import { type Batch, EMPTY_BATCH } from "./batch.ts";
import type { Clock } from "./clock.ts";
import type {
  AnyCollector,
  Client,
  CollectorHealth,
  EngineView,
  NodeHealth,
  NodeView,
  RequestHandler,
  RouteContext,
  Source,
} from "./collector.ts";
import { Exposition, type MetricsRegistry } from "./exposition.ts";
import { failureMessage } from "./failure.ts";
import { buildGraph, type CollectorSettings, type Graph } from "./graph.ts";
import { addTotals, collectorHealth, type CountedNode, NO_TOTALS, type NodeTotals } from "./health.ts";
import type { Logger } from "./log.ts";
import { type NodeParts, observe, RunningNode, samePlan } from "./node.ts";
import type { Page } from "./page.ts";
import type { Node } from "./plan.ts";
import { Scheduler } from "./scheduler.ts";
import { Scope } from "./scope.ts";
import type { Format } from "./text_format.ts";

/** What an {@linkcode Engine} is made of. */
export interface EngineParts {
  /** The host. */
  readonly source: Source;
  /** Time. */
  readonly clock: Clock;
  /** What tells this machine from others: it spreads their ticks. */
  readonly machineId: string;
  /** Told what happens. */
  readonly log: Logger;
  /** Version of Sonde. */
  readonly version: string;
  /** Runtime and its version. */
  readonly runtime: string;
  /** Where to register families; absent: a registry of its own. */
  readonly registry?: MetricsRegistry;
}

/** What a request for the page asks for. */
export interface ScrapeRequest {
  /** How it is to be written. */
  readonly format: Format;
  /** How long it may wait, in seconds. */
  readonly budgetSeconds: number;
  /** The only collectors shown, by name; absent: all. */
  readonly collectors?: ReadonlySet<string>;
  /** The only families shown; absent: all. */
  readonly families?: ReadonlySet<string>;
}

/** The answer to a {@linkcode ScrapeRequest}. */
export interface Scrape {
  /** The page. */
  readonly page: Page;
  /** Ids of the nodes asked for that have failed, have not run yet, or could not be read in time. */
  readonly failed: readonly string[];
  /** Whether any node asked for succeeded, or none was to. */
  readonly useful: boolean;
}

/** How old what observers report may be, in seconds. */
const OBSERVED_SECONDS = 0.1;
/** Nodes with longer intervals are not waited for by readiness. */
const READY_INTERVAL_SECONDS = 60;
/** Families about the exporter's own process, which `--web.disable-exporter-metrics` leaves out. */
const EXPORTER_FAMILIES = /^(process|sonde_runtime)_/;

/** Runs collectors and shows what they report. */
export class Engine {
  readonly #parts: EngineParts;
  readonly #exposition: Exposition;
  readonly #scheduler: Scheduler;
  readonly #nodeParts: NodeParts;
  #graph: Graph = { nodes: new Map(), order: [] };
  #running = new Map<string, RunningNode>();
  #observers: readonly string[] = [];
  #routes: ReadonlyMap<string, RequestHandler> = new Map();
  readonly #scope = new Scope();
  /** Nodes that run and are exposed. */
  #exposed: readonly RunningNode[] = [];
  /** Ids of those that a scrape may run. */
  #local: readonly string[] = [];
  /** Totals of nodes that a reload removed, by collector. */
  readonly #gone = new Map<string, NodeTotals>();
  #exporterMetrics = true;
  #externalUrl: string | undefined;
  #reload = { successful: true, successTimestampSeconds: 0 };
  #observed = { version: -1, at: -Infinity };
  /** The whole page as it was shown last, and until when nothing of it needs to be read again. */
  readonly #shown = new Map<Format, { readonly version: number; readonly until: number; readonly scrape: Scrape }>();

  /** Runs nothing until collectors are applied and it is started. */
  constructor(parts: EngineParts) {
    const { clock, log, machineId } = parts;
    this.#parts = parts;
    this.#scheduler = new Scheduler({ clock, machineId });
    this.#exposition = new Exposition({
      registry: parts.registry,
      clock,
      refused: ({ owner, winner, series }) => this.#running.get(owner)?.refuseDuplicate(series, winner),
      unreadable: (metric, error) => log("warn", "metric of the app left out", { metric, error: String(error) }),
    });
    this.#nodeParts = {
      source: parts.source,
      clock,
      log,
      engine: () => this.#view(new Set(), undefined),
      scope: this.#scope,
      resultOf: (id) => this.#running.get(id)?.result(),
      show: (id, batch) => this.#exposition.commit(id, batch),
    };
  }

  /** Holds the families shown, and the app's metrics. */
  get registry(): MetricsRegistry {
    return this.#exposition.registry;
  }

  /** The nodes that run. */
  get graph(): Graph {
    return this.#graph;
  }

  /** Names of the collectors that `collect[]` may ask for. */
  get collectors(): ReadonlySet<string> {
    return new Set(
      [...this.#graph.nodes.values()].filter(({ exposed }) => exposed).map(({ collector }) => collector.name),
    );
  }

  /** Names of those among them that report the engine itself. */
  get observers(): readonly string[] {
    return this.#observers;
  }

  /** The handler that an enabled collector mounts at `path`, or else at the nearest folder above it. */
  route(path: string): RequestHandler | undefined {
    let end = path.length;
    while (end > 0) {
      const route = this.#routes.get(path.slice(0, end));
      if (route) return route;
      end = end === 1 ? 0 : path.lastIndexOf("/", end - 2) + 1;
    }
    return undefined;
  }

  /**
   * Runs these collectors instead of those before. Nodes that stay as they were go on undisturbed.
   *
   * @throws {GraphError} if they make no graph; then nothing has changed
   */
  apply(
    collectors: readonly AnyCollector[],
    settings: ReadonlyMap<string, CollectorSettings>,
    options: { readonly exporterMetrics: boolean; readonly externalUrl?: string },
  ): void {
    const graph = buildGraph(collectors, settings);
    const before = this.#running;
    const running = new Map<string, RunningNode>();
    for (const plan of graph.nodes.values()) {
      if (plan.collector.observes) continue;
      const old = before.get(plan.id);
      running.set(plan.id, old && samePlan(old.plan, plan) ? old : new RunningNode(plan, this.#nodeParts, old));
    }
    for (const old of before.values()) {
      if (running.get(old.id) === old) continue;
      this.#exposition.commit(old.id, new Map());
      if (!running.has(old.id)) this.#retire(old);
    }
    this.#graph = graph;
    this.#running = running;
    this.#exporterMetrics = options.exporterMetrics;
    this.#externalUrl = options.externalUrl;
    this.#observers = [...graph.nodes.values()].filter((n) => n.collector.observes && n.exposed).map(({ id }) => id);
    this.#exposed = [...running.values()].filter(({ plan }) => plan.exposed);
    this.#local = this.#exposed.filter((node) => node.freshnessSeconds !== undefined).map(({ id }) => id);
    const enabled = collectors.filter(({ name }) => settings.get(name)?.enabled);
    // Of two at one path the first collector's stays.
    this.#routes = new Map(
      enabled.toReversed().flatMap((each) => this.#mounted(each, settings.get(each.name))),
    );
    this.#exposition.setOrder(graph.nodes.keys());
    this.#scheduler.replace(running.values());
    this.noteReload(true);
  }

  #mounted({ routes = {} }: AnyCollector, settings?: CollectorSettings): [string, RequestHandler][] {
    const { source, clock, log } = this.#parts;
    const scope = this.#scope;
    const engine = () => this.#view(new Set(), undefined);
    const nodes = (collector: string) => this.#nodesOf(collector);
    const contextOf = (client: Client): RouteContext<unknown> => ({
      options: settings?.options,
      written: settings?.written,
      client,
      externalUrl: this.#externalUrl,
      log,
      source,
      clock,
      scope,
      nodes,
      get engine() {
        return engine();
      },
    });
    return Object.entries(routes).map((
      [path, handle],
    ) => [path, (request, client = "remote") => handle(request, contextOf(client))]);
  }

  #nodesOf(collector: string): NodeView[] {
    return [...this.#running.values()].filter(({ plan }) => plan.collector.name === collector).map((node) => ({
      name: node.id.slice(collector.length + 1) || collector,
      options: node.plan.options,
      health: node.health(),
      result: node.result(),
    }));
  }

  #retire(node: RunningNode): void {
    const { name } = node.plan.collector;
    this.#gone.set(name, addTotals(this.#gone.get(name) ?? NO_TOTALS, node.figures));
  }

  /** Notes how the last reload of the configuration went. */
  noteReload(successful: boolean): void {
    const now = this.#parts.clock.wall();
    this.#reload = { successful, successTimestampSeconds: successful ? now : this.#reload.successTimestampSeconds };
    this.#observed = { version: -1, at: -Infinity };
    this.#shown.clear();
  }

  /** Begins to run nodes on their intervals. */
  start(): void {
    this.#scheduler.start();
  }

  /** Ends all runs. */
  async stop(): Promise<void> {
    await this.#scheduler.stop();
    this.#scope[Symbol.dispose]();
  }

  /** Runs every node once. */
  collect(): Promise<void> {
    return this.#scheduler.runAll();
  }

  /** Health of all nodes that run. */
  nodes(): readonly NodeHealth[] {
    return [...this.#running.values()].map((node) => node.health());
  }

  /** Whether every node of at most a minute's interval has run, failed, or is not here. */
  ready(): boolean {
    return [...this.#running.values()].every(({ figures, intervalSeconds }) =>
      figures.state !== "pending" || intervalSeconds > READY_INTERVAL_SECONDS
    );
  }

  /** The page, after what may be read at scrape has been read; at once where nothing is to be waited for. */
  scrape(request: ScrapeRequest): Scrape | Promise<Scrape> {
    const arrivedAt = this.#parts.clock.monotonic();
    const whole = !request.collectors && !request.families;
    const shown = whole ? this.#shown.get(request.format) : undefined;
    if (shown && shown.until >= arrivedAt && shown.version === this.#exposition.version) return shown.scrape;
    const { collectors, budgetSeconds } = request;
    const ids = collectors ? this.#local.filter((id) => this.#isOf(id, collectors)) : this.#local;
    const stale = this.#scheduler.freshen(ids, arrivedAt, budgetSeconds);
    return stale instanceof Promise ? stale.then((set) => this.#show(request, set)) : this.#show(request, stale);
  }

  /** All that the whole page would show, after what may be read at scrape has been read. */
  async snapshot(budgetSeconds: number): Promise<Batch> {
    const stale = await this.#scheduler.freshen(this.#local, this.#parts.clock.monotonic(), budgetSeconds);
    this.#observe();
    return this.#exposition.snapshot((id) => !stale.has(id));
  }

  #isOf(id: string, collectors: ReadonlySet<string> | undefined): boolean {
    const name = this.#graph.nodes.get(id)?.collector.name;
    return !collectors || (name !== undefined && collectors.has(name));
  }

  #show(request: ScrapeRequest, stale: ReadonlySet<string>): Scrape | Promise<Scrape> {
    const { format, collectors, families } = request;
    const asked = collectors ? this.#exposed.filter(({ plan }) => collectors.has(plan.collector.name)) : this.#exposed;
    const failed = asked.filter(({ id, figures: { state } }) =>
      state === "failed" || state === "pending" || stale.has(id)
    )
      .map(({ id }) => id);
    const { hasForeign } = this.#exposition;
    const useful = failed.length < asked.length || asked.length === 0 || hasForeign;
    const partial = stale.size > 0 || collectors !== undefined;
    this.#observe();
    const page = this.#exposition.page(
      format,
      partial || families
        ? {
          families,
          shows: (id) => !stale.has(id) && this.#isOf(id, collectors),
          instead: partial ? this.#observations(this.#view(stale, collectors)) : undefined,
        }
        : undefined,
    );
    const { version } = this.#exposition;
    const finish = (done: Page): Scrape => {
      const scrape = { page: done, failed, useful };
      if (!partial && !families && !hasForeign) this.#remember(format, version, scrape);
      return scrape;
    };
    return page instanceof Promise ? page.then(finish) : finish(page);
  }

  #remember(format: Format, version: number, scrape: Scrape): void {
    const until = Math.min(this.#observed.at + OBSERVED_SECONDS, this.#scheduler.freshUntil(this.#local));
    this.#shown.set(format, { version, until, scrape });
  }

  /** Brings what observers report up to date, if anything was committed since, or it is too old. */
  #observe(): void {
    const now = this.#parts.clock.monotonic();
    const { version, at } = this.#observed;
    if (version === this.#exposition.version && now - at < OBSERVED_SECONDS) return;
    for (const [id, batch] of this.#observations(this.#view(new Set(), undefined))) this.#exposition.commit(id, batch);
    this.#observed = { version: this.#exposition.version, at: now };
  }

  #observations(view: EngineView): Map<string, Batch> {
    const batches = new Map<string, Batch>();
    for (const id of this.#observers) {
      const plan = this.#graph.nodes.get(id);
      if (plan) batches.set(id, this.#observation(plan, view));
    }
    return batches;
  }

  /** What one observer reports; one that fails costs only itself. */
  #observation(plan: Node, view: EngineView): Batch {
    try {
      const batch = observe(plan, this.#nodeParts, view);
      if (this.#exporterMetrics) return batch;
      return new Map([...batch].filter(([name]) => !EXPORTER_FAMILIES.test(name)));
    } catch (error) {
      const fields = { collector: plan.collector.name, node: plan.id, error: failureMessage(error) };
      this.#parts.log("warn", "collector failed", fields);
      return EMPTY_BATCH;
    }
  }

  /** Made of all nodes only where somebody looks: a run may ask for no more than the version. */
  #view(stale: ReadonlySet<string>, collectors: ReadonlySet<string> | undefined): EngineView {
    const { version, runtime } = this.#parts;
    const health = () => this.#collectorHealth(stale, collectors);
    const loopDelay = () => this.#scheduler.loopDelay();
    let known: readonly CollectorHealth[] | undefined;
    return {
      version,
      runtime,
      reload: this.#reload,
      get collectors() {
        return known ??= health();
      },
      get loopDelay() {
        return loopDelay();
      },
    };
  }

  #collectorHealth(
    stale: ReadonlySet<string>,
    collectors: ReadonlySet<string> | undefined,
  ): readonly CollectorHealth[] {
    const counted = new Map<AnyCollector, CountedNode[]>();
    for (const node of this.#exposed) {
      const { collector } = node.plan;
      if (collectors && !collectors.has(collector.name)) continue;
      const known = counted.get(collector);
      const one = { figures: node.figures, intervalSeconds: node.intervalSeconds, stale: stale.has(node.id) };
      if (known) known.push(one);
      else counted.set(collector, [one]);
    }
    return [...counted].map(([collector, nodes]) => collectorHealth(collector, nodes, this.#gone.get(collector.name)));
  }
}
