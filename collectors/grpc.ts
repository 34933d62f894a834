/**
 * Asks servers of gRPC for their health as blackbox_exporter's prober of gRPC does.
 *
 * @module
 */

import type { AnyCollector } from "../src/collector.ts";
import { defineProber } from "./probe/define_prober.ts";
import { grpcProber } from "./probe/grpc/grpc_prober.ts";

const grpc: AnyCollector = defineProber(grpcProber);
export default grpc;
