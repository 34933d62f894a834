/**
 * What is asked for: targets, requests, and where a redirect leads.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import type { ResponseHead } from "./http_response.ts";
import { ProbeError } from "./result.ts";

/** A URL to be asked for. */
export interface HttpTarget {
  /** Without user-info. */
  readonly url: string;
  /** Value of the header `Authorization`, made of the URL's user-info; empty for none. */
  readonly authorization: string;
}

const USER_INFO = /^(https?:\/\/)[^/?#\\]*@/i;
const SHOWN_CHARACTERS = 80;

/**
 * The target that `text` names.
 *
 * @throws {SyntaxError} if it is no URL of HTTP; the message shows no user-info
 */
export function parseTarget(text: string): HttpTarget {
  const shown = JSON.stringify(text.replace(/^([a-z]+:\/\/)?.*@/is, "$1…@").slice(0, SHOWN_CHARACTERS));
  const refuse = (reason: string) => new SyntaxError(`Cannot use URL ${shown}: ${reason}`);
  if (!/^https?:\/\//i.test(text)) throw refuse('expected the form "http://…" or "https://…"');
  if (!URL.canParse(text)) throw refuse("it is malformed");
  const url = new URL(text);
  const userInfo = userInfoOf(url);
  if (userInfo === undefined) throw refuse("its user-info is malformed");
  url.username = "";
  url.password = "";
  url.hash = "";
  return { url: url.href, authorization: userInfo && `Basic ${Buffer.from(userInfo).toString("base64")}` };
}

/** Name and password joined by a colon, empty if there are none; `undefined` if they are malformed. */
function userInfoOf({ username, password }: URL): string | undefined {
  if (username === "" && password === "") return "";
  try {
    return `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  } catch {
    return undefined;
  }
}

/** A target's text without user-info, by which it may be named. */
export function withoutUserInfo(text: string): string {
  return text.replace(USER_INFO, "$1");
}

/** A GET request for `target`, after which the connection is closed. */
export function renderRequest(target: HttpTarget, userAgent: string, cookie: string | undefined): string {
  const url = new URL(target.url);
  const lines = [
    `GET ${url.pathname}${url.search} HTTP/1.1`,
    `Host: ${url.host}`,
    `User-Agent: ${userAgent}`,
    ...target.authorization === "" ? [] : [`Authorization: ${target.authorization}`],
    ...cookie === undefined ? [] : [`Cookie: ${cookie}`],
    "Connection: close",
  ];
  return `${lines.join("\r\n")}\r\n\r\n`;
}

const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/** Whether a response sends the client elsewhere; one that does not say where to does not. */
export function isRedirect(head: ResponseHead): boolean {
  return REDIRECTS.has(head.status) && locationOf(head) !== "";
}

function locationOf(head: ResponseHead): string {
  return head.headers.get("location")?.[0] ?? "";
}

/**
 * The URL to which a redirect leads, on whatever scheme.
 *
 * @throws {ProbeError} `redirect` if it is malformed
 */
export function redirectUrl(from: HttpTarget, head: ResponseHead): URL {
  const location = locationOf(head);
  if (!URL.canParse(location, from.url)) throw new ProbeError("redirect", "redirected to a malformed URL");
  return new URL(location, from.url);
}

/**
 * What a redirect to `url` asks for. Credentials go along to the same scheme, host and port only.
 *
 * @throws {ProbeError} `redirect` if this is not of HTTP
 */
export function redirectTarget(from: HttpTarget, url: URL): HttpTarget {
  try {
    const to = parseTarget(url.href);
    const keeps = to.authorization === "" && url.origin === new URL(from.url).origin;
    return keeps ? { ...to, authorization: from.authorization } : to;
  } catch (cause) {
    const [scheme] = url.protocol.split(":");
    throw new ProbeError("redirect", `redirected to a URL of ${scheme} that cannot be asked for`, { cause });
  }
}
