import assert from "node:assert/strict";
import { deferred } from "../src/deferred.ts";

Deno.test("deferred: is settled from outside, once", async () => {
  const kept = deferred<number>();
  kept.resolve(1);
  kept.resolve(2);
  kept.reject(new Error("late"));
  assert.equal(await kept.promise, 1);
  const adopted = deferred<number>();
  adopted.resolve(kept.promise);
  assert.equal(await adopted.promise, 1);
});

Deno.test("deferred: rejects with the reason itself", async () => {
  const broken = deferred<never>();
  const reason = new Error("no");
  broken.reject(reason);
  await assert.rejects(broken.promise, (error) => error === reason);
});
