import assert from "node:assert/strict";
import { gunzipSync } from "node:zlib";
import { defineCollector } from "../src/collector.ts";
import { scrapeBudget } from "../src/metrics_endpoint.ts";
import { answer, broken, families, nowhere, other, quick, serving, stuck, TEXT } from "./serving.ts";

Deno.test("MetricsEndpoint: serves the page, at once where nothing is to be waited for", async () => {
  const { get } = serving([quick]);
  const response = get("/metrics");
  assert(response instanceof Response);
  assert.equal(response.status, 200);
  assert.equal(response.headers.get("content-type"), TEXT);
  assert.equal(response.headers.get("vary"), "Accept-Encoding");
  assert.equal(response.headers.get("content-encoding"), null);
  assert.match(await response.text(), /^quick_value 7$/m);
});

Deno.test("MetricsEndpoint: compresses for those that take it", async () => {
  const { get } = serving([quick]);
  const plain = await (await get("/metrics")).text();
  const response = await get("/metrics", { headers: { "accept-encoding": "br, gzip;q=0.5" } });
  assert.equal(response.headers.get("content-encoding"), "gzip");
  assert.equal(response.headers.get("vary"), "Accept-Encoding");
  assert.equal(gunzipSync(new Uint8Array(await response.arrayBuffer())).toString(), plain);
  const refusing = await get("/metrics", { headers: { "accept-encoding": "gzip;q=0, *" } });
  assert.equal(refusing.headers.get("content-encoding"), null);
});

