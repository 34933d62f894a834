import assert from "node:assert/strict";
import http from "../../collectors/http.ts";
import pages from "../../collectors/probe.ts";
import { applyConfig, configWarnings } from "../../src/assembly.ts";
import { systemClock } from "../../src/clock.ts";
import type { Client } from "../../src/collector.ts";
import { ConfigError, loadConfig } from "../../src/config.ts";
import { Engine } from "../../src/engine.ts";
import { createSource } from "../../src/source.ts";
import { type Answer, httpsTarget, httpTarget, responds, routes, tcpTarget } from "./probe/target.ts";

const collectors = [http, pages];

/** What answers, of one exporter. */
interface Pages extends AsyncDisposable {
  /** Asks for a path; by default as a program of this host. */
  ask(path: string, client?: Client, init?: RequestInit): Promise<Response>;
  /** {@linkcode Pages.ask}, its status and text. */
  text(path: string, client?: Client, init?: RequestInit): Promise<[status: number, text: string]>;
  /** Runs all nodes once. */
  collect(): Promise<void>;
  /** What was logged. */
  readonly lines: string[];
  readonly warnings: readonly string[];
}

async function pagesOf(tree: Record<string, unknown>): Promise<Pages> {
  const config = await loadConfig({ collectors, tree });
  const lines: string[] = [];
  const source = createSource();
  const engine = new Engine({
    source,
    clock: systemClock,
    machineId: "m",
    log: (level, message, fields) => void lines.push(`${level} ${message} ${JSON.stringify(fields)}`),
    version: "1.2.3",
    runtime: "test 1",
  });
  applyConfig(engine, collectors, config);
  const ask = async (path: string, client: Client = "local", init: RequestInit = {}) => {
    const [plain = ""] = path.split("?");
    const response = await engine.route(plain)?.(new Request(`http://127.0.0.1:9115${path}`, init), client);
    assert(response, `no handler of ${path}`);
    return response;
  };
  return {
    ask,
    async text(...asked) {
      const response = await ask(...asked);
      return [response.status, await response.text()];
    },
    collect: () => engine.collect(),
    lines,
    warnings: configWarnings(collectors, config),
    async [Symbol.asyncDispose]() {
      await engine.stop();
      source.close();
    },
  };
}

const modules = {
  http_2xx: { prober: "http" },
  login: { prober: "http", http: { basic_auth: { username: "u", password: "hush-hush" } } },
  hosted: { prober: "http", http: { headers: { Host: "own.example" } } },
  unix: { prober: "unix" },
};
const targetOf = (port: number, path = "/") => encodeURIComponent(`http://127.0.0.1:${port}${path}`);
const ok: Answer = responds(200, {}, "hello");
const families = (page: string) => [...page.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name = ""]) => name);

Deno.test("/probe: is not there without modules", async () => {
  await using page = await pagesOf({});
  for (
    const path of ["/probe?target=http://127.0.0.1:1", "/config", "/logs?id=0", "/-/explain?target=x"]
  ) {
    assert.deepEqual(await page.text(path), [404, "Not found\n"], path);
  }
});

Deno.test("/probe: the peer's families of a live probe, sorted, as text 0.0.4", async () => {
  await using target = await httpTarget(ok);
  await using page = await pagesOf({ modules });
  const response = await page.ask(`/probe?target=${targetOf(target.port)}`);
  assert.equal(response.status, 200);
  assert.equal(response.headers.get("content-type"), "text/plain; version=0.0.4; charset=utf-8");
  const text = await response.text();
  assert.match(text, /^probe_success 1$/m);
  assert.match(text, /^probe_http_status_code 200$/m);
  assert.doesNotMatch(text, /sonde_|target=/);
  assert.deepEqual(families(text), families(text).toSorted());
  const head = await page.ask(`/probe?target=${targetOf(target.port)}`, "local", { method: "HEAD" });
  assert.equal(head.status, 200);
  assert.equal(await head.text(), "");
  const plain = await page.ask(`/probe?target=${targetOf(target.port)}`, "local", {
    headers: { "accept-encoding": "gzip" },
  });
  assert.equal(plain.headers.get("content-encoding"), null, "a page that small is not worth compressing");
  assert.match(await plain.text(), /^probe_success 1$/m);
});

