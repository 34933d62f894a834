/**
 * One node at run time: reads, corrects, folds, maps to samples, and keeps its health.
 *
 * @module
 */

import { type Batch, EMPTY_BATCH, gather, samplesOf, seriesCount } from "./batch.ts";
import { type Clock, toNanosecond } from "./clock.ts";
import type {
  AnyCollector,
  Context,
  EngineView,
  FailureReason,
  NeedResult,
  NodeHealth,
  Sample,
  Source,
} from "./collector.ts";
import { failureMessage } from "./failure.ts";
import { newFigures, type NodeFigures } from "./health.ts";
import type { Job, RunFacts } from "./job.ts";
import type { Logger } from "./log.ts";
import type { Node } from "./plan.ts";
import type { Scope } from "./scope.ts";

/** What nodes share. */
export interface NodeParts {
  /** The host. */
  readonly source: Source;
  /** Time. */
  readonly clock: Clock;
  /** Told of failures, recoveries and what is left out. */
  readonly log: Logger;
  /** The engine at this moment. */
  readonly engine: () => EngineView;
  /** The exporter's life. */
  readonly scope: Scope;
  /** The last result of the node of that id. */
  readonly resultOf: (id: string) => NeedResult | undefined;
  /** Shows a node's samples in place of those before; an empty batch withdraws them. */
  readonly show: (id: string, batch: Batch) => void;
}

/** Of a failure's message more is neither logged nor shown. */
const MESSAGE_CHARACTERS = 1000;

/** A node's result, whose samples are made only for those that look. */
class CommittedResult implements NeedResult {
  readonly value: unknown;
  readonly readAtSeconds: number;
  readonly #batch: () => Batch;
  #samples: readonly Sample[] | undefined;

  constructor(value: unknown, batch: () => Batch, readAtSeconds: number) {
    this.value = value;
    this.readAtSeconds = readAtSeconds;
    this.#batch = batch;
  }

  get samples(): readonly Sample[] {
    return this.#samples ??= samplesOf(this.#batch());
  }
}

/** Reads an observer, at once. */
export function observe(plan: Node, parts: NodeParts, engine: EngineView): Batch {
  const value = plan.collector.read({
    source: parts.source,
    clock: parts.clock,
    options: plan.options,
    needs: {},
    engine,
    signal: new AbortController().signal,
    timeoutSeconds: plan.timeoutSeconds,
    maxAgeSeconds: undefined,
    scope: parts.scope,
    wanted: wantedOf(plan),
    warn: (message) => parts.log("warn", message, { collector: plan.collector.name, node: plan.id }),
  });
  return value === null ? EMPTY_BATCH : gather(plan.collector, value, plan.families).batch;
}

const everything = () => true;

/** What a run may ask after. */
function wantedOf({ families, readsAll }: Node): (name: string) => boolean {
  return families && !readsAll ? (name) => families.mayShow(name) : everything;
}

/** A node that runs. */
export class RunningNode implements Job {
  /** What it runs. */
  readonly plan: Node;
  /** Ids of the nodes that it needs. */
  readonly needs: readonly string[];
  /** Its health, as far as it is counted. */
  readonly figures: NodeFigures;
  readonly #parts: NodeParts;
  readonly #wanted: (name: string) => boolean;
  #reading: { readonly value: unknown } | undefined;
  #folded: unknown;
  #nextSeconds: number | undefined;
  #result: CommittedResult | undefined;
  /** What the last run told its operator. */
  #warned: ReadonlySet<string> = new Set();
  /**
   * A node that has not run.
   *
   * @param before the node of the same id that this one replaces: its totals go on, and so do its folded values, if the
   * collector is the same, and so are the options or it keeps them over others
   */
  constructor(plan: Node, parts: NodeParts, before?: RunningNode) {
    this.plan = plan;
    this.#parts = parts;
    this.needs = [...plan.needs.values()];
    this.#wanted = wantedOf(plan);
    this.figures = newFigures(before?.figures);
    if (!before) return;
    this.figures.lastSuccessTimestampSeconds = before.figures.lastSuccessTimestampSeconds;
    if (before.plan.collector !== plan.collector) return;
    const isSame = same(before.plan.options, plan.options);
    if (isSame || plan.collector.keepsFold) this.#folded = before.#folded;
    if (isSame) this.#reading = before.#reading;
  }

