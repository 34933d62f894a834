import * as z from "zod";

/** Stands for a message that the schema's author did not write: we say it in our words. */
export const UNWORDED = "\0";

/** Hands zod {@linkcode UNWORDED} where it would take its own message; other schemas ignore it. */
export const UNWORDED_MESSAGES = { error: (): string => UNWORDED };

/** An issue of a schema, as far as we read it; zod's are such. */
export interface Issue {
  readonly code?: string | undefined;
  readonly path: readonly unknown[];
  readonly message: string;
  readonly expected?: string | undefined;
  readonly format?: string | undefined;
  readonly pattern?: string | undefined;
  readonly origin?: string | undefined;
  readonly minimum?: number | bigint | undefined;
  readonly maximum?: number | bigint | undefined;
  readonly inclusive?: boolean | undefined;
  readonly exact?: boolean | undefined;
  readonly prefix?: string | undefined;
  readonly suffix?: string | undefined;
  readonly includes?: string | undefined;
  readonly divisor?: number | undefined;
  readonly values?: readonly unknown[] | undefined;
  readonly options?: readonly unknown[] | undefined;
  readonly keys?: readonly string[] | undefined;
  readonly errors?: readonly (readonly Issue[])[] | undefined;
  readonly issues?: readonly Issue[] | undefined;
}

const bound = z.union([z.number(), z.bigint()]).optional().catch(undefined);
const text = z.string().optional().catch(undefined);
const flag = z.boolean().optional().catch(undefined);
const list = z.array(z.unknown()).optional().catch(undefined);
const issueSchema: z.ZodType<Issue> = z.lazy(() =>
  z.object({
    code: text,
    path: z.array(z.unknown()),
    message: z.string(),
    expected: text,
    format: text,
    pattern: text,
    origin: text,
    minimum: bound,
    maximum: bound,
    inclusive: flag,
    exact: flag,
    prefix: text,
    suffix: text,
    includes: text,
    divisor: z.number().optional().catch(undefined),
    values: list,
    options: list,
    keys: z.array(z.string()).optional().catch(undefined),
    errors: z.array(z.array(issueSchema)).optional().catch(undefined),
    issues: z.array(issueSchema).optional().catch(undefined),
  })
);
const refusalSchema: z.ZodType<{ issues: Issue[] }> = z.object({ issues: z.array(issueSchema).min(1) });

/** The issues that a schema threw; `undefined` if what it threw has none. */
export function issuesOf(thrown: unknown): readonly Issue[] | undefined {
  return refusalSchema.safeParse(thrown).data?.issues;
}
