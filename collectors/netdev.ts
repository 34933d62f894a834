/**
 * Traffic of network devices: proc_pid_net(5), and what only sysfs has of rtnl_link_stats64. 17 series per device; one file
 * for all, a small one per device. It is the network namespace of the exporter that `/proc/net` shows. Addresses, by option,
 * are only there where the runtime can make system calls, and may.
 *
 * @module
 */

import * as z from "zod";
import { defineCollector, type Labels, type Source } from "../src/collector.ts";
import { malformed, numberIn, wholeNumber } from "../src/kernel_text.ts";
import { patternOption, wanted } from "../src/pattern.ts";
import { addressesByDevice, type DeviceAddress } from "./netdev/addresses.ts";

const FILE = "/proc/net/dev";
const PATTERN = { placeholder: "pattern" };
/** Families of the columns after the name, in their order. */
const COLUMNS = [
  "node_network_receive_bytes_total",
  "node_network_receive_packets_total",
  "node_network_receive_errs_total",
  "node_network_receive_drop_total",
  "node_network_receive_fifo_total",
  "node_network_receive_frame_total",
  "node_network_receive_compressed_total",
  "node_network_receive_multicast_total",
  "node_network_transmit_bytes_total",
  "node_network_transmit_packets_total",
  "node_network_transmit_errs_total",
  "node_network_transmit_drop_total",
  "node_network_transmit_fifo_total",
  "node_network_transmit_colls_total",
  "node_network_transmit_carrier_total",
  "node_network_transmit_compressed_total",
] as const;

/** Families of the files of sysfs, by the option that asks for them. */
const DETAILS = [
  ["node_network_receive_packets_total", "rx_packets"],
  ["node_network_transmit_packets_total", "tx_packets"],
  ["node_network_receive_bytes_total", "rx_bytes"],
  ["node_network_transmit_bytes_total", "tx_bytes"],
  ["node_network_receive_errors_total", "rx_errors"],
  ["node_network_transmit_errors_total", "tx_errors"],
  ["node_network_receive_dropped_total", "rx_dropped"],
  ["node_network_transmit_dropped_total", "tx_dropped"],
  ["node_network_multicast_total", "multicast"],
  ["node_network_collisions_total", "collisions"],
  ["node_network_receive_length_errors_total", "rx_length_errors"],
  ["node_network_receive_over_errors_total", "rx_over_errors"],
  ["node_network_receive_crc_errors_total", "rx_crc_errors"],
  ["node_network_receive_frame_errors_total", "rx_frame_errors"],
  ["node_network_receive_fifo_errors_total", "rx_fifo_errors"],
  ["node_network_receive_missed_errors_total", "rx_missed_errors"],
  ["node_network_transmit_aborted_errors_total", "tx_aborted_errors"],
  ["node_network_transmit_carrier_errors_total", "tx_carrier_errors"],
  ["node_network_transmit_fifo_errors_total", "tx_fifo_errors"],
  ["node_network_transmit_heartbeat_errors_total", "tx_heartbeat_errors"],
  ["node_network_transmit_window_errors_total", "tx_window_errors"],
  ["node_network_receive_compressed_total", "rx_compressed"],
  ["node_network_transmit_compressed_total", "tx_compressed"],
  ["node_network_receive_nohandler_total", "rx_nohandler"],
] as const;

/** Name of a family. */
type Name = (typeof COLUMNS)[number] | (typeof DETAILS)[number][0];

/** A network device. */
export interface NetDevice {
  /** Its name, and its alias if the option asks for it and sysfs knows the device. */
  readonly labels: Labels & { readonly device: string };
  /** Count by family; absent where the kernel does not tell, or sysfs is another network namespace's. */
  readonly counts: readonly (readonly [Name, number | undefined])[];
  /** Its addresses, if the option asks for them. */
  readonly addresses: readonly DeviceAddress[];
}

const statistic = (name: string) => ({
  type: "counter",
  help: `Network device statistic ${name}.`,
  labels: ["device"],
  openLabels: true,
} as const);
const pattern = (what: string) => z.string().default("").transform(patternOption).describe(what).meta(PATTERN);

