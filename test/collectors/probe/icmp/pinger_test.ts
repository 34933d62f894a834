import assert from "node:assert/strict";
import { echoRequest } from "../../../../collectors/probe/icmp/icmp_packet.ts";
import { type EchoReply, Pinger, Pingers } from "../../../../collectors/probe/icmp/pinger.ts";
import { systemClock } from "../../../../src/clock.ts";
import type { IcmpDestination, IcmpMessage, IcmpSocket } from "../../../../src/system_calls.ts";
import { callsOf } from "../../../fake_system_calls.ts";
import { reply, SENDER, unreachable } from "../icmp_messages.ts";

const TO: IcmpDestination = { ip: "192.0.2.9", bytes: SENDER[4].to, hopLimit: 64, dontFragment: false };

/** What a request holds, for answers to it. */
function sentEcho(packet: Uint8Array) {
  const view = new DataView(packet.buffer);
  return { identifier: view.getUint16(4), sequence: view.getUint16(6), payload: packet.slice(8) };
}

type SentEcho = ReturnType<typeof sentEcho>;

/** A socket in the hands of the test: `answer` says what comes back for each request. */
class FakeSocket implements IcmpSocket {
  readonly kind = "raw";
  readonly sent: SentEcho[] = [];
  readonly inbox: IcmpMessage[] = [];
  isClosed = false;
  waits = 0;
  refusals = 0;
  readonly #answer: (echo: SentEcho) => readonly IcmpMessage[];
  #bell = Promise.withResolvers<void>();

  constructor(answer: (echo: SentEcho) => readonly IcmpMessage[]) {
    this.#answer = answer;
  }

