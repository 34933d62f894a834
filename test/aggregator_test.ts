/** The aggregator by its page: with channels of the test, and with workers that are killed and hang. */

import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { Worker as Thread } from "node:worker_threads";
import { type Channel, channelOf, type Peer } from "../src/aggregation/channel.ts";
import { type Aggregator, createAggregator } from "../src/aggregator.ts";
import { defineCollector } from "../src/collector.ts";
import { createExporter } from "../src/exporter.ts";
import { shareMetrics } from "../src/share_metrics.ts";
import { FakeWorker, family } from "./aggregation/fake_worker.ts";
import { FakeClock } from "./fake_clock.ts";

/** How long what is waited for may take, on a busy machine. */
const PATIENCE_MS = 120_000;
const SILENT = { log: () => {} };
const request = (headers: HeadersInit = {}) => new Request("http://app.example/metrics", { headers });
const pageOf = async ({ handler }: Pick<Aggregator, "handler">, headers?: HeadersInit) =>
  await (await handler(request(headers))).text();
const valueOf = (page: string, name: string) =>
  Number(page.split("\n").find((line) => line.startsWith(`${name} `))?.slice(name.length + 1));

/** Scrapes until a page shows what is expected, and asserts of every page that no sum has fallen. */
function watcher(aggregator: Aggregator) {
  const highest = new Map<string, number>();
  return async (...expected: readonly RegExp[]) => {
    const until = Date.now() + PATIENCE_MS;
    for (;;) {
      const page = await pageOf(aggregator);
      for (const name of ["jobs_total", "jobs_seconds_count", 'jobs_seconds_bucket{le="1.0"}']) {
        const value = valueOf(page, name);
        assert.ok(!(value < (highest.get(name) ?? 0)), `${name} fell from ${highest.get(name)} to ${value}`);
        if (!Number.isNaN(value)) highest.set(name, value);
        else assert.ok(!highest.has(name), `${name} went`);
      }
      if (expected.every((pattern) => pattern.test(page))) return;
      if (Date.now() > until) assert.fail(`${expected.join(", ")} is not in\n${page}`);
      await new Promise((resolve) => setTimeout(resolve, 120));
    }
  };
}

