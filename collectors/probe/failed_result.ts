/**
 * The result of a run that failed itself.
 *
 * @module
 */

import type { ProbeResult } from "./result.ts";

/** What stands for a probe of which nothing is known: not the target failed, but we. */
export function failedResult(error: unknown): ProbeResult {
  const message = error instanceof Error ? error.message : String(error);
  return {
    outcome: { success: false, failure: { reason: "internal", phase: "resolve", message } },
    lookupSeconds: 0,
    durations: {},
  };
}
