import assert from "node:assert/strict";
import { askNameServer } from "../../../../collectors/probe/address/name_server.ts";
import { ProbeError } from "../../../../collectors/probe/result.ts";
import { systemClock } from "../../../../src/clock.ts";
import { FakeClock } from "../../../fake_clock.ts";
import { addressRecord, aliasRecord, nameServer, type Say, typeOf, type WireRecord } from "../dns_server.ts";

const never = new AbortController().signal;
const [A, AAAA] = [typeOf("A"), typeOf("AAAA")];
const EITHER = { preferred: 6, fallback: true } as const;
const SIX: WireRecord = { type: AAAA, rdata: Uint8Array.from({ length: 16 }, (_, i) => i === 15 ? 1 : 0) };

/** Says something to questions of each type. */
const say = (four: ReturnType<Say>, six: ReturnType<Say> = [{}]): Say => ({ question }) =>
  question.type === A ? four : six;

/** Addresses of `www.test`, or why there are none. */
async function addresses(say: Say, choice: Parameters<typeof askNameServer>[2] = EITHER) {
  await using server = await nameServer(say);
  return await addressesOf(`127.0.0.1:${server.port}`, choice);
}

async function addressesOf(server: string, choice: Parameters<typeof askNameServer>[2] = EITHER) {
  try {
    return (await askNameServer(server, "www.test", choice, systemClock, never)).map(({ ip }) => ip);
  } catch (error) {
    assert(error instanceof ProbeError && error.reason === "dns", String(error));
    return error.message.replace(/:\d+:/, ":");
  }
}

Deno.test("askNameServer: takes the addresses of both families", async () => {
  const four = [addressRecord("192.0.2.1"), addressRecord("192.0.2.2")];
  assert.deepEqual(await addresses(say([{ answer: four }], [{ answer: [SIX] }])), ["192.0.2.1", "192.0.2.2", "::1"]);
});

Deno.test("askNameServer: asks for one family alone if the other will not do", async () => {
  await using server = await nameServer(say([{ answer: [addressRecord("192.0.2.1")] }]));
  await addressesOf(`127.0.0.1:${server.port}`, { preferred: 4, fallback: false });
  assert.deepEqual(server.asked.map(({ question }) => question), [{ name: "www.test.", type: A, class: 1 }]);
});

Deno.test("askNameServer: follows aliases, within an answer and from one to the next", async () => {
  const answer = [
    addressRecord("192.0.2.9", "other.test"),
    aliasRecord("B.test", "c.test"),
    aliasRecord("www.test", "b.test"),
    addressRecord("192.0.2.1", "c.test"),
  ];
  assert.deepEqual(await addresses(say([{ answer }])), ["192.0.2.1"]);
  const chain: Say = ({ question: { name, type } }) => {
    if (type !== A) return [{}];
    return [{ answer: name === "www.test." ? [aliasRecord("www.test", "end.test")] : [addressRecord("192.0.2.1")] }];
  };
  assert.deepEqual(await addresses(chain), ["192.0.2.1"]);
});

Deno.test("askNameServer: aliases in a circle, or without end, are a failure", async () => {
  const circle = [aliasRecord("www.test", "b.test"), aliasRecord("b.test", "www.test")];
  assert.match(String(await addresses(say([{ answer: circle }]))), /no such host$/);
  const endless: Say = ({ question: { name } }) => [{ answer: [aliasRecord(name, `x.${name}`)] }];
  const words = "lookup www.test on 127.0.0.1: more than 8 answers that name another name";
  assert.equal(await addresses(endless), words);
});

Deno.test("askNameServer: one family's answer is enough", async () => {
  const four: ReturnType<Say> = [{ answer: [addressRecord("192.0.2.1")] }];
  assert.deepEqual(await addresses(say(four, [{ flags: 0x8182 }])), ["192.0.2.1"]);
  assert.deepEqual(await addresses(say(four, [{ flags: 0x8183 }])), ["192.0.2.1"]);
});

Deno.test("askNameServer: says why there is none", async () => {
  assert.equal(await addresses(() => [{}]), "lookup www.test on 127.0.0.1: no such host");
  assert.equal(await addresses(() => [{ flags: 0x8183 }]), "lookup www.test on 127.0.0.1: no such host");
  assert.equal(await addresses(() => [{ flags: 0x8182 }]), "lookup www.test on 127.0.0.1: it answered SERVFAIL");
  assert.match(
    String(await addresses(({ id }) => [Uint8Array.of(id >> 8, id & 0xff, 0x81)])),
    /^lookup www\.test on 127\.0\.0\.1: the answer cannot be read: /,
  );
});

Deno.test("askNameServer: an answer that was cut off is asked for again over a connection", async () => {
  const many = Array.from({ length: 60 }, (_, i) => addressRecord(`192.0.2.${i}`));
  const found = await addresses(({ transport, question }) => {
    if (question.type !== A) return [{}];
    return [transport === "udp" ? { flags: 0x8380 } : { answer: many }];
  });
  assert.equal(found.length, 60);
});

Deno.test("askNameServer: a question that was lost is asked again", async () => {
  const clock = new FakeClock();
  let questions = 0;
  const { promise: lost, resolve: lose } = Promise.withResolvers<void>();
  await using server = await nameServer(() => {
    questions++;
    if (questions > 1) return [{ answer: [addressRecord("192.0.2.1")] }];
    lose();
    return [];
  });
  const choice = { preferred: 4, fallback: false } as const;
  const answer = askNameServer(`127.0.0.1:${server.port}`, "www.test", choice, clock, never);
  await lost;
  await clock.advance(1);
  assert.deepEqual(await answer, [{ ip: "192.0.2.1", family: 4 }]);
  assert.equal(questions, 2);
});

Deno.test("askNameServer: a server that is silent is asked until the limit", async () => {
  await using server = await nameServer(() => []);
  const controller = new AbortController();
  const answer = askNameServer(`127.0.0.1:${server.port}`, "www.test", EITHER, systemClock, controller.signal);
  const reason = new ProbeError("timeout", "too late");
  controller.abort(reason);
  await assert.rejects(answer, (error) => error === reason);
});
