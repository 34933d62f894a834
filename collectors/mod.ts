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

/**
 * All collectors that come with Sonde.
 *
 * @example
 * ```ts
 * import { collectors, createExporter } from "@sonde/sonde";
 *
 * const exporter = createExporter(collectors, { collectors: { http: false } });
 * exporter.start();
 * const page = await exporter.handler(new Request("http://localhost/metrics"));
 * console.log(await page.text());
 * await exporter.stop();
 * ```
 */
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
