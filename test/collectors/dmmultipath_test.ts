import assert from "node:assert/strict";
import dmmultipath from "../../collectors/dmmultipath.ts";
import { hostOf, seriesOf, valueOn } from "../context.ts";

const HOST = {
  "/sys/block/dm-0/dm/uuid": "LVM-abc\n",
  "/sys/block/dm-0/dm/name": "vg-root\n",
  "/sys/block/dm-5/dm/uuid": "mpath-36\n",
  "/sys/block/dm-5/dm/name": "data\n",
  "/sys/block/dm-5/dm/suspended": "1\n",
  "/sys/block/dm-5/size": "4\n",
  "/sys/block/dm-5/slaves/nvme0n1/x": "",
  "/sys/block/dm-5/slaves/sda/x": "",
  "/sys/block/nvme0n1/device/state": "live\n",
};

Deno.test("dmmultipath: is not here without block devices", async () => {
  assert.equal(await valueOn(dmmultipath, hostOf({})), null);
});

Deno.test("dmmultipath: reports multipath devices alone; a path that tells no state is not active", async () => {
  const labels = 'device="data",sysfs_name="dm-5"';
  assert.deepEqual(seriesOf(dmmultipath, await valueOn(dmmultipath, hostOf(HOST))), {
    [`node_dmmultipath_device_info{${labels},uuid="mpath-36"}`]: 1,
    [`node_dmmultipath_device_active{${labels}}`]: 0,
    [`node_dmmultipath_device_size_bytes{${labels}}`]: 2048,
    [`node_dmmultipath_device_paths{${labels}}`]: 2,
    [`node_dmmultipath_device_paths_active{${labels}}`]: 1,
    [`node_dmmultipath_device_paths_failed{${labels}}`]: 1,
    'node_dmmultipath_path_state{device="data",path="nvme0n1",state="live"}': 1,
    'node_dmmultipath_path_state{device="data",path="sda",state="unknown"}': 1,
  });
});

Deno.test("dmmultipath: refuses a size that is no number", async () => {
  await assert.rejects(valueOn(dmmultipath, hostOf({ ...HOST, "/sys/block/dm-5/size": "big\n" })), {
    name: "SyntaxError",
    message: 'Cannot parse "/sys/block/dm-5/size": unexpected line "big"',
  });
});
