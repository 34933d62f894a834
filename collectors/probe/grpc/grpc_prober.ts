/**
 * The gRPC prober.
 *
 * @module
 */

import type { AnyEmit } from "../../../src/collector.ts";
import { builtInModule } from "../built_in_modules.ts";
import { failedResult } from "../failed_result.ts";
import { ADDRESS_FAMILIES, emitAddress, emitResult, emitTls, RESULT_FAMILIES, TLS_FAMILIES } from "../families.ts";
import { emitGrpc, GRPC_FAMILIES } from "./grpc_families.ts";
import { type GrpcResult, grpcStops, NOTHING_CHECKED, parseServer, probeGrpc } from "./grpc_probe.ts";
import type { GrpcModule } from "../module.ts";
import type { Prober } from "../prober.ts";

/** In seconds. */
const DURATION_BOUNDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** What the peer tells of TLS here; of HTTP it tells more. */
const TLS_TOLD = {
  probe_ssl_earliest_cert_expiry: TLS_FAMILIES.probe_ssl_earliest_cert_expiry,
  probe_ssl_last_chain_info: TLS_FAMILIES.probe_ssl_last_chain_info,
  probe_tls_version_info: TLS_FAMILIES.probe_tls_version_info,
} as const;

/** Emits of TLS what is told. */
function told(emit: AnyEmit): AnyEmit {
  const one = (...sample: Parameters<AnyEmit>) => {
    if (sample[0] in TLS_TOLD) emit(...sample);
  };
  return Object.assign(one, { family: emit.family });
}

/** Asks servers of gRPC for their health. */
export const grpcProber: Prober<GrpcModule, GrpcResult> = {
  name: "grpc",
  help: "Outcome, health and certificate of configured servers of gRPC.",
  placeholder: "HOST:PORT",
  metrics: { ...RESULT_FAMILIES, ...ADDRESS_FAMILIES, ...GRPC_FAMILIES, ...TLS_TOLD },
  durationBounds: DURATION_BOUNDS,
  standard: builtInModule("grpc_plain", "grpc"),
  checkTarget: (target) => void parseServer(target),
  stops: grpcStops,
  probe: probeGrpc,
  failed: (error) => ({ ...failedResult(error), ...NOTHING_CHECKED }),
  emit(result, emit, labels) {
    emitResult(emit, labels, result);
    emitAddress(emit, labels, result);
    emitGrpc(emit, labels, result);
    const { tls, servingStatus, wallSeconds } = result;
    if (tls && servingStatus !== undefined) emitTls(told(emit), labels, tls, wallSeconds);
  },
};
