/**
 * What probing a URL comes to, and what of it is judged.
 *
 * @module
 */

import type { ResponseHead } from "./http_response.ts";
import type { HttpModule, JsonMetric } from "../module.ts";
import type { Failure, ProbeResult } from "../result.ts";
import type { Durations } from "../timeline.ts";
import type { TlsFacts } from "../tls/tls_facts.ts";

/** The response that was judged. */
export interface HttpResponse {
  /** Its head. */
  readonly head: ResponseHead;
  /** Bytes of its body that were read, decoded if the module says so. */
  readonly bodyBytes: number;
  /** The TLS that it came over. */
  readonly tls?: TlsFacts;
}

/** What probing a URL came to. */
export interface HttpResult extends ProbeResult {
  /** Whether the target's name was ours to resolve, and not a proxy's. */
  readonly resolves: boolean;
  /** How long each request's phases took, redirects in order; that of the target's own name is not among the first's. */
  readonly requests: readonly Durations[];
  /** Redirects that were answered. */
  readonly redirects: number;
  /** The last response, unless it was followed or has not come. */
  readonly response?: HttpResponse;
  /** What judging it came to. */
  readonly verdict: Verdict;
  /** Unix time at which it ended, in seconds. */
  readonly wallSeconds: number;
}

/** A response that has come to its end, as rules see it. */
export interface JudgedResponse {
  /** Its head. */
  readonly head: ResponseHead;
  /** Its version as rules name it, as `HTTP/1.1` or `HTTP/2.0`. */
  readonly version: string;
  /** Whether it came over TLS. */
  readonly isTls: boolean;
  /**
   * Its body, decoded if the module says so; there if {@linkcode needsBody}, and if it was read: of a redirect that is not
   * followed it is not.
   */
  readonly body?: Uint8Array;
}

/** A sample made of a body. */
export interface JsonSample {
  /** The gauge that it is of. */
  readonly metric: JsonMetric;
  /** Its labels, by name. */
  readonly labels: Readonly<Record<string, string>>;
  /** Its value. */
  readonly value: number;
}

/** What judging a response came to. */
export interface Verdict {
  /** Why it was not accepted; absent: it was. */
  readonly failure?: Pick<Failure, "reason" | "message">;
  /** Whether it failed by a pattern, of headers or body. */
  readonly failedByPattern: boolean;
  /** Whether it failed by a program of CEL; absent where the module has none. */
  readonly failedByCel?: boolean;
  /** What `json_metrics` made of it. */
  readonly samples: readonly JsonSample[];
}

/** The verdict on what there is nothing to judge of yet. */
export function unjudged(module: HttpModule): Verdict {
  const hasCel = module.failIfJsonMatches !== undefined || module.failIfJsonNotMatches !== undefined;
  return { failedByPattern: false, failedByCel: hasCel ? false : undefined, samples: [] };
}

/** Whether a module has rules for the body. */
export function hasBodyRules(module: HttpModule): boolean {
  return module.failIfBodyMatches.length > 0 || module.failIfBodyNotMatches.length > 0 ||
    module.failIfJsonMatches !== undefined || module.failIfJsonNotMatches !== undefined;
}

/** Whether a module asks for the body, which is kept then. */
export function needsBody(module: HttpModule): boolean {
  return hasBodyRules(module) || module.jsonMetrics.length > 0;
}
