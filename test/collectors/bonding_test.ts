import assert from "node:assert/strict";
import bonding from "../../collectors/bonding.ts";
import { hostOf, seriesOf, valueOn } from "../context.ts";

Deno.test("bonding: counts devices under either prefix; what went away since it was listed is left out", async () => {
  const host = hostOf({
    "/sys/class/net/bonding_masters": "bond0 dmz gone\n",
    "/sys/class/net/bond0/bonding/slaves": "\n",
    "/sys/class/net/dmz/bonding/slaves": "eth0 eth1 eth2 eth3\n",
    "/sys/class/net/dmz/lower_eth0/bonding_slave/mii_status": "up\n",
    "/sys/class/net/dmz/lower_eth1/bonding_slave/mii_status": "down\n",
    "/sys/class/net/dmz/slave_eth2/bonding_slave/mii_status": "up\n",
  });
  assert.deepEqual(seriesOf(bonding, await valueOn(bonding, host)), {
    'node_bonding_slaves{master="bond0"}': 0,
    'node_bonding_active{master="bond0"}': 0,
    'node_bonding_slaves{master="dmz"}': 3,
    'node_bonding_active{master="dmz"}': 2,
  });
});

Deno.test("bonding: is not here without the module; without a bond it has no series", async () => {
  assert.equal(await valueOn(bonding, hostOf({ "/sys/class/net/eth0/mtu": "1500\n" })), null);
  const host = hostOf({ "/sys/class/net/bonding_masters": "\n" });
  assert.deepEqual(seriesOf(bonding, await valueOn(bonding, host)), {});
});
