/**
 * Checks of what an app does with an exporter.
 *
 * @module
 */

import assert from "node:assert/strict";
import { createServer } from "node:http";
import process from "node:process";
import { gunzipSync } from "node:zlib";
import { Counter, Registry } from "prom-client";
import type { AnyCollector, Exporter, Source } from "../../mod.ts";
import { pageOf, request, type Sonde } from "./page_of.ts";
import type { Check } from "./tap.ts";

/** A collector that reports a number. */
function numbered(
  { defineCollector }: Sonde,
  read: (source: Source) => number | Promise<number>,
  name = "dice",
): AnyCollector {
  return defineCollector({
    name,
    help: "A die.",
    freshnessSeconds: 0.1,
    metrics: { dice_eyes: { type: "gauge", help: "Eyes of the last throw.", labels: ["colour"] } },
    read: ({ source }) => read(source),
    samples: (eyes, emit) => emit("dice_eyes", eyes, { colour: "red" }),
  });
}

/** Generous, for a machine that does much else; reached only by what has failed. */
const PATIENCE_MS = 60_000;
const EYES = 'dice_eyes{colour="red"}';

/** The checks. */
export function exporterChecks(sonde: Sonde): readonly Check[] {
  return [...servingChecks(sonde), ...appChecks(sonde), ...faultChecks(sonde)];
}

function servingChecks(sonde: Sonde): readonly Check[] {
  const { createExporter } = sonde;
  const dice = numbered(sonde, () => 6);
  return [
    ["createExporter: shows a collector of the app", async () => {
      const { samples } = await pageOf(createExporter([dice]));
      assert.equal(samples.get(EYES), 6);
    }],
    ["createExporter: answers OpenMetrics, gzip, HEAD, and nothing but reads", async () => {
      const { handler } = createExporter([dice]);
      const openMetrics = await handler(request({ accept: "application/openmetrics-text; version=1.0.0" }));
      assert.match(openMetrics.headers.get("content-type") ?? "", /^application\/openmetrics-text; version=1\.0\.0/);
      assert.match(await openMetrics.text(), /\n# EOF\n$/);
      const zipped = await handler(request({ "accept-encoding": "gzip" }));
      assert.equal(zipped.headers.get("content-encoding"), "gzip");
      assert.match(gunzipSync(await zipped.arrayBuffer()).toString(), /^dice_eyes\{colour="red"\} 6$/m);
      const head = await handler(new Request("http://localhost/metrics", { method: "HEAD" }));
      assert.deepEqual([head.status, await head.text()], [200, ""]);
      const post = await handler(new Request("http://localhost/metrics", { method: "POST" }));
      assert.deepEqual([post.status, await post.text()], [405, "Method not allowed\n"]);
      const elsewhere = await handler(new Request("http://localhost/"));
      assert.deepEqual([elsewhere.status, await elsewhere.text()], [404, "Not found\n"]);
    }],
    ["createExporter: any number in one process, each with its own page", async () => {
      const exporters = Array.from({ length: 20 }, (_, i) => createExporter([numbered(sonde, () => i)]));
      for (const exporter of exporters) exporter.start();
      for (const [i, exporter] of exporters.entries()) {
        assert.equal((await pageOf(exporter)).samples.get(EYES), i);
      }
      await Promise.all(exporters.map((exporter) => exporter.stop()));
    }],
  ];
}

function appChecks(sonde: Sonde): readonly Check[] {
  const { collectors, createExporter } = sonde;
  return [
    [
      "createExporter: shows what prom-client's metrics count, in the exporter's registry and in the app's",
      async () => {
        const exporter = createExporter([]);
        new Counter({ name: "app_sold_total", help: "Sold.", registers: [exporter.registry] }).inc(3);
        assert.equal((await pageOf(exporter)).samples.get("app_sold_total"), 3);
        const registry = new Registry();
        new Counter({ name: "app_bought_total", help: "Bought.", registers: [registry] }).inc(2);
        const { samples } = await pageOf(createExporter([numbered(sonde, () => 1)], {}, { registry }));
        assert.deepEqual([samples.get("app_bought_total"), samples.get(EYES)], [2, 1]);
      },
    ],
    ["http: probes a server from within an app", async () => {
      const server = createServer((_, response) => response.end("fine"));
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
      const address = server.address();
      assert.ok(address !== null && typeof address === "object");
      const probe = { name: "own", target: `http://127.0.0.1:${address.port}/`, interval: "1s" };
      const http = collectors.filter(({ name }) => name === "http");
      const exporter = createExporter([...http, numbered(sonde, () => 1)], { probes: [probe] });
      exporter.start();
      try {
        assert.equal(await sampleOf(exporter, 'probe_success{target="own"}'), 1);
      } finally {
        await exporter.stop();
        await new Promise<unknown>((resolve) => server.close(resolve));
      }
    }],
  ];
}

/** The value of a series, once there is one. */
async function sampleOf(exporter: Exporter, series: string): Promise<number> {
  for (const giveUpAt = performance.now() + PATIENCE_MS; performance.now() < giveUpAt;) {
    const value = (await pageOf(exporter)).samples.get(series);
    if (value !== undefined) return value;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error(`There is still no ${series}`);
}

function faultChecks(sonde: Sonde): readonly Check[] {
  const { createExporter, ConfigError, defineCollector, GraphError } = sonde;
  const dice = numbered(sonde, () => 6);
  return [
    ["createExporter: refuses a wrong configuration with every fault, and a need that nothing meets", () => {
      assert.throws(
        () => createExporter([dice], { collectors: { dcie: true, dice: { interval: 5 } }, wbe: {} }),
        (error) => error instanceof ConfigError && error.faults.length === 3,
      );
      const needy = defineCollector({
        name: "needy",
        help: "Needs another.",
        metrics: {},
        needs: { other: "other" },
        read: () => 0,
        samples: () => {},
      });
      assert.throws(() => createExporter([needy]), (error) => error instanceof GraphError);
    }],
    ["createExporter: starting twice is a TypeError, stopping twice is not", async () => {
      const exporter = createExporter([dice]);
      exporter.start();
      assert.throws(() => exporter.start(), TypeError);
      await exporter.stop();
      await exporter.stop();
    }],
    ["createExporter: what fails or hangs costs itself, and says so in the same words everywhere", async () => {
      const told: unknown[] = [];
      const failing = numbered(sonde, ({ local }) => local("/nowhere/at/all").length, "failing");
      const hung = numbered(sonde, () => new Promise<number>(() => {}), "hung");
      const log = (_: string, __: string, fields?: { readonly error?: unknown }) => told.push(fields?.error);
      const exporter = createExporter([dice, failing, hung], {}, { log });
      const { samples } = await pageOf(exporter);
      assert.equal(samples.get(EYES), 6);
      assert.ok(told.includes('Cannot read "/nowhere/at/all": no such file or directory'), JSON.stringify(told));
      await exporter.stop();
    }],
    ["systemCalls: are absent where the runtime cannot make them", async () => {
      const calling = numbered(sonde, (source) => Number(source.systemCalls() !== undefined));
      const eyes = (await pageOf(createExporter([calling]))).samples.get(EYES);
      if (process.versions.deno === undefined) assert.equal(eyes, 0);
      else assert.ok(eyes === 0 || eyes === 1);
    }],
  ];
}
