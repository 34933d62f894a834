/**
 * What a prober is: a function of target and module to a typed result, and what that result is on the page.
 *
 * @module
 */

import type { Clock } from "../../src/clock.ts";
import type { AnyEmit, Labels, Metrics, Source } from "../../src/collector.ts";
import type { Scope } from "../../src/scope.ts";
import type { Stop } from "./accounting.ts";
import type { Module } from "./module.ts";
import type { Address, ProbeResult } from "./result.ts";
import type { Trace } from "./trace.ts";

/** What a probe may use. */
export interface ProbeTools {
  /** Time. */
  readonly clock: Clock;
  /** Aborts the probe, which then has no result. */
  readonly signal: AbortSignal;
  /** Seconds that the probe may take, in all. */
  readonly timeoutSeconds: number;
  /** The host: files of secrets and certificates, sockets of libc. */
  readonly source: Source;
  /** The exporter, to which sockets and the like are bound. */
  readonly scope: Scope;
  /** How requests name their sender. */
  readonly userAgent: string;
  /** Name that stands for the target's in `Host` and in TLS. */
  readonly hostname?: string;
  /**
   * Judges an address that is about to be connected to.
   *
   * @throws {ProbeError} `refused`, if the operator does not allow it
   */
  admit(address: Address): void;
  /** Told what happens. */
  readonly trace: Trace;
}

/** A prober of one protocol. Not typed by its module and result, so that lists hold it: see {@linkcode defineProber}. */
export interface Prober<M extends Module = Module, R extends ProbeResult = ProbeResult> {
  /** Its name in modules, and that of its collector. */
  readonly name: M["prober"];
  /** One sentence: what it reports. */
  readonly help: string;
  /** What stands for a target in help texts, as `URL`. */
  readonly placeholder: string;
  /** The peer's families of a result. */
  readonly metrics: Metrics;
  /** Patterns of families that modules may add. */
  readonly openFamilies?: readonly string[];
  /** Bounds of the histogram of durations, in seconds. */
  readonly durationBounds: readonly number[];
  /** The module of targets for which none is named. */
  readonly standard: M;
  /**
   * Refuses what can never be a target.
   *
   * @throws {SyntaxError} with the reason; shows no credentials
   */
  checkTarget(target: string): void;
  /**
   * Makes ready what modules of its need and cannot have at once.
   *
   * @throws {ModulesError} with all that is wrong in them
   */
  prepare?(modules: ReadonlyMap<string, Module>): Promise<void>;
  /** The call of the C library by which it probes, as `libc socket(2)`; absent: none. */
  readonly systemCall?: string;
  /** The ways in which a probe with this module can stop. */
  stops(module: M): readonly Stop[];
  /**
   * Probes once. The outcome, timeouts included, is a value.
   *
   * @throws what is no outcome: the reason for which the tools' signal aborted, or a fault of this host
   */
  probe(target: string, module: M, tools: ProbeTools): Promise<R>;
  /** The result that stands for a run which failed itself. */
  failed(error: unknown): R;
  /** Reports a result under `labels`; what the peer reports with zeros for what was not reached, it does too. */
  emit(result: R, emit: AnyEmit, labels: Labels): void;
}
