/**
 * One attempt of a probe: what it throws becomes its outcome.
 *
 * @module
 */

import { toNanosecond } from "../../src/clock.ts";
import { classify } from "./classify.ts";
import { withDeadline } from "./deadline.ts";
import type { ProbeTools } from "./prober.ts";
import type { Failure, Outcome, Phase } from "./result.ts";
import { type Durations, Timeline } from "./timeline.ts";

/** How an attempt ended. */
export interface Attempt {
  /** Its duration is that of the attempt alone. */
  readonly outcome: Outcome;
  /** Of the phases that it reached. */
  readonly durations: Durations;
}

/**
 * Runs `work` for at most `seconds`, on a stopwatch that begins in `phase` and that `work` moves on. What `work` throws of
 * the target's becomes the outcome; facts found on the way to a failure are `work`'s to keep.
 *
 * @throws what is no outcome: the reason for which the tools' signal aborted, or a fault of this host
 */
export async function attempt(
  { clock, signal }: Pick<ProbeTools, "clock" | "signal">,
  seconds: number,
  phase: Phase,
  work: (signal: AbortSignal, timeline: Timeline) => Promise<void>,
): Promise<Attempt> {
  const begin = clock.monotonic();
  const timeline = new Timeline(clock, phase);
  let failure: Failure | undefined;
  try {
    await withDeadline(clock, signal, seconds, (limit) => work(limit, timeline));
  } catch (error) {
    failure = classify(error, timeline.phase);
    if (!failure || signal.aborted) throw error;
  }
  timeline.pause();
  const durationSeconds = toNanosecond(clock.monotonic() - begin);
  return {
    outcome: failure ? { success: false, durationSeconds, failure } : { success: true, durationSeconds },
    durations: timeline.durations,
  };
}
