import assert from "node:assert/strict";
import fc from "fast-check";
import pcidevice, { parseLocation } from "../../collectors/pcidevice.ts";
import { parsePciIds } from "../../collectors/pcidevice/pci_ids.ts";
import { hostOf, seriesOf, valueOn } from "../context.ts";

const DEVICE = "/sys/bus/pci/devices/0000:01:00.0";
const FILES = {
  [`${DEVICE}/class`]: "0x010899\n",
  [`${DEVICE}/vendor`]: "0xc0a9\n",
  [`${DEVICE}/device`]: "0x540a\n",
  [`${DEVICE}/subsystem_vendor`]: "0x0\n",
  [`${DEVICE}/subsystem_device`]: "0x5021\n",
  [`${DEVICE}/revision`]: "0x01\n",
};
const IDS = "# list\nc0a9  Micron\n\t540a  P3\n\t\t0000 5021  Card\nC 01  Storage\n\t08  NVM\n\t\t02  NVMe\n";
const AT = 'bus="01",device="00",function="0",segment="0000"';

Deno.test("parseLocation: takes what sysfs writes, also long domains", () => {
  assert.deepEqual(parseLocation("10000:e1:1f.7"), { segment: "10000", bus: "e1", device: "1f", function: "7" });
  for (const text of ["", "01:00.0", "0000:01:00", "0000:01:00.0:pcie001"]) {
    assert.equal(parseLocation(text), undefined);
  }
});

Deno.test("parsePciIds: calls what it does not know by its digits", () => {
  const ids = parsePciIds(IDS);
  assert.deepEqual([ids.className("010802"), ids.className("010899"), ids.className("01ff00")], [
    "NVMe",
    "NVM",
    "Storage",
  ]);
  assert.equal(ids.className("ff0000"), "Unknown class (ff0000)");
  assert.deepEqual([ids.vendor("c0a9"), ids.vendor("beef")], ["Micron", "beef"]);
  assert.deepEqual([ids.device("c0a9", "540a"), ids.device("beef", "540a")], ["P3", "540a"]);
  assert.equal(ids.subsystem("c0a9", "540a", "0000", "5021"), "Card");
  fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => parsePciIds(text).vendor("8086").length > 0));
});

Deno.test("pcidevice: what sysfs does not say is -1 or 0 as with the peer, a power state one of seven", async () => {
  const files = {
    ...FILES,
    [`${DEVICE}/max_link_speed`]: "16.0 GT/s PCIe\n",
    [`${DEVICE}/current_link_speed`]: "Unknown\n",
    [`${DEVICE}/numa_node`]: "-1\n",
    [`${DEVICE}/power_state`]: "D3hot\n",
  };
  const series = seriesOf(pcidevice, await valueOn(pcidevice, hostOf(files)));
  assert.equal(series[`node_pcidevice_max_link_transfers_per_second{${AT}}`], 16e9);
  assert.equal(series[`node_pcidevice_current_link_transfers_per_second{${AT}}`], -1);
  assert.equal(series[`node_pcidevice_current_link_width{${AT}}`], -1);
  assert.equal(series[`node_pcidevice_sriov_totalvfs{${AT}}`], 0);
  assert.equal(series[`node_pcidevice_numa_node{${AT}}`], undefined);
  assert.equal(series[`node_pcidevice_power_state{${AT},state="D3hot"}`], 1);
  assert.equal(Object.keys(series).length, 17);
});

Deno.test("pcidevice: has names by option, fails on what is no number, and is not here without a bus", async () => {
  const host = hostOf({ ...FILES, "/x/pci.ids": IDS });
  const value = await valueOn(pcidevice, host, { pcidevice: { names: true, idsfile: "/x/pci.ids" } });
  const info = Object.keys(seriesOf(pcidevice, value)).find((series) => series.startsWith("node_pcidevice_info"));
  assert.match(info ?? "", /class_name="NVM",.*device_name="P3",.*subsystem_device_name="Card",.*vendor_name="Micron"/);
  assert.match(info ?? "", /parent_bus="\*",.*subsystem_vendor_id="0x0000",subsystem_vendor_name="0000"/);
  await assert.rejects(valueOn(pcidevice, hostOf({ ...FILES, [`${DEVICE}/class`]: "bridge" })), {
    name: "SyntaxError",
    message: `Cannot parse "${DEVICE}/class": unexpected line "bridge"`,
  });
  assert.equal(await valueOn(pcidevice, hostOf({})), null);
});
