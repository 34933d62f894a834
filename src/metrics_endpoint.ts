/**
 * The metrics page as an answer to a request: what it asks for, how long it may wait, and when there is none.
 *
 * @module
 */

import type { Engine, Scrape, ScrapeRequest } from "./engine.ts";
import { suggestion } from "./nearest.ts";
import { acceptsGzip, metricsFormat } from "./negotiate.ts";
import { plain } from "./plain_response.ts";

/** What the configuration says of the metrics page. */
export interface MetricsSettings {
  /** Scrapes served at once; 0: no limit. */
  readonly maxRequests: number;
  /** Whether OpenMetrics is answered where it is accepted. */
  readonly openMetrics: boolean;
  /** Whether one failure makes the page a 503. */
  readonly strict: boolean;
}

/** What a {@linkcode MetricsEndpoint} is made of. */
export interface MetricsEndpointParts {
  /** Runs the collectors. */
  readonly engine: Engine;
  /** The settings at this moment: a reload may change them. */
  readonly settings: () => MetricsSettings;
  /** The name of the collector of that name or alias, whether it is enabled or not. */
  readonly names: (nameOrAlias: string) => string | undefined;
}

/** What a query leaves of the page. */
type Selection = Pick<ScrapeRequest, "collectors" | "families">;

/** How long those wait who do not tell their timeout. */
const DEFAULT_BUDGET_SECONDS = 10;
/** Names in a message, beyond which they are only counted. */
const MOST_NAMES = 20;

/**
 * How long a scrape may wait, in seconds: the scraper's timeout less half a second or a tenth, so that the answer arrives
 * in time; of a timeout below a second half.
 *
 * @param header value of `X-Prometheus-Scrape-Timeout-Seconds`; what is not a positive number is ignored
 */
export function scrapeBudget(header: string | null): number {
  const timeout = header !== null && /^\d*\.?\d+$/.test(header) ? Number(header) : 0;
  if (!(timeout > 0 && Number.isFinite(timeout))) return DEFAULT_BUDGET_SECONDS;
  return timeout - Math.min(timeout / 2, Math.max(0.5, timeout / 10));
}

/** Serves the metrics page. */
export class MetricsEndpoint {
  readonly #parts: MetricsEndpointParts;
  /** Scrapes that wait. */
  #waiting = 0;

  /** Serves nothing until asked. */
  constructor(parts: MetricsEndpointParts) {
    this.#parts = parts;
  }

  /**
   * Answers one GET or HEAD request; at once where nothing is to be waited for.
   *
   * @param query the request's query, without its question mark
   */
  answer(request: Request, query: string): Response | Promise<Response> {
    const { engine, settings } = this.#parts;
    const { maxRequests, openMetrics } = settings();
    if (maxRequests > 0 && this.#waiting >= maxRequests) {
      return plain(503, `Limit of concurrent scrapes reached (${maxRequests}), try again later.`);
    }
    const selection = query === "" ? {} : this.#select(new URLSearchParams(query));
    if (typeof selection === "string") return plain(400, selection);
    const { headers } = request;
    const { format, contentType } = metricsFormat(openMetrics ? headers.get("accept") : null, openMetrics);
    const budgetSeconds = scrapeBudget(headers.get("x-prometheus-scrape-timeout-seconds"));
    const scrape = engine.scrape({ format, budgetSeconds, ...selection });
    if (!(scrape instanceof Promise)) return this.#respond(request, scrape, contentType);
    this.#waiting++;
    return scrape.then((done) => this.#respond(request, done, contentType)).finally(() => this.#waiting--);
  }

  /** What is wanted of the page, or what is wrong with the wish. Keys that are not ours are ignored. */
  #select(query: URLSearchParams): Selection | string {
    const collect = query.getAll("collect[]");
    const exclude = query.getAll("exclude[]");
    const families = query.has("name[]") ? new Set(query.getAll("name[]")) : undefined;
    if (collect.length > 0 && exclude.length > 0) return "Combined collect and exclude queries are not allowed.";
    const { engine, names } = this.#parts;
    const enabled = engine.collectors;
    // Like the peer's own metrics, what reports the engine is there whatever is collected, unless it is excluded.
    const collectors = new Set(collect.length > 0 ? engine.observers : enabled);
    for (const wish of collect) {
      const name = names(wish);
      if (name === undefined) {
        return `Cannot collect ${JSON.stringify(wish)}: there is no such collector${suggestion(wish, enabled)}`;
      }
      if (!enabled.has(name)) {
        return `Cannot collect ${JSON.stringify(wish)}: the collector is disabled, or none of its families is wanted`;
      }
      collectors.add(name);
    }
    // What is not there is excluded already: the peer says nothing of it either.
    for (const wish of exclude) collectors.delete(names(wish) ?? wish);
    return { collectors: collectors.size === enabled.size ? undefined : collectors, families };
  }

  #respond(request: Request, { page, failed, useful }: Scrape, contentType: string): Response | Promise<Response> {
    const { strict, openMetrics } = this.#parts.settings();
    if (!useful) return plain(503, `No collector succeeded; failed: ${listed(failed)}`);
    if (strict && failed.length > 0) return plain(503, `Collectors failed: ${listed(failed)}`);
    const gzip = acceptsGzip(request.headers.get("accept-encoding"));
    const headers = metricsHeaders(contentType, openMetrics, gzip);
    const body = gzip ? page.gzip() : page.body();
    return body instanceof Promise
      ? body.then((done) => metricsResponse(request, done, headers))
      : metricsResponse(request, body, headers);
  }
}

/** What a HEAD request gets has the length of what it does not get. */
function metricsResponse(
  request: Request,
  body: string | Uint8Array<ArrayBuffer>,
  headers: [string, string][],
): Response {
  if (request.method !== "HEAD") return new Response(body, { headers });
  return new Response(null, { headers: [...headers, ["content-length", String(body.length)]] });
}

const knownHeaders = new Map<string, [string, string][][]>();

/** The headers of a page, made once for each combination. */
function metricsHeaders(contentType: string, openMetrics: boolean, gzip: boolean): [string, string][] {
  let variants = knownHeaders.get(contentType);
  if (!variants) knownHeaders.set(contentType, variants = []);
  return variants[Number(openMetrics) * 2 + Number(gzip)] ??= [
    ["content-type", contentType],
    ["vary", openMetrics ? "Accept, Accept-Encoding" : "Accept-Encoding"],
    ...(gzip ? [["content-encoding", "gzip"] satisfies [string, string]] : []),
  ];
}

function listed(ids: readonly string[]): string {
  const more = ids.length - MOST_NAMES;
  return ids.slice(0, MOST_NAMES).join(", ") + (more > 0 ? ` and ${more} more` : "");
}
