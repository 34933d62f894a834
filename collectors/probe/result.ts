/**
 * What probing a target comes to. An outcome is a value: only a fault of our own is thrown.
 *
 * @module
 */

import type { Durations } from "./timeline.ts";
import type { TlsFacts } from "./tls/tls_facts.ts";

/** Where a probe can stop, in the order in which it passes them. */
export const PHASES = ["resolve", "connect", "tls", "request", "processing", "transfer", "validate"] as const;
/** One of {@linkcode PHASES}. */
export type Phase = (typeof PHASES)[number];

/** Why a probe can fail. */
export const REASONS = [
  "dns",
  "refused",
  "reset",
  "timeout",
  "tls",
  "protocol",
  "status",
  "header",
  "body",
  "redirect",
  "size",
  "response",
  "answer",
  "internal",
] as const;
/** One of {@linkcode REASONS}. */
export type Reason = (typeof REASONS)[number];

/** A failed probe: why, and in which phase. */
export interface Failure {
  /** Why it failed. */
  readonly reason: Reason;
  /** Where it stopped. */
  readonly phase: Phase;
  /** One line for a person, without credentials. */
  readonly message: string;
}

/** An address that a name was resolved to. */
export interface Address {
  /** Its text, as `127.0.0.1` or `::1`. */
  readonly ip: string;
  /** Version of the Internet Protocol. */
  readonly family: 4 | 6;
}

/** How a probe ended; times in seconds. */
export type Outcome =
  | { readonly success: true; readonly durationSeconds: number }
  /** Without a duration where the probe did not even get so far as to fail. */
  | { readonly success: false; readonly durationSeconds?: number; readonly failure: Failure };

/** What all probers report. */
export interface ProbeResult {
  /** How it ended. */
  readonly outcome: Outcome;
  /** Time that resolving the target's name took, in seconds; 0 if it was not reached. */
  readonly lookupSeconds: number;
  /** The address that was probed, once resolved; of several the last. */
  readonly address?: Address;
  /** Seconds spent in each phase that was reached, summed over redirects and addresses. */
  readonly durations: Durations;
  /** The last TLS that was spoken, also where its certificate was not accepted. */
  readonly tls?: TlsFacts;
  /** How each address ended, where a module asks for more than the first. */
  readonly addresses?: readonly { readonly address: Address; readonly outcome: Outcome }[];
}

/** A probe's failure on its way to becoming a value, thrown where the reason is known. */
export class ProbeError extends Error {
  /** Name of the class. */
  override readonly name = "ProbeError";
  /** Why the probe fails. */
  readonly reason: Reason;

  /**
   * An error for one reason.
   *
   * @param message one line for a person, without credentials
   */
  constructor(reason: Reason, message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}