Deno.test("/probe: failures are pages too, with zeros", async () => {
  await using page = await pagesOf({ modules });
  for (const target of ["http://127.0.0.1:1/", "http://no such host/", "http://[::1", "http://"]) {
    const [status, text] = await page.text(`/probe?target=${encodeURIComponent(target)}`);
    assert.equal(status, 200, target);
    assert.match(text, /^probe_success 0$/m);
    assert.match(text, /^probe_http_status_code 0$/m);
    assert.match(text, /^probe_duration_seconds /m);
  }
});

Deno.test("/probe: refuses as the peer does", async () => {
  await using page = await pagesOf({ modules });
  assert.deepEqual(await page.text("/probe"), [400, "Target parameter is missing\n"]);
  assert.deepEqual(await page.text("/probe?target=x&module=nope"), [400, 'Unknown module "nope"\n']);
  assert.deepEqual(await page.text("/probe?target=x&module=icmp"), [400, 'Unknown module "icmp"\n']);
  assert.deepEqual(
    await page.text("/probe?target=http://127.0.0.1:1&module=hosted&hostname=other.example"),
    [
      400,
      "host header defined both in module configuration (own.example) and with URL-parameter 'hostname' (other.example)\n",
    ],
  );
  const headers = { "x-prometheus-scrape-timeout-seconds": "abc" };
  assert.deepEqual(await page.text("/probe?target=http://127.0.0.1:1", "local", { headers }), [
    500,
    'Failed to parse timeout from Prometheus header: strconv.ParseFloat: parsing "abc": invalid syntax\n',
  ]);
  assert.equal((await page.ask("/probe?target=x", "local", { method: "POST" })).status, 405);
});

Deno.test("/probe: ends before the scrape's timeout", async () => {
  await using silent = await tcpTarget(() => {});
  await using page = await pagesOf({ modules, "timeout-offset": 0.1 });
  const headers = { "x-prometheus-scrape-timeout-seconds": "0.4" };
  const [status, text] = await page.text(`/probe?target=${targetOf(silent.port)}`, "local", { headers });
  assert.equal(status, 200);
  assert.match(text, /^probe_success 0$/m);
  const seconds = Number(/^probe_duration_seconds (\S+)$/m.exec(text)?.[1]);
  assert.ok(seconds >= 0.29, `${seconds} s`);
  assert.match((await page.text("/logs?id=0"))[1], /reason=timeout/);
});

Deno.test("/probe: stops when who asked goes", async () => {
  await using silent = await tcpTarget(() => {});
  await using page = await pagesOf({ modules });
  const gone = new AbortController();
  const asked = page.ask(`/probe?target=${targetOf(silent.port)}`, "local", { signal: gone.signal });
  gone.abort();
  assert.equal((await asked).status, 503);
  await silent.idle();
  assert.deepEqual(await page.text("/logs?id=0"), [404, "Probe id not found\n"]);
});

Deno.test("/probe: more at once than the limit are put off", async () => {
  const { promise: connected, resolve } = Promise.withResolvers<void>();
  await using silent = await tcpTarget(() => resolve());
  await using page = await pagesOf({ modules, probe: { "max-requests": 1 } });
  const gone = new AbortController();
  const first = page.ask(`/probe?target=${targetOf(silent.port)}`, "local", { signal: gone.signal });
  await connected;
  const second = await page.ask(`/probe?target=${targetOf(silent.port)}`);
  assert.equal(second.status, 503);
  assert.equal(second.headers.get("retry-after"), "1");
  gone.abort();
  await first;
});

Deno.test("/probe: credentials go only to targets that the configuration names, unless this host asks", async () => {
  await using target = await httpTarget(routes({ "/": ok, "/named": ok }));
  const probes = [{ target: `http://127.0.0.1:${target.port}/named`, module: "login", interval: "1h" }];
  const path = (where: string) => `/probe?module=login&target=${targetOf(target.port, where)}`;
  {
    await using page = await pagesOf({ modules, probes });
    const [status, text] = await page.text(path("/"), "remote");
    assert.equal(status, 403);
    assert.match(text, /^Module "login" has credentials, and the configuration does not name target /);
    assert.deepEqual(target.requests, []);
    assert.match((await page.text(path("/named"), "remote"))[1], /^probe_success 1$/m);
    assert.match((await page.text(path("/"), "local"))[1], /^probe_success 1$/m);
    assert.equal((await page.text(path("/"), "local", { headers: { "x-forwarded-for": "127.0.0.1" } }))[0], 403);
    assert.equal(page.warnings.filter((text) => /"login" have credentials/.test(text)).length, 1);
  }
  {
    await using page = await pagesOf({ modules, probe: { credentials: "any" } });
    assert.match((await page.text(path("/"), "remote"))[1], /^probe_success 1$/m);
    assert.deepEqual(page.warnings.filter((text) => /credentials/.test(text)), []);
  }
  {
    const named = { ...modules, login: { ...modules.login, targets: ["127.0.0.1"] } };
    await using page = await pagesOf({ modules: named });
    assert.match((await page.text(path("/"), "remote"))[1], /^probe_success 1$/m);
    const other = `/probe?module=login&target=${encodeURIComponent(`http://127.0.0.1@127.0.0.2:${target.port}/`)}`;
    assert.equal((await page.text(other, "local"))[0], 400, "this host may not either");
  }
});

