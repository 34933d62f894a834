import assert from "node:assert/strict";
import http from "../../collectors/http.ts";
import { addressHash } from "../../collectors/probe/address/address.ts";
import { builtInModule } from "../../collectors/probe/built_in_modules.ts";
import { parseCertificate } from "../../collectors/probe/tls/certificate.ts";
import type { ProbeNode } from "../../collectors/probe/define_prober.ts";
import { httpProber } from "../../collectors/probe/http/http_prober.ts";
import { systemClock } from "../../src/clock.ts";
import type { InstanceTiming, SampleValue } from "../../src/collector.ts";
import { ConfigError, loadConfig } from "../../src/config.ts";
import { probeSeriesTable } from "../../docs/generate.ts";
import { contextOf, samplesOf } from "../context.ts";
import { httpsTarget, httpTarget, responds, tcpTarget, tlsFixture, trustFixtures } from "./probe/target.ts";

trustFixtures();

const usual: InstanceTiming = { intervalSeconds: 15, timeoutSeconds: undefined };

/** The nodes that a configuration makes. */
function nodesOf(configuration: unknown, timing = usual) {
  assert(http.options && http.instances);
  return http.instances(http.options.parse(configuration), timing);
}

/** The one node of a target. */
function nodeOf(target: string, more: Readonly<Record<string, unknown>> = {}): ProbeNode {
  const [node] = nodesOf({ probes: [{ target, ...more }] });
  return nodeIn(node?.options);
}

function nodeIn(options: unknown): ProbeNode {
  const isNode = (value: unknown): value is ProbeNode =>
    typeof value === "object" && value !== null && "target" in value;
  assert(isNode(options));
  return options;
}

/** Faults of a configuration, each with its key path. */
function faultsOf(configuration: unknown): string[] {
  try {
    http.options?.parse(configuration);
    return [];
  } catch (error) {
    assert(error instanceof Error && "issues" in error && Array.isArray(error.issues));
    return error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
  }
}

function readingOf(options: ProbeNode, signal = new AbortController().signal): Promise<unknown> {
  return Promise.resolve(http.read(contextOf({ clock: systemClock, signal, options })));
}

/** Every series of a run, after others, by name and labels beside `target`. */
function seriesOf(node: ProbeNode, ...readings: unknown[]): Record<string, SampleValue> {
  const series: Record<string, SampleValue> = {};
  const record = readings.reduce<unknown>((before, reading) => http.fold?.(reading, before), undefined);
  for (const { name, labels: { target, ...others }, value } of samplesOf(http, record)) {
    assert.equal(target, node.labels.target);
    const key = [name, ...Object.entries(others).map(([k, v]) => `${k}=${v}`)].join(" ");
    assert(!Object.hasOwn(series, key), `${key} twice`);
    series[key] = value;
  }
  return series;
}

Deno.test("http: without a target there is no node", () => {
  assert.deepEqual(nodesOf({}), []);
});

Deno.test("http: each target is a node, named by its URL without user-info unless it has a name", () => {
  const nodes = nodesOf({
    target: ["https://user:secret@example.org", "http://127.0.0.1:9999/-/healthy"],
    probes: [{ name: "shop", target: "https://shop.example.org/?q" }, {
      target: "http://u@host/x",
      labels: { team: "a" },
    }],
  });
  const names = ["https://example.org", "http://127.0.0.1:9999/-/healthy", "shop", "http://host/x"];
  assert.deepEqual(nodes.map(({ name }) => name), names);
  assert.deepEqual(nodes.map(({ options }) => nodeIn(options).labels.target), names);
  assert.deepEqual(nodeIn(nodes[3]?.options).labels, { team: "a", target: "http://host/x" });
});

Deno.test("http: a target with a secret is named, as a name is on every page", async () => {
  const load = async (text: string, flags?: ReadonlyMap<string, readonly string[]>) => {
    const environment = { KEY: "hunter22" };
    const sources = { collectors: [http], file: { name: "sonde.yml", text }, environment, flags };
    const loaded = await loadConfig(sources).catch((error: unknown) => error);
    return loaded instanceof ConfigError ? loaded.message : "";
  };
  const needs = "a target with a secret needs a name, expected one in";
  assert.equal(
    await load("probes: [{ target: 'http://x/?key=${env:KEY}' }, { target: 'http://u:${env:KEY}@x/' }]"),
    `sonde.yml:1:20: probes[0].target: ${needs} "name"\nsonde.yml:1:60: probes[1].target: ${needs} "name"`,
  );
  assert.equal(
    await load("collectors: { http: { target: ['http://x/?key=${env:KEY}'] } }"),
    `sonde.yml:1:32: collectors.http.target[0]: ${needs} "probes[].name"`,
  );
  assert.equal(await load("probes: [{ target: 'http://x/?key=${env:KEY}', name: x }, { target: 'http://x/?q' }]"), "");
  assert.equal(await load("", new Map([["collector.http.target", ["http://x/?q=1"]]])), "");
  assert.equal(
    await load("probes: [{ target: 'http://u:p@x:y/?key=${env:KEY}', name: x }]"),
    'sonde.yml:1:20: probes[0].target: Cannot use URL "<redacted>": it is malformed',
  );
});

