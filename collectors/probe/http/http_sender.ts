/**
 * What the requests of one probe carry: headers, credentials, body. Credentials go to the target's own origin, never to where
 * it redirects.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import type { Source } from "../../../src/collector.ts";
import { basic, type HeaderLine, type HttpRequest, type HttpTarget } from "./http_request.ts";
import { UNPRINTABLE } from "./http_response.ts";
import type { Authorization, HttpModule, TextRef } from "../module.ts";
import type { ProbeTools } from "../prober.ts";
import { ProbeError } from "../result.ts";
import { secretOf, textOf } from "../text_ref.ts";

/** What requests carry, files read. */
export interface Sender {
  /** Value of `Host`, in place of the target's. */
  readonly host?: string;
  /** Value of `Authorization`, unless the target or a header says otherwise; empty for none. */
  readonly authorization: string;
  /** Headers that go everywhere. */
  readonly open: readonly HeaderLine[];
  /** Headers that go to the target's own origin. */
  readonly confidential: readonly HeaderLine[];
  /** Body of the request. */
  readonly body?: Uint8Array;
}

/** One request of a probe, as seen by its redirects. */
export interface Step {
  /** What is asked for. */
  readonly target: HttpTarget;
  /** By which method. */
  readonly method: string;
  /** Whether the body goes along. */
  readonly hasBody: boolean;
  /** Whether all so far were of the target's own origin. */
  readonly isOwn: boolean;
  /** Whether `Host` is the one that stands for the target's. */
  readonly keepsHost: boolean;
}

/** Headers by which a client says who it is, and that their names show to be such. */
const CONFIDENTIAL =
  /^(?:authorization|proxy-authorization|www-authenticate|cookie2?)$|token|secret|password|api-?key|credential|auth-key/i;
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/**
 * Reads what requests of `module` carry.
 *
 * @param authorization value of `Authorization` for a token that was fetched
 * @throws {ProbeError} `internal` if a file cannot be read, or a header cannot be sent
 */
export function senderOf(
  module: Pick<HttpModule, "headers" | "client" | "body">,
  { source, hostname }: Pick<ProbeTools, "source" | "hostname">,
  authorization?: string,
): Sender {
  const isHost = ([name]: HeaderLine) => name.toLowerCase() === "host";
  const own = module.headers.filter((header) => !isHost(header));
  // `http_headers` are where secrets belong: all of them are taken for such.
  const others = module.client.headers.flatMap(([name, values]) =>
    values.map((ref): HeaderLine => [name, secretOf(ref, source)])
  );
  const isConfidential = ([name]: HeaderLine) => CONFIDENTIAL.test(name);
  const body = module.body && textOf(module.body, source);
  const sender = {
    host: hostname ?? module.headers.find(isHost)?.[1],
    authorization: authorization ?? authorizationOf(module.client.authorization, source),
    open: own.filter((header) => !isConfidential(header)),
    confidential: [...own.filter(isConfidential), ...others],
    body: body === undefined || body === "" ? undefined : Buffer.from(body),
  };
  for (const header of [...sender.open, ...sender.confidential, ["Host", sender.host ?? ""] as const]) {
    checkHeader(header);
  }
  checkHeader(["Authorization", sender.authorization]);
  return sender;
}

/**
 * Refuses a header that would be read as more than one.
 *
 * @throws {ProbeError} `internal`
 */
export function checkHeader([name, value]: HeaderLine): void {
  if (TOKEN.test(name) && !UNPRINTABLE.test(value)) return;
  throw new ProbeError("internal", `cannot send the header ${JSON.stringify(name)}: it has control characters`);
}

/**
 * Refuses a method that would be read as more than that.
 *
 * @throws {ProbeError} `internal`
 */
export function checkMethod(method: string): void {
  if (!TOKEN.test(method)) throw new ProbeError("internal", "cannot ask by this method: expected one word");
}

/** Value of `Authorization`; that of a token is fetched elsewhere. */
function authorizationOf(authorization: Authorization | undefined, source: Source): string {
  const secret = (ref: TextRef | undefined) => ref ? secretOf(ref, source) : "";
  switch (authorization?.kind) {
    case "basic":
      return basic(`${secret(authorization.username)}:${secret(authorization.password)}`);
    case "header":
      return `${authorization.type} ${secret(authorization.credentials)}`;
    default:
      return "";
  }
}

const CONTENT = /^content-/i;

/** The request of a step. */
export function requestOf(step: Step, sender: Sender, userAgent: string, cookie: string | undefined): HttpRequest {
  const { target, method, hasBody, isOwn, keepsHost } = step;
  const url = new URL(target.url);
  const body = hasBody ? sender.body : undefined;
  const given = [...sender.open, ...isOwn ? sender.confidential : []]
    .filter(([name]) => body !== undefined || sender.body === undefined || !CONTENT.test(name));
  const names = new Set(given.map(([name]) => name.toLowerCase()));
  const authorization = target.authorization || (isOwn ? sender.authorization : "");
  const headers: HeaderLine[] = [
    ...names.has("user-agent") ? [] : [["User-Agent", userAgent] as const],
    ...names.has("authorization") || authorization === "" ? [] : [["Authorization", authorization] as const],
    ...given,
    ...cookie === undefined || names.has("cookie") ? [] : [["Cookie", cookie] as const],
  ];
  return { method, url, host: keepsHost && sender.host ? sender.host : url.host, headers, body };
}
