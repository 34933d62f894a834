import assert from "node:assert/strict";
import type { AnyCollector } from "../src/collector.ts";
import { type Config, type ConfigSources, loadConfig, pluginPaths, resolveConfig } from "../src/config.ts";
import { faultsOf, messageOf, sample } from "./config/sample.ts";

type Sources = Omit<ConfigSources, "collectors">;
const load = (sources: Sources = {}): Promise<Config> => loadConfig({ collectors: sample, ...sources });
const file = (text: string): Sources => ({ file: { name: "sonde.yml", text } });
const flags = (entries: Readonly<Record<string, boolean | string | readonly string[]>>): Sources => ({
  flags: new Map(Object.entries(entries)),
});

Deno.test("loadConfig: without any source everything is the default", async () => {
  const { collectors, values: _, ...engine } = await load();
  assert.deepEqual(engine, {
    web: {
      listenAddress: [":9999"],
      telemetryPath: "/metrics",
      maxRequests: 40,
      configFile: undefined,
      disableExporterMetrics: false,
      openmetrics: false,
      externalUrl: undefined,
      routePrefix: "",
      landingPage: undefined,
    },
    autoReloadSeconds: undefined,
    scrape: { freshnessSeconds: undefined, strict: false },
    families: undefined,
    path: { procfs: "/proc", sysfs: "/sys", rootfs: "/", udevData: "/run/udev/data" },
    log: { level: "info", format: "logfmt" },
    plugins: [],
    profile: undefined,
  });
  assert.deepEqual([...collectors.keys()], ["cpu", "meminfo", "usage", "http", "tcp", "custom"]);
  assert.deepEqual(collectors.get("cpu"), {
    enabled: true,
    intervalSeconds: undefined,
    timeoutSeconds: undefined,
    freshnessSeconds: undefined,
    maxAgeSeconds: undefined,
    options: { info: false, fields: [], limit: 3, mode: "short" },
  });
  assert.deepEqual(collectors.get("meminfo")?.options, {});
});

Deno.test("loadConfig: the route prefix is that of the external URL, unless it is set", async () => {
  const prefix = async (web: string) => {
    const { web: { routePrefix, externalUrl } } = await load(file(`web: ${web}\n`));
    return [routePrefix, externalUrl];
  };
  assert.deepEqual(await prefix("{ external-url: https://a.example/b/c/ }"), ["/b/c", "https://a.example/b/c"]);
  assert.deepEqual(await prefix("{ external-url: http://a.example }"), ["", "http://a.example"]);
  assert.deepEqual(await prefix("{ external-url: http://a.example/b, route-prefix: / }"), ["", "http://a.example/b"]);
  assert.deepEqual(await prefix("{ route-prefix: b/ }"), ["/b", undefined]);
  for (
    const web of ["{ external-url: a.example }", "{ external-url: http://u:p@a.example }", "{ route-prefix: /a?b }"]
  ) {
    await assert.rejects(prefix(web), { name: "ConfigError" });
  }
});

Deno.test("loadConfig: files with nothing in them are as none", async () => {
  const { values } = await load();
  const empty = ["", "\n", "# only a comment\n", "---\n", "---\n...\n", "{}\n", "web:\nprobes:\ncollectors:\n  cpu:\n"];
  for (const text of empty) assert.deepEqual((await load(file(text))).values, values, text);
});

