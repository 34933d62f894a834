import assert from "node:assert/strict";
import fc from "fast-check";
import loadavg, { parseLoadavg } from "../../collectors/loadavg.ts";
import { parsedOrRefused, textLike } from "../arbitrary_text.ts";
import { fixtureHost, hostWithoutProcfs, seriesOf, valueOn } from "../context.ts";

const hundredths = fc.nat(10_000_000).map((n) => n / 100);

Deno.test("parseLoadavg: reads back what was rendered", () => {
  fc.assert(fc.property(hundredths, hundredths, hundredths, (...loads) => {
    const text = loads.map((load) => load.toFixed(2)).join(" ") + " 1/719 19737\n";
    assert.deepEqual(parseLoadavg(text), loads);
  }));
});

Deno.test("parseLoadavg: refuses arbitrary text by a SyntaxError only, and never makes up a number", () => {
  fc.assert(
    fc.property(textLike("0.21 0.37 0.39 1/719 19737\n"), (text) => {
      const loads = parsedOrRefused(parseLoadavg, text) ?? [0, 0, 0];
      assert.equal(loads.length, 3);
      for (const load of loads) assert(Number.isFinite(load) && load >= 0);
    }),
    { numRuns: 1000 },
  );
});

Deno.test("parseLoadavg: quotes the line that breaks the format", () => {
  for (const text of ["", "0.1 0.2", "0.1 0.2 x 1/2 3", "-1 0 0", "0.1, 0.2, 0.3", "nan nan nan"]) {
    assert.throws(() => parseLoadavg(`${text}\n`), {
      name: "SyntaxError",
      message: `Cannot parse "/proc/loadavg": unexpected line ${JSON.stringify(text)}`,
    });
  }
});

Deno.test("parseLoadavg: reads a line that ends in CR LF", () => {
  assert.deepEqual(parseLoadavg("0.21 0.37 0.39 1/719 19737\r\n"), [0.21, 0.37, 0.39]);
  assert.deepEqual(parseLoadavg("0.21 0.37 0.39\r\n"), [0.21, 0.37, 0.39]);
});

Deno.test("loadavg: gives the peer's families", async () => {
  assert.deepEqual(seriesOf(loadavg, await valueOn(loadavg, fixtureHost("two-sockets-of-64-cpus"))), {
    node_load1: 127.04,
    node_load5: 98.31,
    node_load15: 102.77,
  });
});

Deno.test("loadavg: without procfs gives the runtime's; is not here if it has none", async () => {
  const value = await valueOn(loadavg, hostWithoutProcfs("darwin", { loadavg: () => [1, 2, 3] }));
  assert.deepEqual(seriesOf(loadavg, value), { node_load1: 1, node_load5: 2, node_load15: 3 });
  assert.equal(await valueOn(loadavg, hostWithoutProcfs("windows", {})), null);
});
