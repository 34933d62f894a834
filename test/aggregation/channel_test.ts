import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { type Channel, channelOf } from "../../src/aggregation/channel.ts";

/** A child process as Node has it, as far as channels look at it. */
class FakeProcess extends EventEmitter {
  connected = true;
  exitedAfterDisconnect = false;
  readonly sent: unknown[] = [];

  send(message: unknown, callback: (error: Error | null) => void): void {
    this.sent.push(message);
    callback(null);
  }
}

Deno.test("channelOf: a channel is itself", () => {
  const channel: Channel = { send: () => {}, onMessage: () => () => {} };
  assert.equal(channelOf(channel), channel);
});

Deno.test("channelOf: a port sends, hears, and ends", async () => {
  const { port1, port2 } = new MessageChannel();
  const [one, two] = [channelOf(port1), channelOf(port2)];
  const heard: unknown[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  const end = two.onMessage((message) => {
    heard.push(message);
    resolve();
  });
  one.send({ a: 1 });
  await promise;
  end();
  assert.deepEqual(heard, [{ a: 1 }]);
  port1.close();
  port2.close();
});

Deno.test("channelOf: a process sends while it is connected, hears, and tells of its end", () => {
  const process = new FakeProcess();
  const channel = channelOf(process);
  const heard: unknown[] = [];
  const ends: boolean[] = [];
  const deaf = [channel.onMessage((message) => heard.push(message)), channel.onClose?.((each) => ends.push(each))];
  channel.send("a");
  process.emit("message", "b");
  process.emit("exit", 1, null);
  process.emit("exit", null, "SIGKILL");
  process.emit("exit", 0, null);
  process.exitedAfterDisconnect = true;
  process.emit("exit", null, "SIGTERM");
  for (const end of deaf) end?.();
  process.connected = false;
  channel.send("c");
  assert.deepEqual([process.sent, heard, ends], [["a"], ["b"], [false, false, true, true]]);
  assert.deepEqual(process.eventNames(), []);
});

Deno.test("channelOf: what is no way to anybody is a TypeError", () => {
  assert.throws(() => channelOf(new EventEmitter()), {
    name: "TypeError",
    message: "Cannot share metrics with a process: it has no channel for messages, fork it with one",
  });
  for (const none of [{}, null, 5]) assert.throws(() => channelOf(JSON.parse(JSON.stringify(none))), TypeError);
});
