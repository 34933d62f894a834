/**
 * The contract of a collector: a plain object that reads a source, and maps what it read to samples.
 *
 * @module
 */

import type { Clock } from "./clock.ts";
import type { Logger } from "./log.ts";
import type { Scope } from "./scope.ts";
import type { SystemCalls } from "./system_calls.ts";

/** What a family's samples can be. */
export const METRIC_TYPES = ["counter", "gauge", "histogram", "summary", "untyped"] as const;
/** One of {@linkcode METRIC_TYPES}. */
export type MetricType = (typeof METRIC_TYPES)[number];

/** Metadata of one family, written once. */
export interface Metric {
  /** What its samples are. */
  readonly type: MetricType;
  /** One sentence for `# HELP`; never holds anything of the host. */
  readonly help: string;
  /** Names of the labels that every sample carries; absent means none. */
  readonly labels?: readonly string[];
  /** Whether samples may carry further labels, whose names the configuration gives. */
  readonly openLabels?: boolean;
}

/**
 * Where figures come from: files, calls, documents. A list where every family may come from each of them; else by source
 * the families that come from it, as names or as patterns such as `node_pressure_cpu_*`; none where it gives labels alone.
 */
export type Sources = readonly string[] | Readonly<Record<string, readonly string[]>>;

/** Families by full exposition name. */
export type Metrics = Readonly<Record<string, Metric>>;

/** Label names and values of one series. */
export type Labels = Readonly<Record<string, string>>;

/** A histogram's value: cumulative counts by upper bound, without `+Inf`, whose count is `count`. */
export interface HistogramValue {
  /** Cumulative count of observations by upper bound, ascending. */
  readonly buckets: ReadonlyMap<number, number>;
  /** Sum of all observations. */
  readonly sum: number;
  /** Number of all observations. */
  readonly count: number;
  /** Whether bounds without a fraction are written `1`, as Go's client does, not `1.0`: for what took such a page's place. */
  readonly wholeBounds?: boolean;
}

/** A summary's value. */
export interface SummaryValue {
  /** Observed value by quantile, 0 to 1. */
  readonly quantiles: ReadonlyMap<number, number>;
  /** Sum of all observations. */
  readonly sum: number;
  /** Number of all observations. */
  readonly count: number;
  /** Whether quantiles without a fraction are written `1`, as Go's client does, not `1.0`: for what took such a page's place. */
  readonly wholeBounds?: boolean;
}

/** Value of one sample of any type. */
export type SampleValue = number | HistogramValue | SummaryValue;

/** One exposed series and its value. */
export interface Sample {
  /** Family name. */
  readonly name: string;
  /** The series' labels, empty if it has none. */
  readonly labels: Labels;
  /** A number, but for histograms and summaries. */
  readonly value: SampleValue;
}

/** A whole family whose name is known only when it is read. */
export interface Family extends Metric {
  /** Full exposition name. */
  readonly name: string;
  /** Its samples, each with exactly the labels declared. */
  readonly samples: Iterable<{ readonly labels?: Labels; readonly value: SampleValue | undefined }>;
}

/** The value that a metric's type asks for. */
export type ValueOf<F extends Metric> = F["type"] extends "histogram" ? HistogramValue
  : F["type"] extends "summary" ? SummaryValue
  : number;

/** The labels argument that a metric's declaration asks for. */
export type LabelArgs<F extends Metric> = F extends { readonly labels: readonly (infer L extends string)[] }
  ? [labels: { readonly [K in L]: string } & (F extends { readonly openLabels: true } ? Labels : unknown)]
  : F extends { readonly openLabels: true } ? [labels?: Labels]
  : [];

/** Reports values of declared families; `undefined` is not reported here, and not exposed. */
export interface Emit<M extends Metrics> {
  /** Reports one value of one declared family. */
  <N extends keyof M & string>(name: N, value: ValueOf<M[N]> | undefined, ...labels: LabelArgs<M[N]>): void;
}

