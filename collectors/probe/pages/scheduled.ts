/**
 * The targets on an interval, as the pages see them.
 *
 * @module
 */

import type { NodeView } from "../../../src/collector.ts";
import type { ProbeNode, ProbeReading } from "../define_prober.ts";
import { PROBER_NAMES } from "../module.ts";

/** One of them. */
export interface Scheduled {
  /** What is probed, and how. */
  readonly node: ProbeNode;
  /** What the last probe came to, if that stands. */
  readonly reading: ProbeReading | undefined;
}

/** All of them, prober by prober, in the order of the configuration. */
export function scheduledTargets(nodes: (collector: string) => readonly NodeView[]): readonly Scheduled[] {
  return PROBER_NAMES.flatMap(nodes).flatMap(({ options, result }) =>
    isProbeNode(options) ? [{ node: options, reading: isReading(result?.value) ? result.value : undefined }] : []
  );
}

/** What the collectors of probers have for options; of one named like a prober that is none, something else. */
function isProbeNode(options: unknown): options is ProbeNode {
  return typeof options === "object" && options !== null && "target" in options && "timeoutSeconds" in options &&
    typeof options.target === "object";
}

function isReading(value: unknown): value is ProbeReading {
  return typeof value === "object" && value !== null && "result" in value && "node" in value;
}
