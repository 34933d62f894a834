import type { AnyCollector } from "../collector.ts";
import { sectionSchema } from "./collectors.ts";
import { COLLECTOR_KEYS, collectorSchema, DISABLE_DEFAULTS, disableDefaultsSchema, engineSchema } from "./engine.ts";
import { settings } from "./settings.ts";
import { isText, type JsonSchema, jsonSchemaOf, propertiesOf, property, typesOf } from "./shape.ts";

type AnySchema = JsonSchema | boolean;

/** Where a reference of a schema leads once that is part of another. */
type Rename = (reference: string) => string;

/** Keywords that are ours alone, or stand only at the root. */
const UNPUBLISHED = new Set(["secret", "namedBy", "placeholder", "$schema", "$defs"]);
/** Keywords that say something of a value, but do not constrain it. */
const ANNOTATIONS = new Set(["description", "default", "deprecated", "writeOnly"]);
const SCALARS = ["string", "number", "integer", "boolean"];
const INTERPOLATED: JsonSchema = { type: "string", pattern: "\\$\\{env:[^{}]*\\}" };

function isSchema(value: unknown): value is AnySchema {
  return typeof value === "boolean" || (typeof value === "object" && value !== null && !Array.isArray(value));
}

function only(schema: Record<string, unknown>, wanted: (keyword: string) => boolean): Record<string, unknown> {
  return Object.fromEntries(Object.entries(schema).filter(([keyword]) => wanted(keyword)));
}

/** `schema` as a file may be written: with `${env:NAME}` in place of a value, and `<key>_file` in place of a text. */
function published(schema: AnySchema, root: JsonSchema, rename: Rename): AnySchema {
  if (typeof schema === "boolean") return schema;
  const types = [...typesOf(schema, root)];
  const isScalar = types.length > 0 && types.every((type) => SCALARS.includes(type)) && schema.$ref === undefined;
  const inner = (part: AnySchema) => published(part, root, rename);
  const own = bare(schema, rename);
  // Of a scalar union the whole is published, not each alternative.
  const alternative = isScalar ? (part: AnySchema) => typeof part === "boolean" ? part : bare(part, rename) : inner;
  for (const keyword of ["anyOf", "oneOf", "allOf"]) {
    const parts = schema[keyword];
    if (Array.isArray(parts)) own[keyword] = parts.filter(isSchema).map(alternative);
  }
  for (const keyword of ["items", "additionalProperties"]) {
    const part = schema[keyword];
    if (isSchema(part)) own[keyword] = inner(part);
  }
  if (schema.properties) publishProperties(own, schema, root, inner);
  return isScalar ? interpolatable(own) : own;
}

/** A copy without the schemas in it being changed. */
function bare(schema: JsonSchema, rename: Rename): Record<string, unknown> {
  const own = only(schema, (keyword) => !UNPUBLISHED.has(keyword));
  if (schema.$ref !== undefined) own.$ref = rename(schema.$ref);
  if (schema.secret === true) own.writeOnly = true;
  if (schema.maximum === Number.MAX_SAFE_INTEGER) delete own.maximum;
  if (schema.minimum === Number.MIN_SAFE_INTEGER) delete own.minimum;
  return own;
}

/** Lets a scalar that is not any text be `${env:NAME}` too. */
function interpolatable(schema: Record<string, unknown>): JsonSchema {
  const form = only(schema, (keyword) => !ANNOTATIONS.has(keyword));
  const isAnyText = form.type === "string" && Object.keys(form).length === 1;
  if (isAnyText) return schema;
  const alternatives = Object.keys(form).length === 1 && Array.isArray(form.anyOf) ? form.anyOf : [form];
  return { ...only(schema, (keyword) => ANNOTATIONS.has(keyword)), anyOf: [...alternatives, INTERPOLATED] };
}

function publishProperties(
  own: Record<string, unknown>,
  schema: JsonSchema,
  root: JsonSchema,
  inner: (part: AnySchema) => AnySchema,
): void {
  const all = Object.entries(propertiesOf(schema));
  const files = new Set(
    all.filter(([key, part]) => isText(part, root) && property(schema, `${key}_file`) === undefined)
      .map(([key]) => key),
  );
  own.properties = Object.fromEntries(all.flatMap(([key, part]) => {
    const file = { type: "string", description: `File that holds the value of ${key}.` };
    return files.has(key) ? [[key, inner(part)], [`${key}_file`, file]] : [[key, inner(part)]];
  }));
  const required = schema.required ?? [];
  const either = required.filter((key) => files.has(key));
  if (either.length === 0) return;
  own.required = required.filter((key) => !files.has(key));
  if (either.length === required.length) delete own.required;
  const alternatives = either.map((key) => ({ anyOf: [{ required: [key] }, { required: [`${key}_file`] }] }));
  own.allOf = [...Array.isArray(own.allOf) ? own.allOf : [], ...alternatives];
}

