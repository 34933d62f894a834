/**
 * The two figures of a service that everybody asks for: how long the last request took, and how long it has run.
 *
 * @module
 */

import type { Clock } from "./clock.ts";
import { type AnyCollector, defineCollector } from "./collector.ts";

/** Measures one service from its start on. */
export class ServiceMetrics {
  readonly #clock: Clock;
  readonly #begin: number;
  #lastSeconds: number | undefined;
  /** Shows what was measured; the uptime is that of the moment. */
  readonly collector: AnyCollector;

  /** Starts now. */
  constructor(clock: Clock) {
    this.#clock = clock;
    this.#begin = clock.monotonic();
    this.collector = defineCollector({
      name: "service",
      help: "Response time and uptime of this app.",
      intervalSeconds: 0,
      freshnessSeconds: 0,
      metrics: {
        service_last_response_time_seconds: { type: "gauge", help: "Time that the last response took." },
        service_uptime_seconds_total: { type: "counter", help: "Time since the service started." },
      },
      sources: ["the app itself"],
      read: () => ({ last: this.#lastSeconds, uptime: this.#clock.monotonic() - this.#begin }),
      samples({ last, uptime }, emit) {
        emit("service_last_response_time_seconds", last);
        emit("service_uptime_seconds_total", uptime);
      },
    });
  }

  /** A request has ended. */
  responded(seconds: number): void {
    this.#lastSeconds = seconds;
  }
}
