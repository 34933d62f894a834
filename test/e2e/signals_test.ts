/** What signals do to the running program: it ends well, or reads its configuration anew. */

import assert from "node:assert/strict";
import type { Page } from "./page.ts";
import { childOf, type Folder, folder, openFiles, testWith, until } from "./programs.ts";
import { copyOfProc, pluginFlag, serveSonde, type Sonde, STEADY } from "./sonde.ts";

/** From the signal to the end, as promised. */
const STOP_SECONDS = 5;

/** Starts a Sonde whose scrapes do not end before the folder has a file `go`. */
function servePatient(own: Folder, within?: readonly string[]): Promise<Sonde> {
  return serveSonde([pluginFlag("patient"), `--collector.patient.folder=${own.path}`], { within });
}

/** Begins a scrape, and sends a signal while it waits. */
async function signalWhileScraping(sonde: Sonde, own: Folder, pid: number, signal: Deno.Signal) {
  const from = performance.now();
  const scrape = sonde.get("/metrics").then((answer) => ({ ...answer, seconds: (performance.now() - from) / 1000 }));
  await until(() => Deno.stat(own.at("begun")).then(() => true, () => false), "the scrape has begun");
  const sentAt = performance.now();
  Deno.kill(pid, signal);
  const ended = sonde.ended.then((code) => ({ code, seconds: (performance.now() - sentAt) / 1000 }));
  await sonde.says(new RegExp(`msg=stopping signal=${signal}`));
  return { scrape, ended };
}

/** Sends a signal while a scrape waits, and lets that go on: it is answered whole, and the program ends with 0. */
async function assertFinishes(sonde: Sonde, own: Folder, pid: number, signal: Deno.Signal): Promise<void> {
  const { scrape, ended } = await signalWhileScraping(sonde, own, pid, signal);
  await assert.rejects(fetch(`http://${sonde.host}/-/healthy`), "it still accepts connections");
  await own.write("go", "");
  const { status, text } = await scrape;
  assert.equal(status, 200);
  assert.match(text, /^test_patient 1$/m);
  const { code, seconds } = await ended;
  assert.equal(code, 0, sonde.written());
  assert.ok(seconds < STOP_SECONDS, `it took ${seconds} s`);
}

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  Deno.test(`signals: at ${signal} a scrape in flight finishes, no other begins, and the exit code is 0`, async () => {
    await using own = await folder();
    await using sonde = await servePatient(own);
    await assertFinishes(sonde, own, sonde.pid, signal);
  });

  testWith(`signals: ${signal} ends the first process of a pid namespace as well`, ["pid namespace"], async (path) => {
    await using own = await folder();
    const within = [path("pid namespace"), "--pid", "--fork", "--kill-child", "--mount-proc"];
    await using sonde = await servePatient(own, within);
    await assertFinishes(sonde, own, await childOf(sonde.pid), signal);
  });
}

Deno.test("signals: a scrape that does not end holds up the end for less than five seconds", async () => {
  await using own = await folder();
  await using sonde = await servePatient(own);
  const { scrape, ended } = await signalWhileScraping(sonde, own, sonde.pid, "SIGTERM");
  const { code, seconds } = await ended;
  assert.equal(code, 0, sonde.written());
  assert.ok(seconds < STOP_SECONDS, `it took ${seconds} s`);
  assert.equal((await scrape).status, 503);
});

/** Sends SIGHUP, and waits until what it leads to is logged once more. */
async function hangUp(sonde: Sonde, message: string): Promise<void> {
  const count = () => sonde.written().split(message).length;
  const before = count();
  Deno.kill(sonde.pid, "SIGHUP");
  await until(() => count() > before, message);
}

const RELOADED = 'msg="configuration reloaded"';
const NOT_RELOADED = 'msg="configuration not reloaded';
const SUCCESSFUL = "sonde_config_last_reload_successful";

/** A Sonde with a configuration file, on a host that stands still, which runs its slowest collector once an hour. */
interface Configured extends AsyncDisposable {
  readonly sonde: Sonde;
  configure(more?: Readonly<Record<string, unknown>>): Promise<string>;
}

const steady = { "disable-defaults": true, ...Object.fromEntries(STEADY.map((name) => [name, true])) };

