import assert from "node:assert/strict";
import { attempt } from "../../../collectors/probe/attempt.ts";
import { ProbeError } from "../../../collectors/probe/result.ts";
import { FakeClock } from "../../fake_clock.ts";
import { outcomeOf, probeTools } from "./target.ts";

Deno.test("attempt: what is thrown of the target's is the outcome, in the phase that was reached", async () => {
  const clock = new FakeClock();
  const attempted = await attempt(probeTools({ clock }), 5, "connect", async (_, timeline) => {
    await clock.advance(2);
    timeline.enter("request");
    await clock.advance(1);
    throw new ProbeError("reset", "gone");
  });
  const failure = { reason: "reset", phase: "request", message: "gone" };
  assert.deepEqual(attempted.outcome, { success: false, durationSeconds: 3, failure });
  assert.deepEqual(attempted.durations, { connect: 2, request: 1 });
});

Deno.test("attempt: the time limit is an outcome, an abort from outside and a mistake of ours are none", async () => {
  const forever = (signal: AbortSignal) =>
    new Promise<never>((_, reject) => signal.addEventListener("abort", () => reject(signal.reason), { once: true }));
  const timeout = await attempt(probeTools(), 0, "request", forever);
  assert.equal(outcomeOf({ ...timeout, lookupSeconds: 0 }), "timeout in request");
  const controller = new AbortController();
  const stopped = attempt(probeTools({ signal: controller.signal }), 60, "request", forever);
  const reason = new ProbeError("timeout", "the exporter stops");
  controller.abort(reason);
  await assert.rejects(stopped, (error) => error === reason);
  const mistake = attempt(probeTools(), 60, "request", () => Promise.reject(new TypeError("no function")));
  await assert.rejects(mistake, TypeError);
});
