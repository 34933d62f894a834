/**
 * Run in a network namespace of its own: lays out devices, routes and queueing disciplines, and prints three pages as one
 * array, of node_exporter, of Sonde, and of node_exporter again.
 *
 *     unshare --net --map-root-user deno run -A routed_host.ts NODE_EXPORTER
 *
 * @module
 */

import assert from "node:assert/strict";
import { pageOf, servePeer } from "../e2e/node_exporter.ts";
import { output } from "../e2e/programs.ts";
import { runSonde } from "../e2e/sonde.ts";

const FLAGS = ["--collector.disable-defaults", "--collector.network_route", "--collector.qdisc"];

/** Of a kernel that has IPv6, and every kind of route; addresses of the kernel's own making would come late. */
const NETWORK = `
ip link set lo up
ip link add d0 type veth peer name p0
ip link add d1 type veth peer name p1
for device in d0 d1 p0 p1; do ip link set $device addrgenmode none; ip link set $device up; done
ip address add 10.1.0.2/24 dev d0
ip address add 10.2.0.2/24 dev d1
ip address add fd00:1::2/64 dev d0 nodad
ip address add fd00:2::2/64 dev d1 nodad
ip route add default via 10.1.0.1 metric 100 proto dhcp
ip route add default via 10.2.0.1 metric 200 proto static src 10.2.0.2
ip route add 10.9.0.0/16 nexthop via 10.1.0.1 dev d0 weight 3 nexthop via 10.2.0.1 dev d1 weight 7
ip route add 10.8.0.0/24 dev d0 scope link
ip route add 10.7.0.7/32 via 10.1.0.9 proto bird metric 5 mtu 1400
ip route add blackhole 10.66.0.0/16
ip route add unreachable 10.67.0.0/16
ip route add 10.55.0.0/16 via 10.1.0.1 table 100
ip route add 10.9.0.0/16 via 10.1.0.1 table 101
ip route add 10.9.0.0/16 via 10.1.0.1 table 102
ip route add 10.44.0.0/16 via inet6 fd00:1::9 dev d0
ip route add 10.33.0.0/16 via 10.1.0.1 proto 77
ip route add 10.22.0.0/16 via 10.1.0.1 metric 4294967295
ip -6 route add default via fd00:1::7
ip -6 route add fd00:9::/48 via fd00:1::1 metric 7
ip -6 route add fd00:8::/48 nexthop via fd00:1::1 dev d0 weight 2 nexthop via fd00:2::1 dev d1 weight 5
`;

/** As far as the kernel knows them. */
const QUEUES = `
tc qdisc add dev d0 root handle 1: htb default 10
tc class add dev d0 parent 1: classid 1:10 htb rate 100mbit
tc qdisc add dev d0 parent 1:10 pfifo limit 7
tc qdisc add dev d1 root tbf rate 1mbit burst 10kb latency 50ms
tc qdisc add dev d1 ingress
ip neighbour add 10.2.0.77 lladdr 02:00:00:00:00:01 dev d1
`;

/** More than fits into the bucket of d1: some of it is dropped. */
async function send(): Promise<void> {
  const { createSocket } = await import("node:dgram");
  const socket = createSocket("udp4");
  const sent = Array.from(
    { length: 60 },
    () => new Promise<void>((resolve) => socket.send(new Uint8Array(1400), 9, "10.2.0.77", () => resolve())),
  );
  await Promise.all(sent);
  socket.close();
}

const laid = await output(["sh", "-e"], { input: NETWORK });
assert.equal(laid.code, 0, laid.stderr);
await output(["sh"], { input: QUEUES });
await send();
await using peer = await servePeer(Deno.args[0] ?? "", ...FLAGS, "--web.disable-exporter-metrics");
const peerPage = async () => (await pageOf(`http://${peer.host}/metrics`)).text;
const before = await peerPage();
const { stdout } = await runSonde("collect", ...FLAGS);
console.log(JSON.stringify([before, stdout, await peerPage()]));
