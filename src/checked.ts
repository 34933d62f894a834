/**
 * Parsers that throw, made to report instead, inside a schema.
 *
 * @module
 */

import { failureMessage } from "./failure.ts";

/** Where a schema's transformation reports what is wrong; zod's transformation context is one. */
export interface IssueSink {
  /** Reports one issue at the value's own key. */
  addIssue(issue: { code: "custom"; message: string }): void;
}

/**
 * A transformation out of a parser that throws: the error becomes an issue of the schema, so that it is reported with its
 * key and beside all others. A plain `transform(parse)` would end the whole validation at the first error.
 *
 * @example
 * ```ts ignore
 * const options = z.strictObject({ window: z.string().transform(checked(parseDuration)) });
 * ```
 */
export function checked<I, T>(parse: (input: I) => T): (input: I, sink: IssueSink) => T;
export function checked(parse: (input: unknown) => unknown): (input: unknown, sink: IssueSink) => unknown {
  return (input, sink) => {
    try {
      return parse(input);
    } catch (error) {
      sink.addIssue({ code: "custom", message: failureMessage(error) });
      return undefined;
    }
  };
}
