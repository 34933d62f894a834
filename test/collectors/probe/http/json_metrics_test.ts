import assert from "node:assert/strict";
import { httpProber } from "../../../../collectors/probe/http/http_prober.ts";
import { jsonSamples, LONGEST_JSON_LABEL, MOST_JSON_SERIES } from "../../../../collectors/probe/http/json_metrics.ts";
import type { HttpModule } from "../../../../collectors/probe/module.ts";
import { moduleSchema } from "../../../../collectors/probe/modules/module.ts";
import { resultPage } from "../../../../collectors/probe/pages/result_page.ts";
import { Trace } from "../../../../collectors/probe/trace.ts";
import type { Labels } from "../../../../src/collector.ts";
import { systemClock } from "../../../../src/clock.ts";
import { httpTarget, outcomeOf, probeTools, respondsWith } from "../target.ts";

type Metric = Readonly<Record<string, unknown>>;

function moduleOf(metrics: readonly Metric[]): HttpModule {
  const module = moduleSchema.parse({
    prober: "http",
    http: { preferred_ip_protocol: "ip4", json_metrics: metrics },
  });
  assert(module.prober === "http");
  return { ...module, name: "m" };
}

/** Samples as `name{label="value"} value`, and why others were left out. */
async function made(body: unknown, ...metrics: readonly Metric[]) {
  const trace = new Trace(systemClock);
  const bytes = new TextEncoder().encode(typeof body === "string" ? body : JSON.stringify(body));
  const samples = await jsonSamples(bytes, moduleOf(metrics).jsonMetrics, { trace });
  return {
    samples: samples.map(({ metric, labels, value }) =>
      `${metric.name}{${Object.entries(labels).map(([name, text]) => `${name}=${text}`)}} ${value}`
    ),
    left: trace.events.map(({ fields }) => `${fields.metric}: ${fields.err}`),
  };
}

Deno.test("jsonSamples: numbers and booleans of a body, one each or one per item", async () => {
  const body = {
    ready: true,
    depth: 3.5,
    queues: [{ name: "in", size: 2, on: true }, { name: "out", size: 0, on: false }],
  };
  const { samples, left } = await made(
    body,
    { name: "app_ready", value: "body.ready" },
    { name: "app_depth", value: "body.depth * 2.0", labels: { kind: "'deep'", n: "body.queues.size()" } },
    { name: "app_queues", value: "size(body.queues)" },
    { name: "app_size", each: "body.queues", value: "item.size", labels: { queue: "item.name", on: "item.on" } },
    {
      name: "app_any",
      each: "body.queues.filter(q, q.on)",
      value: "item.size + body.depth",
      labels: { q: "item.name" },
    },
  );
  assert.deepEqual(samples, [
    "app_ready{} 1",
    "app_depth{kind=deep,n=2} 7",
    "app_queues{} 2",
    "app_size{queue=in,on=true} 2",
    "app_size{queue=out,on=false} 0",
    "app_any{q=in} 5.5",
  ]);
  assert.deepEqual(left, []);
});

Deno.test("jsonSamples: leaves out what is no number, and says why", async () => {
  const { samples, left } = await made(
    { text: "12", none: null, list: [1], map: {}, zero: 0, long: "x".repeat(LONGEST_JSON_LABEL + 1) },
    { name: "a_text", value: "body.text" },
    { name: "a_none", value: "body.none" },
    { name: "a_list", value: "body.list" },
    { name: "a_map", value: "body.map" },
    { name: "a_nan", value: "body.zero / body.zero" },
    { name: "a_infinity", value: "1.0 / body.zero" },
    { name: "a_missing", value: "body.missing" },
    { name: "a_label", value: "body.zero", labels: { l: "body.list" } },
    { name: "a_long", value: "body.zero", labels: { l: "body.long" } },
    { name: "a_each", each: "body.map", value: "item" },
    { name: "a_converted", value: "double(body.text)" },
  );
  assert.deepEqual(samples, ["a_converted{} 12"]);
  assert.deepEqual(left, [
    "a_each: body.map does not come to a list",
    "a_text: body.text comes to a text, not to a number",
    "a_none: body.none comes to null, not to a number",
    "a_list: body.list comes to a list, not to a number",
    "a_map: body.map comes to a map, not to a number",
    "a_nan: body.zero / body.zero comes to NaN",
    "a_infinity: 1.0 / body.zero comes to Infinity",
    "a_missing: field not found: missing",
    "a_label: body.list comes to a list, not to a text",
    `a_long: body.long comes to a text of more than ${LONGEST_JSON_LABEL} characters`,
  ]);
});

