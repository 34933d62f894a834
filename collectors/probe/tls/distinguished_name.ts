/**
 * Names of certificates as Go's pkix.Name writes them: by RFC 2253, in an order of its own. Before Go 1.27 it wrote values of
 * other attributes in hexadecimal DER.
 *
 * @module
 */

import { type DerElement, derIdentifier, derSequence, derText } from "./der.ts";

/** The attributes that Go knows, in the order in which it writes them. */
const KNOWN: ReadonlyMap<string, string> = new Map([
  ["2.5.4.5", "SERIALNUMBER"],
  ["2.5.4.3", "CN"],
  ["2.5.4.11", "OU"],
  ["2.5.4.10", "O"],
  ["2.5.4.17", "POSTALCODE"],
  ["2.5.4.9", "STREET"],
  ["2.5.4.7", "L"],
  ["2.5.4.8", "ST"],
  ["2.5.4.6", "C"],
]);
/** Of these a name has one: the last. */
const SINGLE = new Set(["2.5.4.5", "2.5.4.3"]);

/**
 * Text of an element `Name`.
 *
 * @throws {SyntaxError} if it is none
 */
export function distinguishedName(name: DerElement): string {
  const values = new Map<string, string[]>();
  const others: string[] = [];
  for (const attribute of derSequence(name).flatMap(derSequence)) {
    const [type, value] = derSequence(attribute);
    if (!type || !value) throw new SyntaxError("Cannot parse certificate: a name is malformed");
    const id = derIdentifier(type.content);
    if (!KNOWN.has(id)) others.unshift(`${id}=${escaped(derText(value))}`);
    else values.set(id, [...SINGLE.has(id) ? [] : values.get(id) ?? [], derText(value)]);
  }
  const known = [...KNOWN].flatMap(([id, key]) => {
    const all = (values.get(id) ?? []).filter((value) => !SINGLE.has(id) || value !== "");
    return all.length === 0 ? [] : [all.map((value) => `${key}=${escaped(value)}`).join("+")];
  });
  return [...known, ...others].join(",");
}

/** What RFC 2253 gives a meaning stands behind a backslash. */
function escaped(value: string): string {
  return value.replace(/[,+"\\<>;]|^[# ]| $/g, "\\$&");
}
