/**
 * Probes URLs over HTTP as blackbox_exporter's prober of that name does.
 *
 * @module
 */

import type { AnyCollector } from "../src/collector.ts";
import { defineProber } from "./probe/define_prober.ts";
import { httpProber } from "./probe/http/http_prober.ts";

const http: AnyCollector = defineProber(httpProber);
export default http;
