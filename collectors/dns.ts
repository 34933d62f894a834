/**
 * Asks name servers as blackbox_exporter's prober of DNS does.
 *
 * @module
 */

import type { AnyCollector } from "../src/collector.ts";
import { defineProber } from "./probe/define_prober.ts";
import { dnsProber } from "./probe/dns/dns_prober.ts";

const dns: AnyCollector = defineProber(dnsProber);
export default dns;
