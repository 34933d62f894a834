/** Collectors of a plugin that hang, throw and block cost their own series, and nobody else's. */

import assert from "node:assert/strict";
import type { Page } from "./page.ts";
import { openFiles, until } from "./programs.ts";
import { pluginFlag, serveSonde, type Sonde } from "./sonde.ts";

const FLAGS = [pluginFlag("faulty"), "--collector.usage.interval=1s"];

const SCRAPES = 1000;
const AT_ONCE = 8;
/** As in the plugins. */
const BLOCKING_SECONDS = 0.3;
/** What most may take besides on a machine that does much else. */
const SLACK_SECONDS = 2;
/** What any scrape may take on a machine that does much else; one that waited for what never answers would take longer. */
const LONGEST_SECONDS = 9;
const MOST_RESIDENT_BYTES = 300 * 1024 * 1024;

/** The value of a series of one collector. */
function value({ samples }: Page, name: string, labels: string): number {
  const found = samples.get(`${name}{${labels}}`);
  assert.ok(found !== undefined, `there is no ${name}{${labels}}`);
  return found;
}

/** Scrapes again and again, so many at once, each over a connection of its own; how long each took, in seconds. */
async function scrapeMany(sonde: Sonde, check: (page: Page) => void): Promise<number[]> {
  using client = Deno.createHttpClient({ poolMaxIdlePerHost: 0 });
  const seconds: number[] = [];
  let begun = 0;
  const scraper = async () => {
    while (begun++ < SCRAPES) {
      const from = performance.now();
      const page = await sonde.page("", { client });
      seconds.push((performance.now() - from) / 1000);
      check(page);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, scraper));
  return seconds.sort((a, b) => a - b);
}

Deno.test("faulty collectors: a thousand scrapes have everyone else's series, in time, and nothing leaks", async () => {
  await using sonde = await serveSonde(FLAGS);
  const settled = async () => {
    const page = await sonde.page();
    const series = ["sonde_host_cpu_usage_ratio", "test_blocker", 'sonde_collector_supported{collector="hung"}'];
    return series.every((name) => page.samples.has(name)) && page;
  };
  const before = await until(settled, "all collectors have run");
  const series = [...before.samples.keys()].sort();
  for (const name of ["node_load1", 'node_cpu_seconds_total{cpu="0",mode="idle"}', "system_uptime_seconds_total"]) {
    assert.ok(series.includes(name), `${name} is missing`);
  }
  assert.ok(!before.samples.has("test_hung") && !before.samples.has("test_thrower"));
  const filesBefore = await openFiles(sonde.pid);

  const seconds = await scrapeMany(sonde, (page) => assert.deepEqual([...page.samples.keys()].sort(), series));
  const longest = seconds.at(-1) ?? NaN;
  assert.ok(longest < LONGEST_SECONDS, `a scrape took ${longest} s`);

  await until(async () => await openFiles(sonde.pid) <= filesBefore, `no more than ${filesBefore} files are open`);
  const after = await sonde.page();
  assertHungOnce(after);
  assertThrowerCounted(after);
  assertBlockerCounted(after, before);
  const resident = after.samples.get("process_resident_memory_bytes") ?? NaN;
  assert.ok(resident < MOST_RESIDENT_BYTES, `${resident} bytes are resident`);
  const lines = sonde.written().match(/msg="collector failed" collector=thrower/g)?.length ?? 0;
  assert.ok(lines >= 1 && lines <= 3, `${lines} lines say that the thrower failed`);
});

/** It was begun once, is still running, and nobody waits for it. */
function assertHungOnce(page: Page): void {
  assert.equal(page.samples.get("test_hung_in_flight"), 1);
  assert.equal(page.samples.get("test_hung_most_in_flight"), 1);
  assert.equal(value(page, "sonde_collector_runs_total", 'collector="hung"'), 1);
  assert.ok(value(page, "sonde_collector_missed_runs_total", 'collector="hung"') > 0);
  assert.equal(value(page, "sonde_collector_success", 'collector="hung"'), 0);
  assert.equal(value(page, "sonde_collector_failures_total", 'collector="hung",reason="timeout"'), 1);
}

function assertThrowerCounted(page: Page): void {
  const runs = value(page, "sonde_collector_runs_total", 'collector="thrower"');
  assert.ok(runs > 1, `${runs} runs`);
  assert.equal(value(page, "sonde_collector_success", 'collector="thrower"'), 0);
  assert.equal(value(page, "sonde_collector_failures_total", 'collector="thrower",reason="error"'), runs);
}

/** It ran again and again meanwhile. */
function assertBlockerCounted(page: Page, before: Page): void {
  const runs = value(page, "sonde_collector_runs_total", 'collector="blocker"');
  assert.ok(runs >= value(before, "sonde_collector_runs_total", 'collector="blocker"') + 2, `${runs} runs`);
  assert.equal(value(page, "sonde_collector_success", 'collector="blocker"'), 1);
  const perRun = value(page, "sonde_collector_blocking_seconds_total", 'collector="blocker"') / runs;
  assert.ok(perRun >= BLOCKING_SECONDS && perRun < BLOCKING_SECONDS + SLACK_SECONDS, `${perRun} s per run`);
}

Deno.test("faulty collectors: the first scrape waits for one that hangs no longer than its deadline", async () => {
  await using sonde = await serveSonde(FLAGS);
  const from = performance.now();
  const page = await sonde.page();
  const seconds = (performance.now() - from) / 1000;
  assert.ok(seconds < 1 + BLOCKING_SECONDS + SLACK_SECONDS, `it took ${seconds} s`);
  assert.ok(page.samples.has("node_load1") && !page.samples.has("test_hung"));
  assert.equal(value(page, "sonde_collector_success", 'collector="hung"'), 0);
});

Deno.test("faulty collectors: one that blocks at every scrape does so once for all who wait", async () => {
  await using sonde = await serveSonde([pluginFlag("blocking"), "--web.max-requests=0"]);
  await sonde.page();
  const runs = async () => value(await sonde.page(), "sonde_collector_runs_total", 'collector="blocking"');
  const before = await runs();
  const timed = async () => {
    const from = performance.now();
    const page = await sonde.page();
    assert.equal(page.samples.get("test_blocking"), 1);
    return (performance.now() - from) / 1000;
  };
  for (let round = 0; round < 3; round++) {
    const seconds = await Promise.all(Array.from({ length: 20 }, timed));
    // One run may have been under way.
    assert.ok(Math.max(...seconds) < 2 * BLOCKING_SECONDS + SLACK_SECONDS, `they took ${seconds}`);
  }
  const more = await runs() - before;
  assert.ok(more <= 10, `${more} runs for 62 scrapes`);
});
