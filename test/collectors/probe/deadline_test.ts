import assert from "node:assert/strict";
import { withDeadline } from "../../../collectors/probe/deadline.ts";
import { ProbeError } from "../../../collectors/probe/result.ts";
import { manualTimers } from "./target.ts";

/** Never resolves, and rejects with the reason for which the signal aborts. */
function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
}

Deno.test("withDeadline: what is done in time is returned, and the timer is gone", async () => {
  const { clock, pending } = manualTimers();
  const work = (signal: AbortSignal) => {
    assert.deepEqual([...pending.values()], [1.5]);
    return Promise.resolve(signal.aborted);
  };
  assert.equal(await withDeadline(clock, new AbortController().signal, 1.5, work), false);
  assert.equal(pending.size, 0);
});

Deno.test("withDeadline: at the deadline the signal says timeout", async () => {
  const { clock, pending, fire } = manualTimers();
  const work = withDeadline(clock, new AbortController().signal, 1.5, aborted);
  fire();
  await assert.rejects(work, new ProbeError("timeout", "no result within 1s500ms"));
  assert.equal(pending.size, 0);
});

Deno.test("withDeadline: an abort from outside keeps its reason", async () => {
  const { clock, pending } = manualTimers();
  const outer = new AbortController();
  const work = withDeadline(clock, outer.signal, 1.5, aborted);
  const reason = new Error("enough");
  outer.abort(reason);
  await assert.rejects(work, (error) => error === reason);
  assert.equal(pending.size, 0);
  await assert.rejects(withDeadline(clock, outer.signal, 1.5, aborted), (error) => error === reason);
});

Deno.test("withDeadline: what fails for itself fails so, and the timer is gone", async () => {
  const { clock, pending } = manualTimers();
  const fault = new TypeError("x is not a function");
  const work = withDeadline(clock, new AbortController().signal, 1.5, () => Promise.reject(fault));
  await assert.rejects(work, (error) => error === fault);
  assert.equal(pending.size, 0);
});
