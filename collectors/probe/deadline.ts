/**
 * The limit of one probe.
 *
 * @module
 */

import type { Clock } from "../../src/clock.ts";
import { formatDuration } from "../../src/duration.ts";
import { ProbeError } from "./result.ts";

/**
 * Runs `work` with a signal that aborts after `seconds`, or when `outer` does; leaves no timer and no listener behind.
 *
 * @throws what `work` throws; whose signal's reason is a {@linkcode ProbeError} `timeout`, or `outer`'s
 */
export async function withDeadline<T>(
  clock: Clock,
  outer: AbortSignal,
  seconds: number,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  outer.throwIfAborted();
  const controller = new AbortController();
  const forward = () => controller.abort(outer.reason);
  outer.addEventListener("abort", forward);
  const cancel = clock.timer(
    () =>
      controller.abort(
        new ProbeError("timeout", `no result within ${formatDuration(Math.round(seconds * 1000) / 1000)}`),
      ),
    seconds,
  );
  try {
    return await work(controller.signal);
  } finally {
    cancel();
    outer.removeEventListener("abort", forward);
  }
}
