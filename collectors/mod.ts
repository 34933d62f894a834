/**
 * The list of collectors, and the only one: where two offer the same series, the earlier has it.
 *
 * @module
 */

import type { AnyCollector } from "../src/collector.ts";
import cpu from "./cpu.ts";
import http from "./http.ts";
import loadavg from "./loadavg.ts";
import meminfo from "./meminfo.ts";
import nodeScrape from "./node_scrape.ts";
import self from "./self.ts";
import stat from "./stat.ts";
import uptime from "./uptime.ts";
import usage from "./usage.ts";

/** All collectors that come with Sonde. */
export const collectors: readonly AnyCollector[] = [
  stat,
  cpu,
  meminfo,
  loadavg,
  uptime,
  usage,
  http,
  self,
  nodeScrape,
];
