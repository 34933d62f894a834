/**
 * Requests to responses: metrics, landing page, health, reload, and what collectors mount. Opens no port.
 *
 * @module
 */

import { Hono } from "hono";
import type { Clock } from "./clock.ts";
import type { RouteHandler } from "./collector.ts";
import type { Engine } from "./engine.ts";
import { failureMessage } from "./failure.ts";
import { contentSecurityPolicy, landingPage } from "./landing.ts";
import type { Logger } from "./log.ts";
import { MetricsEndpoint, type MetricsSettings } from "./metrics_endpoint.ts";
import { plain } from "./plain_response.ts";
import { hasPlainHost, pathOf, queryAt } from "./request_target.ts";

/** What the configuration says of the server. */
export interface ServerSettings extends MetricsSettings {
  /** Path of the metrics, with its leading slash. At `/` there is no landing page. */
  readonly telemetryPath: string;
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
export function createHandler(parts: HandlerParts): RouteHandler {
  const { settings, log } = parts;
  const metrics = new MetricsEndpoint(parts);
  const fail = (request: Request, error: unknown) => {
    log("error", "request failed", { path: pathOf(request), error: failureMessage(error) });
    return plain(500, "Internal server error");
  };
  const others = pages(parts, fail);
  const answer = (request: Request) => {
    const { telemetryPath } = settings();
    const query = queryAt(telemetryPath, request.url);
    // Where the URL ends in the path that begins with its first slash, no other slash can be the host's.
    const isPlain = query === "" && request.url.endsWith(telemetryPath);
    if (!isPlain && !hasPlainHost(request)) return plain(400, "Malformed Host header");
    if (query === undefined) return others.fetch(request);
    return isRead(request.method) ? metrics.answer(request, query) : refused(READS);
  };
  return (request) => {
    try {
      const response = answer(request);
      return response instanceof Promise ? response.catch((error) => fail(request, error)) : response;
    } catch (error) {
      return fail(request, error);
    }
  };
}

/** All but the metrics. */
function pages(parts: HandlerParts, fail: (request: Request, error: unknown) => Response): Hono {
  const { engine, reload } = parts;
  const app = new Hono({ getPath: pathOf });
  app.get("/", () => landing(parts));
  app.get("/-/healthy", () => plain(200, "OK"));
  app.get("/-/ready", readiness(engine));
  for (const path of ["/", "/-/healthy", "/-/ready"]) app.all(path, () => refused(READS));
  if (reload) {
    app.post("/-/reload", () => reloaded(reload));
    app.all("/-/reload", () => refused("POST"));
  }
  app.notFound(({ req: { raw } }) => engine.routes.get(pathOf(raw))?.(raw) ?? plain(404, "Not found"));
  app.onError((error, { req: { raw } }) => fail(raw, error));
  return app;
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
  const { telemetryPath } = settings();
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
