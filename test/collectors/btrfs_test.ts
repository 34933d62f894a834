import assert from "node:assert/strict";
import fc from "fast-check";
import btrfs, { allocationRatio, parseCommitStats } from "../../collectors/btrfs.ts";
import { parsedOrRefused, textLike } from "../arbitrary_text.ts";
import { hostOf, seriesOf, valueOn } from "../context.ts";

const FS = "/sys/fs/btrfs/0abb-23a9";

Deno.test("btrfs: reports each file system by its metadata's identity, and nothing where there is none", async () => {
  assert.deepEqual(await valueOn(btrfs, hostOf({ "/sys/fs/btrfs/features/raid56": "0\n" })), []);
  const host = hostOf({
    [`${FS}/metadata_uuid`]: "1-2\n",
    [`${FS}/label`]: "my data\n",
    [`${FS}/commit_stats`]: "commits 3\nmax_commit_ms 51462\n",
    [`${FS}/allocation/data/raid1/total_bytes`]: "10\n",
    [`${FS}/allocation/data/bytes_reserved`]: "4\n",
    [`${FS}/devices/sda/size`]: "2\n",
  });
  const series = seriesOf(btrfs, await valueOn(btrfs, host));
  assert.equal(series['node_btrfs_info{label="my data",uuid="1-2"}'], 1);
  assert.equal(series['node_btrfs_max_commit_seconds{uuid="1-2"}'], 51.462);
  assert.equal(series['node_btrfs_reserved_bytes{block_group_type="data",uuid="1-2"}'], 4);
  assert.equal(series['node_btrfs_allocation_ratio{block_group_type="data",mode="raid1",uuid="1-2"}'], 2);
  assert.equal(series['node_btrfs_device_size_bytes{device="sda",uuid="1-2"}'], 1024);
});

Deno.test("allocationRatio: is a number with any count of devices", () => {
  assert.deepEqual(
    [["raid5", 4], ["raid6", 4], ["raid6", 2], ["raid1c3", 3], ["new", 3], ["dup", 1]].map(([mode, devices]) =>
      allocationRatio(String(mode), Number(devices))
    ),
    [4 / 3, 2, 0, 3, 0, 2],
  );
});

Deno.test("parseCommitStats: quotes the line that breaks the format, and refuses no text otherwise", () => {
  assert.throws(() => parseCommitStats("commits x\n", "f"), {
    name: "SyntaxError",
    message: /unexpected line "commits x"$/,
  });
  fc.assert(fc.property(textLike("commits 3\nmax_commit_ms 51462\n"), (text) => {
    const stats = parsedOrRefused((t) => parseCommitStats(t, "f"), text);
    for (const number of stats?.values() ?? []) assert(Number.isFinite(number));
  }));
});
