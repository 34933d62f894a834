/** `rate()` over what Sonde shows of a host whose processors are busy at an exact pace is that pace. */

import assert from "node:assert/strict";
import { type Folder, folder, testWith, until } from "./programs.ts";
import { type Job, type Prometheus, servePrometheus } from "./prometheus.ts";
import { serveSonde } from "./sonde.ts";

/**
 * What a rate over it may be wrong by, less than 1 % together: 0.1 s by the freshness, which lets a scrape take what was
 * read for another just before; 0.01 s by the ticks in which the kernel counts; a few milliseconds by the rewriting of
 * the file; and the time from the server's time stamp to the reading, which on a busy machine is another 0.1 s.
 */
const RANGE_SECONDS = 30;
const TOLERANCE = 0.01;
/** Times at which the rates are asked for, as many seconds apart. */
const INSTANTS = 6;
const CPUS = ["0", "1"];
const TICKS_PER_SECOND = 100;
const REWRITE_MS = 3;
/** Enough time for every mode to be more than a range away from 0, where a rate is taken to begin. */
const HEAD_START_SECONDS = 1000;

/** `/proc/stat` of processors that have spent so many seconds in each mode. */
function statText(seconds: number): string {
  const ticks = Math.floor(seconds * TICKS_PER_SECOND);
  const columns = Array(10).fill(ticks).join(" ");
  const lines = ["cpu ", ...CPUS.map((cpu) => `cpu${cpu}`)].map((name) => `${name} ${columns}`);
  return [...lines, "intr 0", "ctxt 0", "btime 1700000000", "processes 1", "procs_running 1", "procs_blocked 0", ""]
    .join("\n");
}

/** Lets a host's processors run: every mode of each gains a second per second of the wall clock. */
async function run(proc: Folder): Promise<Disposable> {
  const from = Date.now();
  const rewrite = () => {
    Deno.writeTextFileSync(proc.at("stat.new"), statText(HEAD_START_SECONDS + (Date.now() - from) / 1000));
    Deno.renameSync(proc.at("stat.new"), proc.at("stat"));
  };
  rewrite();
  await Deno.copyFile("/proc/meminfo", proc.at("meminfo"));
  const timer = setInterval(rewrite, REWRITE_MS);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

/** Serves a folder as procfs, through a bind mount that only the exporter sees. */
const MOUNTED = [
  "--mount",
  "sh",
  "-c",
  'folder=$1 place=$2; shift 2; mount --bind "$folder" "$place" && exec "$@"',
  "sh",
];
/** What reads the times of processors for itself, at times of its own, besides what scrapes ask for. */
const FLAGS = ["--collector.disable-defaults", "--collector.cpu", "--collector.usage", "--collector.usage.interval=1s"];

testWith(
  "rates: several servers at once, old and new, all see a processor's second per second within 1 %",
  ["prometheus", "newest prometheus", "mount namespace"],
  async (path) => {
    await using proc = await folder();
    await using place = await folder();
    using _ = await run(proc);
    await using direct = await serveSonde([...FLAGS, `--path.procfs=${proc.path}`]);
    const within = [path("mount namespace"), ...MOUNTED, proc.path, place.path];
    await using mounted = await serveSonde([...FLAGS, `--path.procfs=${place.path}`], { within });

    // Of each server several jobs, whose scrapes fall on different parts of a second.
    const jobs: Job[] = ["1s", "2s"].flatMap((interval) =>
      ["a", "b"].flatMap((name) => [
        { name: `direct-${name}-${interval}`, target: direct.host, interval },
        { name: `mounted-${name}-${interval}`, target: mounted.host, interval },
      ])
    );
    await using old = await servePrometheus(path("prometheus"), jobs);
    await using recent = await servePrometheus(path("newest prometheus"), jobs);
    for (const server of [old, recent]) await assertRates(server, jobs);
  },
);

/** That each series has run at its pace at each of some times, once it was scraped all through a range. */
async function assertRates(server: Prometheus, jobs: readonly Job[]): Promise<void> {
  const series = jobs.length * CPUS.length * 8;
  const covered = `count(timestamp(node_cpu_seconds_total offset ${RANGE_SECONDS + INSTANTS}s))`;
  await until(async () => (await server.query(covered))[0]?.value === series, "every series is long enough");
  const now = Math.floor(Date.now() / 1000);
  for (let time = now - INSTANTS; time < now; time++) {
    const rates = await server.query(`rate(node_cpu_seconds_total[${RANGE_SECONDS}s])`, time);
    assert.equal(rates.length, series);
    for (const { labels: { job, cpu, mode }, value } of rates) {
      assert.ok(Math.abs(value - 1) <= TOLERANCE, `rate ${value} of cpu ${cpu}, ${mode}, ${job}, at ${time}`);
    }
  }
}
