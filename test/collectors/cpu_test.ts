import assert from "node:assert/strict";
import fc from "fast-check";
import cpu, { neverFalling } from "../../collectors/cpu.ts";
import { CPU_FIELDS, type CpuSeconds } from "../../collectors/stat.ts";
import { shownOn } from "../engine_page.ts";
import {
  contextOf,
  countingHost,
  fixtureHost,
  hostOf,
  hostWithoutProcfs,
  needOf,
  seriesOf,
  valueOn,
} from "../context.ts";

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
const OPTIONS = {
  guest: false,
  info: false,
  "info.flags-include": undefined,
  "info.bugs-include": undefined,
  "per-core": true,
};
const cpuOf = (idle: number, user = 100): CpuSeconds => ({ user, idle, system: 10 });

/** Readings of `values` one after the other, each corrected by the one before. */
function exposed(readings: readonly Record<string, CpuSeconds>[]): Record<string, unknown>[] {
  let previous: Parameters<NonNullable<typeof cpu.correct>>[1] | undefined;
  return readings.map((reading) => {
    const stat = { cpus: new Map(Object.entries(reading)), totals: new Map(), softirqs: new Map() };
    const now = cpu.read(contextOf({ needs: { stat: needOf(stat) }, options: OPTIONS }));
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

Deno.test("cpu: per-core=false shows the kernel's own sum, which counts offline processors too, and no single one", async () => {
  const host = hostOf({
    "/proc/stat": "cpu  300 2 30 4000 50 6 7 8 9 1\ncpu0 100 1 10 1000 20 3 3 4 4 1\n",
    "/sys/devices/system/cpu/cpu0/online": "1\n",
  });
  const sums = {
    'sonde_cpu_seconds_total{mode="user"}': 3,
    'sonde_cpu_seconds_total{mode="nice"}': 0.02,
    'sonde_cpu_seconds_total{mode="system"}': 0.3,
    'sonde_cpu_seconds_total{mode="idle"}': 40,
    'sonde_cpu_seconds_total{mode="iowait"}': 0.5,
    'sonde_cpu_seconds_total{mode="irq"}': 0.06,
    'sonde_cpu_seconds_total{mode="softirq"}': 0.07,
    'sonde_cpu_seconds_total{mode="steal"}': 0.08,
  };
  const guests = {
    'sonde_cpu_guest_seconds_total{mode="user"}': 0.09,
    'sonde_cpu_guest_seconds_total{mode="nice"}': 0.01,
  };
  assert.deepEqual(await shownOn(host, { cpu: { "per-core": false } }), { ...sums, ...guests });
  assert.deepEqual(await shownOn(host, { cpu: { "per-core": false, guest: false } }), sums);
});

Deno.test("cpu: per-core=false adds processors up where the system has no sum", async () => {
  const cpus = [{ user: 4, nice: 1, system: 3, idle: 50, irq: 0 }, { user: 1, nice: 1, system: 1, idle: 7, irq: 0 }];
  const host = hostWithoutProcfs("darwin", { cpus: () => cpus });
  assert.deepEqual(await shownOn(host, { cpu: { "per-core": false } }), {
    'sonde_cpu_seconds_total{mode="user"}': 5,
    'sonde_cpu_seconds_total{mode="nice"}': 2,
    'sonde_cpu_seconds_total{mode="system"}': 4,
    'sonde_cpu_seconds_total{mode="idle"}': 57,
  });
});

Deno.test("cpu: per-core=false keeps the sum from falling as the kernel takes time back", () => {
  const sums = [50, 47.5, 51].map((idle) => {
    const stat = { cpus: new Map([["0", cpuOf(1)]]), allCpus: cpuOf(idle), totals: new Map(), softirqs: new Map() };
    const value = cpu.read(contextOf({ needs: { stat: needOf(stat) }, options: { ...OPTIONS, "per-core": false } }));
    assert(value && "sum" in value);
    return value;
  });
  let previous = sums[0];
  const shown = sums.map((value) => {
    assert(previous && cpu.correct);
    previous = cpu.correct(value, previous);
    return previous.sum?.idle;
  });
  assert.deepEqual(shown, [50, 50, 51]);
});

Deno.test("cpu: omits what its options do not ask for, and reads neither models nor states of processors for it", async () => {
  const files = {
    "/proc/stat": "cpu  100 1 10 1000\ncpu0 100 1 10 1000\n",
    "/proc/cpuinfo": "processor : 0\nvendor_id : x\nflags : fpu\n",
    "/sys/devices/system/cpu/isolated": "0\n",
    "/sys/devices/system/cpu/cpu0/online": "1\n",
    "/sys/devices/system/cpu/cpu0/topology/physical_package_id": "0\n",
    "/sys/devices/system/cpu/cpu0/topology/core_id": "0\n",
    "/sys/devices/system/cpu/cpu0/thermal_throttle/core_throttle_count": "5\n",
    "/sys/devices/system/cpu/cpu0/thermal_throttle/package_throttle_count": "30\n",
  };
  const whole = countingHost(files);
  const single = await shownOn(whole.source, { cpu: {} });
  assert.equal(single['node_cpu_online{cpu="0"}'], 1);
  assert.deepEqual(Object.keys(files).filter((file) => !whole.reads.has(file)), ["/proc/cpuinfo"]);
  const sum = countingHost(files);
  const together = await shownOn(sum.source, { cpu: { "per-core": false, info: true } });
  assert.equal(together['node_cpu_package_throttles_total{package="0"}'], 30);
  assert.equal(together['node_cpu_frequency_hertz{core="",cpu="0",package=""}'], 0, "info is asked for apart");
  assert(!Object.keys(together).some((name) => /^node_cpu_(seconds|guest|online|isolated|core)/.test(name)));
  assert.deepEqual([...sum.reads].sort(), [
    "/proc/cpuinfo",
    "/proc/stat",
    "/sys/devices/system/cpu/cpu0/thermal_throttle/package_throttle_count",
    "/sys/devices/system/cpu/cpu0/topology/core_id",
    "/sys/devices/system/cpu/cpu0/topology/physical_package_id",
  ]);
});
