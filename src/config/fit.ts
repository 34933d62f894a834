import { failureMessage } from "../failure.ts";
import { suggestion } from "../nearest.ts";
import {
  type Dict,
  dict,
  type Entry,
  type Located,
  mapScalars,
  type Place,
  type Report,
  type Scalar,
  scalars,
} from "./located.ts";
import { shown } from "./redact.ts";
import { branches, chosen, isText, type JsonSchema, propertiesOf, property, resolve, typed } from "./shape.ts";

/** What fitting a tree to a schema needs. */
export interface Fitting {
  /** Where references of the schema lead. */
  readonly root: JsonSchema;
  readonly report: Report;
  /** Text of a file named by `<key>_file`, where that key stands. */
  readonly readFile: (path: string, place: Place) => string;
}

/** Keys listed where none is near. */
const MOST_KEYS_LISTED = 12;

/** The message about a key that nobody knows. */
export function unknownKey(key: string, known: Iterable<string>): string {
  const keys = [...known];
  const near = suggestion(key, keys);
  const list = near === "" && keys.length > 0 && keys.length <= MOST_KEYS_LISTED;
  return `unknown key ${JSON.stringify(key)}${list ? `, expected one of ${keys.join(", ")}` : near}`;
}

/** The scalars that any schema which may be meant calls secret. */
function secretScalars(tree: Located, schema: unknown, root: JsonSchema): ReadonlySet<Scalar> {
  const secrets = new Set<Scalar>();
  const seen = new Map<Located, Set<JsonSchema>>();
  const visit = (node: Located, schema: unknown): void => {
    const resolved = resolve(schema, root);
    const before = seen.get(node) ?? new Set();
    if (!resolved || before.has(resolved)) return;
    seen.set(node, before.add(resolved));
    if (resolved.secret === true) { for (const scalar of scalars(node)) secrets.add(scalar); }
    for (const alternative of [...branches(resolved), ...resolved.allOf ?? []]) visit(node, alternative);
    if (node.kind === "list") { for (const item of node.items) visit(item, resolved.items); }
    if (node.kind === "map") {
      for (const [key, { value }] of node.entries) {
        visit(value, property(resolved, key) ?? resolved.additionalProperties);
      }
    }
  };
  visit(tree, schema);
  return secrets;
}

/**
 * The tree as its schema takes it: text became numbers and switches, `<key>_file` the text of that file, secrets are
 * marked, and unknown keys are reported and left out. What is of the wrong type is left for the schema to refuse.
 */
export function fit(node: Located, schema: unknown, fitting: Fitting): Located {
  const secrets = secretScalars(node, schema, fitting.root);
  const marked = secrets.size === 0
    ? node
    : mapScalars(node, (scalar) => secrets.has(scalar) ? { ...scalar, secret: true } : scalar);
  return fitted(marked, schema, fitting);
}

function fitted(node: Located, schema: unknown, fitting: Fitting): Located {
  if (node.kind === "scalar") return typed(node, schema, fitting.root);
  const one = chosen(schema, fitting.root, node);
  if (!one) return node;
  if (node.kind === "map") return fitMap(node, one, fitting);
  return { ...node, items: node.items.map((item) => fitted(item, one.items, fitting)) };
}

function fitMap(node: Dict, schema: JsonSchema, fitting: Fitting): Dict {
  const others = schema.additionalProperties;
  const open = schema.properties === undefined || (others !== undefined && others !== false);
  const entries = new Map<string, Entry>();
  for (const [key, entry] of node.entries) {
    const declared = property(schema, key);
    const target = fileKey(key, schema, fitting.root);
    if (declared !== undefined || (open && target === undefined)) {
      const value = fitted(entry.value, declared ?? others, fitting);
      entries.set(key, { ...entry, value: withoutSecretNames(value, declared, { key, map: node, fitting }) });
    } else if (target === undefined) {
      fitting.report(entry.key, unknownKey(key, Object.keys(propertiesOf(schema))));
    } else if (node.entries.has(target)) {
      fitting.report(entry.key, `${JSON.stringify(target)} is set as well, expected one of the two`);
    } else {
      const place = { ...entry.value.place, path: entry.key.path.slice(0, -"_file".length) };
      const declared = property(schema, target);
      const value = fitted(fromFile(entry.value, place, fitting), declared, fitting);
      entries.set(target, {
        key: entry.key,
        value: withoutSecretNames(value, declared, { key: target, map: node, fitting }),
      });
    }
  }
  return dict(node.place, entries);
}

/** Reports secrets that would be names which everybody sees; what else is wrong with them, or follows, is not said. */
function withoutSecretNames(
  value: Located,
  schema: unknown,
  at: { readonly key: string; readonly map: Dict; readonly fitting: Fitting },
): Located {
  const resolved = resolve(schema, at.fitting.root);
  if (value.kind === "list") {
    return { ...value, items: value.items.map((item) => withoutSecretNames(item, resolved?.items, at)) };
  }
  const name = resolved?.namedBy;
  if (value.kind !== "scalar" || !value.secret || value.broken || typeof name !== "string") return value;
  if ([name, `${name}_file`].some((key) => at.map.entries.has(key))) return value;
  at.fitting.report(value.place, `a ${at.key} with a secret needs a name, expected one in ${JSON.stringify(name)}`);
  return { ...value, broken: true };
}

/** The key that `key` names a file for: `password` of `password_file`. */
function fileKey(key: string, schema: JsonSchema, root: JsonSchema): string | undefined {
  if (!key.endsWith("_file")) return undefined;
  const target = key.slice(0, -"_file".length);
  return isText(property(schema, target), root) ? target : undefined;
}

function fromFile(node: Located, place: Place, fitting: Fitting): Scalar {
  const secret: Scalar = { kind: "scalar", place, value: "", text: true, secret: true };
  if (node.kind !== "scalar" || typeof node.value !== "string" || node.value === "") {
    if (node.kind !== "scalar" || !node.broken) {
      fitting.report(node.place, `expected the path of a file, found ${shown(node)}`);
    }
    return { ...secret, broken: true };
  }
  if (node.broken) return { ...secret, broken: true };
  try {
    return { ...secret, value: fitting.readFile(node.value, node.place).replace(/\r?\n$/, "") };
  } catch (error) {
    // A path that came from the environment is a secret too, and the reason may repeat it.
    const reason = node.secret ? "it is not readable" : failureMessage(error);
    fitting.report(node.place, `Cannot read ${shown(node)}: ${reason}`);
    return { ...secret, broken: true };
  }
}