  get id(): string {
    return this.plan.id;
  }
  get intervalSeconds(): number {
    return this.plan.intervalSeconds;
  }
  get timeoutSeconds(): number {
    return this.plan.timeoutSeconds;
  }
  get freshnessSeconds(): number | undefined {
    return this.plan.freshnessSeconds;
  }
  /** A node that takes longer to its next run than its interval is given the time. */
  get maxAgeSeconds(): number {
    const { maxAgeSeconds, statedMaxAgeSeconds, timeoutSeconds } = this.plan;
    return statedMaxAgeSeconds ?? Math.max(maxAgeSeconds, 2 * (this.#nextSeconds ?? 0) + timeoutSeconds);
  }
  get nextSeconds(): number | undefined {
    return this.#nextSeconds;
  }
  get folds(): boolean {
    return this.plan.collector.fold !== undefined;
  }

  /** What it committed last, if that stands. */
  result(): NeedResult | undefined {
    return this.#result;
  }

  /** Its health at this moment. */
  health(): NodeHealth {
    const { id, collector, exposed, intervalSeconds } = this.plan;
    return {
      ...this.figures,
      failures: { ...this.figures.failures },
      id,
      collector: collector.name,
      peer: collector.peer === true,
      exposed,
      intervalSeconds,
    };
  }

  began(): void {
    this.figures.runs++;
    this.figures.lastRunTimestampSeconds = this.#parts.clock.wall();
  }

  read(signal: () => AbortSignal): unknown {
    const { collector, options } = this.plan;
    const { source, clock, engine, scope } = this.#parts;
    if (collector.platforms && !collector.platforms.includes(source.platform)) return null;
    const context: Context<unknown, unknown> = {
      source,
      clock,
      options,
      needs: this.#needed(),
      timeoutSeconds: this.plan.timeoutSeconds,
      maxAgeSeconds: this.plan.statedMaxAgeSeconds,
      scope,
      wanted: this.#wanted,
      warn: this.#warner(),
      get signal() {
        return signal();
      },
      get engine() {
        return engine();
      },
    };
    return collector.read(context);
  }

  #warner(): (message: string) => void {
    const before = this.#warned;
    const now = new Set<string>();
    this.#warned = now;
    return (message) => {
      if (!before.has(message) && !now.has(message)) this.#log("warn", message, {});
      now.add(message);
    };
  }

  #needed(): Record<string, NeedResult> {
    const needed: Record<string, NeedResult> = {};
    for (const [key, id] of this.plan.needs) {
      const result = this.#parts.resultOf(id);
      if (result) needed[key] = result;
    }
    return needed;
  }

  commit(value: unknown, facts: RunFacts): void {
    const began = this.#parts.clock.monotonic();
    if (value === null) this.#show(undefined, EMPTY_BATCH);
    else this.#take(value, facts.readAt);
    this.#block(facts.blockingSeconds + this.#parts.clock.monotonic() - began);
    this.figures.durationSeconds = facts.durationSeconds;
    if (this.figures.state === "failed") this.#log("info", "collector recovered", {});
    this.figures.state = value === null ? "absent" : "ok";
    this.figures.lastError = undefined;
    this.figures.lastSuccessTimestampSeconds = this.#parts.clock.wall();
  }