/** {@linkcode Emit} of a source whose families are known only when it is read. */
export interface OpenEmit<M extends Metrics> extends Emit<M> {
  /** Reports one whole family. */
  family(family: Family): void;
}

/** Operating systems told apart. */
export const PLATFORMS = ["linux", "darwin", "windows", "other"] as const;
/** One of {@linkcode PLATFORMS}. */
export type Platform = (typeof PLATFORMS)[number];

/** Seconds that one processor has spent, as the runtime reports them where no kernel file does. */
export interface RuntimeCpu {
  /** Seconds in user mode. */
  readonly user: number;
  /** Seconds in user mode at low priority. */
  readonly nice: number;
  /** Seconds in kernel mode. */
  readonly system: number;
  /** Seconds idle. */
  readonly idle: number;
  /** Seconds serving interrupts. */
  readonly irq: number;
}

/** What the JavaScript runtime reports of its host, for systems without `/proc`. */
export interface RuntimeFigures {
  /** Time spent per processor; empty where the runtime does not know. */
  cpus(): readonly RuntimeCpu[];
  /** Bytes of memory; `undefined` where the runtime does not know. */
  memory(): { readonly totalBytes: number; readonly freeBytes: number } | undefined;
  /** Load over 1, 5 and 15 minutes; `undefined` where the runtime does not know. */
  loadavg(): readonly [number, number, number] | undefined;
  /** Seconds since boot; `undefined` where the runtime does not know. */
  uptimeSeconds(): number | undefined;
  /** Name of the hardware, as `x86_64`. */
  machine(): string;
}

/** Figures of the exporter's own process; what the system does not tell is `undefined`. */
export interface ProcessFigures {
  /** User and system CPU time in seconds. */
  readonly cpuSeconds: number;
  /** Unix time of start, in seconds. */
  readonly startTimeSeconds: number | undefined;
  /** Resident memory in bytes. */
  readonly residentBytes: number;
  /** Virtual memory in bytes. */
  readonly virtualBytes: number | undefined;
  /** Limit of virtual memory in bytes; 2⁶⁴ for none, as the clients of Prometheus have it. */
  readonly virtualMaxBytes: number | undefined;
  /** Open file descriptors. */
  readonly openFds: number | undefined;
  /** Limit of open file descriptors. */
  readonly maxFds: number | undefined;
  /** Threads of the process. */
  readonly threads: number | undefined;
  /** Bytes of JavaScript heap in use. */
  readonly heapUsedBytes: number;
  /** Bytes of JavaScript heap allocated. */
  readonly heapTotalBytes: number;
}

/** One tree of the host's files, read only. Paths are relative to its root and have forward slashes. */
export interface FileTree {
  /** Text of a file, with U+FFFD for what is not UTF-8. Throws an `Error` that names the file if it cannot be read. */
  (path: string): string;
  /** Text of a file; `undefined` where there is none. */
  try(path: string): string | undefined;
  /**
   * Text of a file of one value, without surrounding white space; `undefined` where there is none, or where its device has
   * no value now, as a network interface without carrier has no speed.
   */
  value(path: string): string | undefined;
  /** Names in a folder, sorted; `undefined` where there is no folder. */
  list(path: string): readonly string[] | undefined;
  /** What a symbolic link points to, as it is written; `undefined` where there is none. */
  link(path: string): string | undefined;
  /** Whether there is a folder, also behind symbolic links. */
  isFolder(path: string): boolean;
  /** Unix time in seconds at which a file, also behind symbolic links, was written last; `undefined` where there is none. */
  modifiedSeconds(path: string): number | undefined;
  /** The path by which the file is really reached. */
  locate(path: string): string;
}

/** Space of a mounted file system, and what it has of inodes. */
export interface FileSystemSpace {
  /** Bytes in all. */
  readonly sizeBytes: number;
  /** Bytes free. */
  readonly freeBytes: number;
  /** Bytes free for who is not root. */
  readonly availableBytes: number;
  /** Inodes in all. */
  readonly files: number;
  /** Inodes free. */
  readonly freeFiles: number;
}

