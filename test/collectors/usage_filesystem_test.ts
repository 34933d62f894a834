import assert from "node:assert/strict";
import fc from "fast-check";
import usageFilesystem, { inodesRatio, spaceRatio } from "../../collectors/usage_filesystem.ts";
import { contextOf, needOf, seriesOf } from "../context.ts";

const space = { sizeBytes: 1000, freeBytes: 400, availableBytes: 200, files: 100, freeFiles: 75 };
const mount = {
  device: "/dev/sda1",
  mountPoint: "/srv",
  fsType: "ext4",
  major: "8",
  minor: "1",
  readOnly: false,
};

Deno.test("usage_filesystem: counts used space against what users may fill, as df does, and inodes", () => {
  const value = usageFilesystem.read(contextOf({ needs: { filesystem: needOf([{ ...mount, space }]) } }));
  const labels = '{device="/dev/sda1",fstype="ext4",mountpoint="/srv"}';
  assert.deepEqual(seriesOf(usageFilesystem, value), {
    [`sonde_host_filesystem_usage_ratio${labels}`]: 0.75,
    [`sonde_host_filesystem_inodes_usage_ratio${labels}`]: 0.25,
  });
});

Deno.test("usage_filesystem: a mount that does not answer, or has nothing to fill, has no ratio", () => {
  const empty = { sizeBytes: 0, freeBytes: 0, availableBytes: 0, files: 0, freeFiles: 0 };
  const mounts = [{ ...mount, fault: "mountpoint timeout" }, { ...mount, mountPoint: "/empty", space: empty }];
  const value = usageFilesystem.read(contextOf({ needs: { filesystem: needOf(mounts) } }));
  assert.deepEqual(seriesOf(usageFilesystem, value), {});
});

Deno.test("spaceRatio, inodesRatio: are from 0 to 1 or not at all, whatever a file system says", () => {
  const number = fc.oneof(fc.nat(1e6), fc.constantFrom(-1, 0, 2 ** 63, 2 ** 64));
  const record = fc.record({
    sizeBytes: number,
    freeBytes: number,
    availableBytes: number,
    files: number,
    freeFiles: number,
  });
  fc.assert(fc.property(record, (space) => {
    for (const ratio of [spaceRatio(space), inodesRatio(space)]) {
      assert(ratio === undefined || ratio >= 0 && ratio <= 1, String(ratio));
    }
  }));
});
