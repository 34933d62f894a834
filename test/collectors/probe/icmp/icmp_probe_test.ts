import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { builtInModule } from "../../../../collectors/probe/built_in_modules.ts";
import { icmpProber } from "../../../../collectors/probe/icmp/icmp_prober.ts";
import { type IcmpResult, icmpStops, probeIcmp } from "../../../../collectors/probe/icmp/icmp_probe.ts";
import type { IcmpModule } from "../../../../collectors/probe/module.ts";
import { ProbeError } from "../../../../collectors/probe/result.ts";
import { createLibc } from "../../../../src/libc.ts";
import { Scope } from "../../../../src/scope.ts";
import { createSource } from "../../../../src/source.ts";
import { output, testWith } from "../../../e2e/programs.ts";
import { seriesOf } from "../series.ts";
import { outcomeOf, probeTools } from "../target.ts";

const MODULE: IcmpModule = builtInModule("icmp", "icmp");

/** Why pings cannot be tested here; `undefined` where they can. */
function obstacle(): string | undefined {
  const libc = createLibc();
  try {
    const calls = libc.calls();
    if (!calls) return "no known C library";
    for (const family of [4, 6] as const) calls.openIcmp(family).close();
  } catch (error) {
    return String(error);
  } finally {
    libc.close();
  }
}

const OBSTACLE = obstacle();

/** A test of real pings; ignored, with the reason in its name, where this host does not permit them. */
function test(
  name: string,
  run: (ping: (target: string, module?: Partial<IcmpModule>) => Promise<IcmpResult>) => unknown,
) {
  Deno.test({
    name: `probeIcmp: ${name}${OBSTACLE === undefined ? "" : ` (ignored: ${OBSTACLE})`}`,
    ignore: OBSTACLE !== undefined,
    async fn() {
      const source = createSource({ library: createLibc() });
      using scope = new Scope();
      try {
        await run((target, module) => probeIcmp(target, { ...MODULE, ...module }, probeTools({ source, scope })));
      } finally {
        source.close();
      }
    },
  });
}

test("pings this host by IPv4 and IPv6", async (ping) => {
  for (const [target, family] of [["127.0.0.1", 4], ["::1", 6]] as const) {
    const result = await ping(target);
    assert.equal(outcomeOf(result), "success");
    assert.deepEqual(result.address, { ip: target, family });
    const { reply, durations, outcome } = result;
    assert.equal(reply?.hopLimit, 64);
    assert.ok(reply.roundTripSeconds > 0 && reply.roundTripSeconds <= (outcome.durationSeconds ?? 0));
    assert.equal(durations.processing, reply.roundTripSeconds);
  }
});

test("keeps to the module's size, hops and source", async (ping) => {
  const modules: Partial<IcmpModule>[] = [
    { payloadBytes: 1 },
    { payloadBytes: 65_507, dontFragment: true },
    { ttl: 1 },
    { ttl: 255, sourceAddress: "127.0.0.5" },
    { payloadBytes: 100, dontFragment: true, ttl: 5 },
  ];
  for (const module of modules) assert.equal(outcomeOf(await ping("127.0.0.1", module)), "success");
});

test("a thousand at once, over one socket, each get their reply", async (ping) => {
  const sockets = () => [...Deno.readDirSync("/proc/self/fd")].length;
  await ping("127.0.0.1");
  const before = sockets();
  const results = Promise.all(Array.from({ length: 1000 }, () => ping("127.0.0.1")));
  assert.equal(sockets(), before);
  assert.deepEqual(new Set((await results).map(outcomeOf)), new Set(["success"]));
  assert.equal(sockets(), before);
});

Deno.test({
  name: "probeIcmp: leaves nothing open when the exporter stops, and begins anew when it starts again",
  ignore: OBSTACLE !== undefined,
  async fn() {
    const descriptors = () => [...Deno.readDirSync("/proc/self/fd")].length;
    const source = createSource({ library: createLibc() });
    const scope = new Scope();
    const before = descriptors();
    for (let i = 0; i < 3; i++) {
      for (const target of ["127.0.0.1", "::1"]) {
        assert.equal(outcomeOf(await probeIcmp(target, MODULE, probeTools({ source, scope }))), "success");
      }
      assert.ok(descriptors() > before);
      scope[Symbol.dispose]();
      assert.equal(descriptors(), before);
    }
    source.close();
  },
});

