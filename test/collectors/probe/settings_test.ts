import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { builtInModules } from "../../../collectors/probe/built_in_modules.ts";
import { failedResult } from "../../../collectors/probe/failed_result.ts";
import type { Prober } from "../../../collectors/probe/prober.ts";
import { type ProberOptions, proberOptions, TOP_LEVEL } from "../../../collectors/probe/settings.ts";
import type { AnyCollector } from "../../../src/collector.ts";
import { type Config, ConfigError, loadConfig } from "../../../src/config.ts";
import { CONFORMANCE } from "../../conformance/fixtures.ts";

/** A collector of a prober that is never asked to probe. */
function collectorOf(name: "http" | "tcp"): AnyCollector {
  const modules = builtInModules();
  const standard = modules.get(name === "http" ? "http_2xx" : "tcp_connect");
  assert(standard);
  const prober: Prober = {
    name,
    help: "A prober of the test.",
    placeholder: "URL",
    metrics: {},
    durationBounds: [],
    standard,
    checkTarget(target) {
      if (target.includes(" ")) throw new SyntaxError(`Cannot use target ${JSON.stringify(target)}: it has a space`);
    },
    stops: () => [],
    probe: () => Promise.reject(new Error("not asked")),
    failed: failedResult,
    emit: () => {},
  };
  return {
    name,
    help: prober.help,
    metrics: {},
    options: proberOptions(prober),
    topLevel: TOP_LEVEL,
    instances: () => [],
    read: () => null,
    samples: () => {},
  };
}

const collectors = [collectorOf("http"), collectorOf("tcp")];

type More = Partial<Parameters<typeof loadConfig>[0]>;

function load(text: string, more: More = {}): Promise<Config> {
  return loadConfig({ collectors, file: { name: "/etc/sonde/blackbox.yml", text }, environment: {}, ...more });
}

/** One line per fault. */
async function faultsOf(text: string, more: More = {}): Promise<string[]> {
  const error: unknown = await load(text, more).catch((error: unknown) => error);
  return error instanceof ConfigError ? error.message.replaceAll("/etc/sonde/blackbox.yml:", "").split("\n") : [];
}

function isOptions(options: unknown): options is ProberOptions {
  return typeof options === "object" && options !== null && "settings" in options && "targets" in options;
}

async function optionsOf(text: string, name = "http", more: More = {}): Promise<ProberOptions> {
  const options = (await load(text, more)).collectors.get(name)?.options;
  assert(isOptions(options));
  return options;
}

Deno.test("proberOptions: all that is wrong with a file is said at once, each with its line", async () => {
  const text = `modules:
  a:
    prober: http
    timout: 5s
    http:
      method: GET
      valid_status_code: [200]
      fail_if_body_matches_regexp:
        - ok
        - ":["
      tls_config:
        insecure_skip_verify: maybe
  b:
    prober: htp
  c:
    prober: tcp
    tcp:
      query_response:
        - expect: "a"
          expect_bytes: "b"
probes:
  - target: http://x
    module: aa
  - target: http://y
    interval: 15
`;
  assert.deepEqual(await faultsOf(text), [
    '4:5: modules.a.timout: unknown key "timout", did you mean "timeout"?',
    '7:7: modules.a.http.valid_status_code: unknown key "valid_status_code", did you mean "valid_status_codes"?',
    '10:11: modules.a.http.fail_if_body_matches_regexp[1]: Cannot compile pattern ":[": error parsing regexp: missing closing ]: `[`',
    '12:31: modules.a.http.tls_config.insecure_skip_verify: expected true or false, found "maybe"',
    '14:13: modules.b.prober: expected "http", "tcp", "dns", "icmp", "grpc", "unix" or "websocket", found "htp", did you mean "http"?',
    '20:25: modules.c.tcp.query_response[0].expect_bytes: Cannot use "expect_bytes": "expect" is set as well, ' +
    "expected one of the two",
    '23:13: probes[0].module: Cannot use module "aa": there is no such module, did you mean "a"?',
    "25:15: probes[1].interval: expected text, found 15",
  ]);
});

Deno.test("proberOptions: a module that is not there is named with the nearest that is", async () => {
  const text = "modules:\n  mine: { prober: http }\nprobes:\n- { target: 'http://x', module: min }\n" +
    "- { target: 'http://y', module: http_2xy }\n- { target: 'http://z', module: mine }\n";
  assert.deepEqual(await faultsOf(text), [
    '4:33: probes[0].module: Cannot use module "min": there is no such module, did you mean "mine"?',
    '5:33: probes[1].module: Cannot use module "http_2xy": there is no such module, did you mean "http_2xx"?',
  ]);
});

