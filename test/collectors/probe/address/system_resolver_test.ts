import assert from "node:assert/strict";
import { type Address, ProbeError } from "../../../../collectors/probe/result.ts";
import { SystemResolver } from "../../../../collectors/probe/address/system_resolver.ts";

const never = new AbortController().signal;
const HERE: readonly Address[] = [{ ip: "192.0.2.1", family: 4 }];

/** A lookup in the hands of the test. */
function manualLookup() {
  const asked: { name: string; answer: (addresses: readonly Address[]) => void; fail: (error: Error) => void }[] = [];
  const lookup = (name: string) => {
    const { promise, resolve, reject } = Promise.withResolvers<readonly Address[]>();
    asked.push({ name, answer: resolve, fail: reject });
    return promise;
  };
  return { asked, lookup, names: () => asked.map(({ name }) => name) };
}

/** Lets promises that are settled be heard. */
const settle = () => new Promise((resolve) => setTimeout(resolve));

Deno.test("SystemResolver: a name is asked for once at a time, for all who want it", async () => {
  const { asked, lookup, names } = manualLookup();
  const resolver = new SystemResolver(lookup);
  const both = [resolver.addresses("a", never), resolver.addresses("a", never)];
  asked[0]?.answer(HERE);
  assert.deepEqual(await Promise.all(both), [HERE, HERE]);
  const again = resolver.addresses("a", never);
  asked[1]?.answer([]);
  assert.deepEqual(await again, []);
  assert.deepEqual(names(), ["a", "a"]);
});

Deno.test("SystemResolver: no more questions at once than allowed, the others in order", async () => {
  const { asked, lookup, names } = manualLookup();
  const resolver = new SystemResolver(lookup, 2);
  const all = ["a", "b", "c", "d"].map((name) => resolver.addresses(name, never));
  await settle();
  assert.deepEqual(names(), ["a", "b"]);
  asked[1]?.answer(HERE);
  await settle();
  assert.deepEqual(names(), ["a", "b", "c"]);
  asked[0]?.fail(new Error("no"));
  await assert.rejects(all[0] ?? Promise.resolve(), /^Error: no$/);
  await settle();
  assert.deepEqual(names(), ["a", "b", "c", "d"]);
  asked[2]?.answer(HERE);
  asked[3]?.answer(HERE);
  assert.deepEqual(await Promise.all(all.slice(1)), [HERE, HERE, HERE]);
});

Deno.test("SystemResolver: who gives up holds no place", async () => {
  const { asked, lookup, names } = manualLookup();
  const resolver = new SystemResolver(lookup, 1);
  const first = resolver.addresses("a", never);
  const controller = new AbortController();
  const reason = new ProbeError("timeout", "too late");
  const impatient = resolver.addresses("b", controller.signal);
  const patient = resolver.addresses("c", never);
  controller.abort(reason);
  await assert.rejects(impatient, (error) => error === reason);
  asked[0]?.answer(HERE);
  await first;
  await settle();
  assert.deepEqual(names(), ["a", "c"]);
  asked[1]?.answer(HERE);
  assert.deepEqual(await patient, HERE);
});

Deno.test("SystemResolver: a question that was given up still answers who asks the same later", async () => {
  const { asked, lookup, names } = manualLookup();
  const resolver = new SystemResolver(lookup);
  const controller = new AbortController();
  const impatient = resolver.addresses("a", controller.signal);
  controller.abort(new ProbeError("timeout", "too late"));
  await assert.rejects(impatient, /too late/);
  const later = resolver.addresses("a", never);
  asked[0]?.answer(HERE);
  assert.deepEqual(await later, HERE);
  assert.deepEqual(names(), ["a"]);
});

Deno.test("SystemResolver: the system's answer, and its refusal in the peer's words", async () => {
  const resolver = new SystemResolver();
  const [address] = await resolver.addresses("localhost", never);
  assert.match(address?.ip ?? "", /^127\.|^::1$/);
  const error: unknown = await resolver.addresses("nonexistent.invalid", never).then(() => undefined, (error) => error);
  assert(error instanceof ProbeError);
  assert.equal(error.reason, "dns");
  assert.match(error.message, /^lookup nonexistent\.invalid: /);
});