/** Renames references so that each collector's definitions stand beside the others'. */
function renamed(name: string): Rename {
  return (reference) =>
    `#/$defs/${name}${reference.replace(/^#(?:\/\$defs\/)?(?=(.?))/, (_, more) => more ? "." : "")}`;
}

/** What a collector's schema refers to, by the names that its references then have. */
function definitionsOf(root: JsonSchema, rename: Rename): [string, AnySchema][] {
  const parts = Object.entries(root.$defs ?? {}).map(([key, part]): [string, AnySchema] => [`#/$defs/${key}`, part]);
  if (JSON.stringify(root).includes('"$ref":"#"')) parts.push(["#", root]);
  return parts.map(([reference, part]) => [rename(reference).slice("#/$defs/".length), published(part, root, rename)]);
}

/** The same top-level key as several collectors take it: it must be right for all. */
function together(parts: readonly AnySchema[]): AnySchema {
  const distinct = [...new Map(parts.map((part) => [JSON.stringify(part), part])).values()];
  const [first = true] = distinct;
  return distinct.length > 1 ? { allOf: distinct } : first;
}

/** What each collector adds to the schema of the file. */
interface Parts {
  readonly sections: Record<string, AnySchema>;
  readonly topLevel: Map<string, AnySchema[]>;
  readonly definitions: [string, AnySchema][];
}

/** A collector's part with references for the keys that all have. */
function withShared(section: AnySchema): AnySchema {
  if (typeof section === "boolean") return section;
  const own = COLLECTOR_KEYS.map((key) => [key, { $ref: `#/$defs/*.${key}` }]);
  return { ...section, properties: { ...section.properties, ...Object.fromEntries(own) } };
}

function collectorParts(collectors: readonly AnyCollector[]): Parts {
  const parts: Parts = { sections: {}, topLevel: new Map(), definitions: [] };
  for (const collector of collectors) {
    const { name, help, aliases = [], options } = collector;
    const root = (options && jsonSchemaOf(options)) ?? {};
    const rename = renamed(name);
    const { properties, additionalProperties } = sectionSchema(collector);
    const section = published({ type: "object", description: help, properties, additionalProperties }, root, rename);
    const either = { anyOf: [{ type: "boolean" }, withShared(section)] };
    for (const each of [name, ...aliases]) parts.sections[each] = either;
    for (const key of collector.topLevel ?? []) {
      const part = published(property(root, key) ?? true, root, rename);
      parts.topLevel.set(key, [...parts.topLevel.get(key) ?? [], part]);
    }
    parts.definitions.push(...definitionsOf(root, rename));
  }
  return parts;
}

/**
 * The JSON Schema (draft 2020-12) of the configuration file: for editors, which then complete and check it.
 *
 * @throws {TypeError} if the collectors cannot be configured together, as {@linkcode settings}
 */
export function jsonSchema(collectors: readonly AnyCollector[]): Record<string, unknown> {
  settings(collectors);
  const { sections, topLevel, definitions } = collectorParts(collectors);
  const engine = jsonSchemaOf(engineSchema) ?? {};
  const own = published({ properties: engine.properties }, engine, (reference) => reference);
  const shared = Object.entries(propertiesOf(jsonSchemaOf(collectorSchema)))
    .map(([key, part]): [string, AnySchema] => [`*.${key}`, published(part, {}, (reference) => reference)]);
  const disableDefaults = published(jsonSchemaOf(disableDefaultsSchema) ?? {}, {}, (reference) => reference);
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "Sonde",
    description: "Configuration file of Sonde, a Prometheus exporter.",
    type: "object",
    properties: {
      ...propertiesOf(typeof own === "boolean" ? undefined : own),
      collectors: {
        type: "object",
        description: "Collectors by name: true, false, or their options.",
        properties: { [DISABLE_DEFAULTS]: disableDefaults, ...sections },
        additionalProperties: false,
      },
      ...Object.fromEntries([...topLevel].map(([key, parts]) => [key, together(parts)])),
    },
    additionalProperties: false,
    $defs: Object.fromEntries([...shared, ...definitions]),
  };
}
