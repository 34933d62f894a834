/**
 * How much network devices carry, made of the figures of `netdev`, whose options choose the devices, and of the speed that
 * sysfs has of a link, of sysfs-class-net of the kernel's ABI documents: 4 series per device, 2 where its speed is not
 * known; one small file per device.
 *
 * @module
 */

import { permitted } from "../src/attribute.ts";
import { defineCollector, type FileTree } from "../src/collector.ts";
import { signedNumber } from "../src/kernel_text.ts";
import netdev, { type NetDevice } from "./netdev.ts";
import { rated, type RatedReading } from "./usage/rates.ts";

/** The file has megabits per second. */
const BYTES_PER_MEGABIT = 125_000;

/** What is rated of a device, in bytes; and what its link could carry either way, in bytes per second, where that is known. */
export interface NetworkRates extends RatedReading<"received" | "sent"> {
  /** By device. */
  readonly speeds: ReadonlyMap<string, number>;
}

export default defineCollector({
  name: "usage_network",
  help: "Throughput of network devices, and the share that it is of their speed.",
  enabled: false,
  platforms: ["linux"],
  intervalSeconds: 5,
  needs: { netdev },
  metrics: {
    sonde_host_network_receive_bytes_per_second: {
      type: "gauge",
      help: "Bytes received per second over the collector's last interval.",
      labels: ["device"],
    },
    sonde_host_network_transmit_bytes_per_second: {
      type: "gauge",
      help: "Bytes sent per second over the collector's last interval.",
      labels: ["device"],
    },
    sonde_host_network_receive_usage_ratio: {
      type: "gauge",
      help: "Bytes received as a share of what the link's speed allows; above 1 where that speed is only nominal.",
      labels: ["device"],
    },
    sonde_host_network_transmit_usage_ratio: {
      type: "gauge",
      help: "Bytes sent as a share of what the link's speed allows; above 1 where that speed is only nominal.",
      labels: ["device"],
    },
  },
  sources: {
    netdev: ["sonde_host_network_*"],
    "/sys/class/net/*/speed": ["sonde_host_network_receive_usage_ratio", "sonde_host_network_transmit_usage_ratio"],
  },
  read: ({ source: { sys }, needs: { netdev: { value, readAtSeconds } } }) => ({
    readAtSeconds,
    counters: new Map(value.map((device) => [device.labels.device, {
      received: countOf(device, "node_network_receive_bytes_total"),
      sent: countOf(device, "node_network_transmit_bytes_total"),
    }])),
    rates: new Map(),
    speeds: new Map(value.flatMap(({ labels: { device } }) => {
      const speed = speedOf(sys, device);
      return speed === undefined ? [] : [[device, speed]];
    })),
  }),
  fold: (now: NetworkRates, previous: NetworkRates | undefined): NetworkRates => ({
    ...rated(now, previous),
    speeds: now.speeds,
  }),
  samples({ rates, speeds }, emit) {
    for (const [device, { received, sent }] of rates) {
      const speed = speeds.get(device);
      const share = (rate: number | undefined) => rate === undefined || speed === undefined ? undefined : rate / speed;
      emit("sonde_host_network_receive_bytes_per_second", received, { device });
      emit("sonde_host_network_transmit_bytes_per_second", sent, { device });
      emit("sonde_host_network_receive_usage_ratio", share(received), { device });
      emit("sonde_host_network_transmit_usage_ratio", share(sent), { device });
    }
  },
});

function countOf({ counts }: NetDevice, family: string): number | undefined {
  return counts.find(([name]) => name === family)?.[1];
}

/** Drivers that do not know it say −1 or 0; one without carrier says nothing. */
function speedOf(sys: FileTree, device: string): number | undefined {
  const megabits = signedNumber(permitted(() => sys.value(`class/net/${device}/speed`)));
  return megabits !== undefined && megabits > 0 ? megabits * BYTES_PER_MEGABIT : undefined;
}
