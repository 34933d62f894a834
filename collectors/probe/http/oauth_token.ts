/**
 * Tokens of OAuth 2 by client credentials (RFC 6749, section 4.4), fetched once for all probes of an exporter.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { Shared } from "../../../src/scope.ts";
import { resolveAddresses } from "../address/address.ts";
import { failureOf } from "../classify.ts";
import { basic, type HeaderLine, hostOf } from "./http_request.ts";
import { type Visit, visitOnce } from "./http_visit.ts";
import type { Authorization, HttpModule } from "../module.ts";
import type { ProbeTools } from "../prober.ts";
import { proxyFor } from "./proxy.ts";
import { ProbeError } from "../result.ts";
import { secretOf } from "../text_ref.ts";
import { Timeline } from "../timeline.ts";

/** The credentials of a client of OAuth 2. */
export type Oauth = Extract<Authorization, { readonly kind: "oauth2" }>;

/** What of a module the server of tokens is asked by. */
type OauthModule = Pick<HttpModule, "address" | "client">;

/** A token, and until when it is good by the monotonic clock. */
interface Token {
  readonly authorization: string;
  readonly endSeconds: number;
}

/** The tokens by what they were fetched with. */
const TOKENS = new Shared<Map<string, Token>>(() => new Map());
const MOST_TOKENS = 1000;
/** A token is not used so shortly before its end, in seconds. */
const MARGIN_SECONDS = 10;
const LIMIT_BYTES = 1024 * 1024;

/**
 * Value of `Authorization` with a token.
 *
 * @throws {ProbeError} `response` if none is given
 * @throws what keeps us from asking for one, or the reason for which `signal` aborted
 */
export async function oauthToken(
  oauth: Oauth,
  module: OauthModule,
  tools: ProbeTools,
  signal: AbortSignal,
): Promise<string> {
  const tokens = TOKENS.of(tools.scope);
  const key = keyOf(oauth, tools);
  const known = tokens.get(key);
  if (known && tools.clock.monotonic() < known.endSeconds) return known.authorization;
  const token = await fetchToken(oauth, module, tools, signal);
  tokens.delete(key);
  if (tokens.size >= MOST_TOKENS) { for (const oldest of [...tokens.keys()].slice(0, 1)) tokens.delete(oldest); }
  tokens.set(key, token);
  return token.authorization;
}

/** Has the next probe fetch a token anew. */
export function forgetOauthToken(oauth: Oauth, tools: ProbeTools): void {
  TOKENS.of(tools.scope).delete(keyOf(oauth, tools));
}

function keyOf(oauth: Oauth, { source }: ProbeTools): string {
  const { clientId, clientSecret, tokenUrl, scopes, endpointParams } = oauth;
  return JSON.stringify([clientId, secretOf(clientSecret, source), tokenUrl, scopes, endpointParams]);
}

/** Says who we are in a header, and, to servers that will not have that, in the form. */
async function fetchToken(oauth: Oauth, module: OauthModule, tools: ProbeTools, signal: AbortSignal): Promise<Token> {
  const secret = secretOf(oauth.clientSecret, tools.source);
  const form = new URLSearchParams({ grant_type: "client_credentials", ...oauth.endpointParams });
  if (oauth.scopes.length > 0) form.set("scope", oauth.scopes.join(" "));
  const user = `${encodeURIComponent(oauth.clientId)}:${encodeURIComponent(secret)}`;
  const first = await ask(oauth, module, form, [["Authorization", basic(user)]], tools, signal);
  if (first.isOk) return tokenOf(first.text, tools);
  const whole = new URLSearchParams([...form, ["client_id", oauth.clientId], ["client_secret", secret]]);
  const second = await ask(oauth, module, whole, [], tools, signal);
  if (second.isOk) return tokenOf(second.text, tools);
  throw new ProbeError("response", `cannot get a token: the server answers by status ${second.status}`);
}

async function ask(
  oauth: Oauth,
  module: OauthModule,
  form: URLSearchParams,
  headers: readonly HeaderLine[],
  tools: ProbeTools,
  signal: AbortSignal,
) {
  const url = new URL(oauth.tokenUrl);
  const proxy = proxyFor(url, undefined, oauth.proxy);
  const addresses = proxy ? undefined : await resolveAddresses(hostOf(url), module.address, tools, signal);
  const request = {
    method: "POST",
    url,
    host: url.host,
    headers: [
      ["User-Agent", tools.userAgent],
      ["Content-Type", "application/x-www-form-urlencoded"],
      ["Accept", "application/json"],
      ...headers,
    ] satisfies HeaderLine[],
    body: Buffer.from(form.toString()),
  };
  const client = { http2: module.client.http2, proxy: oauth.proxy };
  const wish = { client, compression: "", bodyLimitBytes: LIMIT_BYTES, keepsBody: true };
  const visit: Visit = { timeline: new Timeline(tools.clock, "request") };
  // Where tokens come from is the operator's own choice.
  const own = { ...tools, admit: () => {} };
  const { status } = await visitOnce(visit, request, { addresses, proxy, tls: oauth.tls }, wish, own, signal)
    .catch((error) => {
      throw failureOf(error, visit.timeline.phase, "cannot get a token");
    });
  const text = Buffer.from(visit.body?.whole() ?? []).toString();
  return { isOk: status >= 200 && status <= 299, status, text };
}

function tokenOf(text: string, { clock }: ProbeTools): Token {
  const fields = fieldsOf(text);
  const { access_token: token, token_type: type, expires_in: seconds } = fields;
  if (typeof token !== "string" || token === "" || /[^\x21-\x7e]/.test(token)) {
    throw new ProbeError("response", "cannot get a token: the server's answer has none");
  }
  const scheme = typeof type !== "string" || type === "" || type.toLowerCase() === "bearer" ? "Bearer" : type;
  const lifetime = Number(seconds);
  const endSeconds = lifetime > 0 ? clock.monotonic() + lifetime - MARGIN_SECONDS : -Infinity;
  return { authorization: `${scheme} ${token}`, endSeconds };
}

/** The fields of an answer in JSON, or, as some servers have it, in a form. */
function fieldsOf(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? { ...value } : {};
  } catch {
    return Object.fromEntries(new URLSearchParams(text));
  }
}
