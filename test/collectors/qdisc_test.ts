import assert from "node:assert/strict";
import fc from "fast-check";
import qdisc, { parseFixture, parseQdisc } from "../../collectors/qdisc.ts";
import { bytesOf, parseTable } from "../../src/netlink.ts";
import { damaged, parsedOrRefused } from "../arbitrary_bytes.ts";
import { textLike } from "../arbitrary_text.ts";
import { hostOf, seriesOf, valueOn } from "../context.ts";
import { hostCalling, TABLES, tables } from "../fake_system_calls.ts";

const on = async (options = {}) => seriesOf(qdisc, await valueOn(qdisc, hostCalling(tables), { qdisc: options }));
const devices = (series: Readonly<Record<string, unknown>>) =>
  Object.keys(series).flatMap((name) => /^node_qdisc_backlog\{device="(\w+)",kind="(\w+)"/.exec(name)?.slice(1) ?? []);

Deno.test("qdisc: the roots of all devices, not what is below them nor what is at their entrance", async () => {
  const series = await on();
  assert.deepEqual(devices(series), ["lo", "noqueue", "p0", "noqueue", "d0", "htb", "p1", "noqueue", "d1", "tbf"]);
  assert.equal(series['node_qdisc_bytes_total{device="d1",kind="tbf"}'], 26046);
  assert.equal(series['node_qdisc_packets_total{device="d1",kind="tbf"}'], 19);
  assert.equal(series['node_qdisc_drops_total{device="d1",kind="tbf"}'], 42);
  assert.equal(series['node_qdisc_overlimits_total{device="d1",kind="tbf"}'], 73);
  assert.equal(Object.keys(series).length, 5 * 7);
});

Deno.test("qdisc: every figure from its place", () => {
  const attribute = (type: number, value: readonly number[]) => [value.length + 4, 0, type, 0, ...value];
  const numbers = (...list: readonly number[]) => list.flatMap((number) => [number & 255, number >> 8, 0, 0]);
  const body = [
    ...[0, 0, 0, 0, 5, 0, 0, 0, 0, 0, 1, 0, 255, 255, 255, 255, 0, 0, 0, 0],
    ...attribute(1, [0x66, 0x71, 0, 0]),
    ...attribute(7, [...attribute(1, numbers(1, 2, 258)), ...attribute(3, numbers(3, 4, 5, 6, 7))]),
  ];
  const [found] = parseQdisc(new DataView(Uint8Array.from(body).buffer), new Map([[5, "eth0"]]));
  assert.deepEqual(found, {
    device: "eth0",
    kind: "fq",
    bytes: 2 * 2 ** 32 + 1,
    packets: 258,
    queued: 3,
    queuedBytes: 4,
    drops: 5,
    requeues: 6,
    overlimits: 7,
  });
});

Deno.test("qdisc: devices by pattern, one of the two", async () => {
  assert.deepEqual(devices(await on({ "device-include": "^d" })), ["d0", "htb", "d1", "tbf"]);
  assert.deepEqual(devices(await on({ "device-exclude": "^(lo|p)" })), ["d0", "htb", "d1", "tbf"]);
  assert.throws(() => qdisc.options?.parse({ "device-include": "a", "device-exclude": "b" }), /only one may be given/);
});

Deno.test("qdisc: a device that is gone when its name is asked for is left out", () => {
  const [body] = parseTable(TABLES.get(38) ?? new Uint8Array()).bodies;
  assert.ok(body);
  assert.deepEqual(parseQdisc(body, new Map()), []);
});

Deno.test("qdisc: is not here without system calls", async () => {
  assert.equal(await valueOn(qdisc, hostCalling(undefined)), null);
});

const FIXTURE = '[{"IfaceName":"wlan0","Bytes":42,"Kind":"fq","Drops":1},{"IfaceName":"wlan0","Parent":7,"Kind":"fq"}]';

Deno.test("qdisc: a fixture of the peer's instead of the kernel", async () => {
  const host = hostOf({ "/fixtures/results.json": FIXTURE });
  const series = seriesOf(qdisc, await valueOn(qdisc, host, { qdisc: { fixtures: "/fixtures/" } }));
  assert.equal(series['node_qdisc_bytes_total{device="wlan0",kind="fq"}'], 42);
  assert.equal(series['node_qdisc_packets_total{device="wlan0",kind="fq"}'], 0);
  assert.equal(Object.keys(series).length, 7);
});

Deno.test("parseQdisc: an entry that is cut off is a SyntaxError", () => {
  const names = new Map(Array.from({ length: 256 }, (_, i) => [i, `d${i}`]));
  for (const body of parseTable(TABLES.get(38) ?? new Uint8Array()).bodies) {
    fc.assert(fc.property(damaged(bytesOf(body)), (bytes) => {
      parsedOrRefused((view) => parseQdisc(view, names), bytes);
    }));
  }
});

Deno.test("parseFixture: refuses by SyntaxError what is not of its form", () => {
  fc.assert(fc.property(textLike(FIXTURE), (text) => {
    try {
      parseFixture(text, "results.json");
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      assert.match(error.message, /^Cannot parse "results\.json": /);
    }
  }));
});
