import assert from "node:assert/strict";
import { once } from "node:events";
import { openSocket, secureSocket } from "../../../collectors/probe/connection.ts";
import { httpsTarget, responds, tcpTarget, trustFixtures } from "./target.ts";

trustFixtures();
const loopback = { ip: "127.0.0.1", family: 4 } as const;
const never = new AbortController().signal;

Deno.test("openSocket: a connection is ready, and nothing is read before it is wanted", async () => {
  await using target = await tcpTarget((socket) => socket.write("welcome"));
  const { socket, error } = await openSocket(loopback, target.port, never);
  assert.equal(error, undefined);
  assert(socket.isPaused());
  const [bytes] = await once(socket.resume(), "data");
  assert.equal(String(bytes), "welcome");
  socket.destroy();
  await target.idle();
});

Deno.test("openSocket: an abort before or while connecting is thrown, and nothing stays open", async () => {
  await using target = await tcpTarget(() => {});
  const reason = new Error("enough");
  assert.throws(() => openSocket(loopback, target.port, AbortSignal.abort(reason)), (error) => error === reason);
  const controller = new AbortController();
  const connecting = openSocket(loopback, target.port, controller.signal);
  controller.abort(reason);
  await assert.rejects(connecting, (error) => error === reason);
  await target.idle();
});

Deno.test("openSocket: what a connection raises later is kept, and harms nobody", async () => {
  await using target = await tcpTarget((socket) => socket.once("data", () => socket.resetAndDestroy()));
  const connection = await openSocket(loopback, target.port, never);
  const closed = once(connection.socket, "close");
  connection.socket.resume().write("x");
  await closed.catch(() => {});
  assert(connection.error instanceof Error);
});

Deno.test("secureSocket: TLS over a connection that is there, for a name or an address", async () => {
  await using target = await httpsTarget("server.pem", responds(200));
  for (const host of ["localhost", "127.0.0.1"]) {
    const plain = await openSocket(loopback, target.port, never);
    const { socket } = await secureSocket(plain, host, never);
    assert(socket.authorized);
    socket.destroy();
    plain.socket.destroy();
  }
  await target.idle();
});

Deno.test("secureSocket: an abort in the handshake is thrown, and the connection is closed", async () => {
  const { promise: greeted, resolve } = Promise.withResolvers<void>();
  await using target = await tcpTarget((socket) => socket.once("data", () => resolve()));
  const controller = new AbortController();
  const plain = await openSocket(loopback, target.port, controller.signal);
  const securing = secureSocket(plain, "localhost", controller.signal);
  await greeted;
  const reason = new Error("enough");
  controller.abort(reason);
  await assert.rejects(securing, (error) => error === reason);
  plain.socket.destroy();
  await target.idle();
});
