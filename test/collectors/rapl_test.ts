import assert from "node:assert/strict";
import rapl from "../../collectors/rapl.ts";
import { hostOf, seriesOf, valueOn } from "../context.ts";

const FOLDER = "/sys/class/powercap";
const zone = (folder: string, name: string, microjoules: string) => ({
  [`${FOLDER}/${folder}/name`]: `${name}\n`,
  [`${FOLDER}/${folder}/energy_uj`]: `${microjoules}\n`,
});
const FILES = {
  [`${FOLDER}/intel-rapl/enabled`]: "1\n",
  ...zone("intel-rapl:0", "package-0", "240422366267"),
  ...zone("intel-rapl:0:0", "dram", "5"),
  ...zone("intel-rapl:1", "package-1", "2000000"),
  ...zone("intel-rapl:1:0", "dram", "7"),
  ...zone("x", "a-b-1", "8"),
};

Deno.test("rapl: gives a family per kind of zone, numbered by its name or counted", async () => {
  assert.deepEqual(seriesOf(rapl, await valueOn(rapl, hostOf(FILES))), {
    [`node_rapl_package_joules_total{index="0",path="${FOLDER}/intel-rapl:0"}`]: 240422.366267,
    [`node_rapl_dram_joules_total{index="0",path="${FOLDER}/intel-rapl:0:0"}`]: 5e-6,
    [`node_rapl_package_joules_total{index="1",path="${FOLDER}/intel-rapl:1"}`]: 2,
    [`node_rapl_dram_joules_total{index="1",path="${FOLDER}/intel-rapl:1:0"}`]: 7e-6,
    [`node_rapl_a_b_1_joules_total{index="0",path="${FOLDER}/x"}`]: 8e-6,
  });
});

Deno.test("rapl: gives one family with the zone as a label by option", async () => {
  const value = await valueOn(rapl, hostOf(zone("z", "core", "1000000")), { rapl: { "enable-zone-label": true } });
  assert.deepEqual(seriesOf(rapl, value), {
    [`node_rapl_joules_total{index="0",path="${FOLDER}/z",rapl_zone="core"}`]: 1,
  });
});

Deno.test("rapl: is not here without the class, or where only root may read; quotes what is no number", async () => {
  assert.equal(await valueOn(rapl, hostOf({})), null);
  const host = hostOf(FILES);
  const denied = new Error("Cannot read", { cause: Object.assign(new Error("EACCES"), { code: "EACCES" }) });
  const value = (path: string) => {
    if (path.endsWith("energy_uj")) throw denied;
    return host.sys.value(path);
  };
  const { try: attempt, list, link, isFolder, locate, modifiedSeconds } = host.sys;
  const sys = Object.assign((path: string) => host.sys(path), {
    try: attempt,
    value,
    list,
    link,
    isFolder,
    locate,
    modifiedSeconds,
  });
  assert.equal(await valueOn(rapl, { ...host, sys }), null);
  await assert.rejects(valueOn(rapl, hostOf(zone("z", "core", "x"))), { name: "SyntaxError", message: /"x"$/ });
});

Deno.test("rapl: names a family after any zone, and passes over one whose name may not be read", async () => {
  const zone = (folder: string, name: string) => ({
    [`/sys/class/powercap/${folder}/name`]: `${name}\n`,
    [`/sys/class/powercap/${folder}/energy_uj`]: "2000000\n",
  });
  const host = hostOf({ ...zone("intel-rapl:0", "package-0-die:_1"), ...zone("intel-rapl:1", "dram") });
  const value = (path: string) => {
    if (path !== "class/powercap/intel-rapl:1/name") return host.sys.value(path);
    throw new Error("Cannot read", { cause: Object.assign(new Error("permission denied"), { code: "EACCES" }) });
  };
  const read = await valueOn(rapl, {
    ...host,
    sys: Object.assign((path: string) => host.sys(path), host.sys, { value }),
  });
  assert.deepEqual(seriesOf(rapl, read), {
    'node_rapl_package_0_die_1_joules_total{index="0",path="/sys/class/powercap/intel-rapl:0"}': 2,
  });
});
