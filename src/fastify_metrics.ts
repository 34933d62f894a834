/**
 * Measures requests of Fastify.
 *
 * @module
 */

import type { Exporter } from "./exporter.ts";
import { measure, type NodeArgs, type NodeRequest, type NodeResponse, sendPage } from "./node_metrics.ts";
import { type MeterOptions, RequestMeter } from "./request_meter.ts";

/** A request of Fastify, as far as it is looked at. */
export interface FastifyRequest {
  /** Node's own. */
  readonly raw: NodeRequest;
  /** The route that it takes. */
  readonly routeOptions: { readonly url?: string };
}

/** A reply of Fastify, as far as it is used. */
export interface FastifyReply {
  /** Node's own. */
  readonly raw: NodeResponse;
  /** Lets Fastify know that it is answered elsewhere. */
  hijack(): unknown;
}

/** A hook of Fastify. */
export interface FastifyHook {
  /** Answers with the page at its path, else measures the request. */
  (request: FastifyRequest, reply: FastifyReply, done: () => void): void;
  /** Runs the collectors. It has been started. */
  readonly exporter: Exporter;
}

/**
 * Makes a hook that measures as {@linkcode nodeMetrics} does, for `app.addHook("onRequest", …)` on the server itself. The
 * route is Fastify's.
 *
 * @throws {TypeError} if Prometheus would refuse what a collector declares
 * @throws {ConfigError} with every fault of the configuration
 *
 * @example
 * ```ts
 * import { fastifyMetrics } from "@sonde/sonde";
 * import Fastify from "fastify";
 *
 * const app = Fastify();
 * const metrics = fastifyMetrics();
 * app.addHook("onRequest", metrics);
 * await metrics.exporter.stop();
 * ```
 */
export function fastifyMetrics(options: MeterOptions<NodeArgs> = {}): FastifyHook {
  const meter = new RequestMeter(options);
  const { exporter } = meter;
  const hook = (request: FastifyRequest, reply: FastifyReply, done: () => void): void => {
    const { raw } = request;
    if (meter.serves(() => `http://localhost${raw.url ?? "/"}`, raw, reply.raw)) {
      reply.hijack();
      void sendPage(exporter, raw, reply.raw);
      return;
    }
    measure(meter, raw, reply.raw, () => request.routeOptions.url);
    done();
  };
  return Object.assign(hook, { exporter });
}
