/**
 * Probes Unix sockets as blackbox_exporter's prober of that name does.
 *
 * @module
 */

import type { AnyCollector } from "../src/collector.ts";
import { defineProber } from "./probe/define_prober.ts";
import { unixProber } from "./probe/dialogue/unix_prober.ts";

const unix: AnyCollector = defineProber(unixProber);
export default unix;
