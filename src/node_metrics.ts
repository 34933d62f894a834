/**
 * Measures requests of servers of `node:http`, and of what is built on them, as Express.
 *
 * @module
 */

import type { Exporter } from "./exporter.ts";
import type { Arrival } from "./http_server_metrics.ts";
import { contentLength, type MeterOptions, type Outcome, RequestMeter, responseOutcome } from "./request_meter.ts";

/** A request of `node:http`, as far as it is looked at. */
export interface NodeRequest {
  /** Its method. */
  readonly method?: string;
  /** Path and query, of which routers cut off what they have matched. */
  readonly url?: string;
  /** Path and query as they were sent, where a framework keeps them. */
  readonly originalUrl?: string;
  /** Headers, their names in lower case. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** Its connection. */
  readonly socket: object | null;
}

/** A response of `node:http`, as far as it is looked at. */
export interface NodeResponse {
  /** Its status. */
  statusCode: number;
  /** Whether its head has been sent. */
  readonly headersSent: boolean;
  /** A header. */
  getHeader(name: string): unknown;
  /** Sets a header. */
  setHeader(name: string, value: string): unknown;
  /** Sends the last of the body. */
  end(chunk?: Uint8Array): unknown;
  /** Calls back once. */
  once(event: "finish" | "close", listener: () => void): unknown;
}

/** What a request is told apart by, before it is served. */
export type NodeArgs = readonly [request: NodeRequest, response: NodeResponse];

/** How {@linkcode nodeMetrics} measures, and what it shows. */
export interface NodeMetricsOptions extends MeterOptions<NodeArgs> {
  /**
   * The template of the route that a request took, as `/users/:id`; `undefined` for none; by default Express's. Called when
   * the response has been sent. Never give the path itself: each value is a series of its own.
   */
  readonly route?: (...args: NodeArgs) => string | undefined;
}

/** A middleware of Express and of `node:http`. */
export interface NodeMiddleware {
  /** Answers with the page at its path, else measures the request that `next` answers. */
  (request: NodeRequest, response: NodeResponse, next: () => void): void;
  /** Runs the collectors. It has been started. */
  readonly exporter: Exporter;
}

/**
 * Makes a middleware that measures as {@linkcode instrument} does, for Express and whatever else serves by `node:http`. To
 * be used before all others. A request's time ends when its response has been sent, or its connection is gone: then
 * `error_type` is `aborted`.
 *
 * @throws {TypeError} if Prometheus would refuse what a collector declares
 * @throws {ConfigError} with every fault of the configuration
 *
 * @example
 * ```ts
 * import { createServer } from "node:http";
 * import { nodeMetrics } from "@sonde/sonde";
 *
 * const metrics = nodeMetrics();
 * const server = createServer((request, response) => metrics(request, response, () => response.end("hello")));
 * await metrics.exporter.stop();
 * ```
 */
export function nodeMetrics(options: NodeMetricsOptions = {}): NodeMiddleware {
  const { route = expressRoute } = options;
  const meter = new RequestMeter(options);
  const { exporter } = meter;
  const middleware = (request: NodeRequest, response: NodeResponse, next: () => void): void => {
    if (meter.serves(() => targetOf(request), request, response)) {
      void sendPage(exporter, request, response);
      return;
    }
    measure(meter, request, response, () => route(request, response));
    next();
  };
  return Object.assign(middleware, { exporter });
}

/** The URL by the connection; its host does not matter here. */
function targetOf({ originalUrl, url = "/" }: NodeRequest): string {
  return `http://localhost${originalUrl ?? url}`;
}

/** What is told of a request. */
function arrivalOf({ method = "", headers, socket }: NodeRequest): Arrival {
  const secure = socket !== null && "encrypted" in socket && socket.encrypted === true;
  return { method, secure, requestBytes: contentLength(headers["content-length"]) };
}

/** Measures a request until its response is sent, or its connection is gone. Never throws. */
export function measure(
  meter: RequestMeter<NodeArgs>,
  request: NodeRequest,
  response: NodeResponse,
  route: () => string | undefined,
): void {
  const finish = meter.begin(() => arrivalOf(request));
  meter.attempt(() => {
    response.once("finish", () => finish(() => outcomeOf(request, response), route));
    response.once("close", () => finish(() => ({ ...outcomeOf(request, response), errorType: "aborted" }), route));
  });
}

function outcomeOf({ method = "" }: NodeRequest, response: NodeResponse): Outcome {
  const { headersSent, statusCode } = response;
  return headersSent ? responseOutcome(method, statusCode, () => response.getHeader("content-length")) : {};
}

/**
 * Answers a request of `node:http` with the page of an exporter or aggregator; never rejects.
 *
 * @example
 * ```ts
 * import { createServer } from "node:http";
 * import { createExporter, sendPage } from "@sonde/sonde";
 *
 * const exporter = createExporter([]);
 * const server = createServer((request, response) => void sendPage(exporter, request, response));
 * ```
 */
export async function sendPage(
  exporter: Pick<Exporter, "handler">,
  request: NodeRequest,
  response: NodeResponse,
): Promise<void> {
  const { method, headers } = request;
  const sent = Object.entries(headers).flatMap(([name, value]): [string, string][] =>
    WANTED_HEADERS.has(name) && value !== undefined ? [[name, String(value)]] : []
  );
  const asked = new Request(targetOf(request), {
    // A Request takes not every method; to the page all but reads are one.
    method: method === "GET" || method === "HEAD" ? method : "POST",
    headers: sent,
  });
  const page = await exporter.handler(asked);
  const body = new Uint8Array(await page.arrayBuffer());
  if (response.headersSent) return;
  response.statusCode = page.status;
  for (const [name, value] of page.headers) response.setHeader(name, value);
  if (!page.headers.has("content-length")) response.setHeader("content-length", String(body.length));
  response.end(body);
}

/** Those that the page depends on. */
const WANTED_HEADERS = new Set(["accept", "accept-encoding", "x-prometheus-scrape-timeout-seconds"]);

/** The route that Express took: where its router is mounted, values of parameters replaced by their names, and its path. */
function expressRoute(request: object): string | undefined {
  const route = "route" in request ? request.route : undefined;
  if (typeof route !== "object" || route === null || !("path" in route)) return undefined;
  const base = "baseUrl" in request && typeof request.baseUrl === "string" ? request.baseUrl : "";
  const params = "params" in request ? request.params : undefined;
  const names = new Map(Object.entries(params ?? {}).map(([name, value]) => [String(value), `:${name}`]));
  const mount = base.split("/").map((segment) => names.get(segment) ?? segment).join("/");
  const path = String(route.path);
  return path === "/" && mount !== "" ? mount : mount + path;
}
