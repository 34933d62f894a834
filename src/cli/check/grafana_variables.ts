/** Stands for what a variable may be, where that can be part of a name. */
const ANYTHING = "__variable__";
const VARIABLE = /\$\{\w+[^}]*\}|\$[A-Za-z_]\w*|\[\[\w+[^\]]*\]\]/g;

/** What makes PromQL of an expression in whose middle a variable stands. */
function standIn(before: string, after: string): string {
  // A number, as in [${seconds}s].
  if (/^(?:ms|[smhdwy])\b/.test(after)) return "5";
  if (/\[[^\]"'`]*$/.test(before) || /\boffset\s+-?\s*$/.test(before)) return "5m";
  const isWord = !/\w$/.test(before);
  if (isWord && /^\s*(?:\(|(?:by|without)\b)/.test(after)) return "sum";
  const inBraces = before.lastIndexOf("{") > before.lastIndexOf("}");
  if (inBraces && /[{,]\s*$/.test(before) && /^\s*[,}]/.test(after)) return `${ANYTHING}=""`;
  return ANYTHING;
}

/** An expression of a dashboard, with something in place of each of Grafana's variables that makes it PromQL. */
export function withoutVariables(expression: string): string {
  return expression.replace(
    VARIABLE,
    (variable, at: number) => standIn(expression.slice(0, at), expression.slice(at + variable.length)),
  );
}

const literal = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");

/**
 * The pattern of the names that a metric's name with variables stands for, or the name itself where it has none;
 * `undefined` where it may be any.
 */
export function nameOrPattern(name: string): { readonly name: string } | { readonly pattern: string } | undefined {
  if (!name.includes(ANYTHING)) return { name };
  const parts = name.split(ANYTHING);
  return parts.every((part) => part === "") ? undefined : { pattern: parts.map(literal).join(".*") };
}

/** The same of a pattern with variables. */
export function patternOf(pattern: string): { readonly pattern: string } | undefined {
  const whole = pattern.replaceAll(ANYTHING, ".*");
  return /^[.*^$()|]*$/.test(whole) ? undefined : { pattern: whole };
}
