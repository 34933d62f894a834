import assert from "node:assert/strict";
import fc from "fast-check";
import netclass, { parseAttribute } from "../../collectors/netclass.ts";
import { textLike } from "../arbitrary_text.ts";
import { hostOf, seriesOf, valueOn } from "../context.ts";

const host = hostOf({
  "/sys/class/net/bonding_masters": "bond0\n",
  "/sys/class/net/eth0/flags": "0x1003\n",
  "/sys/class/net/eth0/dev_id": "0x0\n",
  "/sys/class/net/eth0/ifindex": "2\n",
  "/sys/class/net/eth0/mtu": "many\n",
  "/sys/class/net/eth0/speed": "-1\n",
  "/sys/class/net/eth0/operstate": "up\n",
  "/sys/class/net/eth0/ifalias": "to the left\n",
  "/sys/class/net/veth@1/speed": "10000\n",
});
const on = async (options = {}) => seriesOf(netclass, await valueOn(netclass, host, { netclass: options }));

Deno.test("parseAttribute: reads decimal and hexadecimal, and is undefined for anything else", () => {
  for (
    const [text, number] of [["0x1003", 4099], ["-1", -1], ["1500", 1500], ["", undefined], ["0xg", undefined]] as const
  ) {
    assert.equal(parseAttribute(text), number, text);
  }
  fc.assert(fc.property(textLike("0x1003"), (text) => assert(Number.isFinite(parseAttribute(text) ?? 0))));
});

Deno.test("netclass: leaves out what a device does not have, or has no number in", async () => {
  assert.deepEqual(await on({ "ignored-devices": "veth" }), {
    'node_network_up{device="eth0"}': 1,
    'node_network_info{address="",adminstate="up",broadcast="",device="eth0",duplex="",ifalias="to the left",operstate="up"}':
      1,
    'node_network_flags{device="eth0"}': 4099,
    'node_network_device_id{device="eth0"}': 0,
    'node_network_iface_id{device="eth0"}': 2,
    'node_network_speed_bytes{device="eth0"}': -125000,
  });
});

Deno.test("netclass: an unknown speed is negative, or left out by option", async () => {
  const series = await on({ "ignore-invalid-speed": true });
  assert.equal(series['node_network_speed_bytes{device="eth0"}'], undefined);
  assert.equal(series['node_network_speed_bytes{device="veth@1"}'], 1_250_000_000);
  assert(Object.keys(series).some((name) => name.includes('adminstate="unknown"')));
});

Deno.test("netclass: is not here without its folder; refuses netlink", async () => {
  assert.equal(await valueOn(netclass, hostOf({})), null);
  assert.throws(() => netclass.options?.parse({ netlink: true }), /not available: sysfs is read/);
});
