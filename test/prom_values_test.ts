import assert from "node:assert/strict";
import { Counter, Gauge, Histogram, Registry, Summary } from "prom-client";
import { defineCollector, type SampleValue } from "../src/collector.ts";
import { createExporter } from "../src/exporter.ts";
import { gatherValues, promValues } from "../src/prom_values.ts";

Deno.test("gatherValues: what promValues makes of series becomes these series again", () => {
  const distribution = { sum: 2.5, count: 4 };
  const values: [Parameters<typeof gatherValues>[1], SampleValue][] = [
    ["gauge", NaN],
    ["counter", 5],
    ["histogram", { buckets: new Map([[0.005, 1], [1, 3], [1e6, 4]]), ...distribution }],
    ["summary", { quantiles: new Map([[0.5, 1], [0.99, 2]]), ...distribution }],
  ];
  for (const [type, value] of values) {
    const series = new Map([["", value], ['a="\\"b",c="\\n"', value]]);
    assert.deepEqual(gatherValues("x", type, promValues("x", series)), series);
  }
});

Deno.test("Exporter.snapshot: shows collectors and the app's own metrics of all types, and leaves out what fails", async () => {
  const registry = new Registry();
  registry.setDefaultLabels({ app: "a" });
  const registers = [registry];
  new Counter({ name: "app_total", help: "A.", labelNames: ["k"], registers }).inc({ k: "v" }, 2);
  new Histogram({ name: "app_seconds", help: "S.", buckets: [1, 2], registers }).observe(1.5);
  new Summary({ name: "app_bytes", help: "B.", percentiles: [0.5], registers }).observe(3);
  new Gauge({
    name: "app_broken",
    help: "B.",
    registers,
    collect() {
      throw new Error("broken");
    },
  });
  const own = defineCollector({
    name: "own",
    help: "h",
    freshnessSeconds: 0.1,
    metrics: { own_value: { type: "gauge", help: "O." } },
    read: () => 6,
    samples: (value, emit) => emit("own_value", value),
  });
  const snapshot = await createExporter([own], {}, { registry }).snapshot();
  const shown = Object.fromEntries([...snapshot].map(([name, { type, series }]) => [name, [type, ...series]]));
  assert.deepEqual(shown, {
    own_value: ["gauge", ["", 6]],
    app_total: ["counter", ['app="a",k="v"', 2]],
    app_seconds: ["histogram", ['app="a"', { buckets: new Map([[1, 0], [2, 1]]), sum: 1.5, count: 1 }]],
    app_bytes: ["summary", ['app="a"', { quantiles: new Map([[0.5, 3]]), sum: 3, count: 1 }]],
  });
});
