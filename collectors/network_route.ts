/**
 * Routes: rtnetlink(7), unicast ones of all tables and of both versions of IP. One series per next hop and one per device;
 * the kernel's whole tables are read, so a router with many routes may want a longer interval and freshness, or none of
 * it. Not here where the runtime cannot make system calls, or may not.
 *
 * @module
 */

import { defineCollector } from "../src/collector.ts";
import { addressOf, type Attribute, attributes, deviceNames, parts, table, u32, u8 } from "../src/netlink.ts";

/** linux/rtnetlink.h: routes, their header, and those that lead to one address. */
const RTM_GETROUTE = 26;
const HEADER_BYTES = 12;
const RTN_UNICAST = 1;
const RTA_DST = 1;
const RTA_OIF = 4;
const RTA_GATEWAY = 5;
const RTA_PRIORITY = 6;
const RTA_PREFSRC = 7;
const RTA_MULTIPATH = 9;
/** linux/rtnetlink.h: header of one of several next hops. */
const HOP_HEADER_BYTES = 8;

/** linux/rtnetlink.h: who made a route, under the peer's names. */
const PROTOCOLS: ReadonlyMap<number, string> = new Map([
  [0, "unspec"],
  [1, "redirect"],
  [2, "kernel"],
  [3, "boot"],
  [4, "static"],
  [8, "gated"],
  [9, "ra"],
  [10, "mrt"],
  [11, "zebra"],
  [12, "bird"],
  [13, "dnrouted"],
  [14, "xorp"],
  [15, "ntk"],
  [16, "dhcp"],
  [17, "mrouted"],
  [42, "babel"],
  [186, "bgp"],
  [187, "isis"],
  [188, "ospf"],
  [189, "rip"],
  [192, "eigrp"],
]);

/** Where a route may lead next. */
export interface NextHop {
  /** Number of the device; 0 for none. */
  readonly device: number;
  /** Address of the router; empty where there is none, or none of the route's own family. */
  readonly gateway: string;
  /** Its share among several; empty where it is the only one. */
  readonly weight: string;
}

/** A route. */
export interface Route {
  /** Prefix, or `default`. */
  readonly destination: string;
  /** The address to send from; empty for any. */
  readonly source: string;
  /** The lowest is preferred. */
  readonly priority: number;
  /** Who made it, as `kernel`. */
  readonly protocol: string;
  /** At least one. */
  readonly hops: readonly NextHop[];
}

/** Routes, and what their devices are called. */
export interface Routes {
  /** In the kernel's order. */
  readonly routes: readonly Route[];
  /** Names by number. */
  readonly devices: ReadonlyMap<number, string>;
}

export default defineCollector({
  name: "network_route",
  help: "The routing table.",
  enabled: false,
  peer: true,
  platforms: ["linux"],
  freshnessSeconds: 0.1,
  metrics: {
    node_network_route_info: {
      type: "gauge",
      help: "network routing table information",
      labels: ["device", "src", "dest", "gw", "priority", "proto", "weight"],
    },
    node_network_routes: { type: "gauge", help: "network routes by interface", labels: ["device"] },
  },
  sources: ["libc rtnetlink(7)"],
  async read({ source }): Promise<Routes | null> {
    const calls = source.systemCalls();
    if (!calls) return null;
    const devices = await deviceNames(calls);
    const bodies = await table(calls, RTM_GETROUTE, new Uint8Array(HEADER_BYTES));
    return { devices, routes: bodies.flatMap(parseRoute) };
  },
  samples({ routes, devices }, emit) {
    const counts = new Map<string, number>();
    const told = new Set<string>();
    for (const { destination: dest, source: src, priority, protocol: proto, hops } of routes) {
      for (const { device: index, gateway: gw, weight } of hops) {
        const device = devices.get(index) ?? "";
        counts.set(device, (counts.get(device) ?? 0) + 1);
        const labels = { device, src, dest, gw, priority: String(priority), proto, weight };
        // Two tables may hold the same.
        const key = Object.values(labels).join(" ");
        if (!told.has(key)) emit("node_network_route_info", 1, labels);
        told.add(key);
      }
    }
    for (const [device, count] of counts) emit("node_network_routes", count, { device });
  },
});

/**
 * Parses an entry of the kernel's table of routes; empty for what leads nowhere, or to many.
 *
 * @throws {SyntaxError} if it is cut off, or an address has the length of none
 */
export function parseRoute(body: DataView): Route[] {
  const [prefixLength, protocol] = [u8(body, 1), u8(body, 5)];
  if (u8(body, 7) !== RTN_UNICAST) return [];
  let [destination, source, gateway, priority, device] = ["", "", "", 0, 0];
  let hops: readonly NextHop[] = [];
  for (const { type, value } of attributes(body, HEADER_BYTES)) {
    if (type === RTA_DST) destination = addressOf(value);
    else if (type === RTA_PREFSRC) source = addressOf(value);
    else if (type === RTA_GATEWAY) gateway = addressOf(value);
    else if (type === RTA_PRIORITY) priority = u32(value, 0);
    else if (type === RTA_OIF) device = u32(value, 0);
    else if (type === RTA_MULTIPATH) hops = [...parts(value, 0, HOP_HEADER_BYTES)].map(parseHop);
  }
  return [{
    destination: prefixLength === 0 ? "default" : `${destination}/${prefixLength}`,
    source,
    priority,
    protocol: PROTOCOLS.get(protocol) ?? "unknown",
    hops: hops.length > 0 ? hops : [{ device, gateway, weight: "" }],
  }];
}

/** @throws {SyntaxError} if an attribute is cut off, or its address has the length of none */
function parseHop(hop: DataView): NextHop {
  const isGateway = ({ type }: Attribute) => type === RTA_GATEWAY;
  const gateway = [...attributes(hop, HOP_HEADER_BYTES)].find(isGateway);
  return { device: u32(hop, 4), gateway: gateway ? addressOf(gateway.value) : "", weight: String(u8(hop, 3) + 1) };
}
