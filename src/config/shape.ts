import * as z from "zod";
import type { Schema } from "../collector.ts";
import type { Dict, Located, Scalar } from "./located.ts";

/** The keywords of JSON Schema that zod writes and we read, and those of our own that options may carry as `meta`. */
export interface JsonSchema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly properties?: Readonly<Record<string, JsonSchema | boolean>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: JsonSchema | boolean;
  readonly items?: unknown;
  readonly anyOf?: readonly (JsonSchema | boolean)[];
  readonly oneOf?: readonly (JsonSchema | boolean)[];
  readonly allOf?: readonly (JsonSchema | boolean)[];
  readonly $defs?: Readonly<Record<string, JsonSchema | boolean>>;
  /** Its value is never shown. */
  readonly secret?: unknown;
  /**
   * The value is a name that everybody sees, unless this key is set beside it. A secret is refused there; for what has
   * nothing beside it, the path says where else it can be given a name.
   */
  readonly namedBy?: unknown;
  /** Stands for a value in help texts. */
  readonly placeholder?: unknown;
  readonly [keyword: string]: unknown;
}

const written = new WeakMap<object, JsonSchema | undefined>();

/** What `schema` takes, if it is zod's and can be written as JSON Schema. */
export function jsonSchemaOf(schema: Schema<unknown>): JsonSchema | undefined {
  if (!written.has(schema)) written.set(schema, write(schema));
  return written.get(schema);
}

function write(schema: Schema<unknown>): JsonSchema | undefined {
  if (!(schema instanceof z.ZodType)) return undefined;
  try {
    return z.toJSONSchema(schema, { io: "input", unrepresentable: "any" });
  } catch {
    return undefined; // no flags are made of it; it still validates
  }
}

const NO_PROPERTIES: NonNullable<JsonSchema["properties"]> = {};

/** The properties of an object schema; none of any other. */
export function propertiesOf(schema: JsonSchema | undefined): NonNullable<JsonSchema["properties"]> {
  return schema?.properties ?? NO_PROPERTIES;
}

/** An own property: a key `constructor` or `__proto__` is not one. */
export function property(schema: JsonSchema | undefined, key: string): JsonSchema | boolean | undefined {
  const properties = propertiesOf(schema);
  return Object.hasOwn(properties, key) ? properties[key] : undefined;
}

/** `schema` itself, references followed within `root`; `undefined` where it says nothing. */
export function resolve(schema: unknown, root: JsonSchema): JsonSchema | undefined {
  let resolved = asSchema(schema);
  for (let hops = 0; resolved?.$ref !== undefined && hops < 32; hops++) {
    const name = resolved.$ref.replace(/^#\/\$defs\//, "");
    resolved = resolved.$ref === "#" ? root : asSchema(root.$defs?.[name]);
  }
  return resolved;
}

function isSchema(schema: unknown): schema is JsonSchema {
  return typeof schema === "object" && schema !== null;
}

function asSchema(schema: unknown): JsonSchema | undefined {
  return isSchema(schema) ? schema : undefined;
}

/** The alternatives of a union; none of any other schema. */
export function branches(schema: JsonSchema): readonly (JsonSchema | boolean)[] {
  return schema.anyOf ?? schema.oneOf ?? [];
}

function typeOfValue(value: unknown): string {
  return value === null ? "null" : Array.isArray(value) ? "array" : typeof value;
}

/** The JSON types that a schema takes; empty where it does not say. */
export function typesOf(schema: unknown, root: JsonSchema, depth = 0): Set<string> {
  const resolved = resolve(schema, root);
  if (!resolved || depth > 8) return new Set();
  if (resolved.type !== undefined) return new Set([resolved.type].flat());
  if ("const" in resolved) return new Set([typeOfValue(resolved.const)]);
  if (resolved.enum) return new Set(resolved.enum.map(typeOfValue));
  return new Set(branches(resolved).flatMap((branch) => [...typesOf(branch, root, depth + 1)]));
}

/** Whether a schema takes text as such, not only among other types. */
export function isText(schema: unknown, root: JsonSchema): boolean {
  return [resolve(schema, root)?.type].flat().includes("string");
}

/** The values that a schema allows, if they are few and named. */
export function choicesOf(schema: unknown, root: JsonSchema): readonly string[] | undefined {
  const resolved = resolve(schema, root);
  if (!resolved) return undefined;
  if ("const" in resolved) return [String(resolved.const)];
  if (resolved.enum) return resolved.enum.filter((value) => value !== null).map(String);
  const each = branches(resolved).map((branch) => choicesOf(branch, root));
  return each.length > 0 && each.every((choices) => choices !== undefined) ? each.flat() : undefined;
}

/** What kind of flag a schema makes; `undefined` for what is no flag, as maps. */
export function kindOf(schema: unknown, root: JsonSchema): "boolean" | "text" | "list" | undefined {
  const types = typesOf(schema, root);
  types.delete("null");
  if (types.size === 0) return undefined;
  const isText = [...types].every((type) => ["string", "number", "integer", "boolean"].includes(type));
  if (isText) return types.size === 1 && types.has("boolean") ? "boolean" : "text";
  const items = resolve(schema, root)?.items;
  return types.size === 1 && types.has("array") && kindOf(items, root) === "text" ? "list" : undefined;
}

/**
 * A value that came as text, as the type that its schema asks for, a choice in whichever case; as it is where it is none
 * such.
 */
export function typed(scalar: Scalar, schema: unknown, root: JsonSchema): Scalar {
  const { value } = scalar;
  const types = typesOf(schema, root);
  if (!scalar.text || typeof value !== "string") return scalar;
  if (types.has("string")) {
    const choice = choicesOf(schema, root)?.find((each) => each.toLowerCase() === value.toLowerCase());
    return choice === undefined ? scalar : { ...scalar, value: choice };
  }
  if ((types.has("number") || types.has("integer")) && /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(value)) {
    return { ...scalar, value: Number(value) };
  }
  if (types.has("boolean") && /^(?:true|false|0|1)$/.test(value)) {
    return { ...scalar, value: value === "true" || value === "1" };
  }
  return scalar;
}

function takes(schema: unknown, root: JsonSchema, node: Located): boolean {
  const types = typesOf(schema, root);
  if (node.kind === "map") return types.has("object");
  return node.kind === "list" ? types.has("array") : !types.has("object") && !types.has("array");
}

/** Whether a map's constant property, as `type: dns`, is the one of `schema`. */
function isDiscriminated(schema: unknown, root: JsonSchema, node: Dict): boolean {
  return Object.entries(propertiesOf(resolve(schema, root))).some(([key, property]) => {
    const value = node.entries.get(key)?.value;
    return value?.kind === "scalar" && asSchema(property)?.const === value.value && value.value !== undefined;
  });
}

/** The one schema that `node` must satisfy, or `undefined` where several may be meant. */
export function chosen(schema: unknown, root: JsonSchema, node: Located, depth = 0): JsonSchema | undefined {
  const resolved = resolve(schema, root);
  if (!resolved || branches(resolved).length === 0 || depth > 8) return resolved;
  const fitting = branches(resolved).filter((branch) => takes(branch, root, node));
  if (fitting.length === 1) return chosen(fitting[0], root, node, depth + 1);
  if (node.kind === "scalar") return resolved;
  const named = node.kind === "map" ? fitting.filter((branch) => isDiscriminated(branch, root, node)) : [];
  return named.length === 1 ? chosen(named[0], root, node, depth + 1) : undefined;
}
