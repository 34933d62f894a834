/**
 * What an HTTP server measures of its requests: OpenTelemetry's conventions, as they are exposed to Prometheus.
 *
 * @module
 */

import { type AnyCollector, defineCollector, type Labels } from "./collector.ts";
import { Distribution } from "./distribution.ts";

/** A request that has come. */
export interface Arrival {
  /** Method as it was sent. */
  readonly method: string;
  /** Whether it came by TLS. */
  readonly secure: boolean;
  /** Bytes of the request's body; absent where they were not told. */
  readonly requestBytes?: number;
}

/** How a request has ended. */
export interface Departure {
  /** Template of the route, as `/users/:id`; absent where none is known. Never the path itself. */
  readonly route?: string;
  /** Status of the response; absent where there was none. */
  readonly status?: number;
  /** What went wrong: name of an error, or a status of the server's own faults. */
  readonly errorType?: string;
  /** Seconds from its arrival. */
  readonly seconds: number;
  /** Bytes of the response's body; absent where they were not told. */
  readonly responseBytes?: number;
}

/** The methods that are told apart; any other is `_OTHER`. */
const METHODS = new Set(["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH", "QUERY"]);
/** Bounds that the conventions ask for, in seconds. */
const DURATION_BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];
/** In bytes. */
const SIZE_BOUNDS = [100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000];
/** Label sets beyond which routes and errors are not told apart any more: what remains is bounded by itself. */
const MOST_LABEL_SETS = 2000;

const labels = ["http_request_method", "url_scheme"];
const METRICS = {
  http_server_request_duration_seconds: {
    type: "histogram",
    help: "Duration of HTTP server requests.",
    labels,
    openLabels: true,
  },
  http_server_active_requests: { type: "gauge", help: "Number of active HTTP server requests.", labels },
  http_server_request_body_size_bytes: {
    type: "histogram",
    help: "Size of HTTP server request bodies.",
    labels,
    openLabels: true,
  },
  http_server_response_body_size_bytes: {
    type: "histogram",
    help: "Size of HTTP server response bodies.",
    labels,
    openLabels: true,
  },
} as const;

/** What was measured of the requests of one label set. */
class Cell {
  readonly labels: Labels;
  readonly seconds = new Distribution(DURATION_BOUNDS);
  readonly requestBytes = new Distribution(SIZE_BOUNDS);
  readonly responseBytes = new Distribution(SIZE_BOUNDS);

  constructor(labels: Labels) {
    this.labels = labels;
  }
}

/** Requests under way of one method and scheme. */
interface Active {
  readonly method: string;
  readonly scheme: string;
  count: number;
}

/** Measures the requests of one server. */
export class HttpServerMetrics {
  readonly #overflow: () => void;
  readonly #cells = new Map<string, Cell>();
  readonly #active = new Map<string, Active>();
  #overflowed = false;
  /** Shows what was measured. */
  readonly collector: AnyCollector = httpServerCollector(this.#cells, this.#active);

  /**
   * Has measured nothing.
   *
   * @param overflow told once when there are so many label sets that routes and errors are not told apart any more
   */
  constructor(overflow: () => void = () => {}) {
    this.#overflow = overflow;
  }

  /** A request has come. What is returned is to be told once how it has ended. */
  begin({ method: sent, secure, requestBytes }: Arrival): (departure: Departure) => void {
    const method = METHODS.has(sent) ? sent : "_OTHER";
    const scheme = `http${secure ? "s" : ""}`;
    const active = this.#activeOf(method, scheme);
    active.count++;
    return (departure) => {
      active.count--;
      const cell = this.#cellOf(method, scheme, departure);
      cell.seconds.add(departure.seconds);
      if (requestBytes !== undefined) cell.requestBytes.add(requestBytes);
      if (departure.responseBytes !== undefined) cell.responseBytes.add(departure.responseBytes);
    };
  }

  #activeOf(method: string, scheme: string): Active {
    const key = `${method} ${scheme}`;
    let active = this.#active.get(key);
    if (!active) this.#active.set(key, active = { method, scheme, count: 0 });
    return active;
  }

  #cellOf(method: string, scheme: string, { status, errorType = "", route = "", seconds }: Departure): Cell {
    const key = `${method}\n${scheme}\n${status}\n${errorType}\n${route}`;
    const known = this.#cells.get(key);
    if (known) return known;
    if (this.#cells.size >= MOST_LABEL_SETS && (route !== "" || !/^(?:\d*|_OTHER)$/.test(errorType))) {
      if (!this.#overflowed) this.#overflow();
      this.#overflowed = true;
      return this.#cellOf(method, scheme, { status, errorType: errorType && "_OTHER", seconds });
    }
    const cell = new Cell({
      http_request_method: method,
      url_scheme: scheme,
      ...(route !== "" && { http_route: route }),
      ...(status !== undefined && { http_response_status_code: String(status) }),
      ...(errorType !== "" && { error_type: errorType }),
    });
    this.#cells.set(key, cell);
    return cell;
  }
}

function httpServerCollector(cells: ReadonlyMap<string, Cell>, active: ReadonlyMap<string, Active>): AnyCollector {
  return defineCollector({
    name: "http_server",
    help: "Requests that this app answers.",
    intervalSeconds: 0,
    freshnessSeconds: 0,
    metrics: METRICS,
    sources: ["the app's own requests"],
    read: () => ({ cells: cells.values(), active: active.values() }),
    samples(value, emit) {
      for (const { labels, seconds, requestBytes, responseBytes } of value.cells) {
        const { http_request_method = "", url_scheme = "" } = labels;
        const all = { ...labels, http_request_method, url_scheme };
        emit("http_server_request_duration_seconds", seconds.value(), all);
        emit("http_server_request_body_size_bytes", requestBytes.value(), all);
        emit("http_server_response_body_size_bytes", responseBytes.value(), all);
      }
      for (const { method, scheme, count } of value.active) {
        emit("http_server_active_requests", count, { http_request_method: method, url_scheme: scheme });
      }
    },
  });
}
