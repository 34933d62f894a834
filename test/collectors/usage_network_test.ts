import assert from "node:assert/strict";
import usageNetwork, { type NetworkRates } from "../../collectors/usage_network.ts";
import { contextOf, hostOf, needOf, seriesOf } from "../context.ts";

const name = { received: "node_network_receive_bytes_total", sent: "node_network_transmit_bytes_total" } as const;
const device = (device: string, received: number, sent: number) => ({
  labels: { device },
  counts: [[name.received, received], [name.sent, sent]] as const,
  addresses: [],
});
type Devices = ReturnType<typeof device>[];

/** What is exposed after these readings, five seconds apart, on a host with these speeds. */
function exposed(speeds: Record<string, string>, ...readings: readonly Devices[]): Record<string, unknown> {
  const source = hostOf(
    Object.fromEntries(Object.entries(speeds).map(([device, text]) => [`/sys/class/net/${device}/speed`, text])),
  );
  let folded: NetworkRates | undefined;
  for (const [i, devices] of readings.entries()) {
    const reading = usageNetwork.read(contextOf({ source, needs: { netdev: needOf(devices, 100 + 5 * i) } }));
    assert(reading && "rates" in reading);
    folded = usageNetwork.fold(reading, folded);
  }
  return seriesOf(usageNetwork, folded);
}

Deno.test("usage_network: has rates after an interval, and shares of the speed that the link has", () => {
  const first = [device("eth0", 1000, 5000)];
  assert.deepEqual(exposed({ eth0: "1000\n" }, first), {});
  assert.deepEqual(exposed({ eth0: "1000\n" }, first, [device("eth0", 1000 + 312_500_000, 5000)]), {
    'sonde_host_network_receive_bytes_per_second{device="eth0"}': 62_500_000,
    'sonde_host_network_transmit_bytes_per_second{device="eth0"}': 0,
    'sonde_host_network_receive_usage_ratio{device="eth0"}': 0.5,
    'sonde_host_network_transmit_usage_ratio{device="eth0"}': 0,
  });
});

Deno.test("usage_network: has no share where the speed is not known", () => {
  for (const speed of ["-1\n", "0\n", "", "fast\n"]) {
    const shown = exposed({ lo: speed }, [device("lo", 0, 0)], [device("lo", 50, 50)]);
    assert.deepEqual(shown, {
      'sonde_host_network_receive_bytes_per_second{device="lo"}': 10,
      'sonde_host_network_transmit_bytes_per_second{device="lo"}': 10,
    }, JSON.stringify(speed));
  }
});

Deno.test("usage_network: a device that comes, goes or counts anew has no rate of that interval", () => {
  const before = [device("eth0", 1000, 1000), device("gone", 1, 1)];
  assert.deepEqual(exposed({}, before, [device("eth0", 5, 9000), device("new", 7, 7)]), {});
});
