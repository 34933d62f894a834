import assert from "node:assert/strict";
import fc from "fast-check";
import { parseMeminfo } from "../../collectors/meminfo.ts";
import { type CpuSeconds, parseStat } from "../../collectors/stat.ts";
import usage, { busyRatio, memoryRatio, type Usage } from "../../collectors/usage.ts";
import { contextOf, FIXTURE_HOSTS, fixtureHost, hostWithoutProcfs, needOf, seriesOf, valueOn } from "../context.ts";

const seconds = fc.double({ min: 0, max: Number.MAX_SAFE_INTEGER / 100, noNaN: true });
const arbitraryCpus = fc.array(
  fc.tuple(
    fc.nat(3).map(String),
    fc.record<CpuSeconds>({ user: seconds, nice: seconds, system: seconds, idle: seconds, iowait: seconds }),
  ),
).map((cpus) => new Map(cpus));

const MEMINFO = "MemTotal: 1000 kB\nMemFree: 100 kB\nMemAvailable: 250 kB\nBuffers: 50 kB\nCached: 400 kB\n";
const cpus = (text: string) => parseStat(text).cpus;

/** What is exposed after runs on readings of these /proc/stat, one after the other. */
function exposed(...stats: readonly string[]): Record<string, unknown> {
  let folded: Usage | undefined;
  for (const text of stats) {
    const needs = { stat: needOf(parseStat(text)), meminfo: needOf(parseMeminfo(MEMINFO)) };
    const reading = usage.read(contextOf({ needs }));
    assert(reading && "cpus" in reading);
    folded = usage.fold(reading, folded);
  }
  return seriesOf(usage, folded);
}

Deno.test("usage: has memory at once, and the processors' share once an interval has passed", () => {
  const memory = { 'system_usage{resource_type="Memory"}': 75, sonde_host_memory_usage_ratio: 0.75 };
  assert.deepEqual(exposed("cpu0 100 0 0 1000\n"), memory);
  assert.deepEqual(exposed("cpu0 100 0 0 1000\n", "cpu0 125 0 0 1075\n"), {
    ...memory,
    'system_usage{resource_type="CPU"}': 25,
    sonde_host_cpu_usage_ratio: 0.25,
  });
  assert.deepEqual(exposed("cpu0 100 0 0 1000\n", "cpu0 100 0 0 1000\n"), memory, "no time has passed");
});

Deno.test("usage: counts from the reading before, not from the first", () => {
  const series = exposed("cpu0 0 0 0 0\n", "cpu0 100 0 0 0\n", "cpu0 100 0 0 100\n");
  assert.equal(series.sonde_host_cpu_usage_ratio, 0);
});

Deno.test("usage: runs on every host of the fixtures", async () => {
  for (const host of FIXTURE_HOSTS) {
    const series = seriesOf(usage, await valueOn(usage, fixtureHost(host)));
    assert.deepEqual(Object.keys(series), ['system_usage{resource_type="Memory"}', "sonde_host_memory_usage_ratio"]);
  }
});

Deno.test("usage: without procfs is made of the runtime's figures", async () => {
  const runtime = { cpus: () => [], memory: () => ({ totalBytes: 1000, freeBytes: 400 }), uptimeSeconds: () => 5 };
  const series = seriesOf(usage, await valueOn(usage, hostWithoutProcfs("darwin", runtime)));
  assert.deepEqual(series, { 'system_usage{resource_type="Memory"}': 60, sonde_host_memory_usage_ratio: 0.6 });
});

Deno.test("busyRatio: waiting for I/O is idle, stolen time is busy, time in guests counts once", () => {
  const before = cpus("cpu0 0 0 0 0 0 0 0 0 0 0\n");
  const percent = (text: string) => ((busyRatio(cpus(text), before) ?? NaN) * 100).toFixed(6);
  assert.equal(percent("cpu0 10 0 0 50 40 0 0 0 10 0\n"), "10.000000");
  assert.equal(percent("cpu0 0 0 0 50 0 0 0 50 0 0\n"), "50.000000");
  assert.equal(percent("cpu0 1 2 3 90 0 2 1 1 1 2\n"), "10.000000");
});

Deno.test("busyRatio: a processor that comes, goes or counts anew does not weigh in", () => {
  const one = "cpu0 0 0 0 0\n";
  const later = "cpu0 50 0 0 50\n";
  assert.equal(busyRatio(cpus(later + "cpu1 900000 0 0 100\n"), cpus(one)), 0.5);
  assert.equal(busyRatio(cpus(later), cpus(one + "cpu1 900000 0 0 100\n")), 0.5);
  assert.equal(busyRatio(cpus(later + "cpu1 5 0 0 5\n"), cpus(one + "cpu1 900000 0 0 100\n")), 0.5);
});

Deno.test("busyRatio: is from 0 to 1 or not at all, whatever the kernel takes back", () => {
  fc.assert(fc.property(arbitraryCpus, arbitraryCpus, (now, before) => {
    const ratio = busyRatio(now, before);
    assert(ratio === undefined || ratio >= 0 && ratio <= 1, String(ratio));
  }));
  const before = cpus("cpu0 0 0 0 100 100\n");
  assert.equal(busyRatio(cpus("cpu0 150 0 0 100 60\n"), before), 1, "iowait fell");
});

Deno.test("memoryRatio: takes what the kernel says is available, otherwise free memory, buffers and cache", () => {
  assert.equal(memoryRatio(parseMeminfo(MEMINFO)), 0.75);
  assert.equal(memoryRatio(parseMeminfo(MEMINFO.replace(/MemAvailable.*\n/, ""))), 0.45);
});

Deno.test("memoryRatio: is never NaN, infinite or negative", () => {
  assert.equal(memoryRatio(new Map()), undefined);
  assert.equal(memoryRatio(new Map([["MemTotal", 0], ["MemAvailable", 0]])), undefined);
  assert.equal(memoryRatio(new Map([["MemTotal", 10]])), undefined);
  assert.equal(memoryRatio(new Map([["MemTotal", 10], ["MemAvailable", 11]])), 0);
});
