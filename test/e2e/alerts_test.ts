/** Alerts about a host fire in real Prometheus servers, and what they read is what Sonde shows of that host. */

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";
import { type Folder, folder, output, testWith, until } from "./programs.ts";
import { type Alert, servePrometheus } from "./prometheus.ts";
import { serveSonde } from "./sonde.ts";

const OWN_RULES = fileURLToPath(new URL("../../deploy/alerts.yml", import.meta.url));
const mixinRules = (conformance: string) => `${conformance}dashboards/node-mixin-rules.json`;

/**
 * Two small file systems, mounted for the exporter alone, which starts once one of them has refused what is too much for
 * it.
 */
const MOUNTED = [
  "--mount",
  "sh",
  "-c",
  'root=$1; shift; mount -t tmpfs -o size=64k full "$root/full" && mount -t tmpfs -o size=64k spare "$root/spare" && ' +
  '{ head -c 100000 /dev/zero >"$root/full/file" 2>/dev/null || exec "$@"; }',
  "sh",
];

/** A host on which process 1 sees those two, and one that is not there; and whose load nobody can read. */
async function doctoredHost(): Promise<Folder> {
  const host = await folder();
  for (const path of ["proc/1", "sys", "root/full", "root/spare"]) {
    await Deno.mkdir(host.at(path), { recursive: true });
  }
  const line = (name: string, minor: number) => `${minor} 1 0:${minor} / /${name} rw,relatime - tmpfs ${name} rw\n`;
  await host.write("proc/1/mountinfo", line("full", 40) + line("spare", 41) + line("gone", 42));
  await host.write("proc/loadavg", "garbled\n");
  return host;
}

/** Rules that wait for nothing, as JSON, which is YAML too. */
async function impatientRules(file: string): Promise<string> {
  const rules: unknown = parse(await readFile(file, "utf8"));
  return JSON.stringify(rules, (key, value) => key === "for" ? "0s" : value);
}

/** Name of an alert, what it is about, and how bad it is. */
function told({ labels: { alertname, mountpoint, collector, severity } }: Alert): string {
  return `${alertname} ${mountpoint ?? collector} ${severity}`;
}

type Programs = (name: "prometheus" | "newest prometheus" | "mount namespace") => string;

/** That of these rules just these alerts fire about the doctored host, in both servers. */
async function assertFiring(path: Programs, rules: string, expected: readonly string[]): Promise<void> {
  await using host = await doctoredHost();
  const flags = [
    "--collector.disable-defaults",
    ...["filesystem", "loadavg", "self"].map((name) => `--collector.${name}`),
    ...["proc", "sys"].map((name) => `--path.${name}fs=${host.at(name)}`),
    `--path.rootfs=${host.at("root")}`,
  ];
  await using sonde = await serveSonde(flags, { within: [path("mount namespace"), ...MOUNTED, host.at("root")] });
  // The name that node-mixin's rules ask for.
  const jobs = [{ name: "node", target: sonde.host, interval: "1s" }];
  await Promise.all([path("prometheus"), path("newest prometheus")].map(async (server) => {
    await using prometheus = await servePrometheus(server, jobs, rules);
    await prometheus.scraped("node", 3);
    let firing: readonly string[] = [];
    // On a busy host a reading may be late once, and its alert goes again.
    await until(async () => {
      firing = (await prometheus.alerts()).filter(({ state }) => state === "firing").map(told).sort();
      return firing.join() === expected.join();
    }, () => `just these fire: ${expected.join()}; but: ${firing.join()}`);
  }));
}

testWith(
  "alerts: the project's own about a full file system, one without answer and a failing collector fire, and no others",
  ["prometheus", "newest prometheus", "mount namespace"],
  async (path) => {
    await assertFiring(path, await impatientRules(OWN_RULES), [
      "HostFilesystemAlmostFull /full critical",
      "HostFilesystemWithoutAnswer /gone warning",
      "SondeCollectorFailing loadavg warning",
    ]);
  },
);

testWith(
  "alerts: node-mixin's about a full file system fire, in old and new servers, and about no other",
  ["prometheus", "newest prometheus", "mount namespace", "conformance folder"],
  async (path) => {
    await assertFiring(path, await impatientRules(mixinRules(path("conformance folder"))), [
      "NodeFilesystemAlmostOutOfSpace /full critical",
      "NodeFilesystemAlmostOutOfSpace /full warning",
    ]);
  },
);

testWith("alerts: promtool accepts the project's own rules", ["promtool"], async (path) => {
  const { code, stdout, stderr } = await output([path("promtool"), "check", "rules", OWN_RULES]);
  assert.deepEqual([code, stderr], [0, ""], stdout + stderr);
});

testWith("alerts: promtool accepts node-mixin's rules", ["promtool", "conformance folder"], async (path) => {
  const file = mixinRules(path("conformance folder"));
  const { code, stdout, stderr } = await output([path("promtool"), "check", "rules", file]);
  assert.equal(code, 0, stdout + stderr);
  assert.match(stdout, /SUCCESS: [1-9]\d* rules found/);
});

