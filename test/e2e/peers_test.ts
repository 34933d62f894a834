/** Beside the newest exporters of the peers, on the same host and targets, Sonde shows the same. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Page, type PageFamily, parsePage, seriesName } from "./page.ts";
import { folder, output, type Running, start, testWith, until } from "./programs.ts";
import { serveSonde } from "./sonde.ts";

/** A peer that serves. */
interface Peer extends Running {
  /** As `127.0.0.1:36041`. */
  readonly host: string;
}

async function servePeer(program: string, ...flags: readonly string[]): Promise<Peer> {
  const running = start([program, "--web.listen-address=127.0.0.1:0", ...flags]);
  try {
    const [, host = ""] = await running.says(/"Listening on".*?address=(127\.0\.0\.1:\d+)/);
    return { ...running, host };
  } catch (error) {
    await running[Symbol.asyncDispose]();
    throw error;
  }
}

async function pageOf(url: string): Promise<Page> {
  return parsePage(await (await fetch(url)).text());
}

/** Type, help and series of each family. */
function shape(families: ReadonlyMap<string, PageFamily>): Record<string, unknown> {
  const entries = [...families].map((
    [name, { type, help, samples }],
  ) => [name, { type, help, series: [...samples.keys()].sort() }]);
  return Object.fromEntries(entries);
}

/** The families whose name matches. */
function only(page: Page, pattern: RegExp): Map<string, PageFamily> {
  return new Map([...page.families].filter(([name]) => pattern.test(name)).sort(([a], [b]) => a < b ? -1 : 1));
}

const HOST_COLLECTORS = ["stat", "stat.softirq", "cpu", "meminfo", "loadavg"].map((name) => `--collector.${name}`);
const HOST_FAMILIES = /^node_(?!exporter_build_info$)/;
/** Gauges that do not move. */
const STEADY =
  /^node_(boot_time_seconds|memory_(MemTotal|SwapTotal|CommitLimit|VmallocTotal|Hugepagesize)_bytes|scrape_collector_success)/;
/** An idle time that the kernel took back by as much is still told as it was. */
const TAKEN_BACK_SECONDS = 0.05;

/** A page of Sonde, between two of the peer. */
interface Triple {
  readonly before: Page;
  readonly between: Page;
  readonly after: Page;
}

/** That what only grows lies between what the peer shows before and after, and what stands still is the same. */
function assertBetween({ before, between, after }: Triple): void {
  let compared = 0;
  for (const [name, { type, samples }] of only(between, HOST_FAMILIES)) {
    if (type !== "counter" && !STEADY.test(name)) continue;
    for (const [series, value] of samples) {
      const least = (before.samples.get(series) ?? NaN) - TAKEN_BACK_SECONDS;
      const most = (after.samples.get(series) ?? NaN) + TAKEN_BACK_SECONDS;
      assert.ok(value >= least && value <= most, `${series} is ${value}, not ${least} to ${most}`);
      compared++;
    }
  }
  assert.ok(compared > 30, `only ${compared} series were compared`);
}

/**
 * Compares pages of the peer before and after with Sonde's between them, gauges that move included. Not part of the
 * project: where it is not to be had, this comparison is left out, and the test's name does not promise it.
 */
const COMPARE = join(
  Deno.env.get("SONDE_CONFORMANCE") ?? fileURLToPath(new URL("../../../shared/conformance", import.meta.url)),
  "tools/expocompare.ts",
);
const hasCompare = await Deno.stat(COMPARE).then(() => true, () => false);
/** A host may do in a moment what the comparison does not expect of it. */
const ATTEMPTS = 5;

async function compareLive(takePages: () => Promise<Triple>): Promise<void> {
  await using pages = await folder();
  let told = "";
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const { before, between, after } = await takePages();
    const files = [
      await pages.write("before", before.text),
      await pages.write("between", between.text),
      await pages.write("after", after.text),
    ];
    const command = [Deno.execPath(), "run", "--no-config", "--allow-read", COMPARE, "--live", "--help-strict"];
    const { code, stdout, stderr } = await output([...command, ...files]);
    if (code === 0) return;
    told = stdout + stderr;
  }
  assert.fail(told);
}

testWith(
  "peers: beside the newest node_exporter Sonde has the same families, types, help, series and figures" +
    (hasCompare ? ", those that move too" : ""),
  ["newest node_exporter"],
  async (path) => {
    const flags = ["--collector.disable-defaults", ...HOST_COLLECTORS];
    await using peer = await servePeer(path("newest node_exporter"), ...flags, "--web.disable-exporter-metrics");
    await using sonde = await serveSonde([...flags, "--no-collector.self"]);
    const takePages = async (): Promise<Triple> => ({
      before: await pageOf(`http://${peer.host}/metrics`),
      between: await sonde.page(),
      after: await pageOf(`http://${peer.host}/metrics`),
    });
    const pages = await takePages();
    assert.deepEqual(shape(only(pages.between, HOST_FAMILIES)), shape(only(pages.before, HOST_FAMILIES)));
    assertBetween(pages);
    if (hasCompare) await compareLive(takePages);
  },
);

/** Figures that differ from probe to probe. */
const TIMED = /^probe_(duration|dns_lookup_time|http_duration)_seconds/;

/** Samples of probes, without their target; `undefined` where figures differ anyway. */
function probeSamples({ samples }: Page, ofTarget = ""): Record<string, number | undefined> {
  const entries = [...samples].filter(([series]) => series.startsWith("probe_") && series.includes(ofTarget));
  return Object.fromEntries(
    entries.map(([series, value]) => {
      const name = series.replace(/,?target="[^"]*"/, "").replace("{,", "{").replace("{}", "");
      return [name, TIMED.test(name) ? undefined : value];
    }),
  );
}

/** A target that answers well, redirects to where it does, or does not know. */
function answer({ url }: Request): Response {
  const headers = { "last-modified": "Wed, 21 Oct 2015 07:28:00 GMT", location: "/well" };
  if (url.endsWith("/well")) return new Response("well", { headers });
  return new Response("not here", { status: url.endsWith("/elsewhere") ? 302 : 404, headers });
}

testWith(
  "peers: beside the newest blackbox_exporter Sonde has the same probe_ families, labels and figures, well or not",
  ["newest blackbox_exporter"],
  async (path) => {
    await using own = await folder();
    const modules = { http_2xx: { prober: "http", http: { preferred_ip_protocol: "ip4" } } };
    const file = await own.write("blackbox.yml", JSON.stringify({ modules }));
    await using peer = await servePeer(path("newest blackbox_exporter"), `--config.file=${file}`);
    await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, answer);
    const origin = `http://127.0.0.1:${server.addr.port}`;
    const targets = [`${origin}/well`, `${origin}/elsewhere`, `${origin}/missing`, "http://127.0.0.1:1/refused"];
    const flags = targets.map((target) => `--collector.http.target=${target}`);
    await using sonde = await serveSonde([...flags, "--collector.http.interval=1s"]);
    const page = await until(async () => {
      const page = await sonde.page();
      return targets.every((target) => page.samples.has(seriesName("probe_success", { target }))) && page;
    }, "every target was probed");

    for (const target of targets) {
      const query = new URLSearchParams({ module: "http_2xx", target });
      const expected = await pageOf(`http://${peer.host}/probe?${query}`);
      assert.deepEqual(probeSamples(page, `target="${target}"`), probeSamples(expected), target);
      for (const [name, { type, help }] of expected.families) {
        const ours = page.families.get(name);
        assert.deepEqual([ours?.type, ours?.help], [type, help], name);
      }
    }
  },
);
