import assert from "node:assert/strict";
import * as z from "zod";
import { type AnyCollector, defineCollector, type Schema } from "../../src/collector.ts";
import { ConfigError, loadConfig, type Setting, settings } from "../../src/config.ts";
import { sample } from "./sample.ts";

function collector(name: string, more: Partial<AnyCollector> = {}): AnyCollector {
  return { name, help: "Figures.", metrics: {}, read: () => null, samples: () => {}, ...more };
}

function setting(flag: string, collectors: readonly AnyCollector[] = sample): Setting {
  const found = settings(collectors).find((each) => each.flag === flag);
  assert.ok(found, flag);
  return found;
}

const flagsOf = (collectors: readonly AnyCollector[]) =>
  settings(collectors).filter(({ collector }) => collector).map(({ flag }) => flag);

Deno.test("settings: the engine's flags, keys and environment names", () => {
  assert.deepEqual(settings([]).map(({ flag, environment, path }) => `${flag} ${environment} ${path.join(" ")}`), [
    "config.file SONDE_CONFIG_FILE ",
    "profile SONDE_PROFILE profile",
    "web.listen-address SONDE_WEB_LISTEN_ADDRESS web listen-address",
    "web.telemetry-path SONDE_WEB_TELEMETRY_PATH web telemetry-path",
    "web.max-requests SONDE_WEB_MAX_REQUESTS web max-requests",
    "web.disable-exporter-metrics SONDE_WEB_DISABLE_EXPORTER_METRICS web disable-exporter-metrics",
    "web.openmetrics SONDE_WEB_OPENMETRICS web openmetrics",
    "web.external-url SONDE_WEB_EXTERNAL_URL web external-url",
    "web.route-prefix SONDE_WEB_ROUTE_PREFIX web route-prefix",
    "web.landing-page SONDE_WEB_LANDING_PAGE web landing-page",
    "web.config.file SONDE_WEB_CONFIG_FILE web config.file",
    "config.enable-auto-reload SONDE_CONFIG_ENABLE_AUTO_RELOAD config enable-auto-reload",
    "config.auto-reload-interval SONDE_CONFIG_AUTO_RELOAD_INTERVAL config auto-reload-interval",
    "scrape.freshness SONDE_SCRAPE_FRESHNESS scrape freshness",
    "scrape.strict SONDE_SCRAPE_STRICT scrape strict",
    "metrics.include SONDE_METRICS_INCLUDE metrics include",
    "metrics.exclude SONDE_METRICS_EXCLUDE metrics exclude",
    "path.procfs SONDE_PATH_PROCFS path procfs",
    "path.sysfs SONDE_PATH_SYSFS path sysfs",
    "path.rootfs SONDE_PATH_ROOTFS path rootfs",
    "path.udev.data SONDE_PATH_UDEV_DATA path udev.data",
    "log.level SONDE_LOG_LEVEL log level",
    "log.format SONDE_LOG_FORMAT log format",
    "plugin SONDE_PLUGIN plugins",
    "collector.disable-defaults SONDE_COLLECTOR_DISABLE_DEFAULTS collectors disable-defaults",
  ]);
});

Deno.test("settings: a collector's flags are those that all have, and one per option of a plain type", () => {
  assert.deepEqual(flagsOf(sample.slice(0, 1)), [
    "collector.cpu",
    "collector.cpu.interval",
    "collector.cpu.timeout",
    "collector.cpu.freshness",
    "collector.cpu.max-age",
    "collector.cpu.info",
    "collector.cpu.info.flags-include",
    "collector.cpu.fields",
    "collector.cpu.limit",
    "collector.cpu.ratio",
    "collector.cpu.mode",
  ]);
  assert.deepEqual(flagsOf(sample.filter(({ name }) => name === "http")).slice(5), [
    "collector.http.target",
    "collector.http.token",
  ]);
});

