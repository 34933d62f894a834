/** Collectors that do what a collector must not, and one that watches them. */

import type { AnyCollector } from "../../../src/collector.ts";
import type { PluginTools } from "../../../src/plugin.ts";

const BLOCKING_MS = 300;

const hung = { inFlight: 0, most: 0 };

/** Never ends, and heeds no signal. */
function hang(): Promise<number> {
  hung.inFlight++;
  hung.most = Math.max(hung.most, hung.inFlight);
  return new Promise(() => {});
}

/** Holds the event loop. */
function block(): number {
  const until = performance.now() + BLOCKING_MS;
  while (performance.now() < until);
  return 1;
}

export default ({ defineCollector }: PluginTools): readonly AnyCollector[] => [
  defineCollector({
    name: "hung",
    help: "Never ends.",
    freshnessSeconds: 0.1,
    intervalSeconds: 1,
    metrics: { test_hung: { type: "gauge", help: "Never there." } },
    read: hang,
    samples: (value, emit) => emit("test_hung", value),
  }),
  defineCollector({
    name: "thrower",
    help: "Always fails.",
    freshnessSeconds: 0.1,
    metrics: { test_thrower: { type: "gauge", help: "Never there." } },
    read(): number {
      throw new Error("thrown on purpose");
    },
    samples: (value, emit) => emit("test_thrower", value),
  }),
  defineCollector({
    name: "blocker",
    help: "Holds the event loop.",
    intervalSeconds: 0.5,
    metrics: { test_blocker: { type: "gauge", help: "Always 1." } },
    read: block,
    samples: (value, emit) => emit("test_blocker", value),
  }),
  defineCollector({
    name: "watcher",
    help: "Watches the one that never ends.",
    freshnessSeconds: 0,
    metrics: {
      test_hung_in_flight: { type: "gauge", help: "Its runs that have not ended." },
      test_hung_most_in_flight: { type: "gauge", help: "The most of them so far." },
    },
    read: () => ({ ...hung }),
    samples({ inFlight, most }, emit) {
      emit("test_hung_in_flight", inFlight);
      emit("test_hung_most_in_flight", most);
    },
  }),
];