Deno.test("proberOptions: each prober has the targets whose modules are its; a module of a built-in name replaces it", async () => {
  const text = "modules: { http_2xx: { prober: http, http: { method: HEAD } } }\n" +
    "probes: [{ target: 'http://x' }, { target: 'a:1', module: tcp_connect }, { name: n, target: 'b:1', module: tls_connect }]";
  const http = await optionsOf(text);
  const [target] = http.targets;
  assert(target?.module.prober === "http");
  assert.deepEqual([http.targets.length, target.module.method, target.module.name], [1, "HEAD", "http_2xx"]);
  assert.deepEqual((await optionsOf(text, "tcp")).targets.map(({ name }) => name), ["a:1", "n"]);
});

Deno.test("proberOptions: targets that cannot be, names that are taken twice, labels that are taken", async () => {
  const text =
    "collectors: { http: { target: ['http://x'] } }\nprobes:\n- { target: 'a b' }\n- { target: 'http://u:p@x' }\n" +
    "- { target: 'c d', module: tcp_connect }\n- { target: 'http://y', name: z }\n" +
    "- { target: 'http://y', name: z, labels: { job: a, 'a-b': c, team: d } }\n";
  assert.deepEqual(
    await faultsOf(text),
    [
      '3:13: probes[0].target: Cannot use target "a b": it has a space',
      '4:13: probes[1].target: Cannot use target name "http://x": there are two of it',
      '5:13: probes[2].target: Cannot use target "c d": it has a space',
      '7:31: probes[4].name: Cannot use target name "z": there are two of it',
      '7:49: probes[4].labels.job: Cannot use label "job": it is taken',
      '7:59: probes[4].labels.a-b: Cannot use label "a-b": expected letters, digits and underscores, the first no digit',
    ].sort((a, b) => parseInt(a) - parseInt(b)),
  );
});

Deno.test("proberOptions: times of a target, and the bounds of all", async () => {
  const { targets, settings } = await optionsOf(
    "probes: [{ target: 'http://x', interval: 1m, interval_on_failure: 5s, timeout: 2s, labels: { team: a } }]\n" +
      "probe: { concurrency: 3, deny: [192.0.2.0/24] }\nhistory: { limit: 5 }\ntimeout-offset: 1",
  );
  const [{ module: _, ...target } = {}] = targets;
  assert.deepEqual(target, {
    name: "http://x",
    target: "http://x",
    intervalSeconds: 60,
    intervalOnFailureSeconds: 5,
    timeoutSeconds: 2,
    labels: { team: "a" },
  });
  assert.deepEqual([settings.concurrency, settings.deny, settings.historyLimit, settings.timeoutOffsetSeconds], [
    3,
    ["192.0.2.0/24"],
    5,
    1,
  ]);
  for (const concurrency of [0, -1, 1.5]) {
    const [fault = ""] = await faultsOf(`probe: { concurrency: ${concurrency} }`);
    assert.match(fault, /^1:23: probe\.concurrency: expected /);
  }
  for (const key of ["interval", "interval_on_failure", "timeout"]) {
    const [fault = ""] = await faultsOf(`probes: [{ target: 'http://x', ${key}: 0s }]`);
    assert.match(fault, new RegExp(`probes\\[0\\]\\.${key}: Cannot use duration "0s": it must be longer than 0s`));
  }
});

Deno.test("proberOptions: !!binary is bytes, also those that are no text", async () => {
  const { settings } = await optionsOf(
    "modules:\n  pg:\n    prober: tcp\n    tcp:\n      query_response:\n      - send: !!binary AAAACATSFi8=\n" +
      "      - expect_bytes: !!binary /w==\n",
  );
  const module = settings.modules.get("pg");
  assert(module?.prober === "tcp");
  assert.deepEqual([...module.dialogue[0]?.send ?? []], [0, 0, 0, 8, 4, 0xd2, 0x16, 0x2f]);
  assert.deepEqual([...module.dialogue[1]?.expectBytes ?? []], [0xff]);
});

const SECRETS = `modules:
  a:
    prober: http
    http:
      basic_auth: { username: u, password: hunter22 }
      proxy_url: http://user:hunter22@proxy:1
      proxy_connect_header: { X-A: [hunter22] }
      http_headers: { X-K: { secrets: [hunter22] } }
      tls_config: { cert: c, key: hunter22 }
  b: { prober: http, http: { authorization: { credentials: hunter22 } } }
  c: { prober: http, http: { bearer_token: hunter22 } }
  d: { prober: http, http: { oauth2: { client_id: i, client_secret: hunter22, token_url: 'http://t' } } }
  e: { prober: grpc, grpc: { metadata: { authorization: [Bearer hunter22] } } }
  f: { prober: websocket, websocket: { http_config: { bearer_token: hunter22 } } }
  g: { prober: http, http: { headers: { Authorization: hunter22, X-Api-Key: '\${env:KEY}' } } }
`;