/** What the system answers when asked for a file system's space: that, or what is wrong, in its words. */
export type StatfsAnswer = { readonly space: FileSystemSpace; readonly fault?: undefined } | {
  readonly fault: string;
  readonly space?: undefined;
};

/** The host, read only. */
export interface Source {
  /** The host's operating system. */
  readonly platform: Platform;
  /** Procfs: `proc("stat")`, `proc("net/dev")`. */
  readonly proc: FileTree;
  /** Sysfs. */
  readonly sys: FileTree;
  /** The host's file systems. */
  readonly root: FileTree;
  /** The database of udev, by default `/run/udev/data`. */
  readonly udev: FileTree;
  /** The exporter's own files, by their paths as the configuration has them, whatever the host's are mounted under. */
  readonly local: FileTree;
  /** What the runtime reports, for systems without procfs. */
  readonly runtime: RuntimeFigures;
  /**
   * Space of the file system on which `path` lies, a path as {@linkcode FileTree.locate} gives it. The answer may never come,
   * as when a server is gone: who asks bounds the wait. Until it has come who asks again gets `undefined`, at once.
   *
   * @param manner how it is asked
   */
  statfs(path: string, manner: StatfsManner): Promise<StatfsAnswer | undefined>;
  /** The exporter's own process. */
  process(): ProcessFigures;
  /** System calls for what no file tells; `undefined` where the runtime cannot make them, or may not. */
  systemCalls(): SystemCalls | undefined;
}

/**
 * How a file system is asked for its space: `at once` holds the event loop until it has answered, `waiting` does not, and
 * costs fifty times as much; for one that may never answer, `by helper` asks in a process of its own, where there is one.
 */
export type StatfsManner = "at once" | "waiting" | "by helper";

/** Validates options; a zod schema is one. */
export interface Schema<O> {
  /** Returns the options, with defaults filled in. Throws if `input` is not such options. */
  parse(input: unknown): O;
}

/** Why a run did not commit what it should have; the label `reason` of `sonde_collector_failures_total`. */
export const FAILURE_REASONS = [
  "timeout",
  "error",
  "parse",
  "dependency",
  "duplicate",
  "limit",
  "late",
  "invalid",
  "crash",
] as const;
/** One of {@linkcode FAILURE_REASONS}. */
export type FailureReason = (typeof FAILURE_REASONS)[number];

/** `pending`: has not run yet; `absent`: ran, and there is no such thing on this host. */
export type NodeState = "pending" | "ok" | "absent" | "failed";

/** Health of one node. */
export interface NodeHealth {
  /** `<collector>` or `<collector>:<instance>`. */
  readonly id: string;
  /** Name of its collector. */
  readonly collector: string;
  /** Whether it shows the families that the peer shows of each collector. */
  readonly peer: boolean;
  /** Whether its samples are on the page; a node that others need may run unseen. */
  readonly exposed: boolean;
  /** Outcome of the last finished run. */
  readonly state: NodeState;
  /** Longest time between two runs in seconds; 0: only when asked. */
  readonly intervalSeconds: number;
  /** Series committed and not withdrawn. */
  readonly series: number;
  /** Runs begun. */
  readonly runs: number;
  /** Ticks skipped. */
  readonly missedRuns: number;
  /** Failures by reason. */
  readonly failures: Readonly<Record<FailureReason, number>>;
  /** Wall-clock time at which the last run began, in seconds. */
  readonly lastRunTimestampSeconds: number | undefined;
  /** Wall-clock time of the last success, in seconds. */
  readonly lastSuccessTimestampSeconds: number | undefined;
  /** Duration of the last finished run in seconds. */
  readonly durationSeconds: number | undefined;
  /** Seconds for which its runs held the event loop, in all. */
  readonly blockingSeconds: number;
  /** Message of the failure, if the last finished run failed. */
  readonly lastError: string | undefined;
}

