/**
 * What the keys of modules take. A key without a value is one that is not there, as blackbox_exporter has it.
 *
 * @module
 */

import * as z from "zod";
import { checked } from "../../../src/checked.ts";
import { Pattern } from "../../../src/pattern.ts";
import type { AddressChoice, TextRef } from "../module.ts";

/** A text, which YAML may take for a number or a switch. */
export const text: z.ZodType<string, string | number | boolean> = z.union([z.string(), z.number(), z.boolean()])
  .transform(String);

/** A text that is never shown. */
export const secret: z.ZodType<string, string | number | boolean> = text.meta({ secret: true });

/** A switch. */
export function flag(standard: boolean): z.ZodType<boolean, boolean | null | undefined> {
  return z.boolean().nullish().transform((value) => value ?? standard);
}

/** A list; empty where it is not there. */
export function list<T, I>(item: z.ZodType<T, I>): z.ZodType<readonly T[], I[] | null | undefined> {
  return z.array(item).nullish().transform((items) => items ?? []);
}

/** A pattern of RE2. */
export const pattern: z.ZodType<Pattern, string | number | boolean> = text.transform(
  checked((source: string) => new Pattern(source)),
);

/** One of some words. */
export function oneOf<const W extends readonly [string, ...string[]]>(
  words: W,
  standard: W[number],
): z.ZodType<W[number], W[number] | null | undefined> {
  return z.enum(words).nullish().transform((word) => word ?? standard);
}

/** A map of texts, in the order of the file. */
export const texts: z.ZodType<
  Readonly<Record<string, string>>,
  Record<string, string | number | boolean> | null | undefined
> = z.record(z.string(), text).nullish().transform((map) => map ?? {});

/** Keys of which family of addresses is taken; in modules they stand beside a prober's own. */
export const addressFields = {
  preferred_ip_protocol: oneOf(["ip6", "ip4"], "ip6"),
  ip_protocol_fallback: flag(true),
};

/** The choice that {@linkcode addressFields} make, which a module's own keys complete. */
export function addressChoice(
  fields: { readonly preferred_ip_protocol: "ip4" | "ip6"; readonly ip_protocol_fallback: boolean },
): Pick<AddressChoice, "preferred" | "fallback"> {
  return { preferred: fields.preferred_ip_protocol === "ip4" ? 4 : 6, fallback: fields.ip_protocol_fallback };
}

/** A text or the file that holds it; `undefined` for neither. */
export function textRef(own: string | null | undefined, file: string | null | undefined): TextRef | undefined {
  if (own !== null && own !== undefined && own !== "") return { text: own };
  return file ? { file } : undefined;
}

/** Where a schema reports what is wrong, and with which key. */
export interface Sink {
  /** Reports one issue. */
  addIssue(issue: { code: "custom"; message: string; path: PropertyKey[] }): void;
}

/** Reports an issue of some key. */
export function refuse(sink: Sink, path: readonly PropertyKey[], message: string): void {
  sink.addIssue({ code: "custom", message, path: [...path] });
}

/** Reports keys of which at most one may be there. */
export function refuseSeveral(sink: Sink, fields: Readonly<Record<string, unknown>>, keys: readonly string[]): void {
  const set = keys.filter((key) => fields[key] !== undefined && fields[key] !== null && fields[key] !== "");
  const [first, second] = set;
  if (first === undefined || second === undefined) return;
  refuse(sink, [second], `Cannot use "${second}": "${first}" is set as well, expected one of the two`);
}
