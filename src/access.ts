/**
 * Who may ask: basic authentication, a limit of requests, and the headers of answers, around a handler.
 *
 * @module
 */

import type { Clock } from "./clock.ts";
import type { Client, RequestHandler } from "./collector.ts";
import type { WebConfig } from "./config.ts";
import { Passwords } from "./passwords.ts";
import { plain } from "./plain_response.ts";

/** What an {@linkcode accessHandler} is made of. */
export interface AccessParts {
  /** Answers those who may ask; throws as little as it rejects. */
  readonly handler: RequestHandler;
  /** What is configured at this moment. */
  readonly config: () => WebConfig | Promise<WebConfig>;
  /** Time. */
  readonly clock: Clock;
}

/** A bucket of requests, filled by one each interval. */
class Bucket {
  readonly #clock: Clock;
  #tokens = Infinity;
  #filledAt = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  take({ intervalSeconds, burst }: NonNullable<WebConfig["rateLimit"]>): boolean {
    const now = this.#clock.monotonic();
    this.#tokens = Math.min(burst, this.#tokens + (now - this.#filledAt) / intervalSeconds);
    this.#filledAt = now;
    if (this.#tokens < 1) return false;
    this.#tokens--;
    return true;
  }
}

/** Name and password of `Authorization: Basic …`; `undefined` if it is another, or none. */
function credentials({ headers }: Request): readonly [user: string, password: string] | undefined {
  const [, encoded] = /^basic +([^ ]*)$/i.exec(headers.get("authorization") ?? "") ?? [];
  if (encoded === undefined) return undefined;
  try {
    const text = new TextDecoder().decode(Uint8Array.from(atob(encoded), (character) => character.charCodeAt(0)));
    const colon = text.indexOf(":");
    return colon < 0 ? undefined : [text.slice(0, colon), text.slice(colon + 1)];
  } catch {
    return undefined; // it is no Base64
  }
}

function withHeaders(response: Response, headers: WebConfig["headers"]): Response {
  for (const [name, value] of headers) if (!response.headers.has(name)) response.headers.set(name, value);
  return response;
}

/** Answers as `handler` does those who may ask, and nobody else, whatever the path. */
export function accessHandler({ handler, config, clock }: AccessParts): RequestHandler {
  const passwords = new Passwords();
  const bucket = new Bucket(clock);
  const answer = async (request: Request, client: Client | undefined, { users }: WebConfig): Promise<Response> => {
    if (users.size === 0) return await handler(request, client);
    const given = credentials(request);
    const verdict = given && await passwords.check(users, ...given);
    if (verdict) return await handler(request, client);
    if (given && verdict === undefined) return plain(503, "Too many passwords to check", { "retry-after": "1" });
    return plain(401, "Unauthorized", { "www-authenticate": "Basic" });
  };
  return async (request, client) => {
    const current = await config();
    if (current.rateLimit && !bucket.take(current.rateLimit)) return plain(429, "Too Many Requests");
    return withHeaders(await answer(request, client, current), current.headers);
  };
}