Deno.test("settings: kind, choices, placeholder, description and default come from the schema", () => {
  assert.deepEqual(setting("collector.cpu.info"), {
    flag: "collector.cpu.info",
    environment: "SONDE_COLLECTOR_CPU_INFO",
    path: ["collectors", "cpu", "info"],
    kind: "boolean",
    description: "Report models.",
    default: false,
    collector: "cpu",
  });
  assert.deepEqual(setting("collector.cpu.mode"), {
    flag: "collector.cpu.mode",
    environment: "SONDE_COLLECTOR_CPU_MODE",
    path: ["collectors", "cpu", "mode"],
    kind: "text",
    choices: ["short", "long"],
    placeholder: "short|long",
    description: "",
    default: "short",
    collector: "cpu",
  });
  assert.deepEqual(setting("collector.cpu.info.flags-include").path, ["collectors", "cpu", "info.flags-include"]);
  const { kind, placeholder } = setting("collector.cpu.fields");
  assert.deepEqual([kind, placeholder], ["list", "text"]);
  assert.equal(setting("collector.cpu.limit").placeholder, "number");
  assert.equal(setting("collector.cpu.interval").placeholder, "duration");
  assert.equal(setting("collector.cpu.interval").default, "15s");
  assert.equal(setting("collector.usage.interval").default, undefined);
  assert.equal(setting("collector.cpu.freshness").default, "100ms");
  assert.equal(setting("collector.http.token").secret, true);
  assert.equal(setting("collector.cpu").description, "Enable the cpu collector: Seconds per mode.");
  assert.deepEqual([setting("collector.cpu").default, setting("collector.tcp").default], [true, false]);
  assert.deepEqual(setting("log.level").choices, ["debug", "info", "warn", "error"]);
});

Deno.test("settings: an alias has all flags of its collector, for the same keys", () => {
  const own = setting("collector.meminfo.timeout");
  assert.deepEqual(setting("collector.memory.timeout"), {
    ...own,
    flag: "collector.memory.timeout",
    environment: "SONDE_COLLECTOR_MEMORY_TIMEOUT",
    alias: true,
  });
  assert.equal("alias" in own, false);
});

Deno.test("settings: schemas of every shape make the flags that text can fill", () => {
  const kinds: Readonly<Record<string, readonly [Schema<unknown>, Setting["kind"] | undefined]>> = {
    transformed: [z.string().transform(Number), "text"],
    nullable: [z.number().nullable().default(null), "text"],
    literal: [z.literal("a").optional(), "text"],
    literals: [z.union([z.literal("a"), z.literal(5)]), "text"],
    either: [z.union([z.string(), z.boolean()]), "text"],
    numbers: [z.array(z.number()), "list"],
    choices: [z.array(z.enum(["a", "b"])), "list"],
    coerced: [z.coerce.number().default(1), "text"],
    preprocessed: [z.preprocess(Number, z.number()), "text"],
    nested: [z.strictObject({ a: z.string() }), undefined],
    tuple: [z.tuple([z.string()]), undefined],
    record: [z.record(z.string(), z.string()), undefined],
    lists: [z.array(z.array(z.string())), undefined],
    mixed: [z.union([z.string(), z.array(z.string())]), undefined],
    any: [z.unknown(), undefined],
    custom: [z.instanceof(Date), undefined],
  };
  const shape = Object.fromEntries(
    Object.entries(kinds).flatMap(([name, [schema]]) => schema instanceof z.ZodType ? [[name, schema]] : []),
  );
  const all = settings([collector("x", { options: z.object(shape) })]);
  for (const [name, [, kind]] of Object.entries(kinds)) {
    assert.equal(all.find(({ flag }) => flag === `collector.x.${name}`)?.kind, kind, name);
  }
});

Deno.test("settings: what cannot all be said in one configuration is refused by name", async () => {
  const option = (key: string) => ({ options: z.object({ [key]: z.string().optional() }) });
  const bad: readonly (readonly [AnyCollector[], string])[] = [
    [
      [collector("a", option("interval"))],
      'Cannot configure the collector "a": its option "interval" has the name of a setting that all have',
    ],
    [
      [collector("a", option("max-age"))],
      'Cannot configure the collector "a": its option "max-age" has the name of a setting that all have',
    ],
    [
      [collector("a", { topLevel: ["web"] })],
      'Cannot configure the collector "a": the top-level key "web" belongs to the engine',
    ],
    [[collector("a"), collector("a")], 'Cannot name a collector "a": it is the name of the collector "a"'],
    [
      [collector("a", { aliases: ["b"] }), collector("b")],
      'Cannot name a collector "b": it is the name of the collector "a"',
    ],
    [[collector("disable-defaults")], 'Cannot name a collector "disable-defaults": it is the name of a setting'],
    [[collector("a.b")], 'Cannot name a collector "a.b": expected letters, digits, "_" and "-"'],
    [
      [collector("a", { options: z.object({ "b.c": z.string(), "b-c": z.string() }) })],
      'Cannot name "--collector.a.b.c" and "--collector.a.b-c": the environment variable SONDE_COLLECTOR_A_B_C would be both',
    ],
    [
      [collector("a_b", option("c")), collector("a", option("b.c"))],
      'Cannot name "--collector.a_b.c" and "--collector.a.b.c": the environment variable SONDE_COLLECTOR_A_B_C would be both',
    ],
  ];
  for (const [collectors, message] of bad) {
    assert.throws(() => settings(collectors), { name: "TypeError", message });
    await assert.rejects(loadConfig({ collectors }), { name: "TypeError", message });
  }
});

