/**
 * What workers of the tests do: count when they are told, and hang when they are told.
 *
 * @module
 */

import { Counter, Gauge, Histogram, Registry } from "prom-client";
import { channelOf, type Peer } from "../../src/aggregation/channel.ts";
import { createExporter } from "../../src/exporter.ts";
import { shareMetrics } from "../../src/share_metrics.ts";

/** Counts by `{ count: 5 }`, hangs by `{ hang: memory }` until its first number is not 0, and ends by `{ end: true }`. */
export function count(peer: Peer): void {
  const registry = new Registry();
  const registers = [registry];
  const jobs = new Counter({ name: "jobs_total", help: "Jobs.", registers });
  const seconds = new Histogram({ name: "jobs_seconds", help: "Jobs.", buckets: [1, 10], registers });
  const alive = new Gauge({ name: "alive", help: "Alive.", registers });
  alive.set(1);
  const shared = shareMetrics(createExporter([], {}, { registry }), peer);
  channelOf(peer).onMessage((message) => {
    if (typeof message !== "object" || message === null) return;
    if ("count" in message && typeof message.count === "number") {
      jobs.inc(message.count);
      seconds.observe(message.count);
    }
    if ("hang" in message && message.hang instanceof SharedArrayBuffer) {
      Atomics.wait(new Int32Array(message.hang), 0, 0);
    }
    if ("end" in message) void shared.stop();
  });
}
