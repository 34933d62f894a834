import assert from "node:assert/strict";
import fc from "fast-check";
import mdadm, { parseMdstat } from "../../collectors/mdadm.ts";
import { parsedOrRefused, textLike } from "../arbitrary_text.ts";
import { hostOf, seriesOf, valueOn } from "../context.ts";

const HEAD = "Personalities : [raid1]\n";
const RAID1 = "md0 : active raid1 sdb2[2](F) sdc[1](S) sda2[0]\n      195310144 blocks super 1.2 [2/1] [U_]\n";
const RESYNC = "      [=>....]  resync =  8.5% (16775552/195310144) finish=17.0min speed=259783K/sec\n";
const BITMAP = "      bitmap: 0/30 pages [0KB], 65536KB chunk\n";

Deno.test("parseMdstat: finds the progress before and after the bitmap", () => {
  for (const details of [RESYNC + BITMAP, BITMAP + RESYNC]) {
    const [array] = parseMdstat(`${HEAD}${RAID1}${details}\nunused devices: <none>\n`);
    assert.deepEqual(array, {
      device: "md0",
      state: "resync",
      active: 1,
      required: 2,
      failed: 1,
      spare: 1,
      blocks: 195310144,
      synced: 16775552,
    });
  }
});

Deno.test("parseMdstat: takes what waits for its turn as not synced, and what does nothing as synced", () => {
  assert.equal(parseMdstat(`${RAID1}      resync=DELAYED\n`)[0]?.synced, 0);
  assert.equal(parseMdstat(RAID1)[0]?.synced, 195310144);
  assert.equal(parseMdstat(RAID1 + RESYNC.replace("resync", "reshape"))[0]?.state, "reshape");
});

Deno.test("parseMdstat: knows an array without redundancy that lost a disk", () => {
  const [array] = parseMdstat("md3 : broken raid0 sdb1[1] sda1[0]\n      2095104 blocks super 1.2 512k chunks\n");
  assert.deepEqual([array?.state, array?.active, array?.required, array?.synced], ["broken", 2, 2, 2095104]);
});

Deno.test("parseMdstat: quotes the line that breaks the format", () => {
  for (const line of ["md0 : active", "md0 raid1", "nonsense", "md0 : asleep raid1 sda[0]"]) {
    assert.throws(
      () => parseMdstat(`${HEAD}${line}\n`),
      (error) => error instanceof SyntaxError && error.message.includes(JSON.stringify(line)),
    );
  }
});

Deno.test("parseMdstat: refuses arbitrary text by a SyntaxError only, and never makes up a number", () => {
  fc.assert(fc.property(textLike(HEAD + RAID1 + RESYNC), (text) => {
    for (const { active, required, blocks, synced } of parsedOrRefused(parseMdstat, text) ?? []) {
      assert([active, required, blocks, synced].every(Number.isFinite));
    }
  }));
});

Deno.test("mdadm: is not here without mdstat; an array that went away between its files is left out", async () => {
  assert.equal(await valueOn(mdadm, hostOf({})), null);
  const value = await valueOn(
    mdadm,
    hostOf({
      "/proc/mdstat": HEAD,
      "/sys/block/md1/md/raid_disks": "4 (3)\n",
      "/sys/block/md2/md/level": "raid1\n",
    }),
  );
  assert.deepEqual(seriesOf(mdadm, value), {
    'node_md_raid_disks{device="md1"}': 4,
    'node_md_degraded{device="md1"}': 0,
  });
});