Deno.test("jsonSamples: of equal labels the first stands, in one metric and over several of a name", async () => {
  const { samples, left } = await made(
    [{ n: "a", v: 1 }, { n: "a", v: 2 }],
    { name: "twice", each: "body", value: "item.v", labels: { n: "item.n" } },
    { name: "twice", value: "3", labels: { n: "'a'" } },
    { name: "twice", value: "4" },
  );
  assert.deepEqual(samples, ["twice{n=a} 1", "twice{} 4"]);
  assert.deepEqual(left, ['twice: there are several with the labels {"n":"a"}']);
});

Deno.test("jsonSamples: series are bounded, and told once", async () => {
  const items = Array.from({ length: MOST_JSON_SERIES * 3 }, (_, i) => i);
  const { samples, left } = await made(items, {
    name: "many",
    each: "body",
    value: "item",
    labels: { i: "string(item)" },
  });
  assert.equal(samples.length, MOST_JSON_SERIES);
  assert.deepEqual(left, [`many: there are more than ${MOST_JSON_SERIES} series`]);
});

Deno.test("jsonSamples: a body that is not JSON makes none", async () => {
  const { samples, left } = await made("<html>", { name: "a", value: "1" }, { name: "b", value: "body" });
  assert.deepEqual(samples, []);
  assert.equal(left.length, 2);
  assert.match(left[0] ?? "", /^a: .*JSON/);
});

Deno.test("jsonSamples: hostile loops end", async () => {
  const body = Array.from({ length: 2000 }, (_, i) => i);
  const value = "body.all(x, body.all(y, body.all(z, x + y + z >= 0.0))) ? 1 : 0";
  const { samples, left } = await made(body, { name: "slow", each: "body", value, labels: { i: "item" } });
  assert.deepEqual(samples, []);
  assert.equal(left.length, 2);
  assert.match(left[1] ?? "", /took more than/);
});

Deno.test("httpProber: shows gauges of the body beside its own, with the target's labels before theirs", async () => {
  const body = '{"up":true,"queues":[{"name":"a\\nb","size":1},{"name":"\\"","size":2}]}';
  await using target = await httpTarget(respondsWith(body, 503));
  const module = moduleOf([
    { name: "app_up", value: "body.up", help: "Whether it is." },
    { name: "app_size", each: "body.queues", value: "item.size", labels: { queue: "item.name", team: "'app'" } },
  ]);
  const result = await httpProber.probe(`http://127.0.0.1:${target.port}/`, module, probeTools());
  assert.equal(outcomeOf(result), "status in validate");
  const { text } = resultPage(httpProber, result);
  assert(text.includes("# HELP app_up Whether it is.\n# TYPE app_up gauge\napp_up 1\n"), text);
  assert(text.includes("# HELP app_size Value of item.size in the body.\n# TYPE app_size gauge\n"), text);
  assert(text.includes('app_size{queue="\\"",team="app"} 2\napp_size{queue="a\\nb",team="app"} 1\n'), text);
  const families: [string, Labels | undefined][] = [];
  const emit = Object.assign(() => {}, {
    family({ name, samples }: { name: string; samples: Iterable<{ labels?: Labels }> }) {
      for (const { labels } of samples) families.push([name, labels]);
    },
  });
  httpProber.emit(result, emit, { target: "t", team: "ops" });
  assert.deepEqual(families, [
    ["app_up", { target: "t", team: "ops" }],
    ["app_size", { queue: "a\nb", team: "ops", target: "t" }],
    ["app_size", { queue: '"', team: "ops", target: "t" }],
  ]);
});
