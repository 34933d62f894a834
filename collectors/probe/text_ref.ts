/**
 * Texts of a module that may stand in files.
 *
 * @module
 */

import type { Source } from "../../src/collector.ts";
import type { TextRef } from "./module.ts";
import { ProbeError } from "./result.ts";

/**
 * The text, read anew if it stands in a file.
 *
 * @throws {ProbeError} `internal` if the file cannot be read; the message names it
 */
export function textOf({ text, file }: TextRef, source: Source): string {
  if (file === undefined) return text;
  try {
    return source.local(file);
  } catch (cause) {
    throw new ProbeError("internal", cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

/**
 * As {@linkcode textOf}, without the line ends and spaces that files of secrets have around them.
 *
 * @throws {ProbeError} `internal` if the file cannot be read
 */
export function secretOf(ref: TextRef, source: Source): string {
  const text = textOf(ref, source);
  return ref.file === undefined ? text : text.trim();
}