/** Health of one collector: its nodes' summed, a success only if all are. */
export interface CollectorHealth {
  /** Name of the collector. */
  readonly collector: string;
  /** Whether the peer has it too. */
  readonly peer: boolean;
  /** Whether the last run of every node succeeded; `undefined` before the first. */
  readonly success: boolean | undefined;
  /** Whether there is such a thing on this host; `undefined` before the first run. */
  readonly supported: boolean | undefined;
  /** Sum of its nodes' last durations in seconds; `undefined` before the first run. */
  readonly durationSeconds: number | undefined;
  /** The oldest of its nodes' last successes; `undefined` until each had one. */
  readonly lastSuccessTimestampSeconds: number | undefined;
  /** The longest of its nodes' intervals in seconds. */
  readonly intervalSeconds: number;
  /** Series on the page. */
  readonly series: number;
  /** Runs begun, also of nodes that a reload removed. */
  readonly runs: number;
  /** Ticks skipped, also of nodes that a reload removed. */
  readonly missedRuns: number;
  /** Failures by reason, also of nodes that a reload removed. */
  readonly failures: Readonly<Record<FailureReason, number>>;
  /** Seconds for which its runs held the event loop, also of nodes that a reload removed. */
  readonly blockingSeconds: number;
}

/** The engine, as one page shows it: what observers report. */
export interface EngineView {
  /** Version of Sonde. */
  readonly version: string;
  /** Runtime and its version, as `deno 2.9.6`. */
  readonly runtime: string;
  /** The collectors that this page shows. */
  readonly collectors: readonly CollectorHealth[];
  /** Whether the last reload of the configuration succeeded, and when one last did, in seconds of wall-clock time. */
  readonly reload: { readonly successful: boolean; readonly successTimestampSeconds: number };
  /** By how much the scheduler's timers fired late, in seconds. */
  readonly loopDelay: HistogramValue;
}

/** Names collectors: the collector itself, whose value is then typed, or a node's or collector's name. */
export type Needs = Readonly<Record<string, AnyCollector | string>>;

/** What a collector committed last. */
export interface NeedResult<V = unknown> {
  /** The value, folded where it folds. */
  readonly value: V;
  /** The samples made of it, also of families that are not shown. */
  readonly samples: readonly Sample[];
  /** When it was read, in seconds of the monotonic clock. */
  readonly readAtSeconds: number;
}

/** The value that a collector commits. */
export type ValueOfCollector<C> = C extends { readonly fold: (...args: never) => infer F } ? F
  : C extends { readonly read: (context: never) => infer R } ? Exclude<Awaited<R>, null>
  : unknown;

/** Results of the needed collectors, by the names that `needs` gives them. */
export type Needed<N> = {
  readonly [K in keyof N]: NeedResult<N[K] extends string ? unknown : ValueOfCollector<N[K]>>;
};

/** What a run may use. */
export interface Context<I, N, W extends string = string> {
  /** The host. */
  readonly source: Source;
  /** The node's options: the collector's, validated, or its instance's. */
  readonly options: I;
  /** Last committed results of what it needs. */
  readonly needs: Needed<N>;
  /** Aborts at the node's deadline and when the exporter stops. */
  readonly signal: AbortSignal;
  /** Seconds of a run after which the signal aborts: who waits for several waits less, and reports those that came. */
  readonly timeoutSeconds: number;
  /** Time. */
  readonly clock: Clock;
  /** The engine, for observers. */
  readonly engine: EngineView;
  /**
   * The age in seconds at which the configuration wants samples withdrawn, where it says so: a collector whose source tells
   * its own age leaves out what is older.
   */
  readonly maxAgeSeconds: number | undefined;
  /** The exporter, to which what its nodes share is bound: see {@linkcode Shared}. */
  readonly scope: Scope;
  /**
   * Whether a family is shown by anybody: what only families need that are not, need not be read. True of all while another
   * node looks at the value. Of open families a pattern may be asked after, as `node_memory_*`: whether any of them may be.
   */
  wanted(name: W): boolean;
  /** Tells the operator what this run leaves out; what the run before left out too is not said again. */
  warn(message: string): void;
}

