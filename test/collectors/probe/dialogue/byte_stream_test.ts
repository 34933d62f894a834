import assert from "node:assert/strict";
import { once } from "node:events";
import type { Socket } from "node:net";
import { ByteStream } from "../../../../collectors/probe/dialogue/byte_stream.ts";
import { openSocket } from "../../../../collectors/probe/connection.ts";
import { ProbeError } from "../../../../collectors/probe/result.ts";
import { tcpTarget } from "../target.ts";

const loopback = { ip: "127.0.0.1", family: 4 } as const;
const never = new AbortController().signal;

/** Has `work` read from a server that does this with each connection. */
async function withStream(
  serve: (socket: Socket) => void,
  work: (stream: ByteStream) => Promise<void>,
  signal = never,
): Promise<void> {
  await using target = await tcpTarget(serve);
  const connection = await openSocket(loopback, target.port, never);
  connection.socket.allowHalfOpen = true;
  {
    using stream = new ByteStream(connection, signal);
    await work(stream);
  }
  connection.socket.destroy();
  await target.idle();
}

const text = (bytes: Uint8Array | undefined) => bytes && new TextDecoder().decode(bytes);

Deno.test("ByteStream.read: gives no more than is asked for, waits for the first byte, and knows the end", async () => {
  await withStream((socket) => socket.end("hello"), async (stream) => {
    assert.equal(text(await stream.read(2)), "he");
    assert.equal(text(await stream.read(100)), "llo");
    assert.equal(await stream.read(1), undefined);
    assert.equal(await stream.read(1), undefined);
  });
});

Deno.test("ByteStream.write: the other side hears it, even when it has no more to say itself", async () => {
  const { promise, resolve } = Promise.withResolvers<string>();
  const serve = (socket: Socket) => {
    socket.allowHalfOpen = true;
    socket.end("X");
    socket.on("data", (bytes) => resolve(String(bytes)));
  };
  await withStream(serve, async (stream) => {
    assert.equal(text(await stream.read(9)), "X");
    assert.equal(await stream.read(9), undefined);
    await stream.write(new TextEncoder().encode("hello"));
    assert.equal(await promise, "hello");
  });
});

Deno.test("ByteStream.read: a reset is thrown", async () => {
  await withStream((socket) => socket.once("data", () => socket.resetAndDestroy()), async (stream) => {
    await stream.write(Uint8Array.of(1));
    await assert.rejects(stream.read(1), /ECONNRESET/);
    await assert.rejects(stream.write(Uint8Array.of(1)));
  });
});

Deno.test("ByteStream: an abort ends what is waited for, and what comes after", async () => {
  const controller = new AbortController();
  const reason = new ProbeError("timeout", "enough");
  await withStream(() => {}, async (stream) => {
    const reading = stream.read(1);
    controller.abort(reason);
    await assert.rejects(reading, (error) => error === reason);
    await assert.rejects(stream.write(Uint8Array.of(1)), (error) => error === reason);
  }, controller.signal);
});

Deno.test("ByteStream.write: who does not read is waited for, until an abort", async () => {
  const controller = new AbortController();
  const reason = new ProbeError("timeout", "enough");
  const { promise: served, resolve } = Promise.withResolvers<Socket>();
  await withStream((socket) => resolve(socket.pause()), async (stream) => {
    const writing = stream.write(new Uint8Array(64 * 1024 * 1024));
    const socket = await served;
    controller.abort(reason);
    await assert.rejects(writing, (error) => error === reason);
    socket.destroy();
  }, controller.signal);
});

Deno.test("ByteStream: lets go of the connection when it ends", async () => {
  await using target = await tcpTarget((socket) => socket.on("data", (bytes) => socket.write(bytes)));
  const connection = await openSocket(loopback, target.port, never);
  const before = connection.socket.listenerCount("data") + connection.socket.listenerCount("close");
  new ByteStream(connection, never)[Symbol.dispose]();
  assert.equal(connection.socket.listenerCount("data") + connection.socket.listenerCount("close"), before);
  connection.socket.write("again");
  const [bytes] = await once(connection.socket.resume(), "data");
  assert.equal(String(bytes), "again");
  connection.socket.destroy();
});
