import assert from "node:assert/strict";
import self from "../../collectors/self.ts";
import { type EngineView, FAILURE_REASONS, type ProcessFigures } from "../../src/collector.ts";
import { contextOf, healthOf, idleEngine, seriesOf } from "../context.ts";

const figures: ProcessFigures = {
  cpuSeconds: 1.25,
  startTimeSeconds: 1_700_000_000.5,
  residentBytes: 50_000_000,
  virtualBytes: 900_000_000,
  virtualMaxBytes: -1,
  openFds: 22,
  maxFds: 1024,
  threads: 9,
  heapUsedBytes: 5_000_000,
  heapTotalBytes: 8_000_000,
};

function exposed(engine: EngineView = idleEngine, process: ProcessFigures = figures): Record<string, unknown> {
  const context = contextOf({ engine, options: { "process-only": false } });
  const value = self.read({ ...context, source: { ...context.source, process: () => process } });
  return seriesOf(self, value);
}

Deno.test("self: gives the process under the standard names, the runtime, the build and the last reload", () => {
  assert.deepEqual(exposed(), {
    process_cpu_seconds_total: 1.25,
    process_start_time_seconds: 1_700_000_000.5,
    process_resident_memory_bytes: 50_000_000,
    process_virtual_memory_bytes: 900_000_000,
    process_virtual_memory_max_bytes: -1,
    process_open_fds: 22,
    process_max_fds: 1024,
    process_threads: 9,
    sonde_runtime_heap_used_bytes: 5_000_000,
    sonde_runtime_heap_allocated_bytes: 8_000_000,
    'sonde_build_info{runtime="deno 2.9.6",version="1.2.3"}': 1,
    sonde_config_last_reload_successful: 1,
    sonde_config_last_reload_success_timestamp_seconds: 1_700_000_000,
    sonde_event_loop_delay_seconds: idleEngine.loopDelay,
  });
});

Deno.test("self: leaves out what the system does not tell", () => {
  const untold = { virtualBytes: undefined, virtualMaxBytes: undefined, openFds: undefined, maxFds: undefined };
  const names = Object.keys(
    exposed(idleEngine, { ...figures, ...untold, threads: undefined, startTimeSeconds: undefined }),
  );
  assert.deepEqual(names.filter((name) => name.startsWith("process_")), [
    "process_cpu_seconds_total",
    "process_resident_memory_bytes",
  ]);
});

Deno.test("self: a reload that failed is 0, with the time of the last that did not", () => {
  const series = exposed({ ...idleEngine, reload: { successful: false, successTimestampSeconds: 5 } });
  assert.equal(series.sonde_config_last_reload_successful, 0);
  assert.equal(series.sonde_config_last_reload_success_timestamp_seconds, 5);
});

Deno.test("self: gives the health of each collector, every reason of failure included", () => {
  const health = healthOf("cpu", {
    success: false,
    missedRuns: 2,
    failures: { ...healthOf("cpu").failures, parse: 4 },
  });
  const series = exposed({ ...idleEngine, collectors: [health, healthOf("http")] });
  const cpu = Object.entries(series).filter(([name]) => name.includes('collector="cpu"'));
  assert.deepEqual(Object.fromEntries(cpu), {
    'sonde_collector_success{collector="cpu"}': 0,
    'sonde_collector_supported{collector="cpu"}': 1,
    'sonde_collector_duration_seconds{collector="cpu"}': 0.002,
    'sonde_collector_last_success_timestamp_seconds{collector="cpu"}': 1_700_000_000,
    'sonde_collector_interval_seconds{collector="cpu"}': 15,
    'sonde_collector_series{collector="cpu"}': 3,
    'sonde_collector_runs_total{collector="cpu"}': 1,
    'sonde_collector_missed_runs_total{collector="cpu"}': 2,
    'sonde_collector_blocking_seconds_total{collector="cpu"}': 0.001,
    ...Object.fromEntries(FAILURE_REASONS.map((reason) => [
      `sonde_collector_failures_total{collector="cpu",reason="${reason}"}`,
      reason === "parse" ? 4 : 0,
    ])),
  });
  assert.equal(series['sonde_collector_success{collector="http"}'], 1);
});

Deno.test("self: a collector that has not run yet has no outcome, but its counters", () => {
  const pending = healthOf("slow", {
    success: undefined,
    supported: undefined,
    durationSeconds: undefined,
    lastSuccessTimestampSeconds: undefined,
    runs: 0,
  });
  const series = exposed({ ...idleEngine, collectors: [pending] });
  for (const figure of ["success", "supported", "duration_seconds", "last_success_timestamp_seconds"]) {
    assert.equal(series[`sonde_collector_${figure}{collector="slow"}`], undefined, figure);
  }
  assert.equal(series['sonde_collector_runs_total{collector="slow"}'], 0);
});

Deno.test("self: is read at once, as observers are", () => {
  assert.equal(self.observes, true);
  assert(!(self.read(contextOf({ options: { "process-only": false } })) instanceof Promise));
});

Deno.test("self: of the process alone reports what all clients report", () => {
  const options = self.options?.parse({ "process-only": true });
  const context = contextOf({ engine: { ...idleEngine, collectors: [healthOf("stat")] } });
  assert(options);
  const value = self.read({ ...context, options, source: { ...context.source, process: () => figures } });
  const names = Object.keys(seriesOf(self, value));
  assert.deepEqual(names, [
    "process_cpu_seconds_total",
    "process_start_time_seconds",
    "process_resident_memory_bytes",
    "process_virtual_memory_bytes",
    "process_virtual_memory_max_bytes",
    "process_open_fds",
    "process_max_fds",
  ]);
  assert.deepEqual(Object.keys(self.metrics).filter((name) => !names.includes(name)), self.omits?.(options));
});
