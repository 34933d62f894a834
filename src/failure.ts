/**
 * Why a run failed, told by what it threw.
 *
 * @module
 */

import { FAILURE_REASONS, type FailureReason } from "./collector.ts";

/** The reason that an error gives itself (`failureReason`), or that its class means. */
export function failureReason(error: unknown): FailureReason {
  try {
    if (error instanceof Error && "failureReason" in error) {
      const own = FAILURE_REASONS.find((reason) => reason === error.failureReason);
      if (own) return own;
    }
    return error instanceof SyntaxError ? "parse" : "error";
  } catch {
    return "error";
  }
}

/** What went wrong, for a log line or a page: the message, or the text of what is no error. */
export function failureMessage(error: unknown): string {
  try {
    return error instanceof Error ? `${error.message}` : String(error);
  } catch {
    // A plugin may throw anything, also what cannot be made a text.
    return "something that cannot be shown was thrown";
  }
}