  #block(seconds: number): void {
    this.figures.blockingSeconds = toNanosecond(this.figures.blockingSeconds + seconds);
  }

  /** Nothing is kept of a value that cannot be mapped to samples. */
  #take(value: unknown, readAt: number): void {
    const { collector, families } = this.plan;
    const reading = collector.correct && this.#reading ? collector.correct(value, this.#reading.value) : value;
    const folded = collector.fold ? collector.fold(reading, this.#folded) : reading;
    const { batch, duplicate } = gather(collector, folded, families);
    const nextSeconds = nextSecondsOf(collector, folded);
    if (collector.correct) this.#reading = { value: reading };
    if (collector.fold) this.#folded = folded;
    // A dependent sees what was read, whatever the page shows of it.
    const whole = families ? () => gather(collector, folded).batch : () => batch;
    this.#show(new CommittedResult(folded, whole, readAt), batch);
    this.#nextSeconds = nextSeconds;
    if (duplicate !== undefined) this.refuseDuplicate(duplicate, this.plan.id);
  }

  /** Counts a series that another node, or an earlier sample of this one, already shows. */
  refuseDuplicate(series: string, owner: string): void {
    this.figures.failures.duplicate++;
    this.#log("warn", "series refused: another node shows it", { series, owner });
  }

  fail(reason: FailureReason, error: unknown, facts: RunFacts): void {
    this.figures.failures[reason]++;
    this.#block(facts.blockingSeconds);
    this.figures.durationSeconds = facts.durationSeconds;
    this.figures.state = "failed";
    this.figures.lastError = failureMessage(error).slice(0, MESSAGE_CHARACTERS);
    this.#log("warn", "collector failed", { reason, error: this.figures.lastError });
    const { collector, options } = this.plan;
    if (!collector.failureValue) return this.#show(undefined, EMPTY_BATCH);
    try {
      this.#take(collector.failureValue(error, options), facts.readAt);
    } catch (second) {
      this.#show(undefined, EMPTY_BATCH);
      this.#log("error", "collector has no value for its failure", { error: failureMessage(second) });
    }
  }

  dropped(): void {
    this.figures.failures.late++;
    this.#log("warn", "late result dropped", {});
  }

  missed(count: number): void {
    this.figures.missedRuns += count;
  }

  expire(): void {
    this.figures.state = "failed";
    this.figures.lastError = `no success within ${this.maxAgeSeconds} s`;
    this.#log("warn", "samples withdrawn: too old", {});
    this.#show(undefined, EMPTY_BATCH);
  }

  #show(result: CommittedResult | undefined, batch: Batch): void {
    this.#result = result;
    this.#nextSeconds = undefined;
    if (!this.plan.exposed) return;
    this.figures.series = seriesCount(batch);
    this.#parts.show(this.plan.id, batch);
  }

  #log(level: "info" | "warn" | "error", message: string, fields: Readonly<Record<string, string>>): void {
    this.#parts.log(level, message, { collector: this.plan.collector.name, node: this.plan.id, ...fields });
  }
}

function nextSecondsOf(collector: AnyCollector, value: unknown): number | undefined {
  const seconds = collector.nextSeconds?.(value);
  if (seconds === undefined || (seconds > 0 && Number.isFinite(seconds))) return seconds;
  throw new RangeError(`Cannot run "${collector.name}" after ${seconds} s: expected more than 0`);
}

/** Whether two options are the same, by their JSON; what has none stands by its text. */
function same(a: unknown, b: unknown): boolean {
  return a === b || JSON.stringify(a, readable) === JSON.stringify(b, readable);
}

function readable(_key: string, value: unknown): unknown {
  if (value instanceof Map || value instanceof Set) return [...value];
  return value instanceof RegExp || typeof value === "function" ? String(value) : value;
}

/** Whether a node planned anew is the node that runs. */
export function samePlan(a: Node, b: Node): boolean {
  return a.collector === b.collector && a.exposed === b.exposed && a.intervalSeconds === b.intervalSeconds &&
    a.timeoutSeconds === b.timeoutSeconds && a.freshnessSeconds === b.freshnessSeconds &&
    a.maxAgeSeconds === b.maxAgeSeconds && a.readsAll === b.readsAll && same(a.families, b.families) &&
    a.statedMaxAgeSeconds === b.statedMaxAgeSeconds &&
    same([...a.needs], [...b.needs]) && same(a.options, b.options);
}
