import assert from "node:assert/strict";
import fc from "fast-check";
import { stringify } from "yaml";
import { type Config, type ConfigSources, loadConfig, settings } from "../../src/config.ts";
import { formatDuration } from "../../src/duration.ts";
import { textLike } from "../arbitrary_text.ts";
import { faultsOf, sample } from "./sample.ts";

type Sources = Omit<ConfigSources, "collectors">;
const load = (sources: Sources): Promise<Config> => loadConfig({ collectors: sample, ...sources });
const file = (text: string): Sources => ({ file: { name: "sonde.yml", text } });

/** Text that a YAML file can hold, and is no reference to the environment. */
const word = fc.string({ unit: fc.constantFrom(..."abz09 _-.:#'\"\\[]{}&*!|>%@`,?~\n\té→😀") });
const name = fc.oneof(word, fc.constantFrom("__proto__", "constructor", "<", "null", "true", "0", "")).filter((key) =>
  key !== "<<"
);
const duration = fc.integer({ min: 1, max: 1e10 }).map((ms) => formatDuration(ms / 1000));
const scheduled = { enabled: fc.boolean(), interval: duration, timeout: duration, "max-age": duration };
const own = { ...scheduled, freshness: fc.oneof(duration, fc.constant(0)) };
const json = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    word,
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((x) => x + 0 || 0),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(name, tie("value"), { maxKeys: 3 }),
  ),
})).value;
const some = <T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }) => fc.record(model, { requiredKeys: [] });

/** Any configuration that has no faults. */
const tree = some({
  collectors: some({
    "disable-defaults": fc.boolean(),
    cpu: some({
      ...own,
      info: fc.boolean(),
      "info.flags-include": word,
      fields: fc.array(word),
      limit: fc.integer({ min: 1, max: 10 }),
      ratio: fc.double({ noNaN: true, noDefaultInfinity: true }).map((x) => x + 0 || 0),
      mode: fc.constantFrom("short", "long"),
      weights: fc.dictionary(name.filter((key) => key !== "__proto__"), fc.integer()),
    }),
    memory: fc.oneof(fc.boolean(), some(own)),
    usage: some(scheduled),
    http: some({ target: fc.array(word) }),
    custom: some({ a: json.filter((value) => !JSON.stringify(value).includes("wrong")) }),
  }),
  probes: fc.array(
    fc.record({
      target: fc.webUrl(),
      labels: fc.dictionary(fc.stringMatching(/^[a-z]{1,5}$/), word, { maxKeys: 2 }),
    }, { requiredKeys: ["target"] }),
    { maxLength: 4 },
  ),
  modules: fc.dictionary(
    name.filter((key) => key !== "__proto__"),
    fc.record({ prober: fc.constantFrom("http", "tcp") }),
    {
      maxKeys: 3,
    },
  ),
  web: some({ "max-requests": fc.nat(), openmetrics: fc.boolean(), "telemetry-path": fc.constantFrom("/m", "/a/b") }),
  log: some({ level: fc.constantFrom("debug", "error") }),
  plugins: fc.array(word.filter((path) => path !== "")),
});

/** A configuration as somebody might write it. */
const style = fc.record({
  /** Levels written in lines; what is deeper stands in braces and brackets. */
  levels: fc.nat(5),
  indent: fc.integer({ min: 1, max: 5 }),
  single: fc.boolean(),
  between: fc.constantFrom("\n", "\r\n", "\n\n", " # a: comment\n", '\n# "\n\t\n'),
});
type Style = typeof style extends fc.Arbitrary<infer T> ? T : never;

const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function scalar(value: unknown, { single }: Style): string {
  if (typeof value !== "string") return String(value);
  return single && !/[\n\t]/.test(value) ? `'${value.replaceAll("'", "''")}'` : JSON.stringify(value);
}

function inline(value: unknown, style: Style): string {
  if (Array.isArray(value)) return `[${value.map((item) => inline(item, style)).join(", ")}]`;
  if (!isMap(value)) return scalar(value, style);
  return `{${
    Object.entries(value).map(([key, inner]) => `${scalar(key, style)}: ${inline(inner, style)}`).join(", ")
  }}`;
}

