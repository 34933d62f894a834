import assert from "node:assert/strict";
import { overAddresses, probeHost } from "../../../../collectors/probe/address/over_addresses.ts";
import type { Address, Outcome, ProbeResult } from "../../../../collectors/probe/result.ts";
import { FakeClock } from "../../../fake_clock.ts";
import { outcomeOf, probeTools } from "../target.ts";

const address = (ip: string): Address => ({ ip, family: 4 });
const [one, two, three] = [address("192.0.2.1"), address("192.0.2.2"), address("192.0.2.3")];

/** A probe of an address that takes a second, and fails where `fails` says so. */
function prober(clock: FakeClock, fails: readonly Address[]) {
  const visits: [ip: string, seconds: number][] = [];
  const once = async (address: Address, seconds: number): Promise<ProbeResult> => {
    visits.push([address.ip, seconds]);
    await clock.advance(1);
    const failure = { reason: "refused", phase: "connect", message: `${address.ip} is closed` } as const;
    const outcome: Outcome = fails.includes(address)
      ? { success: false, durationSeconds: 1, failure }
      : { success: true, durationSeconds: 1 };
    return { outcome, durations: { connect: 1 }, lookupSeconds: 0, address };
  };
  return { visits, once };
}

async function over(mode: "first" | "all" | "any", fails: readonly Address[]) {
  const clock = new FakeClock();
  const { visits, once } = prober(clock, fails);
  const end = clock.monotonic() + 9;
  const result = await overAddresses([one, two, three], mode, { clock }, end, once);
  return { result, visits, addresses: result.addresses?.map(({ address, outcome }) => [address.ip, outcome.success]) };
}

Deno.test("overAddresses: the first alone has all the time, and there is no list", async () => {
  const { result, visits } = await over("first", [one]);
  assert.deepEqual(visits, [["192.0.2.1", 9]]);
  assert.equal(result.outcome.success, false);
  assert.equal(result.addresses, undefined);
});

Deno.test("overAddresses: with all, each is probed in its share of the time, and the first failure decides", async () => {
  const { result, visits, addresses } = await over("all", [two, three]);
  assert.deepEqual(visits, [["192.0.2.1", 3], ["192.0.2.2", 4], ["192.0.2.3", 7]]);
  assert.equal(result.address, two);
  assert.equal(outcomeOf(result), "refused in connect");
  assert.deepEqual(addresses, [["192.0.2.1", true], ["192.0.2.2", false], ["192.0.2.3", false]]);
  assert.deepEqual(result.durations, { connect: 3 });
});

Deno.test("overAddresses: with all, where none fails the last stands for all", async () => {
  const { result, addresses } = await over("all", []);
  assert.equal(result.address, three);
  assert.equal(outcomeOf(result), "success");
  assert.deepEqual(addresses?.length, 3);
});

Deno.test("overAddresses: with any, the first success ends it, and the last failure stands for all", async () => {
  const some = await over("any", [one]);
  assert.equal(some.result.address, two);
  assert.equal(outcomeOf(some.result), "success");
  assert.deepEqual(some.addresses, [["192.0.2.1", false], ["192.0.2.2", true]]);
  const none = await over("any", [one, two, three]);
  assert.equal(none.result.address, three);
  assert.equal(none.addresses?.length, 3);
});

Deno.test("probeHost: adds the time of resolving, and the duration of the whole", async () => {
  const clock = new FakeClock();
  const { once } = prober(clock, []);
  const tools = probeTools({ clock, timeoutSeconds: 9 });
  const choice = { preferred: 4, fallback: true, resolve: "first" } as const;
  const result = await probeHost("192.0.2.1", choice, tools, {}, once);
  assert.deepEqual(result, {
    outcome: { success: true, durationSeconds: 1 },
    durations: { resolve: 0, connect: 1 },
    lookupSeconds: 0,
    address: one,
  });
});

Deno.test("probeHost: a host without address is an outcome, with the particulars of nothing", async () => {
  const choice = { preferred: 4, fallback: true, resolve: "all" } as const;
  const once = () => assert.fail("nothing to probe");
  const result = await probeHost("no such host", choice, probeTools(), { replies: 0 }, once);
  assert.equal(outcomeOf(result), "dns in resolve");
  assert.deepEqual({ ...result, outcome: 0, durations: 0, lookupSeconds: 0 }, {
    outcome: 0,
    durations: 0,
    lookupSeconds: 0,
    replies: 0,
  });
});
