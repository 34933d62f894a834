/**
 * Run in a network namespace of its own: lays out a router and networks behind it, pings hosts over each kind of socket, and
 * prints what came of it as one object of objects, by kind of socket and name of the probe.
 *
 *     unshare --net --map-root-user deno run -A pinged_networks.ts
 *
 * @module
 */

import assert from "node:assert/strict";
import { builtInModule } from "../../collectors/probe/built_in_modules.ts";
import { probeIcmp } from "../../collectors/probe/icmp/icmp_probe.ts";
import type { IcmpModule } from "../../collectors/probe/module.ts";
import { Scope } from "../../src/scope.ts";
import { createLibc } from "../../src/libc.ts";
import { createSource } from "../../src/source.ts";
import { outcomeOf, probeTools } from "../collectors/probe/target.ts";
import { output } from "../e2e/programs.ts";

const OURS = `
ip link set lo up
ip link add d0 type veth peer name r0
ip link set r0 netns ROUTER
ip link set d0 addrgenmode none
ip link set d0 up
ip address add 10.1.0.2/24 dev d0
ip address add fd00:1::2/64 dev d0 nodad
ip route add default via 10.1.0.1
ip -6 route add default via fd00:1::1
ip route add unreachable 10.8.0.0/16
`;
const ROUTERS = `
ip link set lo up
ip link set r0 addrgenmode none
ip link set r0 up
ip address add 10.1.0.1/24 dev r0
ip address add fd00:1::1/64 dev r0 nodad
ip link add d1 type veth peer name p1
for device in d1 p1; do ip link set $device addrgenmode none; ip link set $device mtu 1280; ip link set $device up; done
ip address add 10.2.0.1/24 dev d1
ip address add fd00:2::1/64 dev d1 nodad
ip neighbour add 10.2.0.9 lladdr 02:00:00:00:00:01 dev d1
ip neighbour add fd00:2::9 lladdr 02:00:00:00:00:01 dev d1
ip route add blackhole 10.5.0.0/16
ip -6 route add unreachable fd00:4::/64
ip -6 route add blackhole fd00:5::/64
echo 1 > /proc/sys/net/ipv4/ip_forward
echo 1 > /proc/sys/net/ipv6/conf/all/forwarding
echo 0 > /proc/sys/net/ipv4/icmp_ratelimit
echo 0 > /proc/sys/net/ipv6/icmp/ratelimit
`;

async function shell(script: string, ...prefix: readonly string[]): Promise<void> {
  const { code, stderr } = await output([...prefix, "sh", "-e", "-c", script]);
  assert.equal(code, 0, stderr);
}

/** Runs `work` beside a process that holds a second network namespace, and gives its id. */
async function withRouter(work: (pid: number) => Promise<void>): Promise<void> {
  const router = new Deno.Command("unshare", {
    args: ["--net", "sh", "-c", "echo ready; cat"],
    stdin: "piped",
    stdout: "piped",
  })
    .spawn();
  const reader = router.stdout.getReader();
  try {
    await reader.read(); // it is in its namespace now
    await work(router.pid);
  } finally {
    await router.stdin.close();
    await reader.cancel();
    await router.status;
  }
}

/** Seconds within which what is answered at all is answered. */
const PATIENT = 30;
/** Seconds after which what is dropped has not been answered. */
const BRIEF = 0.3;

type Probe = readonly [target: string, module: Partial<IcmpModule>, timeoutSeconds: number];

const PROBES: Readonly<Record<string, Probe>> = {
  "router": ["10.1.0.1", {}, PATIENT],
  "router by IPv6": ["fd00:1::1", {}, PATIENT],
  "this host": ["10.1.0.2", {}, PATIENT],
  "zone": ["fd00:1::1%d0", {}, PATIENT],
  "from another address of ours": ["10.1.0.1", { sourceAddress: "10.1.0.2" }, PATIENT],
  "from an address that is not ours": ["10.1.0.1", { sourceAddress: "10.1.0.77" }, PATIENT],
  "from the other family": ["fd00:1::1", { sourceAddress: "10.1.0.2" }, PATIENT],
  "beyond the router": ["10.2.0.1", {}, PATIENT],
  "one hop": ["10.2.0.9", { ttl: 1 }, PATIENT],
  "one hop by IPv6": ["fd00:2::9", { ttl: 1 }, PATIENT],
  "unreachable by IPv6": ["fd00:4::1", {}, PATIENT],
  "unreachable from here": ["10.8.0.1", {}, PATIENT],
  "no neighbour": ["10.1.0.99", {}, PATIENT],
  "dropped": ["10.5.0.1", {}, BRIEF],
  "dropped by IPv6": ["fd00:5::1", {}, BRIEF],
  "in one piece": ["10.1.0.1", { payloadBytes: 1400, dontFragment: true }, PATIENT],
  "in pieces": ["10.1.0.1", { payloadBytes: 60_000 }, PATIENT],
  "too long for the way": ["10.2.0.9", { payloadBytes: 1400, dontFragment: true }, PATIENT],
  "too long for the device": ["10.1.0.1", { payloadBytes: 1600, dontFragment: true }, PATIENT],
};

async function outcomes(): Promise<Record<string, string>> {
  const source = createSource({ library: createLibc() });
  using scope = new Scope();
  const once = async ([target, module, timeoutSeconds]: Probe) => {
    const result = await probeIcmp(
      target,
      { ...builtInModule("icmp", "icmp"), ...module },
      probeTools({
        source,
        scope,
        timeoutSeconds,
      }),
    );
    const { reply } = result;
    return reply ? `${outcomeOf(result)} with ${reply.hopLimit} hops left` : outcomeOf(result);
  };
  // All at once: what is said of one must not be another's.
  const found = await Promise.all(Object.entries(PROBES).map(async ([name, probe]) => [name, await once(probe)]));
  source.close();
  return Object.fromEntries(found);
}

await withRouter(async (pid) => {
  await shell(OURS.replace("ROUTER", String(pid)));
  await shell(ROUTERS, "nsenter", `--target=${pid}`, "--net");
  const answers: Record<string, unknown> = {};
  answers.raw = await outcomes(); // in a new namespace nobody may have the other kind
  await shell('echo "0 0" > /proc/sys/net/ipv4/ping_group_range');
  answers.datagram = await outcomes();
  console.log(JSON.stringify(answers));
});
