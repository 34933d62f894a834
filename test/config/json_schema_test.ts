import assert from "node:assert/strict";
import * as z from "zod";
import type { AnyCollector } from "../../src/collector.ts";
import { jsonSchema, loadConfig } from "../../src/config.ts";
import { sample } from "./sample.ts";
import { validates } from "./validates.ts";

function validator(collectors: readonly AnyCollector[]): (value: unknown) => boolean {
  const schema = jsonSchema(collectors);
  return (value) => validates(value, schema, schema);
}

function collector(name: string, options: z.ZodType, topLevel: readonly string[] = []): AnyCollector {
  return { name, help: "Figures.", metrics: {}, options, topLevel, read: () => null, samples: () => {} };
}

/** Every value of the key `keyword`, at any depth. */
function* valuesOf(value: unknown, keyword: string): Generator<unknown> {
  if (typeof value !== "object" || value === null) return;
  for (const [key, inner] of Object.entries(value)) {
    if (key === keyword) yield inner;
    yield* valuesOf(inner, keyword);
  }
}

/** Trees, and whether they are configurations; read back by `loadConfig` where they are. */
const TREES: readonly (readonly [ok: boolean, tree: Readonly<Record<string, unknown>>])[] = [
  [true, {}],
  [true, { collectors: { cpu: true, memory: false, "disable-defaults": true } }],
  [true, { collectors: { cpu: { interval: "1m30s", timeout: "5s", freshness: 0, "max-age": "2h", limit: 3 } } }],
  [true, { collectors: { cpu: { interval: "0", fields: ["a"], mode: "long", "info.flags-include": "x" } } }],
  [true, { collectors: { memory: { interval: "5s" }, http: { token_file: "/run/token" } } }],
  [true, { collectors: { cpu: { limit: "${env:LIMIT}", info: "${env:INFO}" } } }],
  [true, { collectors: { custom: { anything: [1, 2] }, tcp: { host: "a", other: 1 } } }],
  [true, { probes: [{ target: "http://a", labels: { a: "b" } }, { target_file: "/run/url" }] }],
  [true, { modules: { a: { prober: "http" } } }],
  [true, { web: { "listen-address": [":1"], "max-requests": 0 }, plugins: ["a.ts"], log: { level: "warn" } }],
  [false, { x: 1 }],
  [false, { collectors: { cpuu: true } }],
  [false, { collectors: { cpu: 5 } }],
  [false, { collectors: { cpu: { interval: 15 } } }],
  [false, { collectors: { cpu: { interval: "soon" } } }],
  [false, { collectors: { cpu: { timeout: 0 } } }],
  [false, { collectors: { cpu: { limit: 11 } } }],
  [false, { collectors: { cpu: { limit_file: "x" } } }],
  [false, { collectors: { cpu: { mode: "lnog" } } }],
  [false, { collectors: { meminfo: { x: 1 } } }],
  [false, { collectors: { http: { probes: [] } } }],
  [false, { probes: [{}] }],
  [false, { probes: [{ target: "http://a", lables: {} }] }],
  [false, { modules: { a: { prober: "htttp" } } }],
  [false, { web: { "listen-address": ":1" } }],
];

Deno.test("jsonSchema: takes what loadConfig takes, and refuses what it refuses", async () => {
  const isValid = validator(sample);
  const environment = { LIMIT: "4", INFO: "true" };
  const readFile = () => "http://a-secret";
  for (const [ok, tree] of TREES) {
    const text = JSON.stringify(tree);
    assert.equal(isValid(tree), ok, text);
    const loaded = loadConfig({ collectors: sample, file: { name: "sonde.yml", text }, environment, readFile });
    if (ok) await loaded;
    else await assert.rejects(loaded, text);
  }
});

Deno.test("jsonSchema: is of draft 2020-12 and closed, with descriptions, and no keyword of ours", () => {
  const schema = jsonSchema(sample);
  assert.equal(schema.$schema, "https://json-schema.org/draft/2020-12/schema");
  assert.equal(schema.additionalProperties, false);
  assert.deepEqual([...valuesOf(schema, "secret")], []);
  assert.deepEqual([...valuesOf(schema, "placeholder")], []);
  assert.ok([...valuesOf(schema, "description")].includes("Report models."));
  assert.deepEqual([...valuesOf(schema, "writeOnly")], [true, true]);
  assert.deepEqual(JSON.parse(JSON.stringify(schema)), schema, "nothing that JSON lacks");
});

Deno.test("jsonSchema: every reference leads somewhere, also of collectors that share names", () => {
  interface Tree {
    readonly name: string;
    readonly children?: readonly Tree[] | undefined;
  }
  const tree: z.ZodType<Tree> = z.lazy(() => z.strictObject({ name: z.string(), children: z.array(tree).optional() }))
    .meta({ id: "tree" });
  const number = z.strictObject({ n: z.number() }).meta({ id: "number" });
  const collectors = [
    collector("a", z.strictObject({ root: tree, shared: z.array(tree).optional() }), ["shared"]),
    collector("b", z.strictObject({ root: number.optional(), shared: z.array(tree).optional() }), ["shared"]),
  ];
  const schema = jsonSchema(collectors);
  const references = [...valuesOf(schema, "$ref")];
  assert.ok(references.includes("#/$defs/a.tree"), JSON.stringify(references));
  for (const reference of references) {
    let found: unknown = schema;
    for (const key of String(reference).replace("#/", "").split("/")) found = Reflect.get(Object(found), key);
    assert.equal(typeof found, "object", String(reference));
  }
  const isValid = validator(collectors);
  assert.ok(
    isValid({ collectors: { a: { root: { name: "x", children: [{ name: "y" }] } } }, shared: [{ name: "z" }] }),
  );
  assert.ok(!isValid({ collectors: { a: { root: { name: "x", children: [{ nam: "y" }] } } } }));
  assert.ok(!isValid({ shared: [{ nam: "z" }] }));
});