Deno.test("MetricsEndpoint: answers OpenMetrics where it is allowed and asked for", async () => {
  const { get, current } = serving([quick], { settings: { openMetrics: true } });
  const headers = { accept: "application/openmetrics-text;version=1.0.0,text/plain;q=0.5" };
  const response = await get("/metrics", { headers });
  assert.equal(response.headers.get("content-type"), "application/openmetrics-text; version=1.0.0; charset=utf-8");
  assert.equal(response.headers.get("vary"), "Accept, Accept-Encoding");
  assert.match(await response.text(), /# TYPE quick_runs counter\n(.*\n)*# EOF\n$/);
  assert.equal((await get("/metrics")).headers.get("content-type"), TEXT);
  current.openMetrics = false;
  assert.equal((await get("/metrics", { headers })).headers.get("content-type"), TEXT);
});

Deno.test("MetricsEndpoint: collect[] and exclude[] choose collectors, as the peer's do", async (t) => {
  const { get } = serving([quick, other, nowhere], { disabled: ["nowhere"] });
  const all = ["other_value", "quick_runs_total", "quick_value"];
  const cases: readonly (readonly [query: string, families: readonly string[]])[] = [
    ["collect[]=quick", ["quick_runs_total", "quick_value"]],
    ["collect%5B%5D=quick", ["quick_runs_total", "quick_value"]],
    ["collect[]=swift", ["quick_runs_total", "quick_value"]],
    ["collect[]=quick&collect[]=other&collect[]=other", all],
    ["exclude[]=quick", ["other_value"]],
    ["exclude[]=swift", ["other_value"]],
    ["exclude[]=quick&exclude[]=other", []],
    ["exclude[]=nowhere", all],
    ["exclude[]=none-such", all],
    ["name[]=quick_value", ["quick_value"]],
    ["name[]=quick_value&name[]=other_value&name[]=none_such", ["other_value", "quick_value"]],
    ["name[]=none_such", []],
    ["collect[]=quick&name[]=quick_value&name[]=other_value", ["quick_value"]],
    ["exclude[]=quick&name[]=quick_value", []],
    ["", all],
    ["collect=quick&x=1&%zz", all],
    ["collect[]=quick#fragment", ["quick_runs_total", "quick_value"]],
  ];
  for (const [query, expected] of cases) {
    await t.step(query || "no query", async () => assert.deepEqual(await families(get(`/metrics?${query}`)), expected));
  }
});

Deno.test("MetricsEndpoint: refuses queries that cannot be answered", async (t) => {
  const { get } = serving([quick, other, nowhere], { disabled: ["nowhere"] });
  const cases: readonly (readonly [query: string, message: string])[] = [
    ["collect[]=quick&exclude[]=other", "Combined collect and exclude queries are not allowed."],
    ["collect[]=quack", 'Cannot collect "quack": there is no such collector, did you mean "quick"?'],
    ["collect[]=quick&collect[]=", 'Cannot collect "": there is no such collector'],
    ["collect[]=nowhere", 'Cannot collect "nowhere": the collector is disabled, or none of its families is wanted'],
  ];
  for (const [query, message] of cases) {
    await t.step(query, async () => {
      const response = await get(`/metrics?${query}`);
      assert.equal(response.headers.get("content-type"), "text/plain; charset=utf-8");
      assert.deepEqual(await answer(response), [400, message]);
    });
  }
});

Deno.test("MetricsEndpoint: waits for what a scrape has to read no longer than the scraper does", async () => {
  const { get, clock } = serving([quick, stuck]);
  let done: Response | undefined;
  const scrape = Promise.resolve(get("/metrics", { headers: { "x-prometheus-scrape-timeout-seconds": "1" } }))
    .then((response) => done = response);
  await clock.advance(0.49);
  assert.equal(done, undefined);
  await clock.advance(0.02);
  assert.deepEqual(await families(await scrape), ["quick_runs_total", "quick_value"]);
});

Deno.test("scrapeBudget: leaves half a second, a tenth, or half", () => {
  const cases: readonly (readonly [header: string | null, seconds: number])[] = [
    [null, 10],
    ["10", 9],
    ["3", 2.5],
    ["60", 54],
    ["1", 0.5],
    ["0.5", 0.25],
    [".2", 0.1],
    ["0", 10],
    ["-1", 10],
    ["", 10],
    ["soon", 10],
    ["1e3", 10],
    ["Infinity", 10],
    ["9".repeat(400), 10],
  ];
  for (const [header, seconds] of cases) assert.equal(scrapeBudget(header), seconds, String(header));
});

Deno.test("MetricsEndpoint: serves no more scrapes at once than allowed", async () => {
  const { get, clock, current } = serving([quick, stuck], { settings: { maxRequests: 2 } });
  const waiting = [get("/metrics"), get("/metrics")];
  assert.deepEqual(await answer(get("/metrics")), [503, "Limit of concurrent scrapes reached (2), try again later."]);
  assert.deepEqual(await answer(get("/-/healthy")), [200, "OK"]);
  current.maxRequests = 0;
  waiting.push(get("/metrics"));
  current.maxRequests = 2;
  await clock.advance(2);
  for (const scrape of waiting) assert.equal((await scrape).status, 200);
  assert.equal((await get("/metrics")).status, 200);
});

Deno.test("MetricsEndpoint: answers 503 where nothing succeeded, and names what failed", async () => {
  const { get } = serving([broken]);
  assert.deepEqual(await answer(get("/metrics")), [503, "No collector succeeded; failed: broken"]);
  assert.equal((await get("/metrics", { method: "HEAD" })).status, 503);
  const both = serving([quick, broken]);
  assert.equal((await both.get("/metrics")).status, 200);
  assert.deepEqual(await answer(both.get("/metrics?collect[]=broken")), [
    503,
    "No collector succeeded; failed: broken",
  ]);
  assert.equal((await serving([nowhere]).get("/metrics")).status, 200);
  assert.equal((await serving([]).get("/metrics")).status, 200);
});

Deno.test("MetricsEndpoint: counts failures that are too many to name", async () => {
  const many = defineCollector({
    ...broken,
    name: "many",
    instances: () => Array.from({ length: 25 }, (_, i) => ({ name: String(i), options: undefined })),
  });
  const [status, body] = await answer(serving([many]).get("/metrics"));
  assert.equal(status, 503);
  assert.match(body, /: many:0, many:1, .*, many:19 and 5 more$/);
});

Deno.test("MetricsEndpoint: where it is strict, one failure is enough for 503", async () => {
  const { get, current } = serving([quick, broken, nowhere], { settings: { strict: true } });
  assert.deepEqual(await answer(get("/metrics")), [503, "Collectors failed: broken"]);
  assert.equal((await get("/metrics?exclude[]=broken")).status, 200);
  current.strict = false;
  assert.equal((await get("/metrics")).status, 200);
});