Deno.test("proberOptions: secrets are in no value that is shown, and in no fault", async () => {
  const { values, collectors: loaded } = await load(SECRETS, { environment: { KEY: "sesame99" } });
  const shown = values.filter(({ path }) => path !== "modules.g.http.headers.Authorization");
  assert.doesNotMatch(JSON.stringify(shown), /hunter22|sesame99/);
  const options = loaded.get("http")?.options;
  assert(isOptions(options));
  assert.match(JSON.stringify([...options.settings.modules]), /hunter22/);
  const broken = SECRETS.replaceAll("prober: http", "prober: htp").replaceAll(
    "username: u",
    "username: u, usernam: hunter22",
  );
  const faults = await faultsOf(broken, { environment: { KEY: "sesame99" } });
  assert.ok(faults.length >= 6);
  assert.doesNotMatch(faults.join("\n"), /sesame99/);
});

Deno.test("proberOptions: a value may come from the environment, a secret from a file that is read for each probe", async () => {
  const read: string[] = [];
  const readFile = (path: string) => {
    read.push(path);
    return "from a file";
  };
  const text = `modules:
  a:
    prober: http
    timeout: \${env:LIMIT}
    http:
      valid_status_codes: ["\${env:CODE}"]
      fail_if_ssl: \${env:SSL}
      basic_auth: { username: "\${env:USER}", password_file: pass }
      tls_config: { ca_file: ca.pem }
      body_file: body
  b:
    prober: tcp
    tcp: { query_response: [{ expect: "PING :([^ ]+)", send: "PONG \${1}" }] }
`;
  const environment = { LIMIT: "3s", CODE: "204", SSL: "true", USER: "me" };
  const { settings } = await optionsOf(text, "http", { environment, readFile });
  const module = settings.modules.get("a");
  assert(module?.prober === "http" && module.client.authorization?.kind === "basic");
  assert.deepEqual([module.timeoutSeconds, module.validStatusCodes, module.failIfSsl], [3, [204], true]);
  assert.equal(module.client.authorization.username.text, "me");
  const { password } = module.client.authorization;
  assert.deepEqual([password?.file, module.client.tls.ca?.file, module.body?.file], ["pass", "ca.pem", "body"]);
  assert.deepEqual(read, [], "blackbox_exporter's own keys of files are not read while the configuration is loaded");
  const dialogue = settings.modules.get("b");
  assert(dialogue?.prober === "tcp");
  assert.equal(new TextDecoder().decode(dialogue.dialogue[0]?.send), "PONG ${1}");
  const [fault = ""] = await faultsOf(text, { environment: { ...environment, CODE: "many" }, readFile });
  assert.match(fault, /^6:28: modules\.a\.http\.valid_status_codes\[0\]: expected .*number, found <redacted>$/);
});

Deno.test("proberOptions: empty sections are none", async () => {
  for (
    const text of ["", "modules:\n", "probes:\n", "modules: {}\nprobes: []\n", "modules:\n  a: { prober: tcp, tcp: }\n"]
  ) {
    const { targets, settings } = await optionsOf(text);
    assert.deepEqual(targets, []);
    assert(settings.modules.has("http_2xx"));
  }
});

/** What the newest source says where 0.28.0 differs from it, and what we refuse by name. */
const OTHERWISE: Readonly<Record<string, boolean>> = {
  "example.yml": true,
  "invalid-prober.yml": false,
  "blackbox-default.yml": false,
};
const folder = CONFORMANCE && `${CONFORMANCE}blackbox/config-testdata/`;

Deno.test({
  name: "proberOptions: accepts the files that blackbox_exporter accepts, and refuses those that it refuses",
  ignore: !folder,
  async fn() {
    const verdicts: Readonly<Record<string, Readonly<Record<string, { readonly accepted: boolean }>>>> = JSON.parse(
      readFileSync(`${folder}verdicts.json`, "utf8"),
    );
    const files = readdirSync(folder ?? "").filter((name) => name.endsWith(".yml"));
    assert.ok(files.length >= 26);
    for (const name of files) {
      const faults = await faultsOf(readFileSync(`${folder}${name}`, "utf8"));
      const accepted = OTHERWISE[name] ?? verdicts[name]?.["0.28.0"]?.accepted;
      assert.equal(faults.length === 0, accepted, `${name}: ${faults.join("\n")}`);
      assert.ok(faults.every((fault) => /^\d+:\d+: modules/.test(fault)), faults.join("\n"));
    }
  },
});

Deno.test({
  name: "proberOptions: the peer's example differs in HTTP/3 alone, which is refused by name",
  ignore: !folder,
  async fn() {
    assert.deepEqual(await faultsOf(readFileSync(`${folder}blackbox-default.yml`, "utf8")), [
      "69:21: modules.http_3xx.http.enable_http3: Cannot probe by HTTP/3: there is no client for it; leave it out",
      "71:29: modules.http_3xx.http.valid_http_versions[0]: Cannot accept HTTP/3.0: there is no client for it; leave it out",
    ]);
  },
});

Deno.test({
  name: "proberOptions: a file that real probes were made with is taken whole",
  ignore: !CONFORMANCE,
  async fn() {
    const text = readFileSync(`${CONFORMANCE}blackbox/modules-0.28.yml`, "utf8");
    const { settings } = await optionsOf(text);
    assert.ok(settings.modules.size >= 46 && settings.configured.size >= 46);
  },
});
