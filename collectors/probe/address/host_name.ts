/**
 * Names of hosts as they go into questions.
 *
 * @module
 */

import { ProbeError } from "../result.ts";

/** Letters, digits, underscores and inner hyphens; what Go takes for a name. */
const LABEL = /^(?!-)[a-z0-9_-]{1,63}(?<!-)$/i;
/** By such a last label libc takes a name for an address written oddly, as `127.1`; Go finds no such host. */
const NUMBER = /^(?:\d+|0x[0-9a-f]*)$/i;
const LONGEST_NAME = 253;
/** Shown of a name in messages. */
const LONGEST_SHOWN = 80;

/**
 * A name in ASCII, without a last dot taken off: `bücher.example` is `xn--bcher-kva.example`.
 *
 * @throws {ProbeError} `dns`, if it cannot be a name: too long, an empty label, a character of no name
 */
export function asciiName(host: string): string {
  const name = isAscii(host) ? host : punycode(host);
  const labels = name?.replace(/\.$/, "").split(".") ?? [];
  const isName = name !== undefined && name.replace(/\.$/, "").length <= LONGEST_NAME &&
    labels.every((label) => LABEL.test(label)) && !NUMBER.test(labels.at(-1) ?? "");
  if (!isName) throw new ProbeError("dns", `${showName(host)} is not a name that a host can have`);
  return name;
}

/** A name as messages show it: cut, without control characters, and without what stands before an `@`, perhaps a password. */
export function showName(text: string): string {
  const host = text.replace(/^.*@/s, "");
  return JSON.stringify(host.length > LONGEST_SHOWN ? `${host.slice(0, LONGEST_SHOWN)}…` : host);
}

function isAscii(text: string): boolean {
  // deno-lint-ignore no-control-regex -- all of ASCII
  return /^[\x00-\x7f]*$/.test(text);
}

/** By the rules of URLs, which know more than a collector needs to: what they would read as something else is refused. */
function punycode(host: string): string | undefined {
  // deno-lint-ignore no-control-regex -- control characters, which URLs drop silently
  if (host.length > LONGEST_NAME || /[\x00-\x20/?#@:\\%\[\]]/.test(host)) return undefined;
  const url = `http://${host}/`;
  return URL.canParse(url) ? new URL(url).hostname : undefined;
}
