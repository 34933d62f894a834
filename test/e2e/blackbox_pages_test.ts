/** The pages of probes beside the real blackbox_exporter's, with one file and the same flags, and as a real Prometheus asks. */

import assert from "node:assert/strict";
import { type Folder, folder, type Running, start, testWith, until } from "./programs.ts";
import { servePrometheus } from "./prometheus.ts";
import { client, runSonde, serveSonde, type Sonde } from "./sonde.ts";

const MODULES = `modules:
  http_2xx: { prober: http, timeout: 2s }
  login:
    prober: http
    http: { basic_auth: { username: u, password: hush-hush } }
  hosted:
    prober: http
    http: { headers: { Host: own.example } }
`;

/** A web server to be probed. */
function webServer(): { readonly url: string } & AsyncDisposable {
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    ({ url }) =>
      new Response(url.endsWith("/missing") ? "no" : "hello", { status: url.endsWith("/missing") ? 404 : 200 }),
  );
  return { url: `http://127.0.0.1:${server.addr.port}`, [Symbol.asyncDispose]: () => server.shutdown() };
}

async function servePeer(program: string, args: readonly string[]): Promise<Sonde> {
  const running: Running = start([program, "--web.listen-address=127.0.0.1:0", ...args]);
  const [, host = ""] = await running.says(/msg="Listening on" address=(127\.0\.0\.1:\d+)/);
  return { ...running, ...client(host) };
}

const withoutNumbers = (page: string) =>
  page.replace(/^(probe_(?:\w*duration_seconds|dns_lookup_time_seconds)\S*) \S+$/gm, "$1");
