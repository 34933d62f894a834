/**
 * One node as it is planned: what is run, how often, and for whom.
 *
 * @module
 */

import type { AnyCollector } from "./collector.ts";
import type { FamilySelection } from "./family_filter.ts";

/** One node: a collector, or one of its instances, as it is to be run. */
export interface Node {
  /** `<collector>` or `<collector>:<instance>`. */
  readonly id: string;
  /** The collector that it runs. */
  readonly collector: AnyCollector;
  /** What its runs get as options. */
  readonly options: unknown;
  /** Whether its samples are on the page. */
  readonly exposed: boolean;
  /** Longest time between two runs in seconds; 0: only when asked. */
  readonly intervalSeconds: number;
  /** A run's deadline in seconds. */
  readonly timeoutSeconds: number;
  /** Within which time a scrape takes samples as they are, in seconds; absent: runs on its ticks only. */
  readonly freshnessSeconds: number | undefined;
  /** Age in seconds beyond which samples are withdrawn. */
  readonly maxAgeSeconds: number;
  /** The same as the configuration states it, if it does. */
  readonly statedMaxAgeSeconds?: number;
  /** Which of its families are shown; absent: all. */
  readonly families?: FamilySelection;
  /** Whether another node looks at its value, which is then read as a whole whatever is shown of it. */
  readonly readsAll?: true;
  /** Ids of the nodes that it needs, by the names that its collector gives them. */
  readonly needs: ReadonlyMap<string, string>;
}
