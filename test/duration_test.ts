import assert from "node:assert/strict";
import fc from "fast-check";
import { formatDuration, parseDuration } from "../src/duration.ts";

Deno.test("parseDuration: reads what Prometheus writes", () => {
  const cases: [string, number][] = [
    ["0", 0],
    ["0s", 0],
    ["15s", 15],
    ["1m30s", 90],
    ["100ms", 0.1],
    ["0.5s", 0.5],
    ["1h", 3600],
    ["1d", 86_400],
    ["2w", 1_209_600],
    ["1y", 31_536_000],
    ["1h2m3s4ms", 3723.004],
  ];
  for (const [text, seconds] of cases) assert.equal(parseDuration(text), seconds, text);
});

Deno.test("parseDuration: refuses everything else, saying how to mend a bare number", () => {
  for (const text of ["", "s", "-5s", "1,5s", "30s1m", "1m1m", " 1s", "1 s", "1S", "Infinity", "1e3s", "1.5m"]) {
    assert.throws(() => parseDuration(text), {
      name: "SyntaxError",
      message: `Cannot parse duration ${JSON.stringify(text)}, expected the form "1m30s"`,
    });
  }
  assert.throws(() => parseDuration("15"), { message: 'Cannot parse duration "15": a unit is missing, try "15s"' });
});

Deno.test("formatDuration: parseDuration reads it back", () => {
  fc.assert(
    fc.property(fc.nat({ max: 10 ** 12 }), (ms) => assert.equal(parseDuration(formatDuration(ms / 1000)), ms / 1000)),
  );
  assert.equal(formatDuration(90), "1m30s");
});
