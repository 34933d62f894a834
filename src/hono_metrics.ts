/**
 * Measures requests of Hono.
 *
 * @module
 */

import type { Exporter } from "./exporter.ts";
import { arrivalOf } from "./instrument.ts";
import { type MeterOptions, nameOfError, type Outcome, RequestMeter, responseOutcome } from "./request_meter.ts";

/** A context of Hono, as far as it is looked at. */
export interface HonoContext {
  /** The request. */
  readonly req: { readonly raw: Request; readonly routePath: string; readonly routeIndex: number };
  /** The response. */
  readonly res: Response;
  /** What a handler threw. */
  readonly error?: Error;
}

/** A middleware of Hono. */
export interface HonoMiddleware {
  /** Answers with the page at its path, else measures the request. */
  (context: HonoContext, next: () => Promise<void>): Promise<Response | void>;
  /** Runs the collectors. It has been started. */
  readonly exporter: Exporter;
}

/**
 * Makes a middleware that measures as {@linkcode instrument} does, for `app.use(…)` before all else. The route is Hono's.
 *
 * @throws {TypeError} if Prometheus would refuse what a collector declares
 * @throws {ConfigError} with every fault of the configuration
 *
 * @example
 * ```ts
 * import { honoMetrics } from "@sonde/sonde";
 * import { Hono } from "hono";
 *
 * const app = new Hono();
 * const metrics = honoMetrics();
 * app.use(metrics);
 * app.get("/users/:id", (context) => context.text("hello"));
 * await metrics.exporter.stop();
 * ```
 */
export function honoMetrics(options: MeterOptions<readonly [request: Request]> = {}): HonoMiddleware {
  const meter = new RequestMeter(options);
  const { exporter } = meter;
  const middleware = async (context: HonoContext, next: () => Promise<void>): Promise<Response | void> => {
    const { req } = context;
    if (meter.serves(() => req.raw.url, req.raw)) return exporter.handler(req.raw);
    const own = req.routeIndex;
    const finish = meter.begin(() => arrivalOf(req.raw));
    try {
      await next();
    } catch (error) {
      finish(() => ({ errorType: nameOfError(error) }), () => routeOf(context, own));
      throw error;
    }
    finish(() => outcomeOf(context), () => routeOf(context, own));
  };
  return Object.assign(middleware, { exporter });
}

function outcomeOf({ req, res, error }: HonoContext): Outcome {
  const outcome = responseOutcome(req.raw.method, res.status, () => res.headers.get("content-length"));
  return error && outcome.errorType ? { ...outcome, errorType: nameOfError(error) } : outcome;
}

/** The route that answered: none where nothing behind this middleware did, or only others of all paths, in vain. */
function routeOf({ req, res }: HonoContext, own: number): string | undefined {
  if (req.routeIndex === own) return undefined;
  const { routePath } = req;
  return res.status === 404 && /^\/?\*$/.test(routePath) ? undefined : routePath;
}
