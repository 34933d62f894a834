/**
 * Requests to responses: metrics, landing page, health, reload, and what collectors mount. Opens no port.
 *
 * @module
 */

import { Hono } from "hono";
import type { Clock } from "./clock.ts";
import type { Client, RequestHandler } from "./collector.ts";
import type { Engine } from "./engine.ts";
import { failureMessage } from "./failure.ts";
import { contentSecurityPolicy, landingPage } from "./landing.ts";
import type { Logger } from "./log.ts";
import { MetricsEndpoint, type MetricsSettings } from "./metrics_endpoint.ts";
import { plain } from "./plain_response.ts";
import { hasPlainHost, pathOf, queryAt } from "./request_target.ts";

/** What the configuration says of the server. */
export interface ServerSettings extends MetricsSettings {
  /** Path before all pages, without a slash at its end; empty for none. */
  readonly routePrefix: string;
  /** Path of the metrics, with the prefix. At `/` there is no landing page. */
  readonly telemetryPath: string;
  /** Where the exporter is reached from outside. */
  readonly externalUrl: string | undefined;
  /** Page that `/` shows in place of the landing page. */
  readonly landingPage: string | undefined;
  /** What `/-/healthy` answers. */
  readonly healthy: string;
}

/** What a handler is made of. */
export interface HandlerParts {
  /** Runs the collectors. */
  readonly engine: Engine;
  /** The settings at this moment: a reload may change them. */
  readonly settings: () => ServerSettings;
  /** The name of the collector of that name or alias, whether it is enabled or not. */
  readonly names: (nameOrAlias: string) => string | undefined;
  /** Reads the configuration again; a throw tells what is wrong with it. Absent: there is no such endpoint. */
  readonly reload?: () => Promise<void>;
  /** Told of handlers that throw. */
  readonly log: Logger;
  /** Time. */
  readonly clock: Clock;
  /** Version of Sonde. */
  readonly version: string;
  /** Runtime and its version, as `deno 2.9.6`. */
  readonly runtime: string;
}

const READS = "GET, HEAD";
const isRead = (method: string) => method === "GET" || method === "HEAD";
const refused = (allow: string) => plain(405, "Method not allowed", { allow });

/** Answers every request; never throws, and never rejects. */
export function createHandler(parts: HandlerParts): RequestHandler {
  const { settings, log } = parts;
  const metrics = new MetricsEndpoint(parts);
  const fail = (request: Request, error: unknown) => {
    log("error", "request failed", { path: pathOf(request), error: failureMessage(error) });
    return plain(500, "Internal server error");
  };
  const others = pages(parts, fail);
  const answer = (request: Request, client: Client | undefined) => {
    const { telemetryPath } = settings();
    const query = queryAt(telemetryPath, request.url);
    // Where the URL ends in the path that begins with its first slash, no other slash can be the host's.
    const isPlain = query === "" && request.url.endsWith(telemetryPath);
    if (!isPlain && !hasPlainHost(request)) return plain(400, "Malformed Host header");
    if (query === undefined) return others.fetch(request, { client });
    return isRead(request.method) ? metrics.answer(request, query) : refused(READS);
  };
  return (request, client) => {
    try {
      const response = answer(request, client);
      return response instanceof Promise ? response.catch((error) => fail(request, error)) : response;
    } catch (error) {
      return fail(request, error);
    }
  };
}

/** What the pages know beside the request. */
interface Bindings {
  readonly client: Client | undefined;
}

/** All but the metrics. */
function pages(
  parts: HandlerParts,
  fail: (request: Request, error: unknown) => Response,
): Hono<{ Bindings: Bindings }> {
  const { engine, reload, settings } = parts;
  const below = (request: Request) => belowPrefix(pathOf(request), settings().routePrefix);
  const app = new Hono<{ Bindings: Bindings }>({ getPath: below });
  app.get("/", ({ req: { raw }, env }) => {
    const { landingPage } = settings();
    return (landingPage === undefined ? undefined : engine.route(landingPage)?.(raw, env.client)) ?? landing(parts);
  });
  app.get("/-/healthy", () => plain(200, settings().healthy));
  app.get("/-/ready", readiness(engine));
  for (const path of ["/", "/-/healthy", "/-/ready"]) app.all(path, () => refused(READS));
  if (reload) {
    app.post("/-/reload", () => reloaded(reload));
    app.all("/-/reload", () => plain(405, "This endpoint requires a POST request.", { allow: "POST" }));
  }
  app.notFound(({ req: { raw }, env }) => {
    const path = below(raw);
    if (path === OUTSIDE) return outside(raw, settings());
    return engine.route(path)?.(raw, env.client) ?? plain(404, "Not found");
  });
  app.onError((error, { req: { raw } }) => fail(raw, error));
  return app;
}

/** What stands for a path that does not begin with the prefix: no page has it. */
const OUTSIDE = "*";

/** What follows the prefix in a path. */
function belowPrefix(path: string, prefix: string): string {
  if (prefix === "") return path;
  return path.startsWith(`${prefix}/`) ? path.slice(prefix.length) : OUTSIDE;
}

/** The answer where the prefix is missing: who asks for the root is shown the way. */
function outside(request: Request, { routePrefix, externalUrl }: ServerSettings): Response {
  const path = pathOf(request);
  if (path !== "/" && path !== routePrefix) return plain(404, "Not found");
  return plain(302, "Found", { location: `${externalUrl ?? routePrefix}/` });
}

/** Once ready, it stays so: a reload must not take a host out of service. */
function readiness(engine: Engine): () => Response {
  let ready = false;
  return () => {
    ready ||= engine.ready();
    return ready ? plain(200, "OK") : plain(503, "Not ready: the first runs have not ended");
  };
}

async function reloaded(reload: () => Promise<void>): Promise<Response> {
  try {
    await reload();
  } catch (error) {
    return plain(500, failureMessage(error));
  }
  return plain(200, "OK");
}

function landing({ engine, settings, clock, version, runtime }: HandlerParts): Response {
  const nonce = crypto.randomUUID();
  const { routePrefix, telemetryPath: whole } = settings();
  const telemetryPath = whole.slice(routePrefix.length);
  const html = landingPage({ version, runtime, telemetryPath, nodes: engine.nodes(), now: clock.wall(), nonce });
  const body = new TextEncoder().encode(html);
  return new Response(body, {
    headers: {
      "content-type": "text/html; charset=utf-8",
      "content-length": String(body.length),
      "content-security-policy": contentSecurityPolicy(nonce),
      "cache-control": "no-store",
      "referrer-policy": "no-referrer",
      "x-content-type-options": "nosniff",
    },
  });
}
