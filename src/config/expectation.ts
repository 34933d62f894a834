import type { Issue } from "./issue.ts";

/** What types are called. */
export const KINDS: Readonly<Record<string, string>> = {
  string: "text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  tuple: "a list",
  object: "a map",
  record: "a map",
  map: "a map",
  null: "nothing",
  never: "nothing",
  date: "a date",
  duration: 'a duration as "1m30s"',
};

const FORMATS: Readonly<Record<string, string>> = {
  url: "a URL",
  email: "an e-mail address",
  ipv4: "an IPv4 address",
  ipv6: "an IPv6 address",
  cidrv4: "an IPv4 network as 10.0.0.0/8",
  cidrv6: "an IPv6 network as fd00::/8",
  datetime: "a time as 2030-01-31T12:00:00Z",
  date: "a date as 2030-01-31",
};

const UNITS: Readonly<Record<string, readonly [one: string, many: string]>> = {
  string: ["character", "characters"],
  array: ["item", "items"],
  object: ["key", "keys"],
  map: ["key", "keys"],
};

function bounds(issue: Issue): string {
  const small = issue.code === "too_small";
  const limit = (small ? issue.minimum : issue.maximum) ?? 0;
  const units = UNITS[issue.origin ?? ""];
  const unit = units ? ` ${units[Number(limit) === 1 ? 0 : 1]}` : "";
  const word = issue.exact
    ? "exactly"
    : small
    ? (issue.inclusive === false ? "more than" : "at least")
    : (issue.inclusive === false ? "less than" : "at most");
  return `${word} ${limit}${unit}`;
}

function choices(values: readonly unknown[]): string {
  const quoted = values.map((value) => typeof value === "string" ? JSON.stringify(value) : String(value));
  return quoted.length > 1 ? `${quoted.slice(0, -1).join(", ")} or ${quoted.at(-1)}` : quoted.join();
}

function form({ format = "", prefix, suffix, includes, pattern }: Issue): string {
  if (prefix !== undefined) return `text that begins with ${JSON.stringify(prefix)}`;
  if (suffix !== undefined) return `text that ends with ${JSON.stringify(suffix)}`;
  if (includes !== undefined) return `text that has ${JSON.stringify(includes)} in it`;
  return FORMATS[format] ?? (pattern === undefined ? `text of the form ${format}` : `text like ${pattern}`);
}

/** What an issue says was expected; `undefined` for one that says no more than that. */
export function expectation(issue: Issue): string | undefined {
  switch (issue.code) {
    case "invalid_type":
      return KINDS[issue.expected ?? ""] ?? issue.expected;
    case "invalid_value":
      return choices(issue.values ?? []);
    case "too_small":
    case "too_big":
      return bounds(issue);
    case "invalid_format":
      return form(issue);
    case "not_multiple_of":
      return `a multiple of ${issue.divisor}`;
    case "invalid_union":
      return issue.options ? choices(issue.options) : alternatives(issue);
    default:
      return undefined;
  }
}

/** What each branch of a union expected, where each says so. */
function alternatives(issue: Issue): string | undefined {
  const each = (issue.errors ?? []).map(([first]) => first && first.path.length === 0 ? expectation(first) : undefined);
  return each.length > 0 && each.every((words) => words !== undefined) ? [...new Set(each)].join(" or ") : undefined;
}