Deno.test("loadConfig: reads every key of the file", async () => {
  const { collectors, web, scrape, path, log, plugins } = await load(file(`
    collectors:
      cpu: { enabled: true, interval: 1m30s, timeout: 500ms, freshness: 0, max-age: 1h, info.flags-include: ^s }
      meminfo: false
      usage: true
      tcp: { host: h, anything: 5 }
      custom: { a: [1, { b: ~ }] }
    probes: [{ target: "http://a", interval: 5s, labels: { env: x } }]
    web: { listen-address: [":1", "unix:/s"], telemetry-path: /m, max-requests: 0, openmetrics: true }
    scrape: { freshness: 5s, strict: true }
    path: { procfs: /host/proc }
    log: { level: debug, format: json }
    plugins: [a.ts]
  `));
  const cpu = collectors.get("cpu");
  assert.deepEqual(
    [cpu?.intervalSeconds, cpu?.timeoutSeconds, cpu?.freshnessSeconds, cpu?.maxAgeSeconds],
    [90, 0.5, 0, 3600],
  );
  assert.deepEqual(cpu?.options, { info: false, fields: [], limit: 3, mode: "short", "info.flags-include": "^s" });
  assert.equal(collectors.get("meminfo")?.enabled, false);
  assert.equal(collectors.get("tcp")?.enabled, false);
  assert.deepEqual(collectors.get("tcp")?.options, { host: "h", anything: 5, modules: {} });
  assert.deepEqual(collectors.get("custom")?.options, { a: [1, { b: null }] });
  assert.deepEqual(collectors.get("http")?.options, {
    target: [],
    probes: [{ target: "http://a", interval: 5, labels: { env: "x" } }],
    modules: {},
  });
  assert.deepEqual(web.listenAddress, [":1", "unix:/s"]);
  assert.deepEqual([web.telemetryPath, web.maxRequests, web.openmetrics], ["/m", 0, true]);
  assert.deepEqual(scrape, { freshnessSeconds: 5, strict: true });
  assert.deepEqual(path, { procfs: "/host/proc", sysfs: "/sys", rootfs: "/", udevData: "/run/udev/data" });
  assert.deepEqual(log, { level: "debug", format: "json" });
  assert.deepEqual(plugins, ["a.ts"]);
});

Deno.test("loadConfig: a plain object has the form of the file, and is weaker", async () => {
  const tree = { collectors: { cpu: { interval: "5s", limit: 4, fields: undefined } }, log: { level: "warn" } };
  const { collectors, log } = await load({ tree, ...file("log: { level: error }") });
  assert.equal(collectors.get("cpu")?.intervalSeconds, 5);
  assert.equal(log.level, "error");
  assert.deepEqual(await faultsOf({ tree: { collectors: { cpu: { limit: "4" } } } }), [
    {
      origin: "configuration",
      path: "collectors.cpu.limit",
      message: 'expected a number, found "4"',
    },
  ]);
  assert.deepEqual(await faultsOf({ tree: 5 }), [
    { origin: "configuration", path: "", message: "expected a plain object" },
  ]);
  const loop: { log: Record<string, unknown> } = { log: {} };
  loop.log.a = loop;
  assert.equal((await faultsOf({ tree: loop }))[0]?.message, "nested more than 64 levels deep");
});

Deno.test("loadConfig: file before environment before flags; lists are replaced as a whole", async () => {
  const text = "collectors: { cpu: { limit: 1, fields: [a, b], mode: long }, meminfo: false }\nlog: { level: error }";
  const environment = {
    SONDE_COLLECTOR_CPU_LIMIT: "2",
    SONDE_COLLECTOR_CPU_FIELDS: " c\td ",
    SONDE_COLLECTOR_MEMINFO: "1",
    SONDE_LOG_LEVEL: "", // as if not set
    HOME: "/root",
  };
  const first = await load({ ...file(text), environment });
  assert.deepEqual(first.collectors.get("cpu")?.options, { info: false, fields: ["c", "d"], limit: 2, mode: "long" });
  assert.equal(first.collectors.get("meminfo")?.enabled, true);
  assert.equal(first.log.level, "error");
  const given = flags({ "collector.cpu.limit": "3", "collector.cpu.fields": ["e"], "collector.meminfo": false });
  const second = await load({ ...file(text), environment, ...given });
  assert.deepEqual(second.collectors.get("cpu")?.options, { info: false, fields: ["e"], limit: 3, mode: "long" });
  assert.equal(second.collectors.get("meminfo")?.enabled, false);
});

