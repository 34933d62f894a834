import assert from "node:assert/strict";
import fc from "fast-check";
import uptime, { parseUptime } from "../../collectors/uptime.ts";
import { parsedOrRefused, textLike } from "../arbitrary_text.ts";
import { fixtureHost, hostWithoutProcfs, seriesOf, valueOn } from "../context.ts";

Deno.test("parseUptime: reads back what was rendered", () => {
  fc.assert(fc.property(fc.nat().map((n) => n / 100), (seconds) => {
    assert.equal(parseUptime(`${seconds.toFixed(2)} ${(seconds * 2).toFixed(2)}\n`), seconds);
  }));
});

Deno.test("parseUptime: refuses arbitrary text by a SyntaxError only, and never makes up a number", () => {
  fc.assert(
    fc.property(textLike("1067.86 2070.21\n"), (text) => {
      const seconds = parsedOrRefused(parseUptime, text) ?? 0;
      assert(Number.isFinite(seconds) && seconds >= 0);
    }),
    { numRuns: 1000 },
  );
});

Deno.test("parseUptime: quotes the line that breaks the format", () => {
  for (const text of ["", "x 1.0", "-5.0 1.0", "1e5 1", "1.0.0"]) {
    assert.throws(() => parseUptime(`${text}\n`), {
      name: "SyntaxError",
      message: `Cannot parse "/proc/uptime": unexpected line ${JSON.stringify(text)}`,
    });
  }
});

Deno.test("parseUptime: reads a line that ends in CR LF", () => {
  assert.equal(parseUptime("1067.86 2070.21\r\n"), 1067.86);
  assert.equal(parseUptime("1067.86\r\n"), 1067.86);
});

Deno.test("uptime: counts the seconds since boot", async () => {
  assert.deepEqual(seriesOf(uptime, await valueOn(uptime, fixtureHost("vm-two-cpus"))), {
    system_uptime_seconds_total: 4067.86,
  });
});

Deno.test("uptime: without procfs gives the runtime's; is not here if it has none", async () => {
  const value = await valueOn(uptime, hostWithoutProcfs("windows", { uptimeSeconds: () => 77 }));
  assert.deepEqual(seriesOf(uptime, value), { system_uptime_seconds_total: 77 });
  assert.equal(await valueOn(uptime, hostWithoutProcfs("other", {})), null);
});
