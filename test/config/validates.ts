type Schema = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The schemas in a list of alternatives. */
const list = (value: unknown): readonly unknown[] => Array.isArray(value) ? value : [];

function hasType(value: unknown, type: unknown): boolean {
  switch (type) {
    case "integer":
      return Number.isInteger(value);
    case "array":
      return Array.isArray(value);
    case "object":
      return isObject(value);
    case "null":
      return value === null;
    case "string":
      return typeof value === "string";
    case "number":
      return typeof value === "number";
    case "boolean":
      return typeof value === "boolean";
    default:
      throw new TypeError(`Cannot validate by the type ${String(type)}`);
  }
}

function scalarIsRight(value: unknown, schema: Schema): boolean {
  if (schema.type !== undefined && ![schema.type].flat().some((type) => hasType(value, type))) return false;
  if ("const" in schema && schema.const !== value) return false;
  if (schema.enum !== undefined && !list(schema.enum).includes(value)) return false;
  if (typeof value === "number") {
    return value >= Number(schema.minimum ?? -Infinity) && value <= Number(schema.maximum ?? Infinity);
  }
  if (typeof value !== "string") return true;
  return value.length >= Number(schema.minLength ?? 0) && new RegExp(String(schema.pattern ?? ""), "u").test(value);
}

/** Whether JSON Schema accepts a value; knows the keywords that our schemas use, and no others. */
export function validates(value: unknown, schema: unknown, root: unknown): boolean {
  if (typeof schema === "boolean") return schema;
  if (!isObject(schema)) throw new TypeError(`Cannot validate by ${JSON.stringify(schema)}`);
  if (typeof schema.$ref === "string") {
    let target = root;
    for (const key of schema.$ref.replace("#/", "").split("/")) target = Reflect.get(Object(target), key);
    return validates(value, target, root);
  }
  const against = (part: unknown) => validates(value, part, root);
  if (!scalarIsRight(value, schema)) return false;
  if (schema.anyOf !== undefined && !list(schema.anyOf).some(against)) return false;
  if (schema.oneOf !== undefined && list(schema.oneOf).filter(against).length !== 1) return false;
  if (!list(schema.allOf).every(against)) return false;
  if (Array.isArray(value)) {
    return value.length >= Number(schema.minItems ?? 0) &&
      (schema.items === undefined || value.every((item) => validates(item, schema.items, root)));
  }
  if (!isObject(value)) return true;
  const properties = isObject(schema.properties) ? schema.properties : {};
  if (!list(schema.required).every((key) => Object.hasOwn(value, String(key)))) return false;
  return Object.entries(value).every(([key, inner]) =>
    (schema.propertyNames === undefined || validates(key, schema.propertyNames, root)) &&
    validates(inner, Object.hasOwn(properties, key) ? properties[key] : schema.additionalProperties ?? true, root)
  );
}
