/**
 * Probes WebSockets as blackbox_exporter's prober of that name does.
 *
 * @module
 */

import type { AnyCollector } from "../src/collector.ts";
import { defineProber } from "./probe/define_prober.ts";
import { websocketProber } from "./probe/websocket/websocket_prober.ts";

const websocket: AnyCollector = defineProber(websocketProber);
export default websocket;
