import assert from "node:assert/strict";
import fc from "fast-check";
import cpu, { neverFalling } from "../../collectors/cpu.ts";
import { CPU_FIELDS, type CpuSeconds } from "../../collectors/stat.ts";
import { contextOf, fixtureHost, hostOf, hostWithoutProcfs, needOf, seriesOf, valueOn } from "../context.ts";

const seconds = fc.double({ min: 0, max: 1e6, noNaN: true });
const arbitraryCpu: fc.Arbitrary<CpuSeconds> = fc.record({
  user: seconds,
  nice: seconds,
  system: seconds,
  idle: seconds,
  iowait: seconds,
  irq: seconds,
  softirq: seconds,
  steal: seconds,
  guest: seconds,
  guestNice: seconds,
});
const cpuOf = (idle: number, user = 100): CpuSeconds => ({ user, idle, system: 10 });

/** Readings of `values` one after the other, each corrected by the one before. */
function exposed(readings: readonly Record<string, CpuSeconds>[]): Record<string, unknown>[] {
  let previous: Parameters<NonNullable<typeof cpu.correct>>[1] | undefined;
  return readings.map((reading) => {
    const stat = { cpus: new Map(Object.entries(reading)), totals: new Map(), softirqs: new Map() };
    const options = { guest: false, info: false, "info.flags-include": undefined, "info.bugs-include": undefined };
    const now = cpu.read(contextOf({ needs: { stat: needOf(stat) }, options }));
    assert(now && "cpus" in now && cpu.correct);
    previous = previous ? cpu.correct(now, previous) : now;
    return seriesOf(cpu, previous);
  });
}

Deno.test("cpu: gives the peer's modes of each processor, guests by option", async () => {
  const host = hostOf({ "/proc/stat": "cpu0 444900 19 21045 1087069 220 1 3410 5 2 1\n" });
  const modes = {
    'node_cpu_seconds_total{cpu="0",mode="user"}': 4449,
    'node_cpu_seconds_total{cpu="0",mode="nice"}': 0.19,
    'node_cpu_seconds_total{cpu="0",mode="system"}': 210.45,
    'node_cpu_seconds_total{cpu="0",mode="idle"}': 10870.69,
    'node_cpu_seconds_total{cpu="0",mode="iowait"}': 2.2,
    'node_cpu_seconds_total{cpu="0",mode="irq"}': 0.01,
    'node_cpu_seconds_total{cpu="0",mode="softirq"}': 34.1,
    'node_cpu_seconds_total{cpu="0",mode="steal"}': 0.05,
  };
  const guests = {
    'node_cpu_guest_seconds_total{cpu="0",mode="user"}': 0.02,
    'node_cpu_guest_seconds_total{cpu="0",mode="nice"}': 0.01,
  };
  assert.deepEqual(seriesOf(cpu, await valueOn(cpu, host)), { ...modes, ...guests });
  assert.deepEqual(seriesOf(cpu, await valueOn(cpu, host, { cpu: { guest: false } })), modes);
});

Deno.test("cpu: a processor that is offline has no series", async () => {
  const names = Object.keys(seriesOf(cpu, await valueOn(cpu, fixtureHost("two-sockets-of-64-cpus"))));
  assert.equal(names.length, 127 * 10);
  assert(!names.some((name) => name.includes('cpu="42"')));
});

Deno.test("cpu: without procfs gives the modes that the system knows; is not here if it knows none", async () => {
  const runtime = { cpus: () => [{ user: 4, nice: 1, system: 3, idle: 50, irq: 0 }] };
  assert.deepEqual(seriesOf(cpu, await valueOn(cpu, hostWithoutProcfs("darwin", runtime))), {
    'node_cpu_seconds_total{cpu="0",mode="user"}': 4,
    'node_cpu_seconds_total{cpu="0",mode="nice"}': 1,
    'node_cpu_seconds_total{cpu="0",mode="system"}': 3,
    'node_cpu_seconds_total{cpu="0",mode="idle"}': 50,
  });
  assert.equal(await valueOn(cpu, hostWithoutProcfs("other", {})), null);
});

Deno.test("cpu: no mode falls while its processor stays plugged in", () => {
  const idle = 'node_cpu_seconds_total{cpu="0",mode="idle"}';
  const user = 'node_cpu_seconds_total{cpu="0",mode="user"}';
  const pages = exposed([{ 0: cpuOf(50) }, { 0: cpuOf(47.01, 99) }, { 0: cpuOf(48, 101) }, { 0: cpuOf(51) }]);
  assert.deepEqual(pages.map((page) => page[idle]), [50, 50, 50, 51]);
  assert.deepEqual(pages.map((page) => page[user]), [100, 100, 101, 101]);
});

Deno.test("cpu: a processor that was unplugged, or comes back, counts anew", () => {
  const idle = 'node_cpu_seconds_total{cpu="1",mode="idle"}';
  const [, , reset, gone, back] = exposed([
    { 0: cpuOf(5), 1: cpuOf(50) },
    { 0: cpuOf(5), 1: cpuOf(49) },
    { 0: cpuOf(5), 1: cpuOf(47, 1) },
    { 0: cpuOf(5) },
    { 0: cpuOf(5), 1: cpuOf(1) },
  ]);
  assert.equal(reset?.[idle], 47);
  assert.equal(reset?.['node_cpu_seconds_total{cpu="1",mode="user"}'], 1);
  assert.equal(gone?.[idle], undefined);
  assert.equal(back?.[idle], 1);
});

Deno.test("neverFalling: is the larger of each mode, or after a hot-plug the reading itself", () => {
  fc.assert(fc.property(arbitraryCpu, arbitraryCpu, (now, before) => {
    const corrected = neverFalling(now, before);
    const unplugged = (before.idle ?? 0) - (now.idle ?? 0) >= 3;
    for (const field of CPU_FIELDS) {
      const expected = unplugged ? now[field] : Math.max(now[field] ?? NaN, before[field] ?? NaN);
      assert.equal(corrected[field], expected, field);
    }
  }));
});

Deno.test("neverFalling: gives no mode that the system does not tell", () => {
  assert.deepEqual(neverFalling({ user: 1, idle: 1 }, { user: 2, idle: 1, irq: 7 }), { user: 2, idle: 1 });
});
