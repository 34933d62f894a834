import assert from "node:assert/strict";
import fc from "fast-check";
import time, { zoneName } from "../../collectors/time.ts";
import { contextOf, hostOf, samplesOf, seriesOf, stillClock } from "../context.ts";

const FOLDER = "/sys/devices/system/clocksource/clocksource0";

Deno.test("time: gives the time, the zone's offset and the clock sources", () => {
  const source = hostOf({
    [`${FOLDER}/available_clocksource`]: "tsc hpet acpi_pm \n",
    [`${FOLDER}/current_clocksource`]: "tsc\n",
  });
  const value = time.read(contextOf({ source, clock: stillClock(1_700_000_000.25) }));
  const series = seriesOf(time, value);
  assert.equal(series.node_time_seconds, 1_700_000_000.25);
  for (const clocksource of ["tsc", "hpet", "acpi_pm"]) {
    assert.equal(series[`node_time_clocksource_available_info{clocksource="${clocksource}",device="0"}`], 1);
  }
  assert.equal(series['node_time_clocksource_current_info{clocksource="tsc",device="0"}'], 1);
  assert.equal(Object.keys(series).length, 6);
  const zone = samplesOf(time, value).find(({ name }) => name === "node_time_zone_offset_seconds");
  assert.equal(zone?.value, -new Date(1_700_000_000_250).getTimezoneOffset() * 60 || 0);
});

Deno.test("time: has no clock sources where the kernel tells none; fails where it tells half", () => {
  const value = time.read(contextOf({ source: hostOf({}) }));
  assert.equal(Object.keys(seriesOf(time, value)).length, 2);
  const half = hostOf({ [`${FOLDER}/available_clocksource`]: "tsc\n" });
  assert.throws(() => time.read(contextOf({ source: half })), { message: /current_clocksource/ });
});

Deno.test("zoneName: tells standard from summer time by the offset", () => {
  for (
    const [rule, hours, name] of [
      ["CET-1CEST,M3.5.0,M10.5.0/3", 1, "CET"],
      ["CET-1CEST,M3.5.0,M10.5.0/3", 2, "CEST"],
      ["EST5EDT,M3.2.0,M11.1.0", -5, "EST"],
      ["EST5EDT,M3.2.0,M11.1.0", -4, "EDT"],
      ["<-03>3", -3, "-03"],
      ["<+0530>-5:30", 5.5, "+0530"],
      ["<+1030>-10:30<+11>-11,M10.1.0,M4.1.0", 11, "+11"],
      ["IST-1GMT0,M10.5.0,M3.5.0/1", 0, "GMT"],
      ["CET-1CEST,M3.5.0,M10.5.0/3", 7, undefined],
      ["", 0, undefined],
    ] as const
  ) {
    assert.equal(zoneName(rule, hours * 3600), name, rule);
  }
  fc.assert(fc.property(fc.string(), fc.integer(), (rule, offset) => {
    zoneName(rule, offset);
  }));
});