/** Families after which {@linkcode Context.wanted} may be asked: those declared, or any where names are open. */
export type WantedNames<M extends Metrics, P> = P extends readonly string[] ? string : keyof M & string;

/** One node of a collector that has several, as one per target. */
export interface Instance<I> {
  /** Unique within the collector; the node is `<collector>:<name>`. */
  readonly name: string;
  /** What its runs get as `options`. */
  readonly options: I;
  /** Overrides the collector's interval. */
  readonly intervalSeconds?: number;
  /** Overrides the collector's deadline. */
  readonly timeoutSeconds?: number;
}

/** What instances get where they do not choose themselves. */
export interface InstanceTiming {
  /** The collector's interval in seconds. */
  readonly intervalSeconds: number;
  /** The collector's deadline in seconds, if one is set. */
  readonly timeoutSeconds: number | undefined;
}

/** One node, as handlers of routes see it. */
export interface NodeView {
  /** Name of its instance; the collector's own name where it has none. */
  readonly name: string;
  /** What its runs get as `options`. */
  readonly options: unknown;
  /** Its health at this moment. */
  readonly health: NodeHealth;
  /** What it committed last, if that stands. */
  readonly result: NeedResult | undefined;
}

/**
 * Who asks: `operator`, the process itself on behalf of who started it; `local`, a program of this host, or a proxy on it;
 * `remote`, all others, and those of whom nothing is known.
 */
export type Client = "operator" | "local" | "remote";

/** What a handler of a route may use. */
export interface RouteContext<O> {
  /** The collector's options, validated. */
  readonly options: O;
  /** What the options were made of, as it was written; what is secret of it is `<redacted>`. */
  readonly written: unknown;
  /** Who asks. */
  readonly client: Client;
  /** Where the exporter is reached from outside, if the configuration says so, without a slash at its end. */
  readonly externalUrl: string | undefined;
  /** Told what the operator should know. */
  readonly log: Logger;
  /** The host. */
  readonly source: Source;
  /** Time. */
  readonly clock: Clock;
  /** The engine at this moment. */
  readonly engine: EngineView;
  /** The exporter, to which what is shared is bound. */
  readonly scope: Scope;
  /** The nodes of the collector of that name, in the order of the configuration. */
  nodes(collector: string): readonly NodeView[];
}

/** Answers requests; who does not say for whom asks for a `remote` client. */
export type RequestHandler = (request: Request, client?: Client) => Response | Promise<Response>;

/** A handler mounted on the exporter's server. */
export type RouteHandler<O = unknown> = {
  handle(request: Request, context: RouteContext<O>): Response | Promise<Response>;
}["handle"];

/** What every collector declares; see {@linkcode defineCollector}. */
export interface Collector<
  V,
  F,
  M extends Metrics,
  O,
  N,
  P extends readonly string[] | undefined = undefined,
  I = O,
