import assert from "node:assert/strict";
import { listenToStopSignals } from "../../src/cli/stop_signals.ts";
import { FakeClock } from "../fake_clock.ts";
import { FakeProcess } from "./surroundings.ts";

class Process extends FakeProcess {
  override readonly clock = new FakeClock();
}

Deno.test("listenToStopSignals: ends the program at once until somebody takes them", () => {
  for (const [signal, code] of [["SIGTERM", 143], ["SIGINT", 130]] as const) {
    const process = new Process([]);
    listenToStopSignals(process);
    process.signal(signal);
    assert.deepEqual(process.exits, [code]);
  }
});

Deno.test("listenToStopSignals: the first signal is told, the second ends the program at once", () => {
  const process = new Process([]);
  const told: string[] = [];
  listenToStopSignals(process).take((signal) => told.push(signal));
  process.signal("SIGTERM");
  assert.deepEqual([told, process.exits], [["SIGTERM"], []]);
  process.signal("SIGINT");
  assert.deepEqual([told, process.exits], [["SIGTERM"], [130]]);
});

Deno.test("listenToStopSignals: ends the program within 5 s, whatever hangs", async () => {
  const process = new Process([]);
  listenToStopSignals(process).take(() => {});
  process.signal("SIGTERM");
  await process.clock.advance(4);
  assert.deepEqual(process.exits, []);
  await process.clock.advance(1);
  assert.deepEqual(process.exits, [0]);
});

Deno.test("listenToStopSignals: forgets everything when released", async () => {
  const process = new Process([]);
  const stops = listenToStopSignals(process);
  stops.take(() => {});
  process.signal("SIGTERM");
  stops.release();
  assert.deepEqual(process.listening, []);
  await process.clock.advance(10);
  assert.deepEqual(process.exits, []);
});
