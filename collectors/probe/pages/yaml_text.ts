/**
 * Plain values as YAML, so that a configuration can be read where it is shown.
 *
 * @module
 */

/** Text that YAML takes for text without quotes. */
const PLAIN = /^(?:<secret>|[A-Za-z_/][A-Za-z0-9_./<>()+*@=-]*(?: [A-Za-z0-9_./<>()+*@=-]+)*)$/;
/** Text that would be taken for something else. */
const OTHER = /^(?:true|false|null|yes|no|on|off|y|n)$/i;

/** A value as a block of YAML; each line but the last ends in a line break. */
export function yamlText(value: unknown, indent = ""): string {
  if (Array.isArray(value)) {
    if (value.length === 0) return `${indent}[]`;
    return value.map((item) => `${indent}-${nested(item, indent, true)}`).join("\n");
  }
  if (typeof value === "object" && value !== null) {
    const entries = Object.entries(value).filter(([, item]) => item !== undefined);
    if (entries.length === 0) return `${indent}{}`;
    return entries.map(([key, item]) => `${indent}${scalar(key)}:${nested(item, indent, false)}`).join("\n");
  }
  return indent + scalar(value);
}

/** What stands behind a key or a dash: on the same line, if it is short of members. */
function nested(value: unknown, indent: string, isItem: boolean): string {
  const isEmpty = typeof value !== "object" || value === null || Object.keys(value).length === 0;
  if (isEmpty) return ` ${yamlText(value)}`;
  const inner = yamlText(value, `${indent}  `);
  return isItem ? ` ${inner.slice(indent.length + 2)}` : `\n${inner}`;
}

function scalar(value: unknown): string {
  if (typeof value !== "string") return value === null || value === undefined ? "null" : String(value);
  // What JSON quotes, YAML reads; but for these, which it would take for line breaks.
  const quoted = () =>
    JSON.stringify(value).replace(
      /[\u007f-\u009f\u2028\u2029]/g,
      (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`,
    );
  return PLAIN.test(value) && !OTHER.test(value) ? value : quoted();
}