test("all of a host's addresses, where the module asks for them", async (ping) => {
  const address = { ...MODULE.address, resolve: "all" } as const;
  const { outcome, addresses } = await ping("127.0.0.1", { address });
  assert.ok(outcome.success);
  assert.deepEqual(addresses?.map(({ address: { ip }, outcome: { success } }) => [ip, success]), [["127.0.0.1", true]]);
});

Deno.test("probeIcmp: without the C library, says what it needs", async () => {
  const result = await probeIcmp("127.0.0.1", MODULE, probeTools());
  assert.equal(outcomeOf(result), "internal in connect");
  assert.ok(!result.outcome.success);
  assert.match(result.outcome.failure.message, /--allow-ffi/);
});

Deno.test("probeIcmp: sends nothing to an address that is not admitted", async () => {
  const admit = () => {
    throw new ProbeError("refused", "denied");
  };
  assert.equal(outcomeOf(await probeIcmp("127.0.0.1", MODULE, probeTools({ admit }))), "refused in connect");
});

Deno.test("icmpStops: packets that fit every way cannot be too long", () => {
  const reasons = (payloadBytes: number) => icmpStops({ ...MODULE, payloadBytes }).map(({ reason }) => reason);
  assert.ok(!reasons(0).includes("size"));
  assert.ok(reasons(1400).includes("size"));
});

Deno.test("emitIcmp: zeros for what was not reached, and no hop limit", async () => {
  const icmp = (result: IcmpResult) => {
    return Object.fromEntries([...seriesOf(icmpProber, result)].filter(([name]) => name.startsWith("probe_icmp_")));
  };
  const found = await probeIcmp("127.0.0.1", MODULE, probeTools());
  assert.ok(found.lookupSeconds > 0);
  assert.deepEqual(icmp(found), {
    'probe_icmp_duration_seconds{phase="resolve"}': found.lookupSeconds,
    'probe_icmp_duration_seconds{phase="setup"}': 0,
    'probe_icmp_duration_seconds{phase="rtt"}': 0,
  });
  const nowhere = icmp(await probeIcmp("no host", MODULE, probeTools()));
  assert.deepEqual(Object.values(nowhere), [0, 0, 0]);
});

Deno.test("icmpProber.checkTarget: refuses what is plainly no host", () => {
  for (const target of ["127.0.0.1", "::1", "fe80::1%eth0", "example.org"]) icmpProber.checkTarget(target);
  assert.throws(() => icmpProber.checkTarget("http://example.org/"), SyntaxError);
});

const HOST = fileURLToPath(new URL("../../../children/pinged_networks.ts", import.meta.url));
const EXPECTED = {
  "router": "success with 64 hops left",
  "router by IPv6": "success with 64 hops left",
  "this host": "success with 64 hops left",
  "zone": "success with 64 hops left",
  "from another address of ours": "success with 64 hops left",
  "from an address that is not ours": "refused in connect",
  "from the other family": "refused in connect",
  "beyond the router": "success with 64 hops left",
  "one hop": "response in processing",
  "one hop by IPv6": "response in processing",
  "unreachable by IPv6": "refused in processing",
  "unreachable from here": "refused in connect",
  "no neighbour": "refused in processing",
  "dropped": "timeout in processing",
  "dropped by IPv6": "timeout in processing",
  "in one piece": "success with 64 hops left",
  "in pieces": "success with 64 hops left",
  "too long for the way": "size in processing",
  "too long for the device": "size in connect",
};

testWith(
  "probeIcmp: tells what became of requests in a network with a router, over sockets of both kinds",
  ["network namespace", "ip", "nsenter"],
  async (path) => {
    const command = [path("network namespace"), "--net", "--map-root-user", Deno.execPath(), "run", "-A", HOST];
    const { code, stdout, stderr } = await output(command);
    assert.equal(code, 0, stderr);
    assert.deepEqual(JSON.parse(stdout), { raw: EXPECTED, datagram: EXPECTED });
  },
);
