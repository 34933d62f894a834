import assert from "node:assert/strict";
import fc from "fast-check";
import diskstats, { parseDiskstats } from "../../collectors/diskstats.ts";
import { rated, type RatedReading } from "../../collectors/usage/rates.ts";
import usageDisk, { type DiskRates } from "../../collectors/usage_disk.ts";
import { Engine } from "../../src/engine.ts";
import { contextOf, hostOf, needOf, seriesOf } from "../context.ts";
import { FakeClock } from "../fake_clock.ts";

/** What is exposed after the last of these readings of /proc/diskstats, each read at its second. */
function exposed(...readings: readonly (readonly [seconds: number, text: string])[]): Record<string, unknown> {
  let folded: DiskRates | undefined;
  for (const [seconds, text] of readings) {
    const disks = parseDiskstats(text).map((disk) => ({ ...disk, rotational: false, udev: new Map() }));
    const reading = usageDisk.read(contextOf({ needs: { diskstats: needOf(disks, seconds) } }));
    assert(reading && "rates" in reading);
    folded = usageDisk.fold(reading, folded);
  }
  return seriesOf(usageDisk, folded);
}

/** A line of /proc/diskstats with these sectors and milliseconds. */
const disk = (device: string, read: number, written: number, busyMs: number) =>
  `8 0 ${device} 1 0 ${read} 0 1 0 ${written} 0 0 ${busyMs} 0\n`;
const series = (device: string, busy: number, read: number, written: number) => ({
  [`sonde_host_disk_busy_ratio{device="${device}"}`]: busy,
  [`sonde_host_disk_read_bytes_per_second{device="${device}"}`]: read,
  [`sonde_host_disk_written_bytes_per_second{device="${device}"}`]: written,
});

Deno.test("usage_disk: has nothing of the first reading, then what was done per second since the one before", () => {
  const first = [100, disk("sda", 1000, 2000, 10_000)] as const;
  assert.deepEqual(exposed(first), {});
  const second = [105, disk("sda", 1100, 2000, 12_500)] as const;
  assert.deepEqual(exposed(first, second), series("sda", 0.5, 10_240, 0));
  const third = [109, disk("sda", 1100, 2008, 12_500)] as const;
  assert.deepEqual(exposed(first, second, third), series("sda", 0, 0, 1024), "not from the first");
});

Deno.test("usage_disk: a device that comes, goes or counts anew has no rate of that interval", () => {
  const before = [100, disk("sda", 1000, 2000, 10_000) + disk("sdb", 5, 5, 5)] as const;
  const came = [105, disk("sda", 1000, 2000, 10_000) + disk("sdc", 900, 900, 900)] as const;
  assert.deepEqual(exposed(before, came), series("sda", 0, 0, 0));
  const reset = [105, disk("sda", 10, 9000, 10_000)] as const;
  assert.deepEqual(exposed(before, reset), {}, "its bytes written cannot be compared either");
  assert.deepEqual(exposed(before, reset, [106, disk("sda", 12, 9000, 10_000)]), series("sda", 0, 1024, 0));
});

Deno.test("usage_disk: without a new reading the rates stand; time that goes back makes none", () => {
  const first = [100, disk("sda", 1000, 0, 0)] as const;
  const second = [105, disk("sda", 1100, 0, 0)] as const;
  const shown = series("sda", 0, 10_240, 0);
  assert.deepEqual(exposed(first, second, second), shown);
  assert.deepEqual(exposed(first, second, [104, disk("sda", 2000, 0, 0)]), shown);
});

Deno.test("usage_disk: a device is never busy for longer than the interval", () => {
  const shown = exposed([100, disk("sda", 0, 0, 0)], [101, disk("sda", 0, 0, 1004)]);
  assert.equal(shown['sonde_host_disk_busy_ratio{device="sda"}'], 1);
});

Deno.test("rated: rates are finite and not negative, and multiply out to the increase", () => {
  const counter = fc.oneof(fc.nat(1e6), fc.constant(undefined));
  const counters = fc.dictionary(fc.constantFrom("a", "b"), fc.record({ x: counter, y: counter }))
    .map((devices) => new Map(Object.entries(devices)));
  const reading = fc.record({ readAtSeconds: fc.nat(1000), counters });
  fc.assert(fc.property(reading, reading, (earlier, later) => {
    const before: RatedReading<"x" | "y"> = rated(earlier, undefined);
    assert.equal(before.rates.size, 0);
    const after = rated(later, before);
    const seconds = later.readAtSeconds - earlier.readAtSeconds;
    for (const [device, { x }] of after.rates) {
      if (x === undefined) continue;
      assert(x >= 0 && Number.isFinite(x));
      const increase = (later.counters.get(device)?.x ?? NaN) - (earlier.counters.get(device)?.x ?? NaN);
      assert(Math.abs(x * seconds - increase) < 1e-6);
    }
  }));
});

Deno.test("usage_disk: scrapes between its runs, runs that fail and a clock that is set do not change the rates", async () => {
  const clock = new FakeClock();
  let broken = false;
  const source = hostOf({
    get "/proc/diskstats"() {
      const seconds = clock.monotonic();
      return broken ? "garbled\n" : disk("sda", Math.round(seconds * 1000), 0, Math.round(seconds * 250));
    },
  });
  const parts = { source, clock, machineId: "m", log: () => {}, version: "1.2.3", runtime: "test 1" };
  const engine = new Engine(parts);
  const list = [diskstats, usageDisk];
  const settings = list.map(({ name, options }) => [name, { enabled: true, options: options?.parse({}) }] as const);
  engine.apply(list, new Map(settings), { exporterMetrics: true });
  const shown = async () => {
    const { page } = await engine.scrape({ format: "text", budgetSeconds: 1 });
    const values = [...page.text.matchAll(/^sonde_host_disk_(?:busy_ratio|read\S+)\{device="sda"\} (.*)$/gm)];
    return values.map(([, value]) => Number(value));
  };
  engine.start();
  assert.deepEqual(await shown(), []);
  await clock.advance(10);
  let withdrawn = 0;
  for (let i = 0; i < 60; i++) {
    broken = i >= 15 && i < 30;
    if (i === 5) clock.stepWall(-3600);
    await clock.advance(0.37);
    const rates = await shown();
    if (rates.length === 0) {
      withdrawn++;
      assert(i >= 15, "only a run that failed withdraws them");
      continue;
    }
    const [busy = NaN, read = NaN] = rates;
    assert(Math.abs(busy - 0.25) < 1e-3 && Math.abs(read - 512_000) < 500, rates.join(" "));
  }
  assert(withdrawn > 0);
  assert.equal((await shown()).length, 2);
  const stopped = engine.stop();
  await clock.advance(1);
  await stopped;
});
