/**
 * Measures an app's requests on behalf of whatever server brings them, and never harms one.
 *
 * @module
 */

import { type Clock, systemClock } from "./clock.ts";
import type { AnyCollector } from "./collector.ts";
import { createExporter, type Exporter, type ExporterConfig, type ExporterOptions } from "./exporter.ts";
import { failureMessage } from "./failure.ts";
import { type Arrival, type Departure, HttpServerMetrics } from "./http_server_metrics.ts";
import { type Logger, rateLimited, silentLogger } from "./log.ts";
import { queryAt } from "./request_target.ts";
import { ServiceMetrics } from "./service_metrics.ts";

/**
 * What an app's page shows besides its requests, and who gets it.
 *
 * @template A what the app's handler gets, a request first
 */
export interface MeterOptions<A extends readonly unknown[] = readonly unknown[]> extends ExporterOptions {
  /** Further collectors to show: of the list `collectors`, or the app's own. */
  readonly collectors?: readonly AnyCollector[];
  /** Their configuration. */
  readonly config?: ExporterConfig;
  /**
   * Who gets the page from the app's own server: all (`true`, the default), nobody (`false`: serve `exporter.handler` on a
   * port of its own), or those requests for which a function returns `true`. Others get the app's own answer.
   */
  readonly serve?: boolean | ((...args: A) => boolean);
}

/** How a request has ended, but for the time that it took. */
export type Outcome = Omit<Departure, "seconds" | "route">;

/** Ends the measurement of one request, on its route, if there is one; again it does nothing. Never throws. */
export type Finish = (outcome: () => Outcome, route?: () => unknown) => void;

const nothing: Finish = () => {};

/** Measures requests, and holds the exporter that shows them, which has been started. */
export class RequestMeter<A extends readonly unknown[]> {
  /** Shows what was measured. */
  readonly exporter: Exporter;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #serve: MeterOptions<A>["serve"];
  readonly #server: HttpServerMetrics;
  readonly #service: ServiceMetrics;

  /**
   * Has measured nothing.
   *
   * @throws {ConfigError} with every fault of the configuration
   * @throws {TypeError} if Prometheus would refuse what a collector declares
   */
  constructor(options: MeterOptions<A>) {
    const { collectors = [], config = {}, serve = true, clock = systemClock, log = silentLogger, registry } = options;
    this.#clock = clock;
    this.#log = rateLimited(log, clock);
    this.#serve = serve;
    this.#server = new HttpServerMetrics(() => log("warn", "too many routes, further ones are not told apart"));
    this.#service = new ServiceMetrics(clock);
    const all = [this.#server.collector, this.#service.collector, ...collectors];
    this.exporter = createExporter(all, config, { clock, log, registry });
    this.exporter.start();
  }

  /**
   * Whether a request is to be answered by the page. Never throws.
   *
   * @param url its URL, or its path and query
   */
  serves(url: () => string, ...args: A): boolean {
    if (this.#serve === false) return false;
    try {
      if (queryAt(this.exporter.path, url()) === undefined) return false;
      return this.#serve === true || this.#serve?.(...args) === true;
    } catch (error) {
      this.#report(error);
      return false;
    }
  }

  /** A request has come. Never throws. */
  begin(arrival: () => Arrival): Finish {
    try {
      const begin = this.#clock.monotonic();
      let end: ((departure: Departure) => void) | undefined = this.#server.begin(arrival());
      return (outcome, route) => {
        const depart = end;
        end = undefined;
        if (depart) this.#end(begin, depart, outcome, route);
      };
    } catch (error) {
      this.#report(error);
      return nothing;
    }
  }

  #end(begin: number, depart: (departure: Departure) => void, outcome: () => Outcome, route?: () => unknown): void {
    const seconds = this.attempt(() => this.#clock.monotonic() - begin) ?? 0;
    this.#service.responded(seconds);
    const found = route && this.attempt(route);
    const { status, errorType, responseBytes } = this.attempt(outcome) ?? {};
    depart({ seconds, status, errorType, responseBytes, route: typeof found === "string" ? found : undefined });
  }

  /** What an action of measuring returns; a throw of it is logged, and does not reach the app. */
  attempt<T>(action: () => T): T | undefined {
    try {
      return action();
    } catch (error) {
      this.#report(error);
      return undefined;
    }
  }

  #report(error: unknown): void {
    try {
      this.#log("warn", "request not measured", { error: failureMessage(error) });
    } catch {
      // A log that fails cannot be told of: the request goes on.
    }
  }
}

/** Bytes that a `Content-Length` tells; `undefined` where it is none. */
export function contentLength(header: unknown): number | undefined {
  if (typeof header === "number") return Number.isSafeInteger(header) && header >= 0 ? header : undefined;
  return typeof header === "string" && /^\d{1,15}$/.test(header) ? Number(header) : undefined;
}

/** What a response says of itself; a status of 500 and more is the server's own fault. */
export function responseOutcome(method: string, status: unknown, length: () => unknown): Outcome {
  if (typeof status !== "number" || !Number.isInteger(status) || status < 100 || status > 999) {
    return { errorType: "_OTHER" };
  }
  const hasBody = method !== "HEAD" && status !== 304;
  return {
    status,
    errorType: status >= 500 ? String(status) : undefined,
    responseBytes: hasBody ? contentLength(length()) : undefined,
  };
}

/** The class of an error; `_OTHER` for what is none. Never throws. */
export function nameOfError(error: unknown): string {
  try {
    const name: unknown = error instanceof Error ? error.name : undefined;
    return typeof name === "string" && /^[A-Za-z_$][\w$]{0,63}$/.test(name) ? name : "_OTHER";
  } catch {
    return "_OTHER";
  }
}
