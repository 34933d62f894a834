import assert from "node:assert/strict";
import fc from "fast-check";
import softnet, { parseSoftnet } from "../../collectors/softnet.ts";
import { parsedOrRefused, textLike } from "../arbitrary_text.ts";
import { hostOf, seriesOf, valueOn } from "../context.ts";

const hex = (...numbers: number[]) => numbers.map((n) => n.toString(16).padStart(8, "0")).join(" ");
const OLD = `${hex(1, 2, 3, 0, 0, 0, 0, 0, 9)}\n${hex(255, 0, 0, 0, 0, 0, 0, 0, 0, 10, 11)}\n`;
const NEW = `${hex(1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 12, 5, 0, 1)}\n${
  hex(1, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7, 0, 0)
}\n`;

Deno.test("parseSoftnet: takes the columns of any kernel, and the processor's number where there is one", () => {
  const none = { dropped: 0, squeezed: 0, collisions: 0, receivedRps: 0, flowLimited: 0, backlog: 0 };
  assert.deepEqual(parseSoftnet(OLD), [
    { ...none, cpu: 0, processed: 1, dropped: 2, squeezed: 3, collisions: 9 },
    { ...none, cpu: 1, processed: 255, receivedRps: 10, flowLimited: 11 },
  ]);
  assert.deepEqual(parseSoftnet(NEW), [{ ...none, cpu: 5, processed: 1, backlog: 12 }, {
    ...none,
    cpu: 7,
    processed: 1,
    dropped: 2,
  }]);
});

Deno.test("parseSoftnet: quotes the line that breaks the format", () => {
  for (const line of ["0", hex(1, 2, 3, 4, 5, 6, 7, 8), `${hex(1, 2, 3, 4, 5, 6, 7, 8, 9)} x`]) {
    assert.throws(() => parseSoftnet(`${OLD}${line}\n`), {
      name: "SyntaxError",
      message: `Cannot parse "/proc/net/softnet_stat": unexpected line ${JSON.stringify(line)}`,
    });
  }
});

Deno.test("parseSoftnet: refuses arbitrary text by a SyntaxError only, and never makes up a number", () => {
  fc.assert(fc.property(textLike(NEW), (text) => {
    for (const counts of parsedOrRefused(parseSoftnet, text) ?? []) {
      assert(Object.values(counts).every(Number.isFinite));
    }
  }));
});

Deno.test("softnet: has 7 series per processor; fails where there is no such file", async () => {
  const series = seriesOf(softnet, await valueOn(softnet, hostOf({ "/proc/net/softnet_stat": NEW })));
  assert.equal(Object.keys(series).length, 14);
  assert.equal(series['node_softnet_backlog_len{cpu="5"}'], 12);
  assert.equal(series['node_softnet_dropped_total{cpu="7"}'], 2);
  await assert.rejects(valueOn(softnet, hostOf({})), /softnet_stat/);
});

Deno.test("parseSoftnet: what a later kernel may put behind the columns that are known may be anything", () => {
  assert.deepEqual(parseSoftnet(NEW.replaceAll("\n", " 1 name\n")), parseSoftnet(NEW));
});
