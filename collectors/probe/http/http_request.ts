/**
 * What is asked for: targets, requests, and where a redirect leads.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import type { ResponseHead } from "./http_response.ts";
import { ProbeError } from "../result.ts";

/** A URL to be asked for. */
export interface HttpTarget {
  /** Without user-info. */
  readonly url: string;
  /** Value of the header `Authorization`, made of the URL's user-info; empty for none. */
  readonly authorization: string;
}

/** A header of a request. */
export type HeaderLine = readonly [name: string, value: string];

/** A request, whatever the version that it is made by. */
export interface HttpRequest {
  /** As `GET`. */
  readonly method: string;
  /** What is asked for. */
  readonly url: URL;
  /** Who is asked: host and port, as `Host` has it. */
  readonly host: string;
  /** The headers but for `Host`, `Content-Length` and those of the connection. */
  readonly headers: readonly HeaderLine[];
  /** The body, if it has one. */
  readonly body?: Uint8Array;
}

const SHOWN_CHARACTERS = 80;

/**
 * The target that `text` names; without a scheme it is one of `http`.
 *
 * @throws {SyntaxError} if it is no URL of HTTP; the message shows no user-info
 */
export function parseTarget(text: string): HttpTarget {
  const shown = JSON.stringify(text.replace(/^([a-z]+:\/\/)?.*@/is, "$1…@").slice(0, SHOWN_CHARACTERS));
  const refuse = (reason: string) => new SyntaxError(`Cannot use URL ${shown}: ${reason}`);
  const whole = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`;
  if (!/^https?:\/\//i.test(whole)) throw refuse('expected the form "http://…" or "https://…"');
  // URLs would drop them silently.
  // deno-lint-ignore no-control-regex
  if (/[\x00-\x1f\x7f]/.test(text)) throw refuse("it has control characters");
  if (whole !== text && text.includes("\\") || !URL.canParse(whole)) throw refuse("it is malformed");
  const url = new URL(whole);
  const userInfo = userInfoOf(url);
  if (userInfo === undefined) throw refuse("its user-info is malformed");
  url.username = "";
  url.password = "";
  url.hash = "";
  return { url: url.href, authorization: userInfo && basic(userInfo) };
}

/** Value of `Authorization` for a name and a password, joined by a colon. */
export function basic(userInfo: string): string {
  return `Basic ${Buffer.from(userInfo).toString("base64")}`;
}

/** Name and password joined by a colon, empty if there are none; `undefined` if they are malformed. */
export function userInfoOf({ username, password }: URL): string | undefined {
  if (username === "" && password === "") return "";
  try {
    return `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  } catch {
    return undefined;
  }
}

/** Host of a URL, an address of IPv6 without its brackets. */
export function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[(.*)\]$/, "$1");
}

/** Port of a URL. */
export function portOf({ protocol, port }: URL): number {
  return port !== "" ? Number(port) : protocol === "https:" || protocol === "wss:" ? 443 : 80;
}

/**
 * The bytes of a request of HTTP/1.1, after which the connection is closed.
 *
 * @param proxy where it goes through a proxy that reads it: further headers for that
 */
export function renderRequest(request: HttpRequest, proxy?: readonly HeaderLine[]): Uint8Array {
  const { method, url, host, headers, body } = request;
  const path = `${url.pathname}${url.search}`;
  const lines = [
    `${method} ${proxy ? `http://${host}${path}` : path} HTTP/1.1`,
    `Host: ${host}`,
    ...bodyLength(request).map(line),
    ...headers.map(line),
    ...proxy?.map(line) ?? [],
    "Connection: close",
  ];
  const head = Buffer.from(`${lines.join("\r\n")}\r\n\r\n`);
  return body ? Buffer.concat([head, body]) : head;
}

function line([name, value]: HeaderLine): string {
  return `${name}: ${value}`;
}

/** The header of a body's length, where one is expected. */
export function bodyLength({ method, body }: Pick<HttpRequest, "method" | "body">): readonly HeaderLine[] {
  const isExpected = body !== undefined || method === "POST" || method === "PUT" || method === "PATCH";
  return isExpected ? [["Content-Length", String(body?.length ?? 0)]] : [];
}

const REDIRECTS = new Set([301, 302, 303, 307, 308]);
/** After these the method and the body stay what they were. */
const FAITHFUL = new Set([307, 308]);

/** Whether a response sends the client elsewhere; one that does not say where to does not. */
export function isRedirect(head: ResponseHead): boolean {
  return REDIRECTS.has(head.status) && locationOf(head) !== "";
}

/** Whether what a redirect leads to is asked for as it was before, by `method` and with the body. */
export function isFaithful({ status }: ResponseHead, method: string): boolean {
  return FAITHFUL.has(status) || method === "GET" || method === "HEAD";
}

function locationOf(head: ResponseHead): string {
  return head.headers.get("location")?.[0] ?? "";
}

/** Whether a redirect stays where it is, not naming a host. */
export function isRelative(head: ResponseHead): boolean {
  return !/^(?:[a-z][a-z0-9+.-]*:|[/\\]{2})/i.test(locationOf(head).trim());
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
    if (url.protocol !== "http:" && url.protocol !== "https:") throw new SyntaxError("it is not one of HTTP");
    const to = parseTarget(url.href);
    const keeps = to.authorization === "" && url.origin === new URL(from.url).origin;
    return keeps ? { ...to, authorization: from.authorization } : to;
  } catch (cause) {
    const [scheme] = url.protocol.split(":");
    throw new ProbeError("redirect", `redirected to a URL of ${scheme} that cannot be asked for`, { cause });
  }
}
