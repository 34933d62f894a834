/** What may come next in a text of JSON. */
type Expected = keyof typeof EXPECTED;

const EXPECTED = {
  value: "a value",
  "value or end": 'a value or "]"',
  key: "a key in quotes",
  "key or end": 'a key in quotes or "}"',
  colon: '":"',
  "next of map": '"," or "}"',
  "next of list": '"," or "]"',
  end: "its end",
} as const;

const TOKEN =
  /[ \t\n\r]*([{}[\]:,]|"(?:[^"\\\p{Cc}]|[\x7f-\x9f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.])|(?:true|false|null)\b)/uy;

/** What follows a token, or `undefined` if it is not expected. `open` has the brackets around. */
function next(expected: Expected, token: string, open: string[]): Expected | undefined {
  const follows = (): Expected => {
    const around = open.at(-1);
    return around === undefined ? "end" : around === "{" ? "next of map" : "next of list";
  };
  const close = (): Expected => {
    open.pop();
    return follows();
  };
  if (expected === "value" || expected === "value or end") {
    if (token === "{" || token === "[") {
      open.push(token);
      return token === "{" ? "key or end" : "value or end";
    }
    if (token === "]" && expected === "value or end") return close();
    return /^[}\]:,]/.test(token) ? undefined : follows();
  }
  if (expected === "key" || expected === "key or end") {
    if (token === "}" && expected === "key or end") return close();
    return token.startsWith('"') ? "colon" : undefined;
  }
  if (expected === "colon") return token === ":" ? "value" : undefined;
  if (expected === "end") return undefined;
  if (token === ",") return expected === "next of map" ? "key" : "value";
  return token === (expected === "next of map" ? "}" : "]") ? close() : undefined;
}

/** Where a text is no JSON, and what is expected there; JSON.parse does not always tell. `undefined` if it is JSON. */
export function jsonFault(
  text: string,
): { readonly line: number; readonly column: number; readonly expected: string } | undefined {
  const open: string[] = [];
  let expected: Expected = "value";
  let offset = 0;
  for (;;) {
    TOKEN.lastIndex = offset;
    const [, token] = TOKEN.exec(text) ?? [];
    const after: Expected | undefined = token === undefined ? undefined : next(expected, token, open);
    if (after === undefined) break;
    expected = after;
    offset = TOKEN.lastIndex;
  }
  const rest = text.slice(offset);
  if (rest.trim() === "" && expected === "end") return undefined;
  const lines = text.slice(0, offset + (rest.length - rest.trimStart().length)).split("\n");
  return { line: lines.length, column: (lines.at(-1) ?? "").length + 1, expected: EXPECTED[expected] };
}
