/**
 * Modules that are there without being configured, under the names that blackbox_exporter's own file has for them.
 *
 * @module
 */

import type { Module, ProberName } from "./module.ts";
import { moduleSchema } from "./modules/module.ts";

/** The peer reads bodies of any size; ours end where no health check does. */
const BODY_LIMIT = "128MB";

const BUILT_IN: Readonly<Record<string, unknown>> = {
  http_2xx: { prober: "http", histogram: true, http: { body_size_limit: BODY_LIMIT } },
  http_post_2xx: { prober: "http", histogram: true, http: { method: "POST", body_size_limit: BODY_LIMIT } },
  tcp_connect: { prober: "tcp", histogram: true },
  tls_connect: { prober: "tcp", histogram: true, tcp: { tls: true } },
  dns_udp: { prober: "dns", histogram: true, dns: { query_name: ".", query_type: "NS" } },
  icmp: { prober: "icmp", histogram: true },
  grpc: { prober: "grpc", histogram: true, grpc: { tls: true } },
  grpc_plain: { prober: "grpc", histogram: true },
  unix_connect: { prober: "unix", histogram: true },
  websocket: { prober: "websocket", histogram: true },
};

/** The modules by name; one of the configuration replaces that of its name. */
export function builtInModules(): ReadonlyMap<string, Module> {
  return new Map(Object.entries(BUILT_IN).map(([name, module]) => [name, { name, ...moduleSchema.parse(module) }]));
}

/** One of them, of a prober. */
export function builtInModule<P extends ProberName>(name: string, prober: P): Extract<Module, { readonly prober: P }> {
  const module = builtInModules().get(name);
  if (module && isOf(module, prober)) return module;
  throw new TypeError(`Cannot find the module "${name}" of ${prober}`);
}

function isOf<P extends ProberName>(module: Module, prober: P): module is Extract<Module, { readonly prober: P }> {
  return module.prober === prober;
}
