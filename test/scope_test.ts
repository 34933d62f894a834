import assert from "node:assert/strict";
import { Scope, Shared } from "../src/scope.ts";

Deno.test("Shared.of: gives each exporter one thing, made when asked for, disposed of when that ends", () => {
  const events: string[] = [];
  let made = 0;
  const socket = new Shared(() => {
    const name = `socket ${++made}`;
    return { name, [Symbol.dispose]: () => events.push(`${name} closed`) };
  });
  const store = new Shared(() => ({ [Symbol.dispose]: () => events.push("store closed") }));
  const [a, b] = [new Scope(), new Scope()];
  assert.equal(made, 0);
  assert.equal(socket.of(a), socket.of(a));
  assert.notEqual(socket.of(a), socket.of(b));
  store.of(a);
  a[Symbol.dispose]();
  assert.deepEqual(events, ["store closed", "socket 1 closed"], "the last first");
  assert.equal(socket.of(a).name, "socket 3", "what is asked for after the end is made anew");
  assert.equal(socket.of(b).name, "socket 2");
});

Deno.test("Shared.of: things without an end are only forgotten", () => {
  const counter = new Shared(() => ({ count: 0 }));
  const scope = new Scope();
  counter.of(scope).count++;
  scope[Symbol.dispose]();
  assert.equal(counter.of(scope).count, 0);
});
