import assert from "node:assert/strict";
import fc from "fast-check";
import meminfo, { parseMeminfo } from "../../collectors/meminfo.ts";
import { parsedOrRefused, textLike } from "../arbitrary_text.ts";
import { fixtureHost, hostOf, hostWithoutProcfs, seriesOf, valueOn } from "../context.ts";

const VALID = fixtureHost("vm-two-cpus").proc("meminfo");
const field = fc.stringMatching(/^[A-Za-z_]\w*(\((anon|file)\))?$/);
const pages = fc.maxSafeNat();

Deno.test("parseMeminfo: reads back what was rendered", () => {
  const arbitrary = fc.uniqueArray(fc.tuple(field, pages, fc.boolean()), { minLength: 1, selector: ([name]) => name });
  fc.assert(fc.property(arbitrary, (lines) => {
    const text = lines.map(([name, number, kB]) => `${name}: ${String(number).padStart(8)}${kB ? " kB" : ""}\n`).join(
      "",
    );
    const expected = new Map(lines.map(([name, number, kB]) => [name, kB ? number * 1024 : number]));
    assert.deepEqual(parseMeminfo(text), expected);
  }));
});

Deno.test("parseMeminfo: refuses arbitrary text by a SyntaxError only, and never makes up a number", () => {
  fc.assert(
    fc.property(textLike(VALID), (text) => {
      for (const bytes of parsedOrRefused(parseMeminfo, text)?.values() ?? []) {
        assert(Number.isFinite(bytes) && bytes >= 0);
      }
    }),
    { numRuns: 1000 },
  );
});

Deno.test("parseMeminfo: quotes the line that breaks the format", () => {
  for (
    const line of [
      "MemFree:",
      "MemFree: kB",
      "MemFree: -1 kB",
      "MemFree: 1 MB",
      "MemFree 1 kB",
      "MemFree: 1 kB x",
      "\0",
    ]
  ) {
    assert.throws(() => parseMeminfo(`MemTotal: 5 kB\n${line}\n`), {
      name: "SyntaxError",
      message: `Cannot parse "/proc/meminfo": unexpected line ${JSON.stringify(line)}`,
    });
  }
  assert.throws(() => parseMeminfo(""), { message: 'Cannot parse "/proc/meminfo": it is empty' });
});

Deno.test("parseMeminfo: reads lines that end in CR LF as those that end in LF", () => {
  assert.deepEqual(parseMeminfo(VALID.replaceAll("\n", "\r\n") + "\r\n"), parseMeminfo(VALID));
});

Deno.test("meminfo: names families as the peer does, from the lines that the peer knows", async () => {
  const text = [
    "MemTotal:        8148216 kB",
    "Active(anon):      31532 kB",
    "Committed_AS:     862288 kB",
    "HugePages_Total:       4",
    "SecPageTables:         0 kB",
    "constructor:           1 kB",
  ].join("\n");
  assert.deepEqual(seriesOf(meminfo, await valueOn(meminfo, hostOf({ "/proc/meminfo": text }))), {
    node_memory_MemTotal_bytes: 8148216 * 1024,
    node_memory_Active_anon_bytes: 31532 * 1024,
    node_memory_Committed_AS_bytes: 862288 * 1024,
    node_memory_HugePages_Total: 4,
  });
});

Deno.test("meminfo: a kernel without MemAvailable has no such series, a host without swap has zeros", async () => {
  const series = seriesOf(meminfo, await valueOn(meminfo, fixtureHost("kernel-3.10-no-swap")));
  assert.equal(Object.keys(series).length, 42);
  assert.equal(series.node_memory_MemAvailable_bytes, undefined);
  assert.equal(series.node_memory_SwapTotal_bytes, 0);
});

Deno.test("meminfo: each family repeats its name in its help, as the peer's do", () => {
  for (const [name, { type, help }] of Object.entries(meminfo.metrics)) {
    assert.equal(help, `Memory information field ${name.slice("node_memory_".length)}.`);
    assert.equal(type, "gauge");
  }
});

Deno.test("meminfo: without procfs gives the runtime's two figures; is not here if there are none", async () => {
  const runtime = { memory: () => ({ totalBytes: 1000, freeBytes: 400 }) };
  assert.deepEqual(seriesOf(meminfo, await valueOn(meminfo, hostWithoutProcfs("darwin", runtime))), {
    node_memory_total_bytes: 1000,
    node_memory_free_bytes: 400,
  });
  assert.equal(await valueOn(meminfo, hostWithoutProcfs("other", {})), null);
});