> {
  /** Its name everywhere: file, flag, configuration key and `collector` label; the peer's where it has one. */
  readonly name: string;
  /** One sentence: what it reports. */
  readonly help: string;
  /** Whether it is on without being asked for; absent means on. */
  readonly enabled?: boolean;
  /** A scrape runs it unless it was read within this time; absent: runs on its interval only. */
  readonly freshnessSeconds?: number;
  /** Longest time between two runs; 0: only when scraped. Default 15. */
  readonly intervalSeconds?: number;
  /** A run's deadline. Default 1 with `freshnessSeconds`, otherwise min(interval, 5). */
  readonly timeoutSeconds?: number;
  /** The same in seconds by its options, where they say how long it is to wait. */
  readonly timeoutFor?: (options: O) => number;
  /** Systems where it can work; absent: any. Elsewhere it is not here, and is not run. */
  readonly platforms?: readonly Platform[];
  /** Whether the peer has this collector: shows `node_scrape_collector_*` too. */
  readonly peer?: boolean;
  /** Other names for flags, configuration and `collect[]`. */
  readonly aliases?: readonly string[];
  /** Validates its options; flags and documentation are made of it where it is a zod object. */
  readonly options?: Schema<O>;
  /**
   * Top-level keys of the configuration file that `options` takes besides its own, under the same names; several collectors
   * may share them. Texts, numbers and switches are flags of their names too, and so are those of a section's members.
   */
  readonly topLevel?: readonly string[];
  /**
   * Makes ready what valid options need and cannot be had at once, as a language that is loaded only if it is used; the
   * command calls it before it starts. A throw is a fault of the configuration; `issues`, each with `path` and `message`,
   * say where.
   */
  readonly prepare?: (options: O) => Promise<void>;
  /**
   * What the operator should know of valid options before they are used, one sentence each; `written` is what they were made
   * of, without secrets.
   */
  readonly warnings?: (options: O, written: unknown) => readonly string[];
  /** Collectors whose last committed results a run gets. */
  readonly needs?: N;
  /** Its families. */
  readonly metrics: M;
  /** Patterns of the families that it may report besides, as `node_memory_*`; `emit.family` exists only with it. */
  readonly openFamilies?: P;
  /** Families that it does not show by these options: they count as unwanted. */
  readonly omits?: (options: O) => readonly (keyof NoInfer<M> & string)[];
  /** Where its figures come from. */
  readonly sources?: Sources;
  /** The call of the C library that only some options have it make, as `libc socket(2)`; `undefined` if these do not. */
  readonly systemCall?: (options: O) => string | undefined;
  /** Run for each page, after all others and at once (not async), with the engine as that page shows it. */
  readonly observes?: boolean;
  /** Reads the source. `null`: there is no such thing on this host. A throw: failure. */
  readonly read: (context: Context<I, N, WantedNames<M, P>>) => V | null | Promise<V | null>;
  /** Corrects a reading by the one before, as where a kernel's counter steps back; does not change when it runs. */
  readonly correct?: (now: V, previous: V) => V;
  /** Maps a value to samples. */
  readonly samples: (value: F, emit: P extends readonly string[] ? OpenEmit<M> : Emit<M>) => void;
  /** Seconds from this run to the next, as long as this value stands; `undefined`: the interval. */
  readonly nextSeconds?: (value: F) => number | undefined;
  /** The reading that stands for a run which failed, where the families must be there even then. */
  readonly failureValue?: (error: unknown, options: I) => V;
  /** `false` keeps its samples off the page while it runs for those that need it. */
  readonly expose?: boolean;
  /** Several nodes instead of one; each run then gets its instance's options. */
  readonly instances?: (options: O, timing: InstanceTiming) => readonly Instance<I>[];
  /** Mounts handlers by path; one that ends in `/` takes all that is below it and has no handler of its own. */
  readonly routes?: Readonly<Record<string, RouteHandler<O>>>;
}

/** A collector that carries running totals or windows from run to run; runs on its own ticks only. */
export interface FoldingCollector<
  V,
  F,
  M extends Metrics,
  O,
  N,
  P extends readonly string[] | undefined = undefined,
  I = O,
> extends Collector<V, F, M, O, N, P, I> {
  /** The new value out of a reading and the value before; survives failed runs and reloads. */
  readonly fold: (now: V, previous: F | undefined) => F;
  /** Whether it survives a reload that gives the node other options too: what it counts belongs to the node's name. */
  readonly keepsFold?: boolean;
}

/** `emit` of any collector, checked at run time. */
export interface AnyEmit {
  /** Reports one value. */
  (name: string, value: SampleValue | undefined, labels?: Labels): void;
  /** Reports one whole family. */
  family(family: Family): void;
}

/**
 * A collector whose types were erased, as lists hold it: see {@linkcode Collector} for what each member means. Methods, so
 * that a collector of any value type is one.
 */