Deno.test("createAggregator: shows sums of workers, collectors of its own, and metrics of its registry", async () => {
  const own = defineCollector({
    name: "own",
    help: "h",
    metrics: { own_value: { type: "gauge", help: "O." } },
    freshnessSeconds: 0.1,
    read: () => 6,
    samples: (value, emit) => emit("own_value", value),
  });
  const aggregator = createAggregator({ collectors: [own], rules: { queue: "worker" } });
  aggregator.add(new FakeWorker([family("counter", "jobs_total", { 'k="\\"a"': 5 })]).channel);
  aggregator.add(new FakeWorker([family("counter", "jobs_total", { 'k="\\"a"': 2 })]).channel);
  aggregator.add(new FakeWorker([family("gauge", "queue", { 'k="a"': 2 })]).channel, { id: "third" });
  assert.equal(
    (await pageOf(aggregator)).replace(/^#.*\n/gm, ""),
    'jobs_total{k="\\"a"} 7\nown_value 6\nqueue{k="a",worker="third"} 2\n' +
      "sonde_workers 3\nsonde_workers_missing 0\nsonde_workers_refused_messages_total 0\n",
  );
  const open = await pageOf(aggregator, { accept: "application/openmetrics-text; version=1.0.0" });
  assert.match(open, /^# TYPE jobs counter\njobs_total\{k="\\"a"\} 7\n/m);
  assert.equal((await aggregator.handler(new Request("http://app.example/else"))).status, 404);
  assert.equal((await aggregator.handler(new Request("http://app.example/metrics", { method: "POST" }))).status, 405);
  await aggregator.stop();
});

Deno.test("createAggregator: names on the page and in the log what it leaves out, and is a 503 where that is asked for", async () => {
  const lines: unknown[] = [];
  const log = (level: string, message: string, { error }: { error?: unknown } = {}) =>
    void lines.push(`${level} ${message}: ${error}`);
  const queue = () => new FakeWorker([family("gauge", "queue", { "": 2 })]).channel;
  const aggregator = createAggregator({ log });
  aggregator.add(queue());
  aggregator.add(queue());
  assert.match(await pageOf(aggregator), /^sonde_workers_refused_families\{family="queue",reason="rule"\} 2$/m);
  assert.equal(lines.length, 1);
  assert.match(String(lines[0]), /^error family of a worker left out: Cannot aggregate "queue": .* without a rule/);
  const strict = createAggregator({ ...SILENT, config: { scrape: { strict: true } } });
  strict.add(queue());
  const response = await strict.handler(request());
  assert.equal(response.status, 503);
  assert.match(await response.text(), /^Cannot aggregate "queue"/);
});

Deno.test("createAggregator: a scrape is answered within its timeout, with what hung workers had counted", async () => {
  const clock = new FakeClock();
  const aggregator = createAggregator({ clock, timeoutSeconds: 3 });
  const worker = new FakeWorker([family("counter", "jobs_total", { "": 5 })]);
  aggregator.add(worker.channel);
  worker.answers = false;
  await clock.advance(1);
  let page: string | undefined;
  const scrape = (timeout: string) => {
    page = undefined;
    pageOf(aggregator, { "x-prometheus-scrape-timeout-seconds": timeout }).then((text) => page = text);
  };
  scrape("2");
  await clock.advance(0.74);
  assert.equal(page, undefined);
  await clock.advance(0.02);
  assert.match(page ?? "", /^jobs_total 5\n[^]*^sonde_workers_missing 1$/m);
  await clock.advance(1);
  // Nobody waits twice for one that hangs.
  scrape("2");
  await clock.advance(0);
  assert.match(page ?? "", /^sonde_workers_missing 1$/m);
});

Deno.test("createAggregator: a hung worker and a hung collector share the timeout of a scrape", async () => {
  const stuck = defineCollector({
    name: "stuck",
    help: "h",
    freshnessSeconds: 0.1,
    metrics: { stuck_value: { type: "gauge", help: "S." } },
    read: () => new Promise<number>(() => {}),
    samples: (value, emit) => emit("stuck_value", value),
  });
  const clock = new FakeClock();
  const aggregator = createAggregator({ clock, collectors: [stuck] });
  const worker = new FakeWorker([]);
  worker.answers = false;
  aggregator.add(worker.channel);
  await clock.advance(1);
  let page: string | undefined;
  pageOf(aggregator, { "x-prometheus-scrape-timeout-seconds": "2" }).then((text) => page = text);
  await clock.advance(1.49);
  assert.equal(page, undefined);
  await clock.advance(0.02);
  assert.match(page ?? "", /^sonde_workers_missing 1$/m);
  await aggregator.stop();
});

Deno.test("createAggregator: asks workers on its own interval, until it stops", async () => {
  const clock = new FakeClock();
  const aggregator = createAggregator({ clock, intervalSeconds: 5 });
  aggregator.start();
  assert.throws(() => aggregator.start(), TypeError);
  const worker = new FakeWorker([family("counter", "jobs_total", { "": 5 })]);
  aggregator.add(worker.channel);
  await clock.advance(21);
  assert.equal(worker.asked, 1 + 4);
  await aggregator.stop();
  await aggregator.stop();
  await clock.advance(20);
  assert.equal(worker.asked, 1 + 4);
  assert.equal(clock.timers, 0);
});

Deno.test("createAggregator: refuses times and workers that are none", () => {
  assert.throws(() => createAggregator({ timeoutSeconds: 0 }), {
    name: "RangeError",
    message: "Cannot use timeoutSeconds 0: expected seconds, more than 0",
  });
  const none: Channel = JSON.parse("{}");
  assert.throws(() => createAggregator().add(none), {
    name: "TypeError",
    message: /expected a worker, a port, a process with IPC, or a channel$/,
  });
});

Deno.test("shareMetrics: answers over a port, tells the last figures at the end, and starts and stops a hundred times", async () => {
  const aggregator = createAggregator();
  let value = 0;
  const counting = defineCollector({
    name: "counting",
    help: "h",
    freshnessSeconds: 0,
    metrics: { jobs_total: { type: "counter", help: "J." } },
    read: () => ++value,
    samples: (now, emit) => emit("jobs_total", now),
  });
  const exporter = createExporter([counting]);
  for (let i = 0; i < 100; i++) {
    const { port1, port2 } = new MessageChannel();
    aggregator.add(port1, { id: "one" });
    const shared = shareMetrics(exporter, port2);
    await shared.stop();
    await shared.stop();
    while (!/^sonde_workers 0$/m.test(await pageOf(aggregator))) await new Promise((resolve) => setTimeout(resolve, 1));
    assert.equal(valueOf(await pageOf(aggregator), "jobs_total"), value);
    port1.close();
    port2.close();
  }
});

/** Four workers of one kind, one of which is killed, and one hangs. */
async function fourOf(
  make: () => Peer & object,
  { hang, wake, kill }: Readonly<Record<"hang" | "wake" | "kill", (worker: Peer & object) => void | Promise<unknown>>>,
): Promise<void> {
  const aggregator = createAggregator({ rules: { alive: "sum" }, timeoutSeconds: 0.5, intervalSeconds: 0.3 });
  aggregator.start();
  const workers = [make(), make(), make(), make()];
  const [first, second, third] = workers;
  assert.ok(first && second && third);
  const scraped = watcher(aggregator);
  const tell = (worker: Peer & object, count: number) => channelOf(worker).send({ count });
  try {
    for (const worker of workers) aggregator.add(worker);
    await scraped(/^alive 4$/m, /^sonde_workers 4$/m, /^sonde_workers_missing 0$/m);
    for (const [i, worker] of workers.entries()) tell(worker, 10 ** i);
    await scraped(/^jobs_total 1111$/m, /^jobs_seconds_count 4$/m);
    await hang(second);
    await scraped(/^alive 3$/m, /^sonde_workers_missing 1$/m, /^jobs_total 1111$/m);
    await kill(first);
    tell(third, 10_000);
    await scraped(/^alive 2$/m, /^sonde_workers_missing 2$/m, /^sonde_workers 4$/m, /^jobs_total 11111$/m);
    await wake(second);
    tell(second, 100_000);
    await scraped(/^alive 3$/m, /^sonde_workers_missing 1$/m, /^jobs_total 111111$/m, /^jobs_seconds_count 6$/m);
  } finally {
    await aggregator.stop();
    for (const worker of workers) await kill(worker);
  }
}

/** The program of the workers in one file, which every runtime runs, and none checks or looks up anew for each worker. */
async function bundled(name: string): Promise<{ readonly path: string } & AsyncDisposable> {
  const folder = await mkdtemp(join(tmpdir(), "sonde-workers-"));
  const path = join(folder, name.replace(/ts$/, "mjs"));
  const entry = fileURLToPath(new URL(`./aggregation/${name}`, import.meta.url));
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["bundle", "--quiet", "--minify", "--output", path, entry],
  }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
  return { path, [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) };
}

const memory = () => new SharedArrayBuffer(4);
const release = (shared: SharedArrayBuffer) => {
  const cells = new Int32Array(shared);
  Atomics.store(cells, 0, 1);
  Atomics.notify(cells, 0);
};

Deno.test("createAggregator: four Workers, one killed, one hung", async () => {
  const hung = memory();
  await using program = await bundled("web_worker.ts");
  await fourOf(() => new Worker(pathToFileURL(program.path), { type: "module" }), {
    hang: (worker) => channelOf(worker).send({ hang: hung }),
    wake: () => release(hung),
    kill: (worker) => void (worker instanceof Worker && worker.terminate()),
  });
});

Deno.test("createAggregator: four threads of node:worker_threads, one killed, one hung", async () => {
  const hung = memory();
  await using program = await bundled("thread_worker.ts");
  await fourOf(() => new Thread(program.path), {
    hang: (worker) => channelOf(worker).send({ hang: hung }),
    wake: () => release(hung),
    kill: (worker) => worker instanceof Thread ? worker.terminate() : undefined,
  });
});

Deno.test("createAggregator: four processes with IPC, one killed, one stopped", async () => {
  await using program = await bundled("forked_worker.ts");
  const ended = new Set<object>();
  const make = () => {
    const child = fork(program.path);
    child.on("exit", () => ended.add(child));
    return child;
  };
  const signal = (name: Deno.Signal) => (worker: object) => {
    if (!ended.has(worker) && "pid" in worker && typeof worker.pid === "number") Deno.kill(worker.pid, name);
  };
  await fourOf(make, { hang: signal("SIGSTOP"), wake: signal("SIGCONT"), kill: signal("SIGKILL") });
});