export default defineCollector({
  name: "netdev",
  help: "Traffic of network devices.",
  peer: true,
  platforms: ["linux"],
  freshnessSeconds: 0.1,
  options: z.strictObject({
    "device-include": pattern("Devices to report, and no others; not with device-exclude."),
    "device-exclude": pattern("Devices to leave out; not with device-include."),
    "device-whitelist": pattern("Former name of device-include.").meta({ deprecated: true }),
    "device-blacklist": pattern("Former name of device-exclude.").meta({ deprecated: true }),
    "label-ifalias": z.boolean().default(false).describe("Add the label ifalias, the device's alias."),
    netlink: z.boolean().default(true).describe("Without effect: the figures are those of the files, which are equal."),
    "enable-detailed-metrics": z.boolean().default(false)
      .describe("Count each kind of error apart, under other names; 24 small files per device."),
    "address-info": z.boolean().default(false).describe("Report the addresses of devices."),
  }).refine((o) =>
    [o["device-include"], o["device-exclude"], o["device-whitelist"], o["device-blacklist"]]
      .filter((given) => given !== undefined).length <= 1, {
    message: "of device-include, device-exclude and their former names only one may be given",
  }),
  metrics: {
    node_network_address_info: {
      type: "gauge",
      help: "node network address by device",
      labels: ["device", "address", "netmask", "scope"],
    },
    node_network_receive_bytes_total: statistic("receive_bytes"),
    node_network_receive_compressed_total: statistic("receive_compressed"),
    node_network_receive_drop_total: statistic("receive_drop"),
    node_network_receive_errs_total: statistic("receive_errs"),
    node_network_receive_fifo_total: statistic("receive_fifo"),
    node_network_receive_frame_total: statistic("receive_frame"),
    node_network_receive_multicast_total: statistic("receive_multicast"),
    node_network_receive_nohandler_total: statistic("receive_nohandler"),
    node_network_receive_packets_total: statistic("receive_packets"),
    node_network_transmit_bytes_total: statistic("transmit_bytes"),
    node_network_transmit_carrier_total: statistic("transmit_carrier"),
    node_network_transmit_colls_total: statistic("transmit_colls"),
    node_network_transmit_compressed_total: statistic("transmit_compressed"),
    node_network_transmit_drop_total: statistic("transmit_drop"),
    node_network_transmit_errs_total: statistic("transmit_errs"),
    node_network_transmit_fifo_total: statistic("transmit_fifo"),
    node_network_transmit_packets_total: statistic("transmit_packets"),
    node_network_receive_errors_total: statistic("receive_errors"),
    node_network_transmit_errors_total: statistic("transmit_errors"),
    node_network_receive_dropped_total: statistic("receive_dropped"),
    node_network_transmit_dropped_total: statistic("transmit_dropped"),
    node_network_multicast_total: statistic("multicast"),
    node_network_collisions_total: statistic("collisions"),
    node_network_receive_length_errors_total: statistic("receive_length_errors"),
    node_network_receive_over_errors_total: statistic("receive_over_errors"),
    node_network_receive_crc_errors_total: statistic("receive_crc_errors"),
    node_network_receive_frame_errors_total: statistic("receive_frame_errors"),
    node_network_receive_fifo_errors_total: statistic("receive_fifo_errors"),
    node_network_receive_missed_errors_total: statistic("receive_missed_errors"),
    node_network_transmit_aborted_errors_total: statistic("transmit_aborted_errors"),
    node_network_transmit_carrier_errors_total: statistic("transmit_carrier_errors"),
    node_network_transmit_fifo_errors_total: statistic("transmit_fifo_errors"),
    node_network_transmit_heartbeat_errors_total: statistic("transmit_heartbeat_errors"),
    node_network_transmit_window_errors_total: statistic("transmit_window_errors"),
  },
  omits: (options) => options["address-info"] ? [] : ["node_network_address_info"],
  sources: {
    [FILE]: COLUMNS,
    "/sys/class/net/*/statistics/*": DETAILS.map(([name]) => name),
    "/sys/class/net/*/ifalias": [],
    "libc rtnetlink(7)": ["node_network_address_info"],
  },
  async read({ source, options, wanted: isWanted }): Promise<readonly NetDevice[]> {
    const hasNoHandler = isWanted("node_network_receive_nohandler_total");
    const include = options["device-include"] ?? options["device-whitelist"];
    const exclude = options["device-exclude"] ?? options["device-blacklist"];
    const devices: NetDevice[] = [];
    const calls = options["address-info"] ? source.systemCalls() : undefined;
    const addresses = calls && await addressesByDevice(calls);
    for (const [device, figures] of parseNetDev(source.proc("net/dev"))) {
      if (!wanted(device, include, exclude)) continue;
      const labels = options["label-ifalias"] ? aliased(source, device) : { device };
      const counts = options["enable-detailed-metrics"]
        ? detailed(source, device, isWanted)
        : usual(figures, hasNoHandler ? nohandlerOf(source, device) : undefined);
      devices.push({ labels, counts, addresses: addresses?.get(device) ?? [] });
    }
    return devices;
  },
  samples(devices, emit) {
    for (const { labels, counts, addresses } of devices) {
      for (const [name, count] of counts) emit(name, count, labels);
      for (const { address, prefixLength, scope } of addresses) {
        const { device } = labels;
        emit("node_network_address_info", 1, { device, address, netmask: String(prefixLength), scope });
      }
    }
  },
});

function nohandlerOf(source: Source, device: string): number | undefined {
  return numberIn(source.sys, `class/net/${device}/statistics/rx_nohandler`);
}

function usual(figures: readonly number[], nohandler: number | undefined): NetDevice["counts"] {
  const columns = COLUMNS.map((name, i) => [name, figures[i]] as const);
  return [...columns, ["node_network_receive_nohandler_total", nohandler]];
}

function detailed(source: Source, device: string, isWanted: (name: Name) => boolean): NetDevice["counts"] {
  return DETAILS.filter(([name]) => isWanted(name)).map((
    [name, file],
  ) => [name, numberIn(source.sys, `class/net/${device}/statistics/${file}`)]);
}

/** The kernel has an empty alias for a device without; one that sysfs does not know has no such label. */
function aliased(source: Source, device: string): NetDevice["labels"] {
  const ifalias = source.sys.value(`class/net/${device}/ifalias`);
  return ifalias === undefined ? { device } : { device, ifalias };
}

/**
 * Parses `/proc/net/dev`: columns by device.
 *
 * @throws {SyntaxError} if a line after the two of the header does not have a name and 16 numbers
 */
export function parseNetDev(text: string): ReadonlyMap<string, readonly number[]> {
  const devices = new Map<string, readonly number[]>();
  for (const line of text.split("\n").slice(2)) {
    if (line === "") continue;
    const colon = line.lastIndexOf(":");
    const device = line.slice(0, Math.max(colon, 0)).trim();
    const columns = line.slice(colon + 1).trim().split(/\s+/).slice(0, COLUMNS.length);
    const figures = columns.flatMap((column) => wholeNumber(column) ?? []);
    if (device === "" || figures.length !== COLUMNS.length) throw malformed(FILE, line);
    devices.set(device, figures);
  }
  return devices;
}