/** YAML, not by the library that reads it. */
function yamlOf(value: unknown, style: Style, level = 0): string {
  const pad = " ".repeat(level * style.indent);
  const inner = (item: unknown): string => {
    const isLong = (isMap(item) || Array.isArray(item)) && Object.keys(item).length > 0 && level < style.levels;
    return isLong ? style.between + yamlOf(item, style, level + 1) : ` ${inline(item, style)}${style.between}`;
  };
  if (Array.isArray(value)) return value.map((item) => `${pad}-${inner(item)}`).join("");
  if (!isMap(value)) return inline(value, style);
  const key = (name: string) =>
    /^[a-z]+$/.test(name) && name !== "null" && name !== "true" ? name : scalar(name, style);
  return Object.entries(value).map(([name, item]) => `${pad}${key(name)}:${inner(item)}`).join("");
}

const withoutOrigins = ({ values, ...config }: Config) => ({
  ...config,
  values: values.map(({ path, value }) => ({ path, value })),
});

Deno.test("loadConfig: any configuration written as YAML is read back equal", async () => {
  await fc.assert(fc.asyncProperty(tree, style, async (tree, style) => {
    const text = yamlOf(tree, style);
    assert.deepEqual(withoutOrigins(await load(file(text))), withoutOrigins(await load({ tree })));
  }));
});

const KEYS = "collectors cpu memory interval fields probes target modules web listen-address log level plugins <<"
  .split(" ");
const VALUES = [
  "",
  "1",
  "15s",
  "true",
  "~",
  "a",
  "[a]",
  "{}",
  "&a",
  "*a",
  "!t",
  "!!str x",
  "'",
  '"',
  "|",
  "- ",
  "? ",
  "${env:X}",
];
/** Lines of almost YAML. */
const almost = fc.array(
  fc.tuple(fc.nat(4), fc.constantFrom(...KEYS), fc.constantFrom(...VALUES), fc.constantFrom(": ", ":\n  ", " ", "\t")),
).map((lines) => lines.map(([depth, key, value, colon]) => `${" ".repeat(depth)}${key}${colon}${value}`).join("\n"));

const VALID = stringify({
  collectors: { cpu: { interval: "5s", fields: ["a", "b"] }, memory: false },
  probes: [{ target: "http://a", labels: { a: "b" } }],
  web: { "listen-address": [":1"] },
});

Deno.test("loadConfig: arbitrary text is a configuration, or refused by ConfigError with places", async () => {
  await fc.assert(
    fc.asyncProperty(fc.oneof(almost, textLike(VALID), json.map((value) => stringify(value))), async (text) => {
      for (const fault of await faultsOf({ ...file(text), environment: {}, readFile: () => "x" })) {
        assert.match(fault.origin, /^sonde\.yml(:\d+:\d+)?$/);
        assert.doesNotMatch(fault.message, /\p{Cc}|undefined/u);
      }
    }),
    { numRuns: 500 },
  );
});

Deno.test("loadConfig: arbitrary objects, flags and environments are refused by ConfigError alone", async () => {
  const all = settings(sample);
  const flag = fc.constantFrom(...all.map(({ flag }) => flag), "nonsense");
  const variable = fc.constantFrom(...all.map(({ environment }) => environment), "SONDE_NONSENSE");
  await fc.assert(fc.asyncProperty(
    fc.oneof(json, fc.anything()),
    fc.array(fc.tuple(flag, fc.oneof(fc.boolean(), fc.string(), fc.array(fc.string())))),
    fc.dictionary(variable, fc.string()),
    async (tree, flags, environment) => {
      const faults = await faultsOf({ tree, flags: new Map(flags), environment });
      for (const { message } of faults) assert.notEqual(message, "");
    },
  ));
});

const limits = fc.option(fc.integer({ min: 1, max: 10 }), { nil: undefined });
const fields = fc.option(fc.array(fc.stringMatching(/^[a-z]{1,4}$/), { minLength: 1 }), { nil: undefined });
const switches = fc.option(fc.boolean(), { nil: undefined });
/** What one source says, if it says anything. */
const said = fc.record({ limit: limits, fields, enabled: switches, interval: fc.option(duration, { nil: undefined }) });
type Said = typeof said extends fc.Arbitrary<infer T> ? T : never;