Deno.test("loadConfig: with disable-defaults only what is enabled by name is", async () => {
  const enabled = async (sources: Sources) =>
    [...(await load(sources)).collectors].filter(([, { enabled }]) => enabled).map(([name]) => name);
  assert.deepEqual(await enabled({}), ["cpu", "meminfo", "usage", "http", "custom"]);
  assert.deepEqual(await enabled(file("collectors: { disable-defaults: true, cpu: true, usage: { interval: 5s } }")), [
    "cpu",
  ]);
  assert.deepEqual(
    await enabled({ ...file("collectors: { memory: true }"), ...flags({ "collector.disable-defaults": true }) }),
    ["meminfo"],
  );
  assert.deepEqual(await enabled({ environment: { SONDE_COLLECTOR_DISABLE_DEFAULTS: "true" } }), []);
});

Deno.test("loadConfig: an alias is the collector; set both ways in one source it is a fault", async () => {
  const both = {
    ...file("collectors: { memory: { interval: 5s } }"),
    ...flags({ "collector.meminfo.interval": "6s" }),
  };
  assert.equal((await load(both)).collectors.get("meminfo")?.intervalSeconds, 6);
  const split = file("collectors: { memory: { interval: 5s }, meminfo: { timeout: 2s } }");
  assert.equal((await load(split)).collectors.get("meminfo")?.intervalSeconds, 5);
  assert.equal((await load(split)).collectors.get("meminfo")?.timeoutSeconds, 2);
  assert.deepEqual(await faultsOf(flags({ "collector.memory": true, "collector.meminfo": false })), [{
    origin: "--collector.meminfo",
    path: "collectors.meminfo.enabled",
    message: "it sets the same as flag --collector.memory, expected one of the two",
  }]);
  const environment = { SONDE_COLLECTOR_MEMORY_TIMEOUT: "1s", SONDE_COLLECTOR_MEMINFO_TIMEOUT: "1s" };
  assert.equal((await faultsOf({ environment }))[0]?.origin, "environment SONDE_COLLECTOR_MEMINFO_TIMEOUT");
});

Deno.test("loadConfig: of collectors that are not here it says why, and takes it that they are switched off", async () => {
  const absentCollectors = new Map([["systemd", "needs D-Bus"]]);
  const said = 'Sonde has no collector "systemd": it needs D-Bus; leave it out';
  for (const on of ["true", "{}", "{ enabled: true }", "{ unit-include: x }"]) {
    const message = await messageOf(`collectors: { systemd: ${on} }\n`, { absentCollectors });
    assert.equal(message, `sonde.yml:1:15: collectors.systemd: ${said}`);
  }
  for (const off of ["false", "{ enabled: false }", '"${env:OFF}"']) {
    const text = `collectors: { systemd: ${off} }\n`;
    await load({ ...file(text), absentCollectors, environment: { OFF: "false" } });
  }
});

Deno.test("loadConfig: choices by flag and environment are taken in whichever case, as the peers take them", async () => {
  assert.equal((await load(flags({ "log.level": "WARN" }))).log.level, "warn");
  assert.equal(
    (await load({ environment: { SONDE_LOG_LEVEL: "Debug" } })).log.level,
    "debug",
  );
});

Deno.test("loadConfig: faults of all sources come at once, the file's first", async () => {
  const message = await messageOf("log: { level: nope }\nprobes: [{}]\nx: 1", {
    environment: { SONDE_LOG_LEVL: "x", SONDE_COLLECTOR_CPU_RATIO: "y", SONDE_COLLECTOR_CPU: "maybe" },
    ...flags({
      "collector.cpuu": true,
      "web.listen-address": [":1", "x"],
      "log.format": ["json", "json"],
      "scrape.freshness": "5",
      "plugin": true,
      "config.file": "sonde.yml",
    }),
  });
  assert.deepEqual(message.split("\n"), [
    'sonde.yml:1:15: log.level: expected "debug", "info", "warn" or "error", found "nope"',
    "sonde.yml:2:10: probes[0].target: missing, expected text",
    'sonde.yml:3:1: x: unknown key "x", expected one of profile, web, config, scrape, metrics, path, log, plugins, collectors, probes, modules',
    'environment SONDE_LOG_LEVL: unknown environment variable, did you mean "SONDE_LOG_LEVEL"?',
    'environment SONDE_COLLECTOR_CPU: expected true or false, found "maybe"',
    'environment SONDE_COLLECTOR_CPU_RATIO: expected a number, found "y"',
    '--collector.cpuu: unknown flag, did you mean "--collector.cpu"?',
    "--log.format: given several times, expected one value",
    "--plugin: expected a value, found none",
    '--web.listen-address: Cannot parse address "x": a port is missing, try "x:9999"',
    '--scrape.freshness: Cannot parse duration "5": a unit is missing, try "5s"',
  ]);
});

