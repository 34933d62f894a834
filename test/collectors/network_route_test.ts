import assert from "node:assert/strict";
import fc from "fast-check";
import networkRoute, { parseRoute } from "../../collectors/network_route.ts";
import { bytesOf, parseTable } from "../../src/netlink.ts";
import { damaged, parsedOrRefused } from "../arbitrary_bytes.ts";
import { samplesOf, seriesOf, valueOn } from "../context.ts";
import { hostCalling, TABLES, tables } from "../fake_system_calls.ts";

/** Labels of a route, in the order in which the test writes them. */
function route(dest: string, device: string, gw = "", priority = 0, proto = "boot", src = "", weight = "") {
  const labels = { dest, device, gw, priority: String(priority), proto, src, weight };
  return `node_network_route_info{${Object.entries(labels).map(([key, value]) => `${key}="${value}"`)}}`;
}

Deno.test("network_route: unicast routes of all tables, each next hop by itself", async () => {
  const series = seriesOf(networkRoute, await valueOn(networkRoute, hostCalling(tables)));
  const counts = Object.entries(series).filter(([name]) => name.startsWith("node_network_routes{"));
  assert.deepEqual(Object.fromEntries(counts), {
    'node_network_routes{device="d0"}': 15,
    'node_network_routes{device="d1"}': 6,
  });
  const infos = Object.keys(series).filter((name) => name.startsWith("node_network_route_info{"));
  assert.deepEqual(infos.sort(), [
    route("10.1.0.0/24", "d0", "", 0, "kernel", "10.1.0.2"),
    route("10.2.0.0/24", "d1", "", 0, "kernel", "10.2.0.2"),
    route("10.22.0.0/16", "d0", "10.1.0.1", 4294967295),
    route("10.33.0.0/16", "d0", "10.1.0.1", 0, "unknown"),
    route("10.44.0.0/16", "d0"),
    route("10.55.0.0/16", "d0", "10.1.0.1"),
    route("10.7.0.7/32", "d0", "10.1.0.9", 5, "bird"),
    route("10.77.0.0/16", "d0", "10.1.0.1", 0, "boot", "", "3"),
    route("10.77.0.0/16", "d1", "10.2.0.1", 0, "boot", "", "4"),
    route("10.8.0.0/24", "d0"),
    route("10.9.0.0/16", "d0", "10.1.0.1", 0, "boot", "", "3"),
    route("10.9.0.0/16", "d1", "10.2.0.1", 0, "boot", "", "7"),
    route("::ffff:a00:0/104", "d0", "fd00:1::1", 1024),
    route("default", "d0", "10.1.0.1", 100, "dhcp"),
    route("default", "d1", "10.2.0.1", 200, "static", "10.2.0.2"),
    route("fd00:1::/64", "d0", "", 256, "kernel"),
    route("fd00:2::/64", "d1", "", 256, "kernel"),
    route("fd00:7::/64", "d0", "fd00:1::1", 1024),
    route("fd00:8::/48", "d0", "fd00:1::1", 1024, "boot", "", "2"),
    route("fd00:8::/48", "d1", "fd00:2::1", 1024, "boot", "", "5"),
    route("fd00:9::/48", "d0", "fd00:1::1", 7),
  ]);
});

Deno.test("network_route: the same route in two tables is one series and counts twice; a device may have no name", () => {
  const hop = { device: 9, gateway: "", weight: "" };
  const same = { destination: "default", source: "", priority: 0, protocol: "boot", hops: [hop] };
  assert.deepEqual(
    samplesOf(networkRoute, { routes: [same, same], devices: new Map() }).map(({ name, value }) => [name, value]),
    [["node_network_route_info", 1], ["node_network_routes", 2]],
  );
});

Deno.test("network_route: is not here without system calls", async () => {
  assert.equal(await valueOn(networkRoute, hostCalling(undefined)), null);
});

Deno.test("parseRoute: an entry that is cut off is a SyntaxError", () => {
  for (const body of parseTable(TABLES.get(26) ?? new Uint8Array()).bodies) {
    fc.assert(fc.property(damaged(bytesOf(body)), (bytes) => {
      for (const { hops } of parsedOrRefused(parseRoute, bytes) ?? []) assert.ok(hops.length > 0);
    }));
  }
});
