import { type Located, type Scalar, scalars } from "./located.ts";

/** What stands for a secret. */
export const REDACTED = "<redacted>";

/** Text shown of a value in a fault. */
const SHOWN_CHARACTERS = 80;
/** A secret shorter than this is no more searched for in foreign messages: it would blot out half of their letters. */
const SHORTEST_SOUGHT = 3;

/** User-info of a URL, or `name:password` before an `@` where it is no URL as it should be. */
const USER_INFO = /(?<=[a-z][a-z0-9+.-]*:\/\/)[^/?#]*(?=@)|[^\s/:@"]+:[^\s/@"]+(?=@)/gi;

/** `text` with the user-info of every URL in it redacted. */
export function withoutUserInfo(text: string): string {
  return text.replace(USER_INFO, REDACTED);
}

/** The plain value, as it may be shown. */
export function revealed(node: Located): unknown {
  if (node.kind === "scalar") {
    if (node.secret) return REDACTED;
    if (node.value instanceof Uint8Array) return `!!binary ${btoa(String.fromCharCode(...node.value))}`;
    return typeof node.value === "string" ? withoutUserInfo(node.value) : node.value;
  }
  if (node.kind === "list") return node.items.map(revealed);
  return Object.fromEntries([...node.entries].map(([key, entry]) => [key, revealed(entry.value)]));
}

function shownScalar({ value, secret }: Scalar): string {
  if (secret) return REDACTED;
  if (value === null) return "nothing";
  if (typeof value === "string") {
    const text = withoutUserInfo(value);
    return JSON.stringify(text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text);
  }
  if (["number", "boolean", "bigint"].includes(typeof value)) return String(value);
  if (value instanceof Uint8Array) return "bytes that are no text";
  return `a ${typeof value}`;
}

/** What was found, in words for a fault. */
export function shown(node: Located): string {
  if (node.kind === "scalar") return shownScalar(node);
  if (node.kind === "map") return node.entries.size === 0 ? "an empty map" : "a map";
  return node.items.length === 0 ? "an empty list" : "a list";
}

/** What must not be seen of a tree: its secrets, and the user-info of its URLs. */
function secretsOf(node: Located): Set<string> {
  const secrets = new Set<string>();
  for (const { secret, value } of scalars(node)) {
    if (secret) secrets.add(String(value));
    else if (typeof value === "string") {
      for (const [userInfo] of value.matchAll(USER_INFO)) secrets.add(userInfo);
    }
  }
  return secrets;
}

/** Replaces secrets in messages of foreign origin, which may repeat what they were given. */
export interface Scrubber {
  /** The message on one line, without secrets and what encodes them; `own` is the value that the message is about. */
  (message: string, own?: string): string;
}

/** What is to be looked for where `secret` must not be seen. */
function formsOf(secret: string): string[] {
  return [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret.toWellFormed())];
}

function anyOf(texts: readonly string[]): RegExp {
  const longestFirst = [...texts].sort((a, b) => b.length - a.length);
  return new RegExp(longestFirst.map((text) => text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&")).join("|") || "(?!)", "g");
}

/** The thing that a message is about, by which a part of a secret may be shown. */
const THING = /^(Cannot [^"]*)"(?:[^"\\]|\\.)*"/;

/** A {@linkcode Scrubber} of the secrets of a tree. */
export function scrubber(node: Located): Scrubber {
  let known: RegExp | undefined;
  return (message, own) => {
    known ??= anyOf([...secretsOf(node)].filter(({ length }) => length >= SHORTEST_SOUGHT).flatMap(formsOf));
    const text = own ? message.replace(THING, `$1"${REDACTED}"`).replace(anyOf(formsOf(own)), REDACTED) : message;
    return withoutUserInfo(text.replace(known, REDACTED)).replace(/\s*[\r\n]\s*/g, " ");
  };
}
