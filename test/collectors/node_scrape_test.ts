import assert from "node:assert/strict";
import nodeScrape from "../../collectors/node_scrape.ts";
import type { CollectorHealth } from "../../src/collector.ts";
import { contextOf, healthOf, idleEngine, seriesOf } from "../context.ts";

function exposed(...collectors: readonly CollectorHealth[]): Record<string, unknown> {
  return seriesOf(nodeScrape, nodeScrape.read(contextOf({ engine: { ...idleEngine, collectors } })));
}

Deno.test("node_scrape: shows the peer's collectors only", () => {
  assert.deepEqual(exposed(healthOf("cpu", { peer: true }), healthOf("http")), {
    'node_scrape_collector_duration_seconds{collector="cpu"}': 0.002,
    'node_scrape_collector_success{collector="cpu"}': 1,
  });
});

Deno.test("node_scrape: a collector that failed, or is not here, is 0", () => {
  const series = exposed(
    healthOf("cpu", { peer: true, success: false }),
    healthOf("edac", { peer: true, supported: false }),
  );
  assert.equal(series['node_scrape_collector_success{collector="cpu"}'], 0);
  assert.equal(series['node_scrape_collector_success{collector="edac"}'], 0);
});

Deno.test("node_scrape: a collector that has not run yet is absent", () => {
  const unrun = { peer: true, success: undefined, supported: undefined, durationSeconds: undefined };
  assert.deepEqual(exposed(healthOf("cpu", unrun)), {});
});
