/**
 * Modules of the DNS prober.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { DnsModule } from "../../../collectors/probe/module.ts";
import { moduleSchema } from "../../../collectors/probe/modules/module.ts";

/** A module that asks for the addresses of `www.probe.test`, unless its section or itself says otherwise. */
export function dnsModule(
  section: Readonly<Record<string, unknown>> = {},
  own: Readonly<Record<string, unknown>> = {},
): DnsModule {
  const dns = { query_name: "www.probe.test", query_type: "A", preferred_ip_protocol: "ip4", ...section };
  const module = { name: "dns", ...moduleSchema.parse({ prober: "dns", dns, ...own }) };
  assert(module.prober === "dns");
  return module;
}
