import assert from "node:assert/strict";
import fc from "fast-check";
import pressure, { parsePressure } from "../../collectors/pressure.ts";
import { parsedOrRefused, textLike } from "../arbitrary_text.ts";
import { hostOf, seriesOf, valueOn } from "../context.ts";

const some = (total: number) => `some avg10=0.18 avg60=0.34 avg300=0.10 total=${total}\n`;
const full = (total: number) => `full avg10=0.18 avg60=0.34 avg300=0.10 total=${total}\n`;

Deno.test("pressure: gives the peer's six counters in seconds", async () => {
  const host = hostOf({
    "/proc/pressure/cpu": some(14036781) + full(0),
    "/proc/pressure/io": some(159886802) + full(159229614),
    "/proc/pressure/memory": some(0) + full(0),
    "/proc/pressure/irq": full(8494),
  });
  assert.deepEqual(seriesOf(pressure, await valueOn(pressure, host)), {
    node_pressure_cpu_waiting_seconds_total: 14.036781000000001,
    node_pressure_io_waiting_seconds_total: 159.886802,
    node_pressure_io_stalled_seconds_total: 159.229614,
    node_pressure_memory_waiting_seconds_total: 0,
    node_pressure_memory_stalled_seconds_total: 0,
    node_pressure_irq_stalled_seconds_total: 0.008494,
  });
});

Deno.test("pressure: a resource that the kernel does not watch has no series; is not here without any", async () => {
  const series = seriesOf(pressure, await valueOn(pressure, hostOf({ "/proc/pressure/cpu": some(5_000_000) })));
  assert.deepEqual(series, { node_pressure_cpu_waiting_seconds_total: 5 });
  assert.equal(await valueOn(pressure, hostOf({})), null);
});

Deno.test("parsePressure: quotes the line that breaks the format, and takes what is new", () => {
  for (const line of ["some avg10=0.00", "full total=x", "some total=-1", "some"]) {
    assert.throws(() => parsePressure(`${line}\n`, "io"), {
      name: "SyntaxError",
      message: `Cannot parse "/proc/pressure/io": unexpected line ${JSON.stringify(line)}`,
    });
  }
  assert.throws(() => parsePressure("", "cpu"), SyntaxError);
  assert.deepEqual(parsePressure(`novel x\n${some(1_000_000)}`, "cpu"), { some: 1 });
});

Deno.test("parsePressure: refuses arbitrary text by a SyntaxError only, and never makes up a number", () => {
  fc.assert(fc.property(textLike(some(7) + full(8)), (text) => {
    const parsed = parsedOrRefused((text) => parsePressure(text, "io"), text);
    for (const seconds of Object.values(parsed ?? {})) assert(Number.isFinite(seconds) && seconds >= 0);
  }));
});