Deno.test("/probe: denies addresses by what they really are", async () => {
  await using target = await httpTarget(ok);
  await using page = await pagesOf({ modules, probe: { deny: ["127.0.0.0/8", "::1"] } });
  for (const host of ["127.0.0.1", "localhost", "0.0.0.0", "[::ffff:127.0.0.1]", "2130706433", "0x7f.1"]) {
    const url = encodeURIComponent(`http://${host}:${target.port}/`);
    const [status, text] = await page.text(`/probe?target=${url}`, "remote");
    assert.equal(status, 200, host);
    assert.match(text, /^probe_success 0$/m, host);
  }
  assert.deepEqual(target.requests, []);
});

Deno.test("/probe: judges the address of a redirect too", async () => {
  await using inner = await httpTarget(ok);
  await using outer = await httpTarget((socket) =>
    responds(302, { Location: `http://127.0.0.2:${inner.port}/` })(socket, "")
  );
  await using page = await pagesOf({ modules, probe: { deny: ["127.0.0.2"] } });
  assert.match((await page.text(`/probe?target=${targetOf(outer.port)}`))[1], /^probe_success 0$/m);
  assert.match((await page.text("/logs?id=0"))[1], /127\.0\.0\.2 is denied/);
});

Deno.test("/probe: sockets only in the folders that are named", async () => {
  await using page = await pagesOf({ modules });
  assert.equal((await page.text("/probe?module=unix&target=/run/docker.sock"))[0], 403);
  assert.equal(page.warnings.filter((text) => /"probe.unix-path"/.test(text)).length, 1);
});

