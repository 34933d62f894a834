/** What is wrong around Sonde is named, and costs only what it must. */

import assert from "node:assert/strict";
import { folder, until } from "./programs.ts";
import { copyOfProc, runSonde, serveSonde } from "./sonde.ts";

Deno.test("bad input: a garbled line costs its collector and those that need it, is quoted, and is mended", async () => {
  await using proc = await copyOfProc();
  const stat = await Deno.readTextFile(proc.at("stat"));
  await using sonde = await serveSonde([`--path.procfs=${proc.path}`, "--scrape.freshness=0"]);
  const idle = 'node_cpu_seconds_total{cpu="0",mode="idle"}';
  assert.ok((await sonde.page()).samples.has(idle));

  await proc.write("stat", stat.replace(/^cpu0 .*$/m, "cpu0 12 bananas 7 8"));
  const { samples } = await sonde.page();
  assert.deepEqual([...samples.keys()].filter((name) => /^node_(cpu|boot|forks|intr)/.test(name)), []);
  for (const name of ["node_load1", "node_memory_MemTotal_bytes", "system_uptime_seconds_total"]) {
    assert.ok(samples.has(name), `${name} is missing`);
  }
  for (const [collector, success] of Object.entries({ stat: 0, cpu: 0, meminfo: 1, loadavg: 1, uptime: 1 })) {
    assert.equal(samples.get(`sonde_collector_success{collector="${collector}"}`), success, collector);
  }
  for (const [collector, reason] of [["stat", "parse"], ["cpu", "dependency"]] as const) {
    const failures = `sonde_collector_failures_total{collector="${collector}",reason="${reason}"}`;
    assert.ok((samples.get(failures) ?? 0) >= 1, failures);
  }
  await sonde.says(/level=warn msg="collector failed" collector=stat .*unexpected line \\"cpu0 12 bananas 7 8\\"/);
  const landing = (await sonde.get("/")).text;
  assert.ok(landing.includes("unexpected line &quot;cpu0 12 bananas 7 8&quot;"), landing);

  await proc.write("stat", stat);
  const mended = await sonde.page();
  assert.ok(mended.samples.has(idle));
  assert.equal(mended.samples.get('sonde_collector_success{collector="cpu"}'), 1);
});

Deno.test("bad input: files that cannot be read or are gone cost their collectors, and are named", async () => {
  await using proc = await copyOfProc();
  await Deno.remove(proc.at("loadavg"));
  await Deno.mkdir(proc.at("loadavg"));
  await Deno.remove(proc.at("uptime"));
  await using sonde = await serveSonde([`--path.procfs=${proc.path}`]);
  const { samples } = await sonde.page();
  assert.ok(samples.has('node_cpu_seconds_total{cpu="0",mode="idle"}'));
  assert.ok(!samples.has("node_load1") && !samples.has("system_uptime_seconds_total"));
  for (const collector of ["loadavg", "uptime"]) {
    assert.equal(samples.get(`sonde_collector_success{collector="${collector}"}`), 0, collector);
    const failures = samples.get(`sonde_collector_failures_total{collector="${collector}",reason="error"}`) ?? 0;
    assert.ok(failures >= 1, collector);
    await sonde.says(new RegExp(`collector=${collector} .*error="Cannot read \\\\"${proc.at(collector)}\\\\": `));
  }
});

Deno.test("bad input: a port that is taken is named in one line, with exit code 1, and its owner serves on", async () => {
  await using sonde = await serveSonde([]);
  const { code, stdout, stderr } = await runSonde(`--web.listen-address=${sonde.host}`, "--log.level=error");
  assert.deepEqual([code, stdout], [1, ""]);
  assert.equal(stderr, `Cannot listen on "${sonde.host}": the address is in use\n`);
  assert.ok((await sonde.page()).samples.has("node_load1"));
});

const WRONG_CONFIGURATION = `collectors:
  cpu: { interval: -5s }
  memory: { enabled: maybe }
  lodavg: true
probes:
  - { name: a, target: "http://127.0.0.1:1/" }
  - { name: a, target: "http://127.0.0.1:1/other" }
  - { name: b, target: "not a url" }
web: { max-requests: many }
`;

Deno.test("bad input: every fault of a configuration is told with its place, with exit code 2", async () => {
  await using own = await folder();
  const file = await own.write("sonde.yml", WRONG_CONFIGURATION);
  for (const command of ["check", "serve"]) {
    const { code, stdout, stderr } = await runSonde(command, `--config.file=${file}`);
    assert.deepEqual([code, stdout], [2, ""]);
    const told = stderr.trimEnd().split("\n");
    const expected = [
      [2, /collectors\.cpu\.interval: .*"-5s".*negative/],
      [3, /collectors\.memory\.enabled: expected true or false, found "maybe"/],
      [4, /"lodavg", did you mean "loadavg"\?/],
      [7, /probes\[1\].*"a"/],
      [8, /probes\[2\]\.target: .*"not a url"/],
      [9, /web\.max-requests: expected a number, found "many"/],
    ] as const;
    for (const [i, [line, what]] of expected.entries()) {
      assert.ok(told[i]?.startsWith(`${file}:${line}:`), stderr);
      assert.match(told[i] ?? "", what);
    }
    assert.equal(told.length, expected.length, stderr);
  }
  await own.write("sonde.yml", "web: [\n");
  const { code, stderr } = await runSonde("check", `--config.file=${file}`);
  assert.equal(code, 2);
  assert.ok(stderr.startsWith(`${file}:`), stderr);
});

Deno.test("bad input: plugins that are not there, export nothing or do not parse are all named, with exit code 2", async () => {
  await using own = await folder();
  const plugins = [
    own.at("missing.ts"),
    await own.write("nothing.ts", "export const dice = 4;\n"),
    await own.write("broken.ts", "export default {\n"),
  ];
  const { code, stdout, stderr } = await runSonde(...plugins.map((plugin) => `--plugin=${plugin}`));
  assert.deepEqual([code, stdout], [2, ""]);
  const told = stderr.trimEnd().split("\n");
  assert.equal(told.length, plugins.length, stderr);
  for (const [i, plugin] of plugins.entries()) {
    assert.ok(told[i]?.startsWith(`Cannot load plugin ${JSON.stringify(plugin)}: `), stderr);
  }
});

Deno.test("bad input: a target that nobody serves is no fault at start, and a success once somebody does", async () => {
  const open = (port: number) =>
    Deno.serve({ hostname: "127.0.0.1", port, onListen: () => {} }, () => new Response("OK"));
  const first = open(0);
  const { port } = first.addr;
  await first.shutdown();
  const target = `http://127.0.0.1:${port}/`;
  await using sonde = await serveSonde([`--collector.http.target=${target}`, "--collector.http.interval=1s"]);
  const value = async (name: string, labels = "") =>
    (await sonde.page()).samples.get(`${name}{${labels}target="${target}"}`);
  await until(async () => await value("probe_success") === 0, "the probe has failed");
  assert.ok((await value("sonde_probe_failures_total", 'phase="connect",reason="refused",') ?? 0) >= 1);
  assert.equal((await sonde.page()).samples.get('sonde_collector_success{collector="http"}'), 1);
  const attempts = await value("sonde_probe_attempts_total") ?? NaN;

  await using _ = open(port);
  await until(async () => await value("probe_success") === 1, "the probe has succeeded");
  assert.equal(await value("probe_http_status_code"), 200);
  assert.ok((await value("sonde_probe_attempts_total") ?? 0) > attempts);
});
