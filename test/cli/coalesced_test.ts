import assert from "node:assert/strict";
import { coalesced } from "../../src/cli/coalesced.ts";

/** Work that ends when told to, and counts. */
function work() {
  const begun: PromiseWithResolvers<void>[] = [];
  const ask = coalesced(() => {
    const run = Promise.withResolvers<void>();
    begun.push(run);
    return run.promise;
  });
  return { begun, ask };
}

Deno.test("coalesced: does once what is asked for while it is at work", async () => {
  const { begun, ask } = work();
  const first = ask();
  const others = Array.from({ length: 20 }, ask);
  assert.equal(begun.length, 1);
  begun[0]?.resolve();
  await first;
  await Promise.resolve();
  assert.equal(begun.length, 2);
  begun[1]?.resolve();
  await Promise.all(others);
  assert.equal(begun.length, 2);
});

Deno.test("coalesced: begins again after it has ended", async () => {
  const { begun, ask } = work();
  for (const i of [0, 1]) {
    const asked = ask();
    begun[i]?.resolve();
    await asked;
  }
  assert.equal(begun.length, 2);
});

Deno.test("coalesced: a failure is told to whom it concerns, and does not hinder what follows", async () => {
  const { begun, ask } = work();
  const first = ask();
  const second = ask();
  begun[0]?.reject(new Error("broken"));
  await assert.rejects(first, /broken/);
  begun[1]?.resolve();
  await second;
});

Deno.test("coalesced: never works twice at once, whenever it is asked", async () => {
  let atWork = 0;
  let most = 0;
  const ask = coalesced(async () => {
    most = Math.max(most, ++atWork);
    await Promise.resolve();
    atWork--;
  });
  const asked: Promise<void>[] = [];
  for (let i = 0; i < 50; i++) {
    asked.push(ask());
    for (let turns = 0; turns < i % 5; turns++) await Promise.resolve();
  }
  await Promise.all(asked);
  assert.equal(most, 1);
});
