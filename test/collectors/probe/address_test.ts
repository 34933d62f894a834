import assert from "node:assert/strict";
import fc from "fast-check";
import { addressBytes, addressHash, preferred, resolveHost } from "../../../collectors/probe/address.ts";
import { classify } from "../../../collectors/probe/classify.ts";
import { ProbeError } from "../../../collectors/probe/result.ts";

const never = new AbortController().signal;
const found = (address: string) => ({ address, family: address.includes(":") ? 6 : 4 });

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

Deno.test("preferred: the first of IPv6, or else the last of IPv4", () => {
  assert.equal(preferred([]), undefined);
  assert.deepEqual(preferred(["127.0.0.1", "::1", "fd00::1"].map(found)), { ip: "::1", family: 6 });
  assert.deepEqual(preferred(["127.0.0.1", "127.0.0.2"].map(found)), { ip: "127.0.0.2", family: 4 });
  assert.deepEqual(preferred([found("::ffff:127.0.0.1")]), { ip: "::ffff:127.0.0.1", family: 4 });
});

Deno.test("resolveHost: an address stands for itself, a name for one of its own", async () => {
  assert.deepEqual(await resolveHost("192.0.2.1", never), { ip: "192.0.2.1", family: 4 });
  assert.deepEqual(await resolveHost("::1", never), { ip: "::1", family: 6 });
  assert.match((await resolveHost("localhost", never)).ip, /^127\.|^::1$/);
});

Deno.test("resolveHost: a name without address is a failure of DNS", async () => {
  const error: unknown = await resolveHost("nonexistent.invalid", never).then(() => undefined, (error) => error);
  assert.equal(classify(error, "resolve")?.reason, "dns");
});

Deno.test("resolveHost: an abort is not kept waiting by the resolver", async () => {
  const controller = new AbortController();
  const answer = resolveHost("nonexistent.invalid", controller.signal);
  const reason = new ProbeError("timeout", "too late");
  controller.abort(reason);
  await assert.rejects(answer, (error) => error === reason);
});