Deno.test("loadConfig: variables that Kubernetes sets for a service named sonde are none of ours", async () => {
  const environment = {
    SONDE_SERVICE_HOST: "10.0.0.1",
    SONDE_SERVICE_PORT: "9999",
    SONDE_SERVICE_PORT_HTTP: "9999",
    SONDE_PORT: "tcp://10.0.0.1:9999",
    SONDE_PORT_9999_TCP: "tcp://10.0.0.1:9999",
    SONDE_PORT_9999_TCP_ADDR: "10.0.0.1",
    SONDE_EDGE_SERVICE_HOST: "10.0.0.1",
    SONDE_KNOWN: "1",
  };
  assert.deepEqual(await faultsOf({ environment, knownEnvironment: ["SONDE_KNOWN"] }), []);
  assert.deepEqual(
    (await faultsOf({ environment: { SONDE_PORT: "9100", SONDE_KNOWN: "1" } })).map(({ origin }) => origin),
    ["environment SONDE_PORT", "environment SONDE_KNOWN"],
  );
});

Deno.test("loadConfig: text takes the type that the schema asks for, and only then", async () => {
  const environment = { N: "7", YES: "true" };
  const { collectors } = await load({
    environment,
    ...file('collectors: { cpu: { limit: "${env:N}", info: "${env:YES}", info.flags-include: "${env:N}" } }'),
    ...flags({ "collector.cpu.ratio": "-1.5e-3" }),
  });
  assert.deepEqual(collectors.get("cpu")?.options, {
    info: true,
    "info.flags-include": "7",
    fields: [],
    limit: 7,
    mode: "short",
    ratio: -0.0015,
  });
  for (const text of ["0x5", "", " 5", "5 ", "Infinity", "1_0"]) {
    assert.equal((await faultsOf(flags({ "collector.cpu.ratio": text }))).length, 1, text);
  }
});

Deno.test("loadConfig: anchors and merge keys share what modules have in common", async () => {
  const { collectors } = await load(file(`
    modules:
      a: &a { prober: http, timeout: 5s }
      b: *a
      c: { timeout: 9s, <<: *a }
      d: { <<: [{ prober: tcp }, *a] }
  `));
  const options = collectors.get("tcp");
  assert.equal(options?.enabled, false);
  assert.deepEqual(Reflect.get(Object(collectors.get("http")?.options), "modules"), {
    a: { prober: "http", timeout: "5s" },
    b: { prober: "http", timeout: "5s" },
    c: { timeout: "9s", prober: "http" },
    d: { prober: "tcp", timeout: "5s" },
  });
});

Deno.test("loadConfig: a collector that is off and needs options is a fault only if they are asked for", async () => {
  assert.equal((await load(file("modules: { a: { prober: tcp } }"))).collectors.get("tcp")?.options, undefined);
  assert.equal((await faultsOf(flags({ "collector.tcp": true })))[0]?.path, "collectors.tcp.host");
  assert.equal((await faultsOf(file("collectors: { tcp: { port: 5 } }")))[0]?.path, "collectors.tcp.host");
  assert.deepEqual((await faultsOf(file("collectors: { http: false }\nprobes: [{}]"))).map(({ path }) => path), [
    "probes[0].target",
  ]);
});

