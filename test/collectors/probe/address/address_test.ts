import assert from "node:assert/strict";
import fc from "fast-check";
import { addressBytes, addressHash, choose, resolveAddresses } from "../../../../collectors/probe/address/address.ts";
import type { AddressChoice } from "../../../../collectors/probe/module.ts";
import { type Address, ProbeError } from "../../../../collectors/probe/result.ts";
import { probeTools } from "../target.ts";

const never = new AbortController().signal;
const found = (ip: string): Address => ({ ip, family: ip.includes(":") ? 6 : 4 });

Deno.test("addressHash: is the peer's number", () => {
  assert.equal(addressHash("127.0.0.1"), 3668918509); // as blackbox_exporter 0.23 and 0.28 show it
  assert.equal(addressHash("127.0.0.3"), 3635363271);
  assert.equal(addressHash("::ffff:127.0.0.1"), 3668918509);
});

Deno.test("addressBytes: reads every way of writing an address", () => {
  assert.deepEqual([...addressBytes("192.0.2.255")], [192, 0, 2, 255]);
  assert.deepEqual([...addressBytes("::ffff:c000:201")], [192, 0, 2, 1]);
  const loopback = [...Array.from({ length: 15 }, () => 0), 1];
  for (const ip of ["::1", "0:0:0:0:0:0:0:1", "::0.0.0.1", "::1%lo"]) assert.deepEqual([...addressBytes(ip)], loopback);
  assert.deepEqual([...addressBytes("::")], Array.from({ length: 16 }, () => 0));
  assert.deepEqual([...addressBytes("fe80::")].slice(0, 3), [0xfe, 0x80, 0]);
});

Deno.test("addressBytes: an address and its shortest form are the same bytes", () => {
  fc.assert(fc.property(fc.array(fc.constantFrom(0, 0, 1, 0xab, 0xffff), { minLength: 8, maxLength: 8 }), (groups) => {
    const text = groups.map((group) => group.toString(16)).join(":");
    const shortest = new URL(`http://[${text}]/`).hostname.slice(1, -1);
    assert.deepEqual(addressBytes(shortest), addressBytes(text));
  }));
});

const names = (choice: ReturnType<typeof choose>) => choice?.map(({ ip }) => ip);

Deno.test("choose: the first of the preferred family, or else the last of the other, as the peer does", () => {
  // As blackbox_exporter 0.28 was seen to choose.
  const both = ["192.0.2.1", "2001:db8::1", "192.0.2.2", "2001:db8::2"].map(found);
  const four = ["127.0.0.1", "192.0.2.1", "192.0.2.2"].map(found);
  const six = ["2001:db8::1", "2001:db8::2"].map(found);
  const first = (list: Address[], preferred: 4 | 6, fallback: boolean) =>
    names(choose(list, { preferred, fallback, resolve: "first" }));
  for (const fallback of [true, false]) {
    assert.deepEqual(first(both, 6, fallback), ["2001:db8::1"]);
    assert.deepEqual(first(both, 4, fallback), ["192.0.2.1"]);
    assert.deepEqual(first([], 4, fallback), undefined);
  }
  assert.deepEqual(first(four, 6, true), ["192.0.2.2"]);
  assert.deepEqual(first(six, 4, true), ["2001:db8::2"]);
  assert.deepEqual(first(four, 6, false), undefined);
  assert.deepEqual(first(six, 4, false), undefined);
});

Deno.test("choose: an IPv4 address wrapped in IPv6 is one of IPv4", () => {
  const wrapped = [found("::ffff:192.0.2.7")];
  const plain = [{ ip: "192.0.2.7", family: 4 }];
  assert.deepEqual(choose(wrapped, { preferred: 6, fallback: true, resolve: "first" }), plain);
  assert.deepEqual(choose(wrapped, { preferred: 4, fallback: false, resolve: "first" }), plain);
  assert.deepEqual(choose(wrapped, { preferred: 6, fallback: false, resolve: "first" }), undefined);
});

