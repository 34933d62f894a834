/**
 * Programs of CEL over JSON. The language is loaded when a program is prepared.
 *
 * @module
 */

import type * as z from "zod";
import type { Evaluate } from "./cel_language.ts";
import type { CelProgram } from "../module.ts";
import { text } from "../modules/fields.ts";

/** A program whose text is looked at when it is prepared. */
class LazyCelProgram implements CelProgram {
  readonly source: string;
  readonly #variables: readonly string[];
  #evaluate: Evaluate | undefined;

  constructor(source: string, variables: readonly string[]) {
    this.source = source;
    this.#variables = variables;
  }

  async prepare(): Promise<void> {
    if (this.#evaluate) return;
    const { compile } = await import("./cel_language.ts");
    this.#evaluate ??= compile(this.source, this.#variables);
  }

  evaluate(variables: Readonly<Record<string, unknown>>): unknown {
    if (!this.#evaluate) throw new TypeError(`Cannot evaluate ${JSON.stringify(this.source)}: it is not prepared`);
    return this.#evaluate(variables);
  }

  toJSON(): string {
    return this.source;
  }
}

/** A program of these variables, not prepared. */
export function programOf(source: string, variables: readonly string[]): CelProgram {
  return new LazyCelProgram(source, variables);
}

/** The schema of a program of these variables. */
export function celProgram(variables: readonly string[]): z.ZodType<CelProgram, string | number | boolean> {
  return text.transform((source) => programOf(source, variables));
}