Deno.test("loadConfig: values say what holds, and where it comes from", async () => {
  const { values } = await load({
    ...file(
      "collectors:\n  memory: { interval: 1m30s }\n  cpu: { weights: { a: 1 } }\nprobes:\n  - target: http://a\n",
    ),
    environment: { SONDE_LOG_LEVEL: "warn" },
    ...flags({ "collector.cpu.fields": ["x", "y"], "collector.disable-defaults": true }),
  });
  const byPath = new Map(values.map(({ path, value, origin }) => [path, [value, origin]]));
  assert.equal(byPath.size, values.length, "each path once");
  assert.deepEqual(byPath.get("web.max-requests"), [40, "default"]);
  assert.deepEqual(byPath.get("log.level"), ["warn", "environment SONDE_LOG_LEVEL"]);
  assert.deepEqual(byPath.get("collectors.disable-defaults"), [true, "flag --collector.disable-defaults"]);
  assert.deepEqual(byPath.get("collectors.cpu.enabled"), [false, "flag --collector.disable-defaults"]);
  assert.deepEqual(byPath.get("collectors.cpu.interval"), ["15s", "default"]);
  assert.deepEqual(byPath.get("collectors.cpu.freshness"), ["100ms", "default"]);
  assert.deepEqual(byPath.get("collectors.cpu.fields"), [["x", "y"], "flag --collector.cpu.fields"]);
  assert.deepEqual(byPath.get("collectors.cpu.weights.a"), [1, "sonde.yml:3"]);
  assert.deepEqual(byPath.get("collectors.meminfo.interval"), ["1m30s", "sonde.yml:2"]);
  assert.deepEqual(byPath.get("probes[0].target"), ["http://a", "sonde.yml:5"]);
  assert.equal(byPath.get("collectors.meminfo.timeout"), undefined);
});

Deno.test("loadConfig: loads the same again, and changes nothing that it was given", async () => {
  const tree = Object.freeze({ collectors: Object.freeze({ cpu: Object.freeze({ fields: Object.freeze(["a"]) }) }) });
  const sources: Sources = { tree, ...file("probes: [{ target: 'http://a' }]"), ...flags({ "log.level": "debug" }) };
  assert.deepEqual(await load(sources), await load(sources));
});

Deno.test("pluginPaths: the strongest source's, whatever else is wrong", async () => {
  const text = "plugins: [a.ts, '${env:PLUGIN}']\ncollectors: { dice: { sides: '${env:NONE}' } }\nx: 1\n";
  const environment = { PLUGIN: "b.ts", SONDE_COLLECTOR_DICE: "true" };
  assert.deepEqual(await pluginPaths({ ...file(text), environment }), ["a.ts", "b.ts"]);
  assert.deepEqual(
    await pluginPaths({ ...file(text), environment, ...flags({ plugin: ["c.ts"], "collector.dice": true }) }),
    ["c.ts"],
  );
  assert.deepEqual(await pluginPaths({ ...file(text), environment: { ...environment, SONDE_PLUGIN: "d.ts e.ts" } }), [
    "d.ts",
    "e.ts",
  ]);
  assert.deepEqual(await pluginPaths({ tree: { plugins: ["f.ts"] } }), ["f.ts"]);
  assert.deepEqual(await pluginPaths(file("plugins: 5")), []);
  assert.deepEqual(await pluginPaths(file("plugins: [a")), []);
  assert.deepEqual(await pluginPaths({}), []);
});

Deno.test("resolveConfig: an observer, which is read for each page, has no timing", () => {
  const observer: AnyCollector = {
    name: "health",
    help: "h",
    observes: true,
    metrics: {},
    read: () => 1,
    samples: () => {},
  };
  assert.throws(
    () =>
      resolveConfig({ collectors: [observer], tree: { collectors: { health: { timeout: "1s", "max-age": "1s" } } } }),
    {
      message: 'configuration: collectors.health.timeout: "health" is read for each page, and has no timeout\n' +
        'configuration: collectors.health.max-age: "health" is read for each page, and has no max-age',
    },
  );
});