Deno.test("settings: the built-in collectors share no flag and no environment variable", async () => {
  const { collectors } = await import("../../collectors/mod.ts");
  const all = settings(collectors);
  assert.equal(new Set(all.map(({ environment }) => environment)).size, all.length);
  for (const { flag, description } of all) assert.notEqual(description, "", flag);
  await loadConfig({ collectors });
});

Deno.test("settings: top-level keys are flags of their names, once where collectors share them, and so are a section's", async () => {
  const sharing = (name: string): AnyCollector =>
    defineCollector({
      name,
      help: "Shares.",
      metrics: {},
      topLevel: ["probe", "offset", "list"],
      options: z.strictObject({
        own: z.string().optional(),
        probe: z.strictObject({ allow: z.array(z.string()).default([]), debug: z.boolean().default(false) }).prefault(
          {},
        ),
        offset: z.number().default(0.5),
        list: z.array(z.strictObject({ a: z.string() })).default([]),
      }),
      read: () => null,
      samples: () => {},
    });
  const collectors = [sharing("a"), sharing("b")];
  const flags = settings(collectors).filter(({ path }) =>
    path[0] !== undefined && ["probe", "offset", "list"].includes(path[0])
  );
  assert.deepEqual(flags.map(({ flag, kind, environment }) => [flag, kind, environment]), [
    ["probe.allow", "list", "SONDE_PROBE_ALLOW"],
    ["probe.debug", "boolean", "SONDE_PROBE_DEBUG"],
    ["offset", "text", "SONDE_OFFSET"],
  ]);
  const given = new Map<string, string | string[]>([["offset", "2"], ["probe.allow", ["::1"]]]);
  const config = await loadConfig({ collectors, flags: given });
  const expected = { probe: { allow: ["::1"], debug: false }, offset: 2, list: [] };
  assert.deepEqual(collectors.map(({ name }) => config.collectors.get(name)?.options), [expected, expected]);
});

Deno.test("loadConfig: what an enabled collector cannot make ready is a fault where it was written", async () => {
  const asked: unknown[] = [];
  const collector = defineCollector({
    name: "cel",
    help: "Programs.",
    metrics: {},
    topLevel: ["programs"],
    options: z.strictObject({ programs: z.array(z.string()).default([]) }),
    prepare: ({ programs }) => {
      asked.push(programs);
      const issues = programs.flatMap((text, i) =>
        text.includes("bad") ? [{ code: "custom", path: ["programs", i], message: `Cannot compile "${text}": no` }] : []
      );
      return issues.length > 0 ? Promise.reject(Object.assign(new SyntaxError("no"), { issues })) : Promise.resolve();
    },
    read: () => null,
    samples: () => {},
  });
  const load = (text: string) => loadConfig({ collectors: [collector], file: { name: "x.yml", text } });
  await load("programs: [a, b]");
  assert.deepEqual(asked, [["a", "b"]]);
  await assert.rejects(load("programs:\n- a\n- bad 1\n- bad 2"), (error) => {
    assert.ok(error instanceof ConfigError);
    assert.deepEqual(error.faults.map(({ origin, path, message }) => [origin, path, message]), [
      ["x.yml:3:3", "programs[1]", 'Cannot compile "bad 1": no'],
      ["x.yml:4:3", "programs[2]", 'Cannot compile "bad 2": no'],
    ]);
    return true;
  });
  await loadConfig({
    collectors: [collector],
    file: { name: "x.yml", text: "programs: [bad]\ncollectors: {cel: false}" },
  });
});