async function serveConfigured(): Promise<Configured> {
  const owned = new AsyncDisposableStack();
  try {
    const proc = owned.use(await copyOfProc());
    const own = owned.use(await folder());
    const configure = (more = {}) =>
      own.write(
        "sonde.yml",
        JSON.stringify({ collectors: { ...steady, usage: { enabled: true, interval: "1h" }, ...more } }),
      );
    const sonde = owned.use(await serveSonde([`--path.procfs=${proc.path}`, `--config.file=${await configure()}`]));
    await until(async () => (await sonde.page()).samples.has("sonde_host_memory_usage_ratio"), "usage has run");
    return { sonde, configure, [Symbol.asyncDispose]: () => owned.disposeAsync() };
  } catch (error) {
    await owned.disposeAsync();
    throw error;
  }
}

/** What changes by itself from scrape to scrape. */
const MOVING =
  /^process_|^sonde_runtime_|_duration_seconds|_timestamp_seconds|^sonde_event_loop_|_(runs|blocking_seconds)_total/;

function standing({ samples }: Page): Map<string, number> {
  return new Map([...samples].filter(([name]) => !MOVING.test(name)));
}

/** That no counter fell, and what runs once an hour did not run again. */
function assertContinues(before: Page, after: Page): void {
  for (const [name, value] of before.samples) {
    if (/_(total|count|bucket)(\{|$)/.test(name)) assert.ok((after.samples.get(name) ?? -1) >= value, `${name} fell`);
  }
  assert.equal(after.samples.get('sonde_collector_runs_total{collector="usage"}'), 1);
}

Deno.test("signals: a reload without a change changes no sample", async () => {
  await using configured = await serveConfigured();
  const { sonde } = configured;
  const before = await sonde.page();
  await hangUp(sonde, RELOADED);
  const after = await sonde.page();
  assert.deepEqual(standing(after), standing(before));
  assert.deepEqual([...after.samples.keys()], [...before.samples.keys()]);
  assertContinues(before, after);
  const time = "sonde_config_last_reload_success_timestamp_seconds";
  assert.ok((after.samples.get(time) ?? 0) > (before.samples.get(time) ?? Infinity));
});

Deno.test("signals: a bad reload keeps the running configuration and says so, a good one takes over what changed", async () => {
  await using configured = await serveConfigured();
  const { sonde, configure } = configured;
  const before = await sonde.page();
  const ready = async () => (await sonde.get("/-/ready")).status;
  assert.equal(await ready(), 200);

  await configure({ loadavg: false, uptme: true });
  await hangUp(sonde, NOT_RELOADED);
  await sonde.says(/msg="configuration fault" fault=".*\\"uptme\\", did you mean \\"uptime\\"\?/);
  const kept = await sonde.page();
  assert.deepEqual(standing(kept), new Map(standing(before)).set(SUCCESSFUL, 0));
  assert.equal(await ready(), 200);

  await configure({ loadavg: false });
  await hangUp(sonde, RELOADED);
  const after = await sonde.page();
  assert.equal(after.samples.get(SUCCESSFUL), 1);
  const gone = [...before.samples.keys()].filter((name) => !after.samples.has(name));
  assert.deepEqual(gone.filter((name) => !/^node_load(1|5|15)$|\{collector="loadavg"[,}]/.test(name)), []);
  assert.equal(gone.filter((name) => name.startsWith("node_load")).length, 3);
});

Deno.test("signals: twenty in a row are all heeded, and leave nothing open", async () => {
  await using configured = await serveConfigured();
  const { sonde, configure } = configured;
  const before = await sonde.page();
  await hangUp(sonde, RELOADED);
  const files = await openFiles(sonde.pid);
  for (let i = 0; i < 20; i++) {
    await configure({ loadavg: i % 2 === 0 });
    Deno.kill(sonde.pid, "SIGHUP");
  }
  // What was written last stands, whichever of the signals were taken together.
  await until(async () => !(await sonde.page()).samples.has("node_load1"), "the last one was heeded");
  await configure();
  await hangUp(sonde, RELOADED);
  await until(async () => (await sonde.page()).samples.has("node_load1"), "one more was heeded");
  assertContinues(before, await sonde.page());
  assert.ok(!sonde.written().includes(NOT_RELOADED), sonde.written());
  await until(async () => await openFiles(sonde.pid) <= files, `no more than ${files} files are open`);
});
