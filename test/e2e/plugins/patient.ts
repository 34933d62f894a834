/** A collector that ends when a file is there. */

import { existsSync, writeFileSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import type { AnyCollector } from "../../../src/collector.ts";
import type { PluginTools } from "../../../src/plugin.ts";

const POLL_MS = 10;

export default ({ defineCollector, z }: PluginTools): AnyCollector =>
  defineCollector({
    name: "patient",
    help: "Says that it has begun, and waits until it may end.",
    freshnessSeconds: 0,
    timeoutSeconds: 60,
    options: z.strictObject({ folder: z.string().default("").describe("Where the files are.") }),
    metrics: { test_patient: { type: "gauge", help: "Always 1." } },
    async read({ options }: { options: { folder: string } }) {
      writeFileSync(`${options.folder}/begun`, "");
      while (!existsSync(`${options.folder}/go`)) await setTimeout(POLL_MS);
      return 1;
    },
    samples: (value, emit) => emit("test_patient", value),
  });
