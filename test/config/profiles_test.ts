import assert from "node:assert/strict";
import { collectors } from "../../collectors/mod.ts";
import type { AnyCollector } from "../../src/collector.ts";
import { type Config, type ConfigSources, loadConfig } from "../../src/config.ts";

const plugin: AnyCollector = { name: "dice", help: "A die.", metrics: {}, read: () => 1, samples: () => {} };

function profiled(sources: Partial<ConfigSources> = {}, flags: ConfigSources["flags"] = new Map()): Promise<Config> {
  return loadConfig({ collectors, flags: new Map([["profile", "node_exporter"], ...flags ?? []]), ...sources });
}

const on = ({ collectors }: Config): string[] =>
  [...collectors].filter(([, { enabled }]) => enabled).map(([name]) => name);

Deno.test("profile node_exporter: the peer's port, its collectors, and of our own only the process", async () => {
  const config = await profiled();
  assert.equal(config.profile, "node_exporter");
  assert.deepEqual(config.web.listenAddress, [":9100"]);
  const expected = collectors.filter(({ peer, enabled }) => peer && (enabled ?? true)).map(({ name }) => name);
  assert.deepEqual(on(config).sort(), [...expected, "node_scrape", "self"].sort());
  assert.deepEqual(config.collectors.get("self")?.options, { "process-only": true });
});

Deno.test("profile: everything that is configured wins", async () => {
  const text = "collectors: { usage: true, self: { process-only: false } }\nweb: { telemetry-path: /m }\n";
  const environment = { SONDE_COLLECTOR_UPTIME: "true" };
  const flags = new Map<string, string[] | boolean>([["web.listen-address", [":1"]], ["collector.cpu", false]]);
  const config = await profiled({ file: { name: "sonde.yml", text }, environment }, flags);
  assert.deepEqual([config.web.listenAddress, config.web.telemetryPath], [[":1"], "/m"]);
  const enabled = on(config);
  assert.deepEqual(["usage", "uptime", "cpu", "http"].map((name) => enabled.includes(name)), [
    true,
    true,
    false,
    false,
  ]);
  assert.deepEqual(config.collectors.get("self")?.options, { "process-only": false });
});

Deno.test("profile: is named by file, environment or flag, and the values say that they are its", async () => {
  const file = { name: "sonde.yml", text: "profile: node_exporter\n" };
  for (const sources of [{ file }, { environment: { SONDE_PROFILE: "node_exporter" } }]) {
    const { values, web } = await loadConfig({ collectors, ...sources });
    assert.deepEqual(web.listenAddress, [":9100"]);
    const value = values.find(({ path }) => path === "web.listen-address");
    assert.deepEqual(value, { path: "web.listen-address", value: [":9100"], origin: "profile node_exporter" });
  }
  await assert.rejects(loadConfig({ collectors, environment: { SONDE_PROFILE: "node_exportr" } }), {
    message:
      'environment SONDE_PROFILE: expected "node_exporter" or "blackbox_exporter", found "node_exportr", did you mean "node_exporter"?',
  });
});

Deno.test("profile: leaves probes on that are given targets, unless they are switched off", async () => {
  const target = new Map([["collector.http.target", ["http://a/"]]]);
  assert.ok(on(await profiled({}, target)).includes("http"));
  const file = { name: "sonde.yml", text: "probes: [{ target: http://a/ }]\n" };
  assert.ok(on(await profiled({ file })).includes("http"));
  assert.ok(
    !on(await profiled({}, new Map<string, string[] | boolean>([...target, ["collector.http", false]]))).includes(
      "http",
    ),
  );
});

Deno.test("profile: leaves plugins on, which somebody asked for", async () => {
  const config = await profiled({ collectors: [...collectors, plugin], builtIn: collectors });
  assert.ok(on(config).includes("dice"));
});

Deno.test("profile: goes together with disable-defaults", async () => {
  const config = await profiled({}, new Map([["collector.disable-defaults", true], ["collector.cpu", true]]));
  assert.deepEqual(on(config).sort(), ["cpu", "node_scrape", "self"]);
});

Deno.test("profile blackbox_exporter: the peer's port and pages, the probers, and of our own only the process", async () => {
  const config = await loadConfig({ collectors, flags: new Map([["profile", "blackbox_exporter"]]) });
  assert.deepEqual(config.web.listenAddress, [":9115"]);
  assert.equal(config.web.landingPage, "/-/probes");
  const probers = collectors.filter(({ topLevel }) => topLevel?.includes("modules")).map(({ name }) => name);
  assert.ok(probers.includes("http") && probers.includes("probe"));
  assert.deepEqual(on(config).sort(), [...probers, "self"].sort());
  assert.deepEqual(config.collectors.get("self")?.options, { "process-only": true });
});
