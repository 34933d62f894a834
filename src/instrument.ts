/**
 * Measures a handler of requests, and shows what it measured beside the handler's own routes.
 *
 * @module
 */

import type { Exporter } from "./exporter.ts";
import type { Arrival } from "./http_server_metrics.ts";
import {
  contentLength,
  type MeterOptions,
  nameOfError,
  type Outcome,
  RequestMeter,
  responseOutcome,
} from "./request_meter.ts";
import { isPlainPromise, isThenable } from "./thenable.ts";

/** What a handler answers; nothing where it made a WebSocket of the request, as Bun's servers do. */
export type Answer = Response | undefined | void;

/** A handler of requests, with whatever else its server gives it. */
export type Handler<A extends readonly unknown[], R = Response | Promise<Response>> = (
  request: Request,
  ...args: A
) => R;

/** How {@linkcode instrument} measures, and what it shows. */
export interface InstrumentOptions<A extends readonly unknown[] = readonly unknown[]>
  extends MeterOptions<[request: Request, ...args: A]> {
  /**
   * The template of the route that a request takes, as `/users/:id`; `undefined` for none. Called when the response is
   * there. Never give the path itself: each value is a series of its own.
   */
  readonly route?: (request: Request, ...args: A) => string | undefined;
}

/** A handler that is measured. */
export interface Instrumented<A extends readonly unknown[], R = Response | Promise<Response>> {
  /** Answers as the handler itself does, and the page at its path. */
  (request: Request, ...args: A): R | Promise<Awaited<R>> | Response | Promise<Response>;
  /** Runs the collectors. It has been started. */
  readonly exporter: Exporter;
}

/**
 * Measures `handler`: OpenTelemetry's `http_server_*` families, `service_last_response_time_seconds` and
 * `service_uptime_seconds_total`, on the page at `/metrics`, which is not measured itself. The handler's responses and
 * errors are passed on as they are; bodies are not looked at. A request's time ends when its response is there, before
 * the body is sent.
 *
 * @throws {TypeError} if `handler` is no function, or Prometheus would refuse what a collector declares
 * @throws {ConfigError} with every fault of the configuration
 *
 * @example
 * ```ts
 * import { instrument } from "@sonde/sonde";
 *
 * const app = instrument(() => new Response("hello"));
 * const page = await app(new Request("http://localhost/metrics"));
 * console.log(await page.text());
 * await app.exporter.stop();
 * ```
 */
export function instrument<
  A extends readonly unknown[],
  R extends Answer | PromiseLike<Answer> = Response | Promise<Response>,
>(handler: Handler<A, R>, options: InstrumentOptions<A> = {}): Instrumented<A, R> {
  if (typeof handler !== "function") throw new TypeError(`Cannot measure ${typeof handler}: expected a function`);
  const { route } = options;
  const meter = new RequestMeter(options);
  const { exporter } = meter;
  const answer = function (this: unknown, request: Request, ...args: A) {
    if (meter.serves(() => request.url, request, ...args)) return exporter.handler(request);
    const finish = meter.begin(() => arrivalOf(request));
    const routeOf = route && (() => route(request, ...args));
    let response: R;
    try {
      response = handler.call(this, request, ...args);
    } catch (error) {
      finish(() => ({ errorType: nameOfError(error) }), routeOf);
      throw error;
    }
    return watched(
      response,
      (settled) => finish(() => outcomeOf(request, settled, args[0]), routeOf),
      (error) => finish(() => ({ errorType: nameOfError(error) }), routeOf),
    );
  };
  return Object.assign(answer, { exporter });
}

/** What is told of a request: a read has no body, so that its headers, which servers make when asked for, are let be. */
export function arrivalOf(request: Request): Arrival {
  const { method, url } = request;
  const secure = url.startsWith("https:");
  if (method === "GET" || method === "HEAD") return { method, secure };
  return { method, secure, requestBytes: contentLength(request.headers.get("content-length")) };
}

/** What is told of what a handler answered: of what is no response the server makes an error, or a WebSocket. */
function outcomeOf(request: Request, response: unknown, server: unknown): Outcome {
  if (response instanceof Response || isResponseLike(response)) {
    return responseOutcome(request.method, response.status, () => response.headers.get("content-length"));
  }
  const upgraded = response === undefined && typeof server === "object" && server !== null && "upgrade" in server;
  return upgraded ? {} : { errorType: "_OTHER" };
}

/** Whether it is a response of another realm's class, or of a framework's own. */
function isResponseLike(value: unknown): value is { status: unknown; headers: { get(name: string): unknown } } {
  return typeof value === "object" && value !== null && "status" in value && "headers" in value &&
    typeof value.headers === "object" && value.headers !== null && "get" in value.headers &&
    typeof value.headers.get === "function";
}

/**
 * `answer`, once it is settled told to one of two functions, which never throw. A promise is returned as it is. `then` of
 * what is none may do the work, so that it is to be called once, as the server would: a promise of it is returned.
 */
function watched<R>(
  answer: R,
  responded: (response: unknown) => void,
  failed: (error: unknown) => void,
): R | Promise<Awaited<R>> {
  if (isPlainPromise(answer)) {
    answer.then(responded, failed);
    return answer;
  }
  if (!isThenable(answer)) {
    responded(answer);
    return answer;
  }
  const settled = once<R>(answer);
  settled.then(responded, failed);
  return settled;
}

/** What it settles to. */
async function once<R>(thenable: R): Promise<Awaited<R>> {
  return await thenable;
}
