/**
 * The families of the gRPC prober: blackbox_exporter's, under its names and with its help.
 *
 * @module
 */

import { toNanosecond } from "../../../src/clock.ts";
import type { Emit, Labels, Metrics } from "../../../src/collector.ts";
import { SERVING_STATUSES } from "./grpc_message.ts";
import type { GrpcResult } from "./grpc_probe.ts";

const open = { openLabels: true } as const;

/** What is told of a health check. */
export const GRPC_FAMILIES = {
  probe_grpc_duration_seconds: {
    type: "gauge",
    help: "Duration of gRPC request by phase",
    labels: ["phase"],
    ...open,
  },
  probe_grpc_healthcheck_response: {
    type: "gauge",
    help: "Response HealthCheck response",
    labels: ["serving_status"],
    ...open,
  },
  probe_grpc_status_code: { type: "gauge", help: "Response gRPC status code", ...open },
  probe_grpc_ssl: { type: "gauge", help: "Indicates if SSL was used for the connection", ...open },
} as const satisfies Metrics;

/** Emits {@linkcode GRPC_FAMILIES}: zeros for what was not said; of a host without address no more than that. */
export function emitGrpc(emit: Emit<typeof GRPC_FAMILIES>, labels: Labels, result: GrpcResult): void {
  const { address, lookupSeconds, durations, servingStatus, statusCode, tls } = result;
  emit("probe_grpc_duration_seconds", address ? lookupSeconds : 0, { ...labels, phase: "resolve" });
  if (address) {
    const { resolve: _, ...others } = durations;
    const check = toNanosecond(Object.values(others).reduce((sum, seconds) => sum + seconds, 0));
    emit("probe_grpc_duration_seconds", check, { ...labels, phase: "check" });
    const rest = SERVING_STATUSES.filter((status) => status !== servingStatus);
    for (const status of rest) {
      emit("probe_grpc_healthcheck_response", 0, { ...labels, serving_status: status });
    }
    if (servingStatus !== undefined) {
      emit("probe_grpc_healthcheck_response", 1, { ...labels, serving_status: servingStatus });
    }
  }
  emit("probe_grpc_status_code", statusCode, labels);
  emit("probe_grpc_ssl", tls && servingStatus !== undefined ? 1 : 0, labels);
}