Deno.test("http: what cannot be probed is refused, where it stands", () => {
  const cases: readonly [configuration: unknown, faults: readonly RegExp[]][] = [
    [{ target: ["http://["] }, [/^target\.0: Cannot use URL "http:\/\/\[": it is malformed$/]],
    [{ target: ["http://ok", "ftp://x"] }, [/^target\.1: Cannot use URL "ftp:\/\/x": expected the form "http:/]],
    [{ target: ["http://x", "http://u:p@x"] }, [
      /^target\.1: Cannot use target name "http:\/\/x": there are two of it$/,
    ]],
    [
      { target: ["http://x"], probes: [{ target: "http://y", name: "http://x" }, { target: "http://x" }] },
      [/^probes\.0\.name: Cannot use target name/, /^probes\.1\.target: Cannot use target name/],
    ],
    [{ probes: [{}] }, [/^probes\.0\.target: /]],
    [{ probes: [{ target: "http://x", name: "" }] }, [/^probes\.0\.name: /]],
    [{ probes: [{ target: "http://x", module: "tcp_conect" }] }, [/^probes\.0\.module: .*"tcp_connect"/]],
    [{ probes: [{ target: "http://x", intervall: "5s" }] }, [/^probes\.0: .*intervall/]],
    [{ probes: [{ target: "http://x", interval: "0s" }] }, [/^probes\.0\.interval: .*longer than 0s$/]],
    [{ probes: [{ target: "http://x", timeout: "0" }] }, [/^probes\.0\.timeout: .*longer than 0s$/]],
    [{ probes: [{ target: "http://x", timeout: "-1s" }] }, [/^probes\.0\.timeout: Cannot parse duration "-1s"/]],
    [{ probes: [{ target: "http://x", interval: 5 }] }, [/^probes\.0\.interval: /]],
    [{ targets: [] }, [/^: .*targets/]],
    ...["job", "instance", "le", "quantile", "target", "phase", "reason", "__meta", "a-b", "version", "subject"].map((
      label,
    ): [unknown, readonly RegExp[]] => [
      { probes: [{ target: "http://x", labels: { [label]: "v" } }] },
      [new RegExp(`^probes\\.0\\.labels\\.${label}: Cannot use label "${label}": `)],
    ]),
  ];
  for (const [configuration, expected] of cases) {
    const faults = faultsOf(configuration);
    assert.equal(faults.length, expected.length, JSON.stringify(faults));
    for (const [i, pattern] of expected.entries()) assert.match(faults[i] ?? "", pattern);
  }
});

Deno.test("http: all families are the peer's gauges or our own, with the target's label and room for more", () => {
  for (const [name, { type, labels = [], openLabels }] of Object.entries(http.metrics)) {
    assert(name.startsWith("sonde_probe_") || (name.startsWith("probe_") && type === "gauge"), name);
    assert(openLabels && !labels.includes("target"), name);
  }
});

Deno.test("http: a success shows the peer's families and counts", async () => {
  await using target = await httpTarget(responds(200, { "Last-Modified": "Wed, 21 Oct 2015 07:28:00 GMT" }, "hello"));
  const node = nodeOf(`http://127.0.0.1:${target.port}/`);
  const series = seriesOf(node, await readingOf(node));
  const expected = {
    probe_success: 1,
    probe_ip_protocol: 4,
    probe_ip_addr_hash: addressHash("127.0.0.1"),
    probe_http_status_code: 200,
    "probe_http_duration_seconds phase=tls": 0,
    probe_http_content_length: 5,
    probe_http_uncompressed_body_length: 5,
    probe_http_redirects: 0,
    probe_http_ssl: 0,
    probe_http_version: 1.1,
    probe_http_last_modified_timestamp_seconds: 1445412480,
    probe_failed_due_to_regex: 0,
    sonde_probe_attempts_total: 1,
  };
  for (const [key, value] of Object.entries(expected)) assert.equal(series[key], value, key);
  for (const phase of ["resolve", "connect", "processing", "transfer"]) {
    const seconds = series[`probe_http_duration_seconds phase=${phase}`];
    assert(typeof seconds === "number" && seconds >= 0 && seconds < 5, `${phase}: ${seconds}`);
  }
  const { sonde_probe_duration_seconds: durations, probe_duration_seconds: last } = series;
  assert(typeof durations === "object" && durations.count === 1 && durations.sum === last);
  assert(target.requests[0]?.includes("\r\nUser-Agent: Sonde/1.2.3\r\n"));
  assert(!Object.keys(series).some((key) => /ssl_|tls_/.test(key)));
  const failures = Object.entries(series).filter(([key]) => key.startsWith("sonde_probe_failures_total"));
  const stops = httpProber.stops(builtInModule("http_2xx", "http")).map(({ reason, phase }) =>
    `sonde_probe_failures_total reason=${reason} phase=${phase}`
  );
  assert.deepEqual(failures, stops.map((key) => [key, 0]));
});

Deno.test("http: over TLS the certificate is shown as the peer shows it", async () => {
  await using target = await httpsTarget("server.pem", responds(200));
  const node = nodeOf(`https://localhost:${target.port}/`);
  const series = seriesOf(node, await readingOf(node));
  const bytes = Uint8Array.from(
    atob(tlsFixture("server.pem").replace(/-----[^-]+-----|\s/g, "")),
    (c) => c.charCodeAt(0),
  );
  const { notAfterSeconds, sha256 } = parseCertificate(bytes);
  assert.equal(series.probe_http_ssl, 1);
  assert.equal(series.probe_ssl_earliest_cert_expiry, notAfterSeconds);
  assert.equal(series.probe_ssl_last_chain_expiry_timestamp_seconds, notAfterSeconds);
  assert.equal(series["probe_tls_version_info version=TLS 1.3"], 1);
  const info = [
    `probe_ssl_last_chain_info fingerprint_sha256=${sha256}`,
    "subject=CN=localhost,O=Sonde",
    "issuer=CN=Sonde Test Authority",
    "subjectalternative=localhost,target.test",
    "serialnumber=0f",
  ];
  assert.equal(series[info.join(" ")], 1);
  const tls = series["probe_http_duration_seconds phase=tls"];
  assert(typeof tls === "number" && tls > 0);
});

Deno.test("http: a failure shows zeros, and is counted by reason and phase", async () => {
  const { port } = await (async () => {
    await using target = await tcpTarget(() => {});
    return target;
  })();
  const node = nodeOf(`http://127.0.0.1:${port}/`);
  const series = seriesOf(node, await readingOf(node));
  const expected = {
    probe_success: 0,
    probe_ip_protocol: 4,
    probe_http_status_code: 0,
    "probe_http_duration_seconds phase=connect": 0,
    "probe_http_duration_seconds phase=transfer": 0,
    probe_http_version: 0,
    sonde_probe_attempts_total: 1,
    "sonde_probe_failures_total reason=refused phase=connect": 1,
  };
  for (const [key, value] of Object.entries(expected)) assert.equal(series[key], value, key);
  assert(typeof series.probe_duration_seconds === "number");
  const { sonde_probe_duration_seconds: durations } = series;
  assert(typeof durations === "object" && durations.count === 0);
});

Deno.test("http: a run that fails itself leaves a failure behind, and totals go on from it", async () => {
  await using target = await httpTarget(responds(200));
  const node = nodeOf(`http://127.0.0.1:${target.port}/`, { labels: { team: "a" } });
  const stopped = AbortSignal.abort(new Error("too late"));
  await assert.rejects(readingOf(node, stopped), /too late/);
  const failed = http.failureValue?.(new Error("too late"), node);
  const series = seriesOf(node, await readingOf(node), failed, await readingOf(node), failed);
  assert.equal(series["probe_success team=a"], 0);
  assert.equal(series["probe_duration_seconds team=a"], undefined);
  assert.equal(series["sonde_probe_attempts_total team=a"], 4);
  assert.equal(series["sonde_probe_failures_total team=a reason=internal phase=resolve"], 2);
  const durations = series["sonde_probe_duration_seconds team=a"];
  assert(typeof durations === "object" && durations.count === 2);
});

Deno.test("http: credentials are nowhere but in the request", async () => {
  await using target = await httpTarget(responds(200));
  const node = nodeOf(`http://user:sesame@127.0.0.1:${target.port}/`);
  const reading = await readingOf(node);
  assert(target.requests[0]?.includes(`\r\nAuthorization: Basic ${btoa("user:sesame")}\r\n`));
  const shown = JSON.stringify(seriesOf(node, reading, http.failureValue?.(new Error("no"), node)));
  assert(shown.includes("probe_success"));
  assert(!/sesame|user/.test(shown) && !shown.includes(btoa("user:sesame")));
});

Deno.test("http: a target has as many series of its own as docs/probes.md says", async () => {
  await using target = await httpTarget(responds(200));
  const node = nodeOf(`http://127.0.0.1:${target.port}/`);
  const series = seriesOf(node, await readingOf(node));
  const countOf = (name: string) =>
    Object.entries(series).filter(([key]) => key.split(" ")[0] === name)
      .reduce(
        (sum, [, value]) => sum + (typeof value === "object" && "buckets" in value ? value.buckets.size + 3 : 1),
        0,
      );
  const counts = ["sonde_probe_attempts_total", "sonde_probe_failures_total", "sonde_probe_duration_seconds"].map(
    countOf,
  );
  const together = counts.reduce((sum, count) => sum + count, 0);
  const row = probeSeriesTable().split("\n").find((line) => line.includes("`http_2xx`"));
  assert.deepEqual(row?.split("|").slice(2, -1).map(Number), [...counts, together]);
  const text = await Deno.readTextFile(new URL("../../docs/probes.md", import.meta.url));
  for (const key of Object.keys(series)) assert(text.includes(`\`${key.split(" ")[0]}\``), key);
});