Deno.test("choose: all and any take each address once, the preferred family first, the other only if it will do", () => {
  const list = ["192.0.2.1", "::1", "192.0.2.1", "::ffff:192.0.2.1", "192.0.2.2"].map(found);
  for (const resolve of ["all", "any"] as const) {
    assert.deepEqual(names(choose(list, { preferred: 6, fallback: true, resolve })), ["::1", "192.0.2.1", "192.0.2.2"]);
    assert.deepEqual(names(choose(list, { preferred: 4, fallback: false, resolve })), ["192.0.2.1", "192.0.2.2"]);
    assert.deepEqual(names(choose(list, { preferred: 6, fallback: false, resolve })), ["::1"]);
  }
});

const either: AddressChoice = { preferred: 6, fallback: true, resolve: "first" };

Deno.test("resolveAddresses: an address stands for itself, with its zone", async () => {
  assert.deepEqual(await resolveAddresses("192.0.2.1", either, probeTools(), never), [{ ip: "192.0.2.1", family: 4 }]);
  assert.deepEqual(await resolveAddresses("fe80::1%lo", either, probeTools(), never), [{
    ip: "fe80::1%lo",
    family: 6,
  }]);
  assert.deepEqual(await resolveAddresses("::ffff:192.0.2.1", either, probeTools(), never), [{
    ip: "192.0.2.1",
    family: 4,
  }]);
});

Deno.test("resolveAddresses: a name is looked up by the system, and told about in the peer's words", async () => {
  const tools = probeTools();
  const [address] = await resolveAddresses("localhost", either, tools, never);
  assert.match(address.ip, /^127\.|^::1$/);
  assert.deepEqual(tools.trace.events.map(({ message, fields }) => [message, fields]), [
    ["Resolving target address", { target: "localhost", ip_protocol: "ip6" }],
    ["Resolved target address", { target: "localhost", ip: address.ip }],
  ]);
});

/** Why resolving fails. */
async function refusal(host: string, choice = either): Promise<string> {
  const tools = probeTools();
  const error: unknown = await resolveAddresses(host, choice, tools, never).then(() => undefined, (error) => error);
  assert(error instanceof ProbeError, `${host}: ${error}`);
  assert.equal(error.reason, "dns");
  assert.equal(tools.trace.events.at(-1)?.message, "Resolution with IP protocol failed");
  return error.message;
}

Deno.test("resolveAddresses: a family that will not do is none", async () => {
  const words = 'address "192.0.2.1": no suitable address found';
  assert.equal(await refusal("192.0.2.1", { preferred: 6, fallback: false, resolve: "all" }), words);
});

Deno.test("resolveAddresses: what cannot be a name is no host, whatever it holds", async () => {
  const label = "a".repeat(63);
  const texts = ["", ".", "a..b", "-a.test", "a-.test", "a b", "a\nb", "a\0b", "ü\nb", "ü/b", "a:b", "127.1", "0x7f.1"];
  const long = [`${label}a.test`, `${label}.${label}.${label}.${label}.test`, "a".repeat(65_536), "ü".repeat(65_536)];
  for (const text of [...texts, ...long]) assert.match(await refusal(text), /is not a name that a host can have$/);
});

Deno.test("resolveAddresses: any text that is no name is a failure of DNS", async () => {
  const tools = probeTools();
  // The end of the line sees to it that it is no name, and that no question leaves this machine.
  await fc.assert(fc.asyncProperty(fc.string({ unit: "binary" }), async (text) => {
    const error: unknown = await resolveAddresses(`${text}\n`, either, tools, never).then(
      () => undefined,
      (error) => error,
    );
    assert(error instanceof ProbeError && error.reason === "dns");
  }));
});

Deno.test("resolveAddresses: who has aborted is told why", async () => {
  const reason = new ProbeError("timeout", "too late");
  const answer = resolveAddresses("localhost", either, probeTools(), AbortSignal.abort(reason));
  await assert.rejects(answer, (error) => error === reason);
});
