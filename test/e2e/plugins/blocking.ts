/** A collector that holds the event loop at every scrape. */

import type { AnyCollector } from "../../../src/collector.ts";
import type { PluginTools } from "../../../src/plugin.ts";

const BLOCKING_MS = 300;

export default ({ defineCollector }: PluginTools): AnyCollector =>
  defineCollector({
    name: "blocking",
    help: "Holds the event loop.",
    freshnessSeconds: 0.1,
    metrics: { test_blocking: { type: "gauge", help: "Always 1." } },
    read() {
      const until = performance.now() + BLOCKING_MS;
      while (performance.now() < until);
      return 1;
    },
    samples: (value, emit) => emit("test_blocking", value),
  });