Deno.test("debug=true: logs, page and module as the peer shows them; secrets are not shown", async () => {
  await using target = await httpTarget(ok);
  await using page = await pagesOf({ modules });
  const [status, text] = await page.text(`/probe?debug=true&module=login&target=${targetOf(target.port)}`);
  assert.equal(status, 200);
  assert.match(
    text,
    /^Logs for the probe:\ntime=\S+ level=DEBUG msg="Beginning probe" module=login target=\S+ probe=http timeout_seconds=119.5\n/,
  );
  assert.match(text, /\n\n\n\nMetrics that would have been returned:\n# HELP /);
  assert.match(
    text,
    /\n\n\n\nModule configuration:\nprober: http\nhttp:\n {2}basic_auth:\n {4}username: u\n {4}password: <secret>\n$/,
  );
  assert.doesNotMatch(text, /hush/);
  assert.match(target.requests[0] ?? "", /Authorization: Basic /i);
});

Deno.test("particulars are for this host, unless the configuration opens them", async () => {
  const paths = ["/probe?debug=true&target=http://127.0.0.1:1/", "/config", "/logs?id=0", "/-/failures/"];
  {
    await using page = await pagesOf({ modules });
    for (const path of paths) {
      assert.equal((await page.text(path, "remote"))[0], 403, path);
      assert.equal((await page.text(path, "local", { headers: { "sec-fetch-site": "cross-site" } }))[0], 403, path);
      assert.notEqual((await page.text(path, "local"))[0], 403, path);
    }
    assert.equal((await page.text("/-/explain?target=http://127.0.0.1:1/", "local"))[0], 404);
  }
  await using page = await pagesOf({ modules, probe: { debug: true } });
  for (const path of paths) assert.notEqual((await page.text(path, "remote"))[0], 403, path);
});

Deno.test("/-/probes: shows the results to this host, and to others that there are such", async () => {
  await using page = await pagesOf({ modules });
  await page.text("/probe?target=http://127.0.0.1:1/");
  assert.match((await page.text("/-/probes", "local"))[1], /http:\/\/127\.0\.0\.1:1\//);
  const [status, text] = await page.text("/-/probes", "remote");
  assert.equal(status, 200);
  assert.match(text, /to this host only/);
  assert.doesNotMatch(text, /127\.0\.0\.1/);
  await using without = await pagesOf({});
  assert.match((await without.text("/-/probes"))[1], /No modules are configured/);
});

Deno.test("/probe: hostname stands for the target's name in the request", async () => {
  await using target = await httpTarget(ok);
  await using page = await pagesOf({ modules });
  await page.text(`/probe?hostname=other.example&target=${targetOf(target.port)}`);
  assert.match(target.requests[0] ?? "", /^Host: other\.example\r$/m);
});

Deno.test("/config: the modules as they were written, without secrets", async () => {
  await using page = await pagesOf({ modules });
  const [, text] = await page.text("/config");
  assert.match(text, /^modules:\n {2}http_2xx:\n {4}prober: http\n/);
  assert.match(text, /password: <secret>/);
  assert.doesNotMatch(text, /hush/);
});

Deno.test("/logs: by id, or the last one of a target with a module", async () => {
  await using target = await httpTarget(ok);
  await using page = await pagesOf({ modules, history: { limit: 1 } });
  const url = targetOf(target.port);
  await page.text("/probe?target=http://127.0.0.1:1/");
  await page.text(`/probe?target=${url}`);
  await page.text(`/probe?target=${url}`);
  assert.deepEqual(await page.text("/logs"), [400, "Probe id or target must be defined as http query parameters\n"]);
  assert.deepEqual(await page.text("/logs?id=x"), [
    400,
    "Probe id or target must be defined as http query parameters\n",
  ]);
  assert.deepEqual(await page.text("/logs?id=9"), [404, "Probe id not found\n"]);
  assert.deepEqual(await page.text("/logs?target=zz"), [404, "Probe target not found\n"]);
  assert.deepEqual(await page.text("/logs?id=1"), [404, "Probe id not found\n"], "a success makes room");
  assert.match((await page.text("/logs?id=0"))[1], /probe_success 0/, "a failure stays longer");
  assert.match((await page.text("/logs?id=2"))[1], /probe_success 1/);
  assert.match((await page.text(`/logs?module=http_2xx&target=${url}`))[1], /probe_success 1/);
});

Deno.test("/-/probes: escapes what it shows", async () => {
  await using page = await pagesOf({ modules });
  await page.text(`/probe?target=${encodeURIComponent("http://user:pw@127.0.0.1:1/<script>alert(1)</script>'\"&")}`);
  const [, text] = await page.text("/-/probes");
  assert.doesNotMatch(text, /<script|user:pw/);
  assert.match(text, /&lt;script&gt;/);
  assert.match(text, /href="\.\.\/logs\?id=0"/);
});

Deno.test("/probe?scheduled: the last result of a target on an interval, without probing", async () => {
  await using target = await httpTarget(ok);
  const probes = [{ name: "web", target: `http://127.0.0.1:${target.port}/`, labels: { team: "a" }, interval: "1h" }];
  await using page = await pagesOf({ probes });
  assert.equal((await page.text("/probe?scheduled=web", "remote"))[0], 503);
  await page.collect();
  const [status, text] = await page.text("/probe?scheduled=web", "remote");
  assert.equal(status, 200);
  assert.match(text, /^probe_success 1$/m);
  assert.doesNotMatch(text, /team=|target=|sonde_/);
  assert.equal(target.requests.length, 1);
  assert.deepEqual(await page.text("/probe?scheduled=no", "remote"), [400, 'Unknown scheduled target "no"\n']);
  assert.equal((await page.text("/probe?target=http://127.0.0.1:1/", "remote"))[0], 404, "no open proxy");
});

Deno.test("/-/targets: service discovery of the targets on an interval", async () => {
  const probes = [{ name: "web", target: "http://u:p@127.0.0.1:1/x", labels: { team: "a" } }];
  await using page = await pagesOf({ probes });
  const response = await page.ask("/-/targets", "remote");
  assert.equal(response.headers.get("content-type"), "application/json");
  assert.deepEqual(await response.json(), [{
    targets: ["127.0.0.1:9115"],
    labels: {
      team: "a",
      instance: "http://127.0.0.1:1/x",
      __metrics_path__: "/probe",
      __param_scheduled: "web",
      __param_target: "http://127.0.0.1:1/x",
      __param_module: "http_2xx",
    },
  }]);
  await using elsewhere = await pagesOf({ probes, web: { "external-url": "https://sonde.example/probes/" } });
  const [[group]] = [await (await elsewhere.ask("/-/targets", "remote")).json()];
  assert.deepEqual(group.targets, ["sonde.example:443"]);
  assert.equal(group.labels.__scheme__, "https");
  assert.equal(group.labels.__metrics_path__, "/probes/probe");
});

Deno.test("/-/failures: the evidence of each target, as pages and as JSON", async () => {
  const probes = [{ name: "a/b <c>", target: "http://127.0.0.1:1/" }];
  await using page = await pagesOf({ probes });
  await page.collect();
  const [, index] = await page.text("/-/failures/");
  assert.match(index, /<a href="a%2Fb%20%3Cc%3E">a\/b &lt;c&gt;<\/a>/);
  const [status, text] = await page.text("/-/failures/a%2Fb%20%3Cc%3E");
  assert.equal(status, 200);
  assert.match(text, /<p class="failed">refused in connect after /);
  const [failure] = await (await page.ask("/-/failures/a%2Fb%20%3Cc%3E?format=json")).json();
  assert.equal(failure.reason, "refused");
  assert.equal(failure.address, "127.0.0.1");
  const [listed] = await (await page.ask("/-/failures/?format=json")).json();
  assert.deepEqual([listed.target, listed.count], ["a/b <c>", 1]);
  assert.equal((await page.text("/-/failures/other"))[0], 404);
  assert.equal((await page.text("/-/failures/%E0%A4%A"))[0], 400);
});

Deno.test("/-/failures: has what failed on demand too", async () => {
  await using page = await pagesOf({ modules });
  await page.text(`/probe?target=${encodeURIComponent("http://u:p@127.0.0.1:1/x y")}`);
  const [, index] = await page.text("/-/failures/");
  assert.match(index, /<a href="http%3A%2F%2F127\.0\.0\.1%3A1%2Fx%20y">/);
  const [failure] = await (await page.ask("/-/failures/http%3A%2F%2F127.0.0.1%3A1%2Fx%20y?format=json")).json();
  assert.deepEqual([failure.target, failure.module, failure.reason], ["http://127.0.0.1:1/x y", "http_2xx", "refused"]);
});

Deno.test("/-/explain: any module, for the operator", async () => {
  await using target = await httpTarget(ok);
  await using page = await pagesOf({});
  const response = await page.ask(`/-/explain?target=${targetOf(target.port)}`, "operator");
  assert.equal(response.headers.get("x-probe-success"), "1");
  assert.match(await response.text(), /^http:\/\/127\.0\.0\.1:\d+\/ \(http_2xx, prober http\)\nOK after /);
  const failed = await page.ask("/-/explain?target=http://127.0.0.1:1/&format=json", "operator");
  assert.equal(failed.headers.get("x-probe-success"), "0");
  const report = await failed.json();
  assert.deepEqual([report.failure.reason, report.failure.phase], ["refused", "connect"]);
  assert.deepEqual(report.phases.map(({ phase }: { phase: string }) => phase), ["resolve", "connect"]);
});

Deno.test("/-/explain: shows the certificates also when they could not be verified", async () => {
  await using target = await httpsTarget("self_signed.pem", ok);
  await using page = await pagesOf({});
  const [, text] = await page.text(`/-/explain?target=https://127.0.0.1:${target.port}/`, "operator");
  assert.match(text, /\nFAILED after [\d.]+ ms: tls in phase tls: /);
  assert.match(text, /\n {2}tls +[\d.]+ ms {2}\S+ stopped here\n/);
  assert.match(
    text,
    /\nTLS:\n {2}TLS 1\.3, \S+, NOT VERIFIED: \S+\n {2}0 subject {2}\S.*\n {4}issuer {3}\S.*\n {4}expires {2}\d{4}-/,
  );
});

Deno.test("probe: a module's targets must be hosts", async () => {
  await assert.rejects(
    pagesOf({ modules: { x: { prober: "http", targets: ["http://example.org/"] } } }),
    (error) => error instanceof ConfigError && /modules\.x\.targets\[0\]/.test(error.message),
  );
});

Deno.test("probe: logs failures, by the level that is wished", async () => {
  await using loud = await pagesOf({ modules });
  await loud.text("/probe?target=http://127.0.0.1:1/");
  assert.ok(loud.lines.some((line) => /^error Probe failed .*"reason":"refused"/.test(line)), loud.lines.join("\n"));
  await using quiet = await pagesOf({ modules, probe: { log: "debug" } });
  await quiet.text("/probe?target=http://127.0.0.1:1/");
  assert.ok(quiet.lines.some((line) => /^debug Beginning probe /.test(line)));
});
