/** Real Prometheus servers, old and new, scrape Sonde: what they store is what it shows, and none of it is refused. */

import assert from "node:assert/strict";
import { wholeFlags } from "./node_exporter.ts";
import { parsePage } from "./page.ts";
import { folder, testWith, until } from "./programs.ts";
import { type Job, type Prometheus, servePrometheus } from "./prometheus.ts";
import { serveSonde, type Sonde, STEADY_FLAGS } from "./sonde.ts";

const SCRAPES = 5;

/** What a server refuses of a scrape, it counts here. */
const REFUSALS = /^prometheus_target_(scrapes?_\w*(exceeded|out_of|duplicate)\w*|scrape_pool_exceeded\w*)$/;

/** Counts of refusals, by their names. */
async function refusals({ host }: Prometheus): Promise<ReadonlyMap<string, number>> {
  const page = await (await fetch(`http://${host}/metrics`)).text();
  const counts = [...page.matchAll(/^(\w+)(?:\{.*\})? (\S+)$/gm)].filter(([, name = ""]) => REFUSALS.test(name));
  return new Map(counts.map(([, name = "", count]) => [name, Number(count)]));
}

/** That every scrape went well, and nothing of it was refused. */
async function assertWentWell(prometheus: Prometheus, jobs: readonly Job[]): Promise<void> {
  for (const { name } of jobs) {
    assert.deepEqual((await prometheus.targets()).get(name), { health: "up", lastError: "" });
    const [least] = await prometheus.query(`min_over_time(up{job="${name}"}[1h])`);
    assert.equal(least?.value, 1, `a scrape of ${name} failed`);
  }
  const refused = await refusals(prometheus);
  assert.ok(refused.size >= 5, `not enough counts: ${[...refused.keys()].join(" ")}`);
  assert.deepEqual([...refused].filter(([, count]) => count > 0), []);
}

/** Listens in place of a target, and keeps the headers that each server sends, by its name and version. */
interface Recorder extends AsyncDisposable {
  readonly host: string;
  readonly headers: ReadonlyMap<string, Headers>;
}

function recorder(): Recorder {
  const headers = new Map<string, Headers>();
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
    headers.set(request.headers.get("user-agent") ?? "", request.headers);
    return new Response("", { headers: { "content-type": "text/plain; version=0.0.4" } });
  });
  return { host: `127.0.0.1:${server.addr.port}`, headers, [Symbol.asyncDispose]: () => server.shutdown() };
}

/** Starts Sonde with every kind of collector, and waits until no further series will come. */
async function settled(args: readonly string[]): Promise<Sonde> {
  const sonde = await serveSonde(args);
  // What is made of two readings comes last.
  await until(
    async () =>
      (await sonde.page()).samples.has("sonde_host_cpu_usage_ratio") && (await sonde.get("/-/ready")).status === 200,
    "all collectors have run",
  );
  return sonde;
}

testWith(
  "prometheus: old and new store the same series of both formats at once, and refuse nothing",
  ["prometheus", "newest prometheus"],
  async (path) => {
    await using target = await serveSonde(["--collector.disable-defaults"]);
    const flags = [
      ...STEADY_FLAGS,
      `--collector.http.target=http://${target.host}/-/healthy`,
      "--collector.http.interval=1s",
      "--collector.usage.interval=1s",
    ];
    await using text = await settled(flags);
    await using openMetrics = await settled([...flags, "--web.openmetrics"]);
    const shown = new Set((await text.page()).samples.keys());
    await using recording = recorder();

    const jobs = (interval: string): Job[] => [
      { name: "text", target: text.host, interval },
      { name: "openmetrics", target: openMetrics.host, interval },
      { name: "recorder", target: recording.host, interval },
    ];
    // The old server takes OpenMetrics from all that offer it; of the new one another format may be demanded.
    const settings = { scrape_protocols: ["PrometheusText0.0.4"] };
    const demanded = { name: "demanded", target: openMetrics.host, interval: "2s", settings };
    await using old = await servePrometheus(path("prometheus"), jobs("1s"));
    await using recent = await servePrometheus(path("newest prometheus"), [...jobs("2s"), demanded]);
    for (const { name } of jobs("1s")) await Promise.all([old.scraped(name, SCRAPES), recent.scraped(name, SCRAPES)]);

    await assertWentWell(old, jobs("1s"));
    await assertWentWell(recent, [...jobs("2s"), demanded]);
    for (const job of ["text", "openmetrics"]) {
      assert.deepEqual(await old.stored(job), shown);
      assert.deepEqual(await recent.stored(job), shown);
    }
    assert.deepEqual(await recent.stored("demanded"), shown);

    assert.equal(recording.headers.size, 2);
    for (const [server, headers] of recording.headers) {
      assert.match(
        (await openMetrics.get("/metrics", { headers })).type ?? "",
        /^application\/openmetrics-text;/,
        server,
      );
      assert.match((await text.get("/metrics", { headers })).type ?? "", /^text\/plain; version=0\.0\.4;/, server);
    }
  },
);

/** Stands between a server and Sonde, and keeps the pages that went through. */
interface Passage extends AsyncDisposable {
  readonly host: string;
  readonly pages: readonly string[];
}

function passage(sonde: Sonde): Passage {
  const pages: string[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async ({ headers }) => {
    const { status, text, type } = await sonde.get("/metrics", { headers });
    pages.push(text);
    return new Response(text, { status, headers: { "content-type": type ?? "" } });
  });
  return { host: `127.0.0.1:${server.addr.port}`, pages, [Symbol.asyncDispose]: () => server.shutdown() };
}

testWith(
  "prometheus: old and new store every sample of the page of all collectors together",
  ["prometheus", "newest prometheus"],
  async (path) => {
    await using textfiles = await folder();
    await using target = await serveSonde(["--collector.disable-defaults"]);
    const probe = [`--collector.http.target=http://${target.host}/-/healthy`, "--collector.http.interval=1s"];
    await using sonde = await settled([...await wholeFlags(textfiles), ...probe]);
    await Promise.all([path("prometheus"), path("newest prometheus")].map(async (program) => {
      await using between = passage(sonde);
      const jobs = [{ name: "whole", target: between.host, interval: "2s" }];
      await using prometheus = await servePrometheus(program, jobs);
      await prometheus.scraped("whole", SCRAPES);
      await assertWentWell(prometheus, jobs);

      const [scraped = []] = await prometheus.history(`scrape_samples_scraped{job="whole"}`);
      const pages = between.pages.slice(0, scraped.length).map((page) => parsePage(page));
      assert.deepEqual(scraped, pages.map(({ samples }) => samples.size));
      const shown = new Set(pages.flatMap(({ samples }) => [...samples.keys()].map(withoutEmptyLabels)));
      const stored = new Set([...await prometheus.stored("whole")].map(withoutEmptyLabels));
      assert.deepEqual([...shown.difference(stored)], []);
    }));
  },
);

/** To a server a label without a value is no label. */
function withoutEmptyLabels(series: string): string {
  return series.replaceAll(/(?<=[{,])\w+="",?/g, "").replace(/,}$/, "}").replace(/{}$/, "");
}