const asTree = (cpu: Said) => ({ collectors: { cpu } });
function asEnvironment({ limit, fields, enabled, interval }: Said): Record<string, string | undefined> {
  return {
    SONDE_COLLECTOR_CPU: enabled?.toString(),
    SONDE_COLLECTOR_CPU_LIMIT: limit?.toString(),
    SONDE_COLLECTOR_CPU_FIELDS: fields?.join(" "),
    SONDE_COLLECTOR_CPU_INTERVAL: interval,
  };
}
function asFlags({ limit, fields, enabled, interval }: Said): Map<string, boolean | string | readonly string[]> {
  const flags = new Map<string, boolean | string | readonly string[]>();
  if (enabled !== undefined) flags.set("collector.cpu", enabled);
  if (limit !== undefined) flags.set("collector.cpu.limit", String(limit));
  if (fields !== undefined) flags.set("collector.cpu.fields", fields);
  if (interval !== undefined) flags.set("collector.cpu.interval", interval);
  return flags;
}

Deno.test("loadConfig: of any sources the strongest that says something holds, key by key", async () => {
  await fc.assert(fc.asyncProperty(said, said, said, said, async (object, yaml, environment, flags) => {
    const config = await load({
      tree: asTree(object),
      ...file(stringify(asTree(yaml))),
      environment: asEnvironment(environment),
      flags: asFlags(flags),
    });
    const order = [
      { said: flags, origin: /^flag / },
      { said: environment, origin: /^environment / },
      { said: yaml, origin: /^sonde\.yml:\d+$/ },
      { said: object, origin: /^configuration$/ },
    ];
    const defaults: Said = { limit: 3, fields: [], enabled: true, interval: "15s" };
    const keys: readonly (keyof Said)[] = ["limit", "fields", "enabled", "interval"];
    for (const key of keys) {
      const winner = order.find(({ said }) => said[key] !== undefined) ?? { said: defaults, origin: /^default$/ };
      const shown = config.values.find(({ path }) => path === `collectors.cpu.${key}`);
      assert.deepEqual(shown?.value, winner.said[key], key);
      assert.match(shown?.origin ?? "", winner.origin);
    }
    const cpu = config.collectors.get("cpu");
    const options = Object(cpu?.options);
    assert.deepEqual(options.limit, order.find(({ said }) => said.limit !== undefined)?.said.limit ?? 3);
    assert.deepEqual(cpu?.enabled, order.find(({ said }) => said.enabled !== undefined)?.said.enabled ?? true);
  }));
});

/** The maps of a tree whose keys are known: not names, and not what a schema of its own may take. */
function knownMaps(value: unknown, path: readonly string[] = []): Record<string, unknown>[] {
  if (Array.isArray(value)) return value.flatMap((item) => knownMaps(item, path));
  if (!isMap(value) || path.includes("custom")) return [];
  const own = ["weights", "modules", "labels", "collectors"].includes(path.at(-1) ?? "") ? [] : [value];
  return [...own, ...Object.entries(value).flatMap(([key, inner]) => knownMaps(inner, [...path, key]))];
}

Deno.test("loadConfig: a key that nobody knows is found wherever it is, by line and column", async () => {
  await fc.assert(fc.asyncProperty(tree, style, fc.nat(), async (tree, style, where) => {
    const changed = structuredClone(tree);
    const maps = knownMaps(changed);
    Object.assign(maps[where % maps.length] ?? {}, { zzzzzz: 1 });
    const text = yamlOf(changed, style);
    const faults = await faultsOf(file(text));
    assert.equal(faults.length, 1, JSON.stringify(faults));
    const [, line, column] = /^sonde\.yml:(\d+):(\d+)$/.exec(faults[0]?.origin ?? "") ?? [];
    assert.match(text.split("\n")[Number(line) - 1]?.slice(Number(column) - 1) ?? "", /^["']?zzzzzz/);
    assert.match(faults[0]?.path ?? "", /(^|\.)zzzzzz$/);
  }));
});
