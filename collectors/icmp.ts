/**
 * Pings hosts as blackbox_exporter's prober of ICMP does.
 *
 * @module
 */

import type { AnyCollector } from "../src/collector.ts";
import { defineProber } from "./probe/define_prober.ts";
import { icmpProber } from "./probe/icmp/icmp_prober.ts";

const icmp: AnyCollector = defineProber(icmpProber);
export default icmp;
