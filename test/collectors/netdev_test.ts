import assert from "node:assert/strict";
import fc from "fast-check";
import netdev, { parseNetDev } from "../../collectors/netdev.ts";
import { parsedOrRefused, textLike } from "../arbitrary_text.ts";
import { hostOf, seriesOf, valueOn } from "../context.ts";
import { callsOf } from "../fake_system_calls.ts";
import { rtnetlink } from "./netdev/address_table.ts";

const HEADER = "Inter-|   Receive  |  Transmit\n face |bytes    packets errs |bytes    packets errs\n";
const ETH0 = "  eth0: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16";
const LO =
  "    lo:18446744073709551615 0    0    0    0     0          0         0 0 0    0    0    0     0       0          0";

Deno.test("parseNetDev: takes names with colons, and numbers that follow theirs without a space", () => {
  const devices = parseNetDev(`${HEADER}${LO}\n${ETH0.replace("eth0", "eth0:1")}\n`);
  assert.deepEqual([...devices.keys()], ["lo", "eth0:1"]);
  assert.equal(devices.get("lo")?.[0], 2 ** 64);
  assert.equal(devices.get("eth0:1")?.[15], 16);
});

Deno.test("parseNetDev: quotes the line that breaks the format", () => {
  for (const line of ["eth0", "eth0: 1 2 3", ETH0.replace("16", "-16"), ETH0.replace("eth0", ""), "\0"]) {
    assert.throws(() => parseNetDev(`${HEADER}${line}\n`), {
      name: "SyntaxError",
      message: `Cannot parse "/proc/net/dev": unexpected line ${JSON.stringify(line)}`,
    });
  }
});

Deno.test("parseNetDev: refuses arbitrary text by a SyntaxError only, and never makes up a number", () => {
  fc.assert(fc.property(textLike(`${HEADER}${LO}\n${ETH0}\n`), (text) => {
    for (const figures of parsedOrRefused(parseNetDev, text)?.values() ?? []) {
      assert(figures.length === 16 && figures.every(Number.isFinite));
    }
  }));
});

const host = hostOf({
  "/proc/net/dev": `${HEADER}${LO}\n${ETH0}\n`,
  "/sys/class/net/eth0/statistics/rx_nohandler": "17\n",
  "/sys/class/net/eth0/statistics/rx_missed_errors": "3\n",
  "/sys/class/net/eth0/ifalias": 'to "b"\n',
});
const on = async (options = {}) => seriesOf(netdev, await valueOn(netdev, host, { netdev: options }));

Deno.test("netdev: names columns as the peer does, and has from sysfs what the file lacks", async () => {
  const series = await on();
  assert.equal(Object.keys(series).length, 16 + 17);
  assert.equal(series['node_network_receive_multicast_total{device="eth0"}'], 8);
  assert.equal(series['node_network_transmit_colls_total{device="eth0"}'], 14);
  assert.equal(series['node_network_receive_nohandler_total{device="eth0"}'], 17);
});

Deno.test("netdev: reports the devices that the options want, under their former names too", async () => {
  for (const options of [{ "device-include": "^eth" }, { "device-exclude": "^lo$" }, { "device-blacklist": "lo" }]) {
    assert(Object.keys(await on(options)).every((name) => name.includes("eth0")), JSON.stringify(options));
  }
  assert.throws(() => netdev.options?.parse({ "device-include": "a", "device-exclude": "b" }), /only one may be given/);
});

Deno.test("netdev: adds the alias of devices that sysfs knows, by option", async () => {
  const series = await on({ "label-ifalias": true });
  assert.equal(series['node_network_receive_bytes_total{device="eth0",ifalias="to \\"b\\""}'], 1);
  assert.equal(series['node_network_transmit_bytes_total{device="lo"}'], 0);
});

Deno.test("netdev: counts errors apart, from sysfs alone, by option", async () => {
  assert.deepEqual(await on({ "enable-detailed-metrics": true }), {
    'node_network_receive_nohandler_total{device="eth0"}': 17,
    'node_network_receive_missed_errors_total{device="eth0"}': 3,
  });
});

Deno.test("netdev: has the addresses of the devices that it reports, by option, where system calls can be made", async () => {
  const calls = callsOf({ rtnetlink: (request) => rtnetlink(request) });
  const d0 = [...HEADER.split("\n").slice(0, 2), ETH0.replace("eth0", "d0"), ""].join("\n");
  const routed = { ...hostOf({ "/proc/net/dev": d0 }), systemCalls: () => calls };
  const options = { netdev: { "address-info": true } };
  const series = seriesOf(netdev, await valueOn(netdev, routed, options));
  assert.deepEqual(Object.keys(series).filter((name) => name.includes("address")), [
    'node_network_address_info{address="192.0.2.7",device="d0",netmask="24",scope="global"}',
    'node_network_address_info{address="::1",device="d0",netmask="128",scope="link-local"}',
  ]);
  const without = await valueOn(netdev, { ...routed, systemCalls: () => undefined }, options);
  assert.equal(Object.keys(seriesOf(netdev, without)).length, 16);
});

Deno.test("netdev: fails where there is no such file", async () => {
  await assert.rejects(valueOn(netdev, hostOf({})), /net\/dev/);
});
