import assert from "node:assert/strict";
import nvme from "../../collectors/nvme.ts";
import { hostOf, samplesOf, seriesOf, valueOn } from "../context.ts";

const NAMESPACE = "/sys/class/nvme/nvme0/nvme0c1n3";

Deno.test("nvme: is not here without the class", async () => {
  assert.equal(await valueOn(nvme, hostOf({})), null);
});

Deno.test("nvme: reports what an older kernel tells, and leaves out the rest", async () => {
  const host = hostOf({
    "/sys/class/nvme/nvme0/model": "Disk 1  \n",
    "/sys/class/nvme/nvme0/power/control": "auto\n",
    [`${NAMESPACE}/size`]: "10\n",
    [`${NAMESPACE}/queue/logical_block_size`]: "512\n",
  });
  const value = await valueOn(nvme, host);
  const [info, namespace] = samplesOf(nvme, value);
  assert.equal(info?.labels["model"], "Disk 1");
  assert.deepEqual(namespace?.labels, { device: "nvme0", nsid: "3", ana_state: "unknown" });
  const series = seriesOf(nvme, value);
  assert.equal(series['node_nvme_namespace_size_bytes{device="nvme0",nsid="3"}'], 5120);
  assert.equal(Object.keys(series).some((name) => name.includes("used_bytes")), false);
});

Deno.test("nvme: a size that is no number costs what is made of it and nothing else, as with the peer", async () => {
  const host = hostOf({ [`${NAMESPACE}/size`]: "ten\n", [`${NAMESPACE}/queue/logical_block_size`]: "512\n" });
  const series = seriesOf(nvme, await valueOn(nvme, host));
  assert.equal(series['node_nvme_namespace_size_bytes{device="nvme0",nsid="3"}'], undefined);
  assert.equal(series['node_nvme_namespace_logical_block_size_bytes{device="nvme0",nsid="3"}'], 512);
});
