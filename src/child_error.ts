/**
 * Why a child process did not answer.
 *
 * @module
 */

import type { FailureReason } from "./collector.ts";

/** What a run that failed for a {@linkcode ChildFailure} is counted as. */
const FAILURE_REASON_OF = {
  timeout: "timeout",
  crash: "crash",
  nonsense: "crash",
  memory: "limit",
  backoff: "crash",
  stopped: "error",
} as const satisfies Record<string, FailureReason>;

/**
 * Why a child did not answer. `timeout`: this request's deadline passed. `crash`: the child ended, was killed for another
 * request, or could not be started. `nonsense`: it broke the protocol. `memory`: it had more than allowed. `backoff`: it
 * failed a short time ago and is not yet started again. `stopped`: it was stopped for good.
 */
export type ChildFailure = "timeout" | "crash" | "nonsense" | "memory" | "backoff" | "stopped";

/** What a {@linkcode ChildError} may carry besides. */
export interface ChildErrorOptions extends ErrorOptions {
  /** See {@linkcode ChildError.gone}. */
  readonly gone?: Promise<unknown>;
}

/** A request that a child did not answer. What the child's handler throws is not one: it comes as the error it was. */
export class ChildError extends Error {
  /** Name of the class. */
  override readonly name = "ChildError";
  /** Why there is no answer. */
  readonly reason: ChildFailure;
  /** What a run that failed by it is counted as. */
  readonly failureReason: FailureReason;
  /**
   * Settles when the process that had this request is gone, if one had it. SIGKILL does not end a process inside a hung
   * system call: until then, what it was asked to do hangs still.
   */
  readonly gone: Promise<unknown> | undefined;

  /** An error with the reason that is counted. */
  constructor(message: string, reason: ChildFailure, options?: ChildErrorOptions) {
    super(message, options);
    this.reason = reason;
    this.failureReason = FAILURE_REASON_OF[reason];
    this.gone = options?.gone;
  }
}
