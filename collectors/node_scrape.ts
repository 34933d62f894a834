/**
 * Outcome of each collector that the peer has too, under the peer's names, because existing dashboards and alerts read
 * them. 2 series per collector.
 *
 * @module
 */

import { type CollectorHealth, defineCollector } from "../src/collector.ts";

/** Health of the peer's collectors. */
export type PeerHealth = readonly CollectorHealth[];

export default defineCollector({
  name: "node_scrape",
  help: "Outcome of the collectors that node_exporter has too, under its names.",
  observes: true,
  metrics: {
    node_scrape_collector_duration_seconds: {
      type: "gauge",
      help: "node_exporter: Duration of a collector scrape.",
      labels: ["collector"],
    },
    node_scrape_collector_success: {
      type: "gauge",
      help: "node_exporter: Whether a collector succeeded.",
      labels: ["collector"],
    },
  },
  sources: ["Sonde's engine"],
  read: ({ engine }): PeerHealth => engine.collectors.filter(({ peer }) => peer),
  samples(collectors, emit) {
    for (const { collector, success, supported, durationSeconds } of collectors) {
      emit("node_scrape_collector_duration_seconds", durationSeconds, { collector });
      // To the peer a collector without anything to report on this host has failed.
      const succeeded = success === undefined ? undefined : Number(success && supported !== false);
      emit("node_scrape_collector_success", succeeded, { collector });
    }
  },
});
