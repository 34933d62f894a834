import assert from "node:assert/strict";
import fc from "fast-check";
import bcachefs, {
  parseCounter,
  parseErrors,
  parseIoDone,
  parseIoErrors,
  parseTable,
} from "../../collectors/bcachefs.ts";
import { parsedOrRefused, textLike } from "../arbitrary_text.ts";
import { hostOf, seriesOf, valueOn } from "../context.ts";

const FS = "/sys/fs/bcachefs/dead-beef";
const COUNTER = "since mount:                   475G\nsince filesystem creation:     44.5k\n";
const TABLE = "                   nr        size\ninitial:           3298401   100k\n";
const DONE = "read:\nsb          :       86016\nuser        :610019098624\nwrite:\nsb          :      677376\n";
const ERRORS = "IO errors since filesystem creation\n  read:    5\nIO errors since 8 y ago\n  read:    1\n";

Deno.test("bcachefs: reports each file system with its own counters and devices", async () => {
  assert.equal(await valueOn(bcachefs, hostOf({})), null);
  const host = hostOf({
    [`${FS}/btree_cache_size`]: "2.05G\n",
    [`${FS}/counters/fsync`]: COUNTER,
    [`${FS}/counters/errors`]: COUNTER,
    [`${FS}/btree_write_stats`]: TABLE,
    [`${FS}/dev-6/io_done`]: DONE,
    [`${FS}/dev-6/io_errors`]: ERRORS,
    [`${FS}/dev-6/state`]: "[rw] ro\n",
  });
  const series = seriesOf(bcachefs, await valueOn(bcachefs, host));
  assert.equal(series['node_bcachefs_btree_cache_size_bytes{uuid="dead-beef"}'], 2201170739);
  assert.equal(series['node_bcachefs_fsync_total{uuid="dead-beef"}'], 45568);
  assert.equal(series['node_bcachefs_errors_total{uuid="dead-beef"}'], undefined);
  assert.equal(series['node_bcachefs_btree_writes_total{type="initial",uuid="dead-beef"}'], 3298401);
  assert.equal(series['node_bcachefs_device_info{device="6",label="",state="[rw] ro",uuid="dead-beef"}'], 1);
  const done = 'data_type="user",device="6",operation="read",uuid="dead-beef"';
  assert.equal(series[`node_bcachefs_device_io_done_bytes_total{${done}}`], 610019098624);
  assert.equal(series['node_bcachefs_device_io_errors_total{device="6",type="read",uuid="dead-beef"}'], 5);
});

Deno.test("bcachefs: its parsers quote the line that breaks the format", () => {
  assert.throws(() => parseTable("\ninitial: 3 x\n", "f"), { name: "SyntaxError", message: /"initial: 3 x"$/ });
  assert.throws(() => parseErrors("kind x 5\n", "f"), { name: "SyntaxError", message: /"kind x 5"$/ });
  assert.throws(() => parseCounter("nothing", "f"), { name: "SyntaxError", message: /"nothing"$/ });
  assert.throws(() => parseIoDone("read:\nsb: x\n", "f"), { name: "SyntaxError", message: /"sb: x"$/ });
  assert.throws(() => parseIoErrors(`${ERRORS.slice(0, 36)}read: x\n`, "f"), {
    name: "SyntaxError",
    message: /"read: x"$/,
  });
});

Deno.test("bcachefs: its parsers refuse arbitrary text by a SyntaxError only, and never make up a number", () => {
  fc.assert(fc.property(textLike(COUNTER + TABLE + DONE + ERRORS), (text) => {
    const of = <V>(parse: (text: string, file: string) => V) => parsedOrRefused((t) => parse(t, "f"), text);
    const numbers = [
      of(parseCounter) ?? 0,
      ...[...of(parseTable)?.values() ?? []].flat(),
      ...of(parseErrors)?.values() ?? [],
      ...(of(parseIoDone) ?? []).map(({ bytes }) => bytes),
      ...of(parseIoErrors)?.values() ?? [],
    ];
    assert(numbers.every(Number.isFinite));
  }));
});
