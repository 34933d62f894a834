/**
 * Checks a program of CEL before it runs, as cel-go's compiler does in part, and rewrites what the library does otherwise.
 *
 * @module
 */

import { type CelEnv, isCelError, parse, plan } from "@bufbuild/cel";
import { APPEND, HAS, WITHIN } from "./cel_functions.ts";

/** A node of a program. */
export type Expr = ReturnType<typeof parse>["expr"];
type Kind<C> = Extract<Expr["exprKind"], { case: C }>["value"];
type Names = ReadonlySet<string>;

/** Names of types, which stand for themselves; `google` begins those of messages. */
const TYPES = ["bool", "bytes", "double", "google", "int", "list", "map", "null_type", "string", "type", "uint"];
/** Operators that are no functions. */
const OPERATORS = new Set(["_[_]", "_?_:_", "_&&_", "_||_", "@not_strictly_false", "__not_strictly_false__"]);
const RESULT = "@result";

/**
 * Checks `program`, in which `variables` are known, and rewrites it in place.
 *
 * @throws {SyntaxError} if it names what there is not, or calls what can never be called so; says it in one clause
 */
export function prepareSyntax(program: Expr, variables: readonly string[], env: CelEnv): void {
  new Walk(env).visit(program, new Set([...variables, ...TYPES]));
}

/** One pass over a program. */
class Walk {
  readonly #env: CelEnv;

  constructor(env: CelEnv) {
    this.#env = env;
  }

  /** Whether the node is the same whatever the variables are. */
  visit(expr: Expr, names: Names): boolean {
    const { exprKind: kind } = expr;
    switch (kind.case) {
      case "constExpr":
        return true;
      case "identExpr":
        if (!names.has(kind.value.name)) {
          throw new SyntaxError(`there is no variable ${JSON.stringify(kind.value.name)}`);
        }
        return false;
      case "selectExpr":
        return this.#select(expr, kind.value, names);
      case "callExpr":
        return this.#call(expr, kind.value, names);
      case "listExpr":
        return this.#all(kind.value.elements, names);
      case "structExpr":
        return this.#struct(kind.value, names);
      case "comprehensionExpr":
        return this.#comprehension(kind.value, names);
      default:
        throw new SyntaxError("it is not complete");
    }
  }

  #all(nodes: readonly (Expr | undefined)[], names: Names): boolean {
    return nodes.map((node) => node === undefined || this.visit(node, names)).every(Boolean);
  }

  #select(expr: Expr, { operand, field, testOnly }: Kind<"selectExpr">, names: Names): boolean {
    if (!operand) throw new SyntaxError("it is not complete");
    this.visit(operand, names);
    if (testOnly) expr.exprKind = callOf(HAS, [operand, parse(JSON.stringify(field)).expr]).exprKind;
    return false;
  }

  #struct({ messageName, entries }: Kind<"structExpr">, names: Names): boolean {
    if (messageName !== "" && !/^\.?google\.protobuf\.\w+$/.test(messageName)) {
      throw new SyntaxError(`there is no type ${JSON.stringify(messageName)}`);
    }
    const keys = entries.map(({ keyKind }) => keyKind.case === "mapKey" ? keyKind.value : undefined);
    return this.#all([...keys, ...entries.map(({ value }) => value)], names);
  }

  #call(expr: Expr, { function: name, target, args }: Kind<"callExpr">, names: Names): boolean {
    this.#checkName(name, target !== undefined, args.length);
    const isConstant = this.#all([target, ...args], names);
    if (!isConstant) return false;
    const value = plan(this.#env, expr)({});
    if (isCelError(value) && /^(?:found no matching overload|type mismatch)/.test(value.message)) {
      throw new SyntaxError(value.message);
    }
    return true;
  }

  #checkName(name: string, hasTarget: boolean, count: number): void {
    if (OPERATORS.has(name)) return;
    const known = [...this.#env.funcs.find(name) ?? []];
    if (name.startsWith("@") ? name !== "@in" : known.length === 0) {
      throw new SyntaxError(`there is no function ${JSON.stringify(name)}`);
    }
    if (!known.some((one) => (one.target !== undefined) === hasTarget && one.arguments.length === count)) {
      const how = `${hasTarget ? "as a method " : ""}with ${count} argument${count === 1 ? "" : "s"}`;
      throw new SyntaxError(`${JSON.stringify(name)} cannot be called ${how}`);
    }
  }

  #comprehension(loop: Kind<"comprehensionExpr">, names: Names): boolean {
    const { iterRange, accuInit, loopCondition, loopStep, result, iterVar, accuVar } = loop;
    this.#all([iterRange, accuInit], names);
    const inside = new Set([...names, iterVar, accuVar]);
    this.#all([loopCondition, loopStep], inside);
    this.#all([result], new Set([...names, accuVar]));
    if (loopCondition) loop.loopCondition = callOf(WITHIN, [loopCondition]);
    if (loopStep && accuVar === RESULT) appendInPlace(loopStep);
    return false;
  }
}

/** Makes `@result + [item]`, in a step of a loop or in one branch of it, a call of {@linkcode APPEND}. */
function appendInPlace(step: Expr): void {
  const { exprKind: kind } = step;
  if (kind.case !== "callExpr") return;
  const [first, second] = kind.value.args;
  if (kind.value.function === "_?_:_" && second) return appendInPlace(second);
  if (kind.value.function !== "_+_" || first?.exprKind.case !== "identExpr" || !second) return;
  const item = second.exprKind.case === "listExpr" ? second.exprKind.value.elements : [];
  if (first.exprKind.value.name === RESULT && item.length === 1) {
    step.exprKind = callOf(APPEND, [first, ...item]).exprKind;
  }
}

function callOf(name: string, args: Expr[]): Expr {
  const { expr } = parse("call()");
  if (expr.exprKind.case !== "callExpr") throw new TypeError("Cannot make a call: the parser gives another node");
  expr.exprKind.value.function = name;
  expr.exprKind.value.args = args;
  return expr;
}
