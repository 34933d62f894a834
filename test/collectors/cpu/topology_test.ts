import assert from "node:assert/strict";
import { readTopology } from "../../../collectors/cpu/topology.ts";
import { hostOf } from "../../context.ts";

const FOLDER = "/sys/devices/system/cpu";
const cpu = (number: number, socket: string, core: string, coreCount?: string, packageCount?: string) => ({
  [`${FOLDER}/cpu${number}/topology/physical_package_id`]: socket,
  [`${FOLDER}/cpu${number}/topology/core_id`]: core,
  ...(coreCount && { [`${FOLDER}/cpu${number}/thermal_throttle/core_throttle_count`]: coreCount }),
  ...(packageCount && { [`${FOLDER}/cpu${number}/thermal_throttle/package_throttle_count`]: packageCount }),
});

Deno.test("readTopology: counts throttles once per core and socket, of the first thread that tells them", () => {
  const { sys } = hostOf({
    ...cpu(0, "0\n", "0\n", "x", "30\n"),
    ...cpu(1, "0\n", "0\n", "5\n", "99\n"),
    ...cpu(2, "1\n", "0\n", "7\n"),
    ...cpu(3, "-1\n", "0\n", "8\n", "8\n"),
  });
  const { coreThrottles, packageThrottles } = readTopology(sys);
  assert.deepEqual(coreThrottles, [{ package: "0", core: "0", count: 5 }, { package: "1", core: "0", count: 7 }]);
  assert.deepEqual([...packageThrottles], [["0", 30]]);
});

Deno.test("readTopology: tells who is online only where the first processor does, as the peer", () => {
  const first = { [`${FOLDER}/cpu0/online`]: "1\n" };
  const others = { [`${FOLDER}/cpu1/online`]: "0\n", [`${FOLDER}/cpu2/uevent`]: "" };
  assert.deepEqual([...readTopology(hostOf({ ...first, ...others }).sys).online], [["0", true], ["1", false], [
    "2",
    false,
  ]]);
  assert.equal(readTopology(hostOf({ ...others, [`${FOLDER}/cpu0/uevent`]: "" }).sys).online.size, 0);
});

Deno.test("readTopology: lists isolated processors; a host without sysfs has nothing", () => {
  assert.deepEqual([...readTopology(hostOf({ [`${FOLDER}/isolated`]: "1,3-4\n" }).sys).isolated], [1, 3, 4]);
  const { online, isolated, coreThrottles, packageThrottles } = readTopology(hostOf({}).sys);
  assert.deepEqual([online.size, isolated.size, coreThrottles.length, packageThrottles.size], [0, 0, 0, 0]);
});