export interface AnyCollector {
  /** Its name everywhere. */
  readonly name: string;
  /** One sentence. */
  readonly help: string;
  /** Whether it is on without being asked for. */
  readonly enabled?: boolean;
  /** Within which time a scrape takes it as it is. */
  readonly freshnessSeconds?: number;
  /** Longest time between two runs. */
  readonly intervalSeconds?: number;
  /** A run's deadline. */
  readonly timeoutSeconds?: number;
  /** The same by its options. */
  timeoutFor?(options: unknown): number;
  /** Systems where it can work. */
  readonly platforms?: readonly Platform[];
  /** Whether the peer has it. */
  readonly peer?: boolean;
  /** Other names. */
  readonly aliases?: readonly string[];
  /** Validates its options. */
  readonly options?: Schema<unknown>;
  /** Top-level keys that it takes. */
  readonly topLevel?: readonly string[];
  /** Collectors whose results it gets. */
  readonly needs?: Needs;
  /** Its families. */
  readonly metrics: Metrics;
  /** Patterns of further families. */
  readonly openFamilies?: readonly string[];
  /** Where its figures come from. */
  readonly sources?: Sources;
  /** The call of the C library that only some options have it make. */
  systemCall?(options: unknown): string | undefined;
  /** Whether it is run for each page. */
  readonly observes?: boolean;
  /** `false` hides it. */
  readonly expose?: boolean;
  /** Handlers by path. */
  readonly routes?: Readonly<Record<string, RouteHandler>>;
  /** Families that it does not show by its options. */
  omits?(options: unknown): readonly string[];
  /** Reads the source. */
  read(context: Context<unknown, unknown>): unknown;
  /** Maps a value to samples. */
  samples(value: unknown, emit: AnyEmit): void;
  /** Carries values from run to run. */
  fold?(now: unknown, previous: unknown): unknown;
  /** Whether such values survive other options. */
  readonly keepsFold?: boolean;
  /** Corrects a reading by the one before. */
  correct?(now: unknown, previous: unknown): unknown;
  /** Seconds to the next run as long as a value stands. */
  nextSeconds?(value: unknown): number | undefined;
  /** The reading that stands for a failed run. */
  failureValue?(error: unknown, options: unknown): unknown;
  /** Makes ready what its options need. */
  prepare?(options: unknown): Promise<void>;
  /** What the operator should know of its options. */
  warnings?(options: unknown, written: unknown): readonly string[];
  /** Several nodes instead of one. */
  instances?(options: unknown, timing: InstanceTiming): readonly Instance<unknown>[];
}

/**
 * Types a collector that carries values from run to run, and returns it as it is.
 *
 * `read` stands before `samples` in the object, and the second parameter of `fold` is annotated, for inference.
 */
export function defineCollector<
  V,
  F,
  const M extends Metrics,
  O = unknown,
  N extends Needs = Record<never, never>,
  const P extends readonly string[] | undefined = undefined,
  I = O,
>(
  collector: FoldingCollector<V, F, M, O, N, P, I>,
): FoldingCollector<V, F, M, O, N, P, I>;
/**
 * Types a collector, and returns it as it is: nothing is registered.
 *
 * `read` stands before `samples` in the object, for inference.
 *
 * @example
 * ```ts
 * import { defineCollector } from "@sonde/sonde";
 *
 * export default defineCollector({
 *   name: "dice",
 *   help: "A die thrown at each scrape.",
 *   freshnessSeconds: 0.1,
 *   metrics: { dice_eyes: { type: "gauge", help: "Eyes of the last throw." } },
 *   read: () => 1 + Math.floor(Math.random() * 6),
 *   samples: (eyes, emit) => emit("dice_eyes", eyes),
 * });
 * ```
 */
export function defineCollector<
  V,
  const M extends Metrics,
  O = unknown,
  N extends Needs = Record<never, never>,
  const P extends readonly string[] | undefined = undefined,
  I = O,
>(
  collector: Collector<V, NoInfer<V>, M, O, N, P, I>,
): Collector<V, V, M, O, N, P, I>;
export function defineCollector(collector: unknown): unknown {
  return collector;
}
