/**
 * Compiles programs of CEL. To be imported only when a module has one: the language takes long to load.
 *
 * @module
 */

import { celEnv, type CelInput, isCelError, isCelList, isCelMap, isCelUint, parse, plan } from "@bufbuild/cel";
import { failureMessage } from "../../../src/failure.ts";
import { checkTime, EVALUATION_LIMIT_SECONDS, FUNCTIONS, limit } from "./cel_functions.ts";
import { prepareSyntax } from "./cel_syntax.ts";

/** Evaluates a program for some values of its variables. */
export type Evaluate = (variables: Readonly<Record<string, unknown>>) => unknown;

const env = celEnv({ funcs: FUNCTIONS });

/**
 * Compiles a program.
 *
 * @throws {SyntaxError} if it is none, or if it names what there is not
 */
export function compile(source: string, variables: readonly string[]): Evaluate {
  try {
    const { expr } = parse(`${source}\n`); // a comment ends with its line
    prepareSyntax(expr, variables, env);
    const evaluate = plan(env, expr);
    return (values) => within(() => evaluate(bindings(values)));
  } catch (cause) {
    const reason = reasonOf(failureMessage(cause));
    throw new SyntaxError(`Cannot compile CEL program ${JSON.stringify(source)}: ${reason}`, { cause });
  }
}

/** The parser's words without the long list of what it expects, and without a place where there is nothing. */
function reasonOf(message: string): string {
  const short = message.replace("<input>:", "").replace(/ but expecting .*,.*$/s, "");
  return /^\d+:\d+: found end of input/.test(short) ? "it is not complete" : short;
}

/** What `evaluate` comes to, if it does so in time, in values of JavaScript; maps stay as they are. */
function within(evaluate: () => unknown): unknown {
  limit.endMs = performance.now() + EVALUATION_LIMIT_SECONDS * 1000;
  try {
    const value = evaluate();
    checkTime(true); // an error on the way may have been passed over, as by "||"
    if (isCelError(value)) throw new Error(value.message, { cause: value });
    return isCelList(value) ? [...value] : isCelUint(value) ? value.value : value;
  } finally {
    limit.endMs = Infinity;
  }
}

function bindings(values: Readonly<Record<string, unknown>>): Record<string, CelInput> {
  const inputs: Record<string, CelInput> = {};
  for (const [name, value] of Object.entries(values)) {
    if (!isInput(value)) {
      throw new TypeError(`Cannot give ${JSON.stringify(name)} to a program: it is a ${typeof value}`);
    }
    inputs[name] = value;
  }
  return inputs;
}

function isInput(value: unknown): value is CelInput {
  return value === null || ["boolean", "bigint", "number", "string"].includes(typeof value) || value instanceof Map ||
    Array.isArray(value) || isCelList(value) || isCelMap(value) || isCelUint(value);
}