const series = (page: string) =>
  [...page.matchAll(/^(?!#)(\S+) (\S+)$/gm)].map(([, name = "", value = ""]) =>
    /duration|lookup_time/.test(name) ? name : `${name} ${Number(value)}`
  );

testWith(
  "blackbox_exporter: one file and the same flags, and the same pages",
  ["newest blackbox_exporter"],
  async (path) => {
    await using own = await folder();
    await using web = webServer();
    const file = await own.write("blackbox.yml", MODULES);
    const flags = [
      `--config.file=${file}`,
      "--timeout-offset=0.5",
      "--history.limit=3",
      "--log.prober=debug",
      "--web.route-prefix=/bb",
      "--log.level=info",
      "--log.format=logfmt",
    ];
    await using peer = await servePeer(path("newest blackbox_exporter"), flags);
    await using sonde = await serveSonde(["--profile=blackbox_exporter", ...flags]);
    const both = async (where: string, init?: RequestInit) => {
      const [theirs, ours] = await Promise.all([peer.get(where, init), sonde.get(where, init)]);
      return { theirs, ours };
    };
    const alike = [
      "/bb/probe",
      "/bb/probe?target=x&module=nope",
      "/bb/probe?target=x&module=hosted&hostname=other.example",
      "/bb/logs",
      "/bb/logs?id=x",
      "/bb/logs?id=77",
      "/bb/logs?target=zz",
      "/bb/-/healthy",
      "/bb/-/reload",
    ];
    for (const where of alike) {
      const { theirs, ours } = await both(where);
      assert.deepEqual([ours.status, ours.text.trim()], [theirs.status, theirs.text.trim()], where);
      assert.equal(ours.type, theirs.type, where);
    }
    const headers = { "x-prometheus-scrape-timeout-seconds": "abc" };
    const bad = await both("/bb/probe?target=x", { headers });
    assert.deepEqual([bad.ours.status, bad.ours.text], [bad.theirs.status, bad.theirs.text]);

    for (const target of [`${web.url}/`, `${web.url}/missing`, "http://127.0.0.1:1/"]) {
      const { theirs, ours } = await both(`/bb/probe?target=${encodeURIComponent(target)}`);
      assert.equal(ours.status, theirs.status);
      assert.equal(ours.type, theirs.type?.replace("; escaping=underscores", ""));
      assert.deepEqual(series(ours.text), series(theirs.text), target);
      const comments = (text: string) => text.split("\n").filter((line) => line.startsWith("#"));
      assert.deepEqual(comments(ours.text), comments(theirs.text), target);
      assert.equal(withoutNumbers(ours.text).split("\n").length, withoutNumbers(theirs.text).split("\n").length);
    }
    const debug = await both(`/bb/probe?debug=true&module=login&target=${encodeURIComponent(`${web.url}/`)}`);
    const titles = (text: string) => text.split("\n").filter((line) => /^\w[\w ]+:$/.test(line) && /^[A-Z]/.test(line));
    assert.deepEqual(titles(debug.ours.text), titles(debug.theirs.text));
    for (const { text } of [debug.ours, debug.theirs]) {
      assert.match(text, /msg="Beginning probe" module=login target=\S+ probe=http timeout_seconds=119\.5/);
      assert.match(text, /msg="Probe succeeded"/);
      assert.match(text, /password: <secret>/);
      assert.doesNotMatch(text, /hush/);
    }
    for (const { text } of Object.values(await both("/bb/config"))) {
      assert.match(text, /^modules:\n/);
      assert.match(text, /password: <secret>/);
      assert.doesNotMatch(text, /hush/);
    }
    for (const { status, text } of Object.values(await both("/bb/"))) {
      assert.equal(status, 200);
      assert.match(text, /Recent Probes/i);
      assert.match(text, /logs\?id=3/);
    }
    for (const { text } of Object.values(await both("/bb/metrics"))) {
      assert.match(text, /^blackbox_exporter_config_last_reload_successful 1$/m);
      assert.match(text, /^blackbox_exporter_config_last_reload_success_timestamp_seconds \S+$/m);
      assert.match(text, /^blackbox_module_unknown_total 1$/m);
      assert.match(text, /^process_start_time_seconds /m);
    }
    const outside = await both("/", { redirect: "manual" });
    assert.equal(outside.ours.status, outside.theirs.status);
    assert.equal((await sonde.get("/probe?target=x")).status, 404);
    const reloaded = await both("/bb/-/reload", { method: "POST" });
    assert.deepEqual([reloaded.ours.status, reloaded.theirs.status], [200, 200]);
  },
);

testWith("--config.check: is the check, and says where it differs", ["newest blackbox_exporter"], async (path) => {
  await using own = await folder();
  const good = await own.write("good.yml", MODULES);
  const ours = await runSonde("--profile=blackbox_exporter", "--config.check", `--config.file=${good}`);
  assert.equal(ours.code, 0, ours.stderr);
  assert.match(ours.stderr, /Warning: the modules "login" have credentials/);
  const bad = await own.write(
    "bad.yml",
    "modules:\n  a:\n    prober: http\n    http:\n      no_such_key: 1\n      method: [GET]\n",
  );
  const refused = await runSonde("--config.check", `--config.file=${bad}`);
  assert.equal(refused.code, 2);
  assert.match(refused.stderr, /bad\.yml:5:7.*no_such_key/);
  assert.match(refused.stderr, /bad\.yml:6:/);
  await using peer = start([path("newest blackbox_exporter"), "--config.check", `--config.file=${bad}`]);
  assert.equal(await peer.ended, 1);
});

testWith("--config.enable-auto-reload: a changed file is read again", [], async () => {
  await using own = await folder();
  const file = await own.write("blackbox.yml", MODULES);
  const flags = ["--config.enable-auto-reload", "--config.auto-reload-interval=1", `--config.file=${file}`];
  await using sonde = await serveSonde(["--profile=blackbox_exporter", ...flags]);
  const unknown = await sonde.get("/probe?module=late&target=http://127.0.0.1:1/");
  assert.equal(unknown.status, 400);
  await own.write("blackbox.yml", `${MODULES}  late: { prober: http }\n`);
  await until(
    async () => (await sonde.get("/probe?module=late&target=http://127.0.0.1:1/")).status === 200,
    "reloaded",
  );
  await own.write("blackbox.yml", "modules: nonsense\n");
  await sonde.says(/configuration not reloaded/);
  assert.equal((await sonde.get("/probe?module=late&target=http://127.0.0.1:1/")).status, 200);
});

/** The scrape job as blackbox_exporter's README has it, and discovery of what Sonde probes itself. */
function scrapeJobs(host: string, targets: readonly string[]) {
  return [
    {
      name: "blackbox",
      target: "unused",
      interval: "1s",
      settings: {
        metrics_path: "/probe",
        params: { module: ["http_2xx"] },
        static_configs: [{ targets }],
        relabel_configs: [
          { source_labels: ["__address__"], target_label: "__param_target" },
          { source_labels: ["__param_target"], target_label: "instance" },
          { target_label: "__address__", replacement: host },
        ],
      },
    },
    {
      name: "discovered",
      target: "unused",
      interval: "1s",
      settings: {
        static_configs: [],
        http_sd_configs: [{ url: `http://${host}/-/targets`, refresh_interval: "1s" }],
      },
    },
  ];
}

for (const program of ["prometheus", "newest prometheus"] as const) {
  testWith(
    `${program}: scrapes with blackbox_exporter's usual job, and discovers what is probed anyway`,
    [program],
    async (path) => {
      await using own = await folder();
      await using web = webServer();
      const dead = "http://127.0.0.1:1/";
      const probes = JSON.stringify([
        { name: "web", target: `${web.url}/`, interval: "1s", labels: { team: "a" } },
        { name: "dead", target: dead, interval: "1s" },
      ]);
      const file = await own.write("blackbox.yml", `${MODULES}probes: ${probes}\n`);
      await using sonde = await serveSonde(["--profile=blackbox_exporter", `--config.file=${file}`]);
      await using prometheus = await servePrometheus(path(program), scrapeJobs(sonde.host, [`${web.url}/`, dead]));
      for (const [job, labels] of [["blackbox", ""], ["discovered", ""]] as const) {
        const value = (instance: string) => async () =>
          (await prometheus.query(`probe_success{job="${job}",instance="${instance}"${labels}}`))[0]?.value;
        assert.equal(await until(async () => await value(`${web.url}/`)() === 1 && 1, `${job}: success`), 1);
        await until(async () => await value(dead)() === 0 && 1, `${job}: failure`);
      }
      const [team] = await prometheus.query(`probe_success{job="discovered",instance="${web.url}/"}`);
      assert.equal(team?.labels.team, "a");
      assert.deepEqual((await prometheus.targets()).get("discovered")?.lastError, "");
    },
  );
}

async function probeCommand(own: Folder, ...args: readonly string[]) {
  const file = await own.write("blackbox.yml", MODULES);
  return await runSonde("probe", ...args, `--config.file=${file}`);
}

testWith("sonde probe: tells phases and reason; exits with 0, 1 or 2", [], async () => {
  await using own = await folder();
  await using web = webServer();
  const good = await probeCommand(own, `${web.url}/`);
  assert.equal(good.code, 0, good.stderr);
  assert.match(good.stdout, /\nOK after [\d.]+ ms\naddress {4}127\.0\.0\.1\n\nPhases:\n {2}resolve /);
  const bad = await probeCommand(own, `${web.url}/missing`, "--module=login", "--json");
  assert.equal(bad.code, 1);
  assert.equal(JSON.parse(bad.stdout).failure.reason, "status");
  assert.doesNotMatch(bad.stdout, /hush/);
  const unknown = await probeCommand(own, web.url, "--module", "nope");
  assert.equal(unknown.code, 2);
  assert.equal(unknown.stderr.trim(), 'Cannot probe: Unknown module "nope"');
});