  send(packet: Uint8Array<ArrayBuffer>): boolean {
    if (this.refusals > 0) return this.refusals-- < 0;
    const echo = sentEcho(packet);
    this.sent.push(echo);
    this.hear(...this.#answer(echo));
    return true;
  }

  hear(...messages: readonly IcmpMessage[]): void {
    this.inbox.push(...messages);
    if (messages.length > 0) this.wake();
  }

  take(): IcmpMessage | undefined {
    return this.inbox.shift();
  }

  async wait(): Promise<void> {
    this.waits++;
    await this.#bell.promise;
    this.#bell = Promise.withResolvers();
  }

  wake(): void {
    this.#bell.resolve();
  }

  close(): void {
    this.isClosed = true;
  }
}

const ping = (pinger: Pinger, signal = new AbortController().signal, payloadBytes = 28): Promise<EchoReply> =>
  pinger.ping({ to: TO, payloadBytes }, systemClock, signal);
const answered = (echo: SentEcho) => [reply(4, "raw", echo)];

Deno.test("Pinger: gives each reply to who waits for it, whatever their order", async () => {
  const socket = new FakeSocket(() => []);
  const pinger = new Pinger(socket, 4);
  const order: number[] = [];
  const all = Array.from({ length: 50 }, (_, i) => ping(pinger).then(() => order.push(i)));
  socket.hear(...socket.sent.map((echo) => reply(4, "raw", echo)).reverse());
  await Promise.all(all);
  assert.equal(new Set(socket.sent.map(({ sequence }) => sequence)).size, 50);
  assert.deepEqual(order, Array.from({ length: 50 }, (_, i) => 49 - i));
});

Deno.test("Pinger: a reply tells its hops, and a round trip without the time that it lay about", async () => {
  const socket = new FakeSocket((echo) => answered(echo).map((message) => ({ ...message, ageSeconds: 5 })));
  let seconds = 100;
  const clock = { ...systemClock, monotonic: () => (seconds += 3) };
  const found = await new Pinger(socket, 4).ping({ to: TO, payloadBytes: 8 }, clock, new AbortController().signal);
  assert.equal(found.hopLimit, 61);
  assert.equal(found.roundTripSeconds, 3, "older than the request: its clock was stepped");
  seconds = 100;
  const slow = { ...systemClock, monotonic: () => (seconds += 7) };
  const later = await new Pinger(socket, 4).ping({ to: TO, payloadBytes: 8 }, slow, new AbortController().signal);
  assert.equal(later.roundTripSeconds, 2);
});

Deno.test("Pinger: what is no reply to the request is passed over", async () => {
  const socket = new FakeSocket((echo) => [
    reply(4, "raw", { ...echo, identifier: echo.identifier ^ 1 }),
    reply(4, "raw", { ...echo, sequence: echo.sequence ^ 1 }),
    reply(4, "raw", { ...echo, payload: echo.payload.with(0, (echo.payload[0] ?? 0) ^ 1) }),
    reply(4, "raw", { ...echo, payload: echo.payload.slice(1) }),
    reply(4, "raw", echo, SENDER[4].from),
    unreachable(4, "raw", echo, SENDER[4].from),
    unreachable(4, "raw", { ...echo, payload: echo.payload.with(3, (echo.payload[3] ?? 0) ^ 1) }),
    { bytes: echoRequest(4, echo), sender: SENDER[4].to, ageSeconds: 0 },
    { ...reply(4, "raw", echo), hopLimit: 7 },
  ]);
  assert.equal((await ping(new Pinger(socket, 4))).hopLimit, 7);
});

Deno.test("Pinger: what somebody says of the request is its failure, also if little of it is quoted", async () => {
  for (const length of [28, 0]) {
    const socket = new FakeSocket((echo) => [
      unreachable(4, "raw", { ...echo, payload: echo.payload.slice(0, length) }),
    ]);
    await assert.rejects(ping(new Pinger(socket, 4)), {
      reason: "refused",
      message: "192.0.2.1 says: the host is unreachable (ICMP type 3, code 1)",
    });
  }
});

Deno.test("Pinger: who gives up leaves nothing behind, and others go on", async () => {
  const socket = new FakeSocket(() => []);
  const pinger = new Pinger(socket, 4);
  const controller = new AbortController();
  const given = ping(pinger, controller.signal);
  const other = ping(pinger);
  controller.abort(new Error("enough"));
  await assert.rejects(given, /enough/);
  socket.hear(...socket.sent.map((echo) => reply(4, "raw", echo)));
  await other;
  const last = ping(pinger, AbortSignal.abort(new Error("before")));
  await assert.rejects(last, /before/);
  assert.equal(socket.sent.length, 2);
});

Deno.test("Pinger: the last who gives up ends the wait", async () => {
  const socket = new FakeSocket(() => []);
  const controller = new AbortController();
  const given = ping(new Pinger(socket, 4), controller.signal);
  while (socket.waits === 0) await Promise.resolve();
  controller.abort(new Error("enough"));
  await assert.rejects(given, /enough/);
  assert.equal(socket.waits, 1);
});

Deno.test("Pinger: waits for room, and not beyond its limit", async () => {
  const socket = new FakeSocket(answered);
  socket.refusals = 3;
  await ping(new Pinger(socket, 4));
  assert.equal(socket.sent.length, 1);
  socket.refusals = Infinity;
  await assert.rejects(ping(new Pinger(socket, 4), AbortSignal.timeout(5)), { name: "TimeoutError" });
});

Deno.test("Pinger: payloads have their length, and begin with what nobody can guess", async () => {
  const socket = new FakeSocket(answered);
  const pinger = new Pinger(socket, 4);
  const signal = new AbortController().signal;
  for (const length of [1, 16, 28, 65_507, 28]) await ping(pinger, signal, length);
  assert.deepEqual(socket.sent.map(({ payload }) => payload.length), [1, 16, 28, 65_507, 28]);
  const [, , one, , other] = socket.sent;
  assert.notDeepEqual(one?.payload.slice(0, 16), other?.payload.slice(0, 16));
  assert.deepEqual(one?.payload.slice(16), other?.payload.slice(16));
});

Deno.test("Pinger: closes its socket once, when nobody reads from it any more", async () => {
  const idle = new FakeSocket(() => []);
  new Pinger(idle, 4)[Symbol.dispose]();
  assert.ok(idle.isClosed);
  const busy = new FakeSocket(() => []);
  const pinger = new Pinger(busy, 4);
  const given = ping(pinger);
  while (busy.waits === 0) await Promise.resolve();
  pinger[Symbol.dispose]();
  assert.ok(!busy.isClosed);
  await assert.rejects(given, /the exporter stops/);
  assert.ok(busy.isClosed);
});

Deno.test("Pingers: one socket of each family, opened when it is first needed", () => {
  const opened: number[] = [];
  const sockets: FakeSocket[] = [];
  const calls = callsOf({
    openIcmp(family) {
      opened.push(family);
      const socket = new FakeSocket(() => []);
      sockets.push(socket);
      return socket;
    },
  });
  const pingers = new Pingers();
  assert.equal(pingers.of(4, calls), pingers.of(4, calls));
  pingers.of(6, calls);
  assert.deepEqual(opened, [4, 6]);
  pingers[Symbol.dispose]();
  assert.deepEqual(sockets.map(({ isClosed }) => isClosed), [true, true]);
});

Deno.test("Pingers: say how to mend that there is no socket to be had, and try anew", () => {
  const pingers = new Pingers();
  assert.throws(() => pingers.of(4, undefined), { reason: "internal", message: /--allow-ffi/ });
  let code = "EPERM";
  const calls = callsOf({
    openIcmp() {
      throw Object.assign(new Error("no"), { code });
    },
  });
  assert.throws(() => pingers.of(4, calls), { reason: "internal", message: /ping_group_range.*CAP_NET_RAW/ });
  code = "EAFNOSUPPORT";
  assert.throws(() => pingers.of(6, calls), { message: "no", code });
});
