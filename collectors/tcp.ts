/**
 * Probes ports over TCP as blackbox_exporter's prober of that name does.
 *
 * @module
 */

import type { AnyCollector } from "../src/collector.ts";
import { defineProber } from "./probe/define_prober.ts";
import { tcpProber } from "./probe/dialogue/tcp_prober.ts";

const tcp: AnyCollector = defineProber(tcpProber);
export default tcp;
