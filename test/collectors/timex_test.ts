import assert from "node:assert/strict";
import timex, { parseTimex } from "../../collectors/timex.ts";
import { seriesOf, valueOn } from "../context.ts";
import { callsOf, clockState, hostCalling } from "../fake_system_calls.ts";

/** By their place in `struct timex`: `offset` 1.5 s, `freq` 10 ppm, and so on, each another number. */
const FIELDS = {
  8: 1_500_000,
  16: 10 * 65536,
  24: 250_000,
  32: 125_000,
  40: 0x40,
  48: 7,
  88: 10_000,
  96: 20 * 65536,
  104: 2_000_000,
  112: 3,
  120: 40 * 65536,
  128: 11,
  136: 12,
  144: 13,
  152: 14,
  160: 37,
};
const series = async (state: number, fields: Readonly<Record<number, number>>) => {
  const adjtimex = () => clockState(state, fields);
  return seriesOf(timex, await valueOn(timex, hostCalling(callsOf({ adjtimex }))));
};

Deno.test("timex: every field from its place, in the peer's units", async () => {
  assert.deepEqual(await series(0, FIELDS), {
    node_timex_sync_status: 1,
    node_timex_offset_seconds: 1.5,
    node_timex_frequency_adjustment_ratio: 1.00001,
    node_timex_maxerror_seconds: 0.25,
    node_timex_estimated_error_seconds: 0.125,
    node_timex_status: 64,
    node_timex_loop_time_constant: 7,
    node_timex_tick_seconds: 0.01,
    node_timex_pps_frequency_hertz: 0.00002,
    node_timex_pps_jitter_seconds: 2,
    node_timex_pps_shift_seconds: 3,
    node_timex_pps_stability_hertz: 0.00004,
    node_timex_pps_jitter_total: 11,
    node_timex_pps_calibration_total: 12,
    node_timex_pps_error_total: 13,
    node_timex_pps_stability_exceeded_total: 14,
    node_timex_tai_offset_seconds: 37,
  });
});

Deno.test("timex: a clock in nanoseconds, behind, and out of step", async () => {
  const found = await series(5, { ...FIELDS, 8: -1_500_000, 16: -65536, 40: 0x2041 });
  assert.equal(found.node_timex_offset_seconds, -0.0015);
  assert.equal(found.node_timex_pps_jitter_seconds, 0.002);
  assert.equal(found.node_timex_frequency_adjustment_ratio, 0.999999);
  assert.equal(found.node_timex_sync_status, 0);
  assert.equal(found.node_timex_status, 0x2041);
});

Deno.test("timex: a leap second under way is in step all the same", async () => {
  for (const state of [1, 2, 3, 4]) assert.equal((await series(state, FIELDS)).node_timex_sync_status, 1);
});

Deno.test("timex: is not here without system calls, and where asking is not permitted; fails otherwise", async () => {
  assert.equal(await valueOn(timex, hostCalling(undefined)), null);
  assert.equal(await valueOn(timex, hostCalling(callsOf({ adjtimex: () => undefined }))), null);
  await assert.rejects(valueOn(timex, hostCalling(callsOf({}))), /Cannot make a system call/);
});

Deno.test("parseTimex: a structure that is cut off is a RangeError", () => {
  const { state, timex } = clockState(0, FIELDS);
  for (const length of [0, 40, 100, 159]) {
    assert.throws(() => parseTimex({ state, timex: timex.subarray(0, length) }), RangeError);
  }
});