testWith(
  "alerts: the project's own about stale collectors and a refused reload wait, and then fire",
  ["promtool"],
  async (path) => {
    const series = (name: string, collector: string) => `${name}{collector="${collector}"}`;
    const last = "sonde_collector_last_success_timestamp_seconds";
    const interval = "sonde_collector_interval_seconds";
    const alert = (name: string, at: string, ...collectors: string[]) => ({
      eval_time: at,
      alertname: name,
      exp_alerts: collectors.map((collector) => ({
        exp_labels: { severity: "warning", ...(collector && { collector }) },
      })),
    });
    await using own = await folder();
    const { groups }: { readonly groups: readonly Group[] } = parse(await readFile(OWN_RULES, "utf8"));
    const tests = [{
      interval: "1m",
      input_series: [
        // One succeeds each minute, one did so at the start only and has a long interval, one a short one.
        { series: series(last, "steady"), values: "0+60x20" },
        { series: series(interval, "steady"), values: "15x20" },
        { series: series(last, "slow"), values: "0x20" },
        { series: series(interval, "slow"), values: "3600x20" },
        { series: series(last, "stopped"), values: "0x20" },
        { series: series(interval, "stopped"), values: "15x20" },
        { series: "sonde_config_last_reload_successful", values: "1x5 0x15" },
      ],
      alert_rule_test: [
        alert("SondeCollectorStale", "5m"),
        alert("SondeCollectorStale", "6m", "stopped"),
        alert("SondeReloadFailed", "10m"),
        alert("SondeReloadFailed", "11m", ""),
      ],
    }];
    const file = await own.write("rules.json", JSON.stringify({ groups: groups.map(withoutAnnotations) }));
    const test = await own.write("test.json", JSON.stringify({ rule_files: [file], evaluation_interval: "1m", tests }));
    const { code, stdout, stderr } = await output([path("promtool"), "test", "rules", test]);
    assert.equal(code, 0, stdout + stderr);
  },
);

testWith(
  "alerts: one about a probe that fails leads to its evidence, and certificates have theirs",
  ["promtool"],
  async (path) => {
    await using own = await folder();
    const labels = (target: string, more = "") => `{instance="sonde.example:9999",target="${target}"${more}}`;
    const expected = (target: string) => ({ severity: "critical", instance: "sonde.example:9999", target });
    const evidence = "http://sonde.example:9999/-/failures/https%3A%2F%2Fa.example%2Fa%2Bb%20c";
    const failing = "https://a.example/a+b c";
    const certificate = { severity: "warning", instance: "sonde.example:9999" };
    const tests = [{
      interval: "1m",
      input_series: [
        { series: `probe_success${labels(failing)}`, values: "0x100" },
        { series: `probe_success${labels("fine")}`, values: "1x100" },
        { series: 'probe_success{instance="asked"}', values: "0x100" },
        { series: `sonde_probe_tls_verified${labels("unverified")}`, values: "0x100" },
        { series: `sonde_probe_tls_verified${labels("fine")}`, values: "1x100" },
        ...[["soon", 86_400], ["late", 8_640_000]].map(([target, seconds]) => ({
          series: `sonde_probe_certificate_not_after_timestamp_seconds${labels(String(target), ',position="0"')}`,
          values: `${seconds}x100`,
        })),
      ],
      alert_rule_test: [
        { eval_time: "4m", alertname: "ProbeFailing", exp_alerts: [] },
        {
          eval_time: "6m",
          alertname: "ProbeFailing",
          exp_alerts: [{
            exp_labels: expected(failing),
            exp_annotations: {
              summary: `${failing} does not answer as it should.`,
              description: "sonde_probe_failures_total says why, by reason and phase.",
              evidence,
            },
          }],
        },
        {
          eval_time: "16m",
          alertname: "ProbeCertificateUnverified",
          exp_alerts: [{
            exp_labels: { ...certificate, target: "unverified" },
            exp_annotations: { summary: "The certificate of unverified cannot be verified." },
          }],
        },
        {
          eval_time: "70m",
          alertname: "ProbeCertificateExpires",
          exp_alerts: [{
            exp_labels: { ...certificate, target: "soon", position: "0" },
            exp_annotations: { summary: "The certificate of soon expires in 22h 50m 0s." },
          }],
        },
      ],
    }];
    const test = await own.write(
      "test.json",
      JSON.stringify({ rule_files: [OWN_RULES], evaluation_interval: "1m", tests }),
    );
    const { code, stdout, stderr } = await output([path("promtool"), "test", "rules", test]);
    assert.equal(code, 0, stdout + stderr);
  },
);

interface Group {
  readonly name: string;
  readonly rules: readonly Readonly<Record<string, unknown>>[];
}

/** Without what promtool would compare word for word. */
function withoutAnnotations({ name, rules }: Group): unknown {
  return { name, rules: rules.map(({ annotations: _, ...rule }) => rule) };
}
