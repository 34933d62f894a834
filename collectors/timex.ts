/**
 * How the kernel keeps the clock in step: adjtimex(2), which reads where it is told to change nothing. 17 series, one
 * system call. Not here where the runtime cannot make that call, or nobody permits it.
 *
 * @module
 */

import { defineCollector } from "../src/collector.ts";
import type { ClockState } from "../src/system_calls.ts";

/** linux/timex.h: what adjtimex(2) returns for a clock that is not synchronized. */
const TIME_ERROR = 5;
/** linux/timex.h: the bit of the status by which offset and jitter are nanoseconds. */
const STA_NANO = 0x2000;
const NANOSECONDS = 1e9;
const MICROSECONDS = 1e6;
/** Frequencies are parts per million, with 16 bits behind the point. */
const SCALED_PPM = 1e6 * 65536;

/** The system's clock as the kernel keeps it. */
export interface Timex {
  /** Whether it is in step with a reference. */
  readonly synchronized: boolean;
  /** Bits of its status, `STA_*` of linux/timex.h. */
  readonly status: number;
  /** From the reference. */
  readonly offsetSeconds: number;
  /** By how much it is made to run faster: 0 is not at all. */
  readonly frequencyRatio: number;
  /** Largest possible error. */
  readonly maxErrorSeconds: number;
  /** Estimated error. */
  readonly estimatedErrorSeconds: number;
  /** Time constant of the phase-locked loop, a power of two. */
  readonly timeConstant: number;
  /** Between two ticks. */
  readonly tickSeconds: number;
  /** International Atomic Time minus UTC. */
  readonly taiOffsetSeconds: number;
  /** What the signal of a pulse per second says, where there is one. */
  readonly pulse: {
    /** Frequency offset in hertz, as the kernel names it. */
    readonly frequencyHertz: number;
    /** Average wander of the pulse. */
    readonly jitterSeconds: number;
    /** Length of the calibration interval, a power of two. */
    readonly shiftSeconds: number;
    /** Average of recent changes of frequency. */
    readonly stabilityHertz: number;
    /** Times that the limit of jitter was exceeded. */
    readonly jitterExceeded: number;
    /** Calibration intervals. */
    readonly calibrations: number;
    /** Calibration errors. */
    readonly errors: number;
    /** Times that the limit of stability was exceeded. */
    readonly stabilityExceeded: number;
  };
}

export default defineCollector({
  name: "timex",
  help: "How the kernel keeps the clock in step with others.",
  peer: true,
  platforms: ["linux"],
  freshnessSeconds: 0.1,
  metrics: {
    node_timex_offset_seconds: {
      type: "gauge",
      help: "Time offset in between local system and reference clock.",
    },
    node_timex_frequency_adjustment_ratio: { type: "gauge", help: "Local clock frequency adjustment." },
    node_timex_maxerror_seconds: { type: "gauge", help: "Maximum error in seconds." },
    node_timex_estimated_error_seconds: { type: "gauge", help: "Estimated error in seconds." },
    node_timex_status: { type: "gauge", help: "Value of the status array bits." },
    node_timex_loop_time_constant: { type: "gauge", help: "Phase-locked loop time constant." },
    node_timex_tick_seconds: { type: "gauge", help: "Seconds between clock ticks." },
    node_timex_pps_frequency_hertz: { type: "gauge", help: "Pulse per second frequency." },
    node_timex_pps_jitter_seconds: { type: "gauge", help: "Pulse per second jitter." },
    node_timex_pps_shift_seconds: { type: "gauge", help: "Pulse per second interval duration." },
    node_timex_pps_stability_hertz: {
      type: "gauge",
      help: "Pulse per second stability, average of recent frequency changes.",
    },
    node_timex_pps_jitter_total: {
      type: "counter",
      help: "Pulse per second count of jitter limit exceeded events.",
    },
    node_timex_pps_calibration_total: { type: "counter", help: "Pulse per second count of calibration intervals." },
    node_timex_pps_error_total: { type: "counter", help: "Pulse per second count of calibration errors." },
    node_timex_pps_stability_exceeded_total: {
      type: "counter",
      help: "Pulse per second count of stability limit exceeded events.",
    },
    node_timex_tai_offset_seconds: { type: "gauge", help: "International Atomic Time (TAI) offset." },
    node_timex_sync_status: {
      type: "gauge",
      help: "Is clock synchronized to a reliable server (1 = yes, 0 = no).",
    },
  },
  sources: ["libc adjtimex(2)"],
  read({ source }): Timex | null {
    const clock = source.systemCalls()?.adjtimex();
    return clock ? parseTimex(clock) : null;
  },
  samples({ pulse, ...timex }, emit) {
    emit("node_timex_sync_status", timex.synchronized ? 1 : 0);
    emit("node_timex_offset_seconds", timex.offsetSeconds);
    emit("node_timex_frequency_adjustment_ratio", 1 + timex.frequencyRatio);
    emit("node_timex_maxerror_seconds", timex.maxErrorSeconds);
    emit("node_timex_estimated_error_seconds", timex.estimatedErrorSeconds);
    emit("node_timex_status", timex.status);
    emit("node_timex_loop_time_constant", timex.timeConstant);
    emit("node_timex_tick_seconds", timex.tickSeconds);
    emit("node_timex_pps_frequency_hertz", pulse.frequencyHertz);
    emit("node_timex_pps_jitter_seconds", pulse.jitterSeconds);
    emit("node_timex_pps_shift_seconds", pulse.shiftSeconds);
    emit("node_timex_pps_stability_hertz", pulse.stabilityHertz);
    emit("node_timex_pps_jitter_total", pulse.jitterExceeded);
    emit("node_timex_pps_calibration_total", pulse.calibrations);
    emit("node_timex_pps_error_total", pulse.errors);
    emit("node_timex_pps_stability_exceeded_total", pulse.stabilityExceeded);
    emit("node_timex_tai_offset_seconds", timex.taiOffsetSeconds);
  },
});

/**
 * Parses what adjtimex(2) tells.
 *
 * @throws {RangeError} if the structure is cut off
 */
export function parseTimex({ state, timex: { buffer, byteOffset, byteLength } }: ClockState): Timex {
  const view = new DataView(buffer, byteOffset, byteLength);
  const int = (offset: number) => view.getInt32(offset, true);
  const long = (offset: number) => Number(view.getBigInt64(offset, true));
  const status = int(40);
  const unit = status & STA_NANO ? NANOSECONDS : MICROSECONDS;
  return {
    synchronized: state !== TIME_ERROR,
    status,
    offsetSeconds: long(8) / unit,
    frequencyRatio: long(16) / SCALED_PPM,
    maxErrorSeconds: long(24) / MICROSECONDS,
    estimatedErrorSeconds: long(32) / MICROSECONDS,
    timeConstant: long(48),
    tickSeconds: long(88) / MICROSECONDS,
    taiOffsetSeconds: int(160),
    pulse: {
      frequencyHertz: long(96) / SCALED_PPM,
      jitterSeconds: long(104) / unit,
      shiftSeconds: int(112),
      stabilityHertz: long(120) / SCALED_PPM,
      jitterExceeded: long(128),
      calibrations: long(136),
      errors: long(144),
      stabilityExceeded: long(152),
    },
  };
}
