/**
 * All ways in which an HTTP probe can stop.
 *
 * @module
 */

import type { Stop } from "../accounting.ts";
import { hasBodyRules } from "./http_result.ts";
import type { HttpModule, TextRef } from "../module.ts";
import type { Phase, Reason } from "../result.ts";

/** A connection can break, and time be up, from connecting to the end of the response. */
const CONNECTED = ["connect", "tls", "request", "processing", "transfer"] as const;
/** TLS can end a connection at any time after it has begun. */
const SECURED = ["tls", "request", "processing", "transfer"] as const;

/** Why a token of OAuth 2 may not be had, wherever a probe is then; `internal` and `timeout` aside. */
export const TOKEN_REASONS: readonly Reason[] = ["dns", "refused", "reset", "tls", "protocol", "size", "response"];

/** The ways in which a probe with `module` can stop. `internal` in `resolve` stands for a run that failed itself. */
export function httpStops(module: HttpModule): readonly Stop[] {
  const { client } = module;
  const when = (condition: boolean, ...stops: (readonly [Reason, Phase])[]) => condition ? stops : [];
  const hasTlsFiles = [client.tls.ca, client.tls.cert, client.tls.key].some((ref) => ref !== undefined);
  const hasToken = client.authorization?.kind === "oauth2";
  const isDecoded = module.compression !== ""; // perhaps by what there is no decoder for
  const pairs: (readonly [Reason, Phase])[] = [
    ["internal", "resolve"],
    ["dns", "resolve"],
    ["timeout", "resolve"],
    ["refused", "connect"],
    ...CONNECTED.flatMap((phase) => [["reset", phase], ["timeout", phase]] as const),
    ...SECURED.map((phase) => ["tls", phase] as const),
    ...when(client.http2, ["protocol", "request"], ["protocol", "processing"]),
    ["protocol", "transfer"],
    ["size", "transfer"],
    ["redirect", "validate"],
    ["status", "validate"],
    ...when(hasOwn(module), ["internal", "request"]),
    ...when(hasTlsFiles || isDecoded, ["internal", "tls"]),
    ...when(client.proxy !== undefined, ["dns", "connect"], ["protocol", "connect"], ["tls", "connect"]),
    ...when(client.proxy !== undefined || isDecoded, ["internal", "connect"]),
    ...hasToken ? TOKEN_REASONS.map((reason) => [reason, "request"] as const) : [],
    ...when(hasHeaderRules(module), ["header", "validate"]),
    ...when(hasBodyRules(module), ["body", "validate"]),
    ...when(module.failIfSsl || module.failIfNotSsl, ["tls", "validate"]),
    ...when(module.validHttpVersions.length > 0, ["protocol", "validate"]),
  ];
  const once = new Map(pairs.map(([reason, phase]) => [`${reason} ${phase}`, { reason, phase }]));
  return [...once.values()];
}

function hasHeaderRules({ failIfHeaderMatches, failIfHeaderNotMatches }: HttpModule): boolean {
  return failIfHeaderMatches.length > 0 || failIfHeaderNotMatches.length > 0;
}

/** Whether what a request is made of may not be had, or not be sent. */
function hasOwn({ client: { authorization, headers }, body, headers: own, method }: HttpModule): boolean {
  const refs: (TextRef | undefined)[] = authorization?.kind === "basic"
    ? [authorization.username, authorization.password]
    : authorization?.kind === "header"
    ? [authorization.credentials]
    : [authorization?.clientSecret];
  return method !== "GET" || headers.length > 0 || own.length > 0 || [...refs, body].some((ref) => ref !== undefined);
}
