import type { parser } from "@prometheus-io/lezer-promql";

/** What an expression selects series by: a metric's name, or a pattern of RE2 that finds whole names. */
export type MetricSelector = { readonly name: string } | { readonly pattern: string };

type Node = ReturnType<(typeof parser)["parse"]>["topNode"];

/** Go's escapes of one character. */
const ESCAPES: Readonly<Record<string, string>> = { a: "\x07", b: "\b", f: "\f", n: "\n", r: "\r", t: "\t", v: "\v" };
const ESCAPE = /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{3})|([^]))/g;

/** The text that a literal of PromQL stands for. */
function unquoted(literal: string): string {
  const inner = literal.slice(1, -1);
  if (literal.startsWith("`")) return inner;
  return inner.replace(ESCAPE, (_, x?: string, u?: string, U?: string, octal?: string, one = "") => {
    const hexadecimal = x ?? u ?? U;
    if (hexadecimal !== undefined) return String.fromCodePoint(Math.min(parseInt(hexadecimal, 16), 0x10ffff));
    if (octal !== undefined) return String.fromCharCode(parseInt(octal, 8));
    return ESCAPES[one] ?? one;
  });
}

/** Reads expressions of PromQL by Prometheus' own grammar. */
export class PromqlReader {
  readonly #parser: typeof parser;

  /** Reads by a parser. */
  constructor(own: typeof parser) {
    this.#parser = own;
  }

  /**
   * The metrics that an expression asks for; a selector that names none, as `{job="node"}`, is left out.
   *
   * @throws {SyntaxError} if it is no expression; the message tells at which character
   */
  metrics(expression: string): readonly MetricSelector[] {
    const selectors: MetricSelector[] = [];
    const text = (node: { readonly from: number; readonly to: number } | null | undefined) =>
      node ? expression.slice(node.from, node.to) : "";
    this.#parser.parse(expression).iterate({
      enter({ type, from, name, node }) {
        if (type.isError) throw new SyntaxError(unexpected(expression, from));
        if (name === "VectorSelector") selectors.push(...selectorsOf(node, text));
      },
    });
    return selectors;
  }
}

function unexpected(expression: string, at: number): string {
  const rest = expression.slice(at).trim();
  const found = rest === "" ? "its end" : JSON.stringify(rest.length > 20 ? `${rest.slice(0, 20)}…` : rest);
  return `Cannot parse the expression: ${found} at character ${at + 1} is not expected there`;
}

function selectorsOf(selector: Node, text: (node: Node | null | undefined) => string): readonly MetricSelector[] {
  const name = selector.getChild("Identifier");
  if (name) return [{ name: text(name) }];
  const matchers = selector.getChild("LabelMatchers");
  const found: MetricSelector[] = [];
  for (let matcher = matchers?.firstChild; matcher; matcher = matcher.nextSibling) {
    const value = unquoted(text(matcher.getChild("StringLiteral")));
    if (matcher.name === "QuotedLabelName") {
      found.push({ name: value });
      continue;
    }
    const quoted = matcher.getChild("QuotedLabelName");
    const label = quoted ? unquoted(text(quoted)) : text(matcher.getChild("LabelName"));
    const operator = text(matcher.getChild("MatchOp"));
    if (label !== "__name__") continue;
    if (operator === "=") found.push({ name: value });
    if (operator === "=~") found.push({ pattern: value });
  }
  return found;
}

/** The reader; the grammar is loaded when it is needed. */
export async function promqlReader(): Promise<PromqlReader> {
  return new PromqlReader((await import("@prometheus-io/lezer-promql")).parser);
}
