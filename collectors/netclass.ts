/**
 * Properties of network devices: sysfs-class-net of the kernel's ABI documents. 19 series per device, and as many small
 * files. A property that a device does not have, or that may not be read, or is no number, is left out.
 *
 * @module
 */

import * as z from "zod";
import { permitted } from "../src/attribute.ts";
import { defineCollector, type FileTree } from "../src/collector.ts";
import { hexNumber, signedNumber } from "../src/kernel_text.ts";
import { patternOption } from "../src/pattern.ts";

const FOLDER = "class/net";
/** net/if.h: the device is administratively up. */
const IFF_UP = 1;
/** The file has megabits per second. */
const BYTES_PER_MEGABIT = 125_000;
/** Families by the file that has their number. */
const NUMBERS = [
  ["node_network_address_assign_type", "addr_assign_type"],
  ["node_network_carrier", "carrier"],
  ["node_network_carrier_changes_total", "carrier_changes"],
  ["node_network_carrier_up_changes_total", "carrier_up_count"],
  ["node_network_carrier_down_changes_total", "carrier_down_count"],
  ["node_network_device_id", "dev_id"],
  ["node_network_dormant", "dormant"],
  ["node_network_flags", "flags"],
  ["node_network_iface_id", "ifindex"],
  ["node_network_iface_link", "iflink"],
  ["node_network_iface_link_mode", "link_mode"],
  ["node_network_mtu_bytes", "mtu"],
  ["node_network_name_assign_type", "name_assign_type"],
  ["node_network_net_dev_group", "netdev_group"],
  ["node_network_transmit_queue_length", "tx_queue_len"],
  ["node_network_protocol_type", "type"],
] as const;
const TEXTS = ["address", "broadcast", "duplex", "operstate", "ifalias"] as const;

/** A network device. */
export interface NetClassDevice {
  /** Its name. */
  readonly device: string;
  /** Text by file; empty where it has none. */
  readonly texts: Readonly<Record<(typeof TEXTS)[number], string>>;
  /** Number by file, where it has one. */
  readonly numbers: ReadonlyMap<string, number>;
  /** Speed; negative if unknown, absent where it has none. */
  readonly megabitsPerSecond: number | undefined;
}

const property = <T extends "counter" | "gauge">(type: T, name: string) => ({
  type,
  help: `Network device property: ${name}`,
  labels: ["device"],
} as const);

const metrics = {
  node_network_address_assign_type: property("gauge", "address_assign_type"),
  node_network_carrier: property("gauge", "carrier"),
  node_network_carrier_changes_total: property("counter", "carrier_changes_total"),
  node_network_carrier_down_changes_total: property("counter", "carrier_down_changes_total"),
  node_network_carrier_up_changes_total: property("counter", "carrier_up_changes_total"),
  node_network_device_id: property("gauge", "device_id"),
  node_network_dormant: property("gauge", "dormant"),
  node_network_flags: property("gauge", "flags"),
  node_network_iface_id: property("gauge", "iface_id"),
  node_network_iface_link: property("gauge", "iface_link"),
  node_network_iface_link_mode: property("gauge", "iface_link_mode"),
  node_network_info: {
    type: "gauge",
    help: "Non-numeric data from /sys/class/net/<iface>, value is always 1.",
    labels: ["address", "adminstate", "broadcast", "device", "duplex", "ifalias", "operstate"],
  },
  node_network_mtu_bytes: property("gauge", "mtu_bytes"),
  node_network_name_assign_type: property("gauge", "name_assign_type"),
  node_network_net_dev_group: property("gauge", "net_dev_group"),
  node_network_protocol_type: property("gauge", "protocol_type"),
  node_network_speed_bytes: property("gauge", "speed_bytes"),
  node_network_transmit_queue_length: property("gauge", "transmit_queue_length"),
  node_network_up: { type: "gauge", help: "Value is 1 if operstate is 'up', 0 otherwise.", labels: ["device"] },
} as const;

export default defineCollector({
  name: "netclass",
  help: "Properties of network devices.",
  peer: true,
  platforms: ["linux"],
  freshnessSeconds: 0.1,
  options: z.strictObject({
    "ignored-devices": z.string().default("^$").transform(patternOption).describe("Devices to leave out.")
      .meta({ placeholder: "pattern" }),
    "ignore-invalid-speed": z.boolean().default(false).describe("Leave out a speed that the device says is unknown."),
    netlink: z.boolean().default(false).refine((on) => !on, {
      message: "not available: sysfs is read, whose figures differ a little; leave it out",
    })
      .describe("Ask the kernel by netlink; not available."),
  }),
  metrics,
  sources: ["/sys/class/net/*/*"],
  read({ source, options, wanted }): readonly NetClassDevice[] | null {
    const names = source.sys.list(FOLDER);
    if (names === undefined) return null;
    const isRead = filesRead(wanted);
    const ignored = options["ignored-devices"];
    const isThere = (device: string) => source.sys.isFolder(`${FOLDER}/${device}`);
    const devices = names.filter((name) => !ignored?.test(name) && isThere(name));
    return devices.flatMap((device) => {
      const read = deviceOf(source.sys, device, isRead);
      // It went away between listing and reading.
      if (read.numbers.size === 0 && !isThere(device)) return [];
      const unknown = (read.megabitsPerSecond ?? 0) < 0;
      return unknown && options["ignore-invalid-speed"] ? { ...read, megabitsPerSecond: undefined } : read;
    });
  },
  samples(devices, emit) {
    for (const { device, texts, numbers, megabitsPerSecond } of devices) {
      emit("node_network_up", texts.operstate === "up" ? 1 : 0, { device });
      emit("node_network_info", 1, { device, ...texts, adminstate: adminState(numbers.get("flags")) });
      for (const [name, file] of NUMBERS) emit(name, numbers.get(file), { device });
      const speed = megabitsPerSecond === undefined ? undefined : megabitsPerSecond * BYTES_PER_MEGABIT;
      emit("node_network_speed_bytes", speed, { device });
    }
  },
});

/** Tells the files that wanted families are made of. */
function filesRead(wanted: (name: keyof typeof metrics) => boolean): (file: string) => boolean {
  const files = new Set<string>(NUMBERS.flatMap(([name, file]) => wanted(name) ? [file] : []));
  if (wanted("node_network_speed_bytes")) files.add("speed");
  if (wanted("node_network_up")) files.add("operstate");
  if (wanted("node_network_info")) { for (const file of [...TEXTS, "flags"]) files.add(file); }
  return (file) => files.has(file);
}

function deviceOf(sys: FileTree, device: string, isRead: (file: string) => boolean): NetClassDevice {
  const value = (file: string) => isRead(file) ? permitted(() => sys.value(`${FOLDER}/${device}/${file}`)) : undefined;
  const numbers = new Map<string, number>();
  for (const [, file] of NUMBERS) {
    const number = parseAttribute(value(file));
    if (number !== undefined) numbers.set(file, number);
  }
  const [address = "", broadcast = "", duplex = "", operstate = "", ifalias = ""] = TEXTS.map(value);
  const texts = { address, broadcast, duplex, operstate, ifalias };
  return { device, texts, numbers, megabitsPerSecond: parseAttribute(value("speed")) };
}

function adminState(flags: number | undefined): string {
  if (flags === undefined) return "unknown";
  return flags & IFF_UP ? "up" : "down";
}

/** Parses an attribute: decimal, or hexadecimal after `0x`; `undefined` for any other text, as drivers have it. */
export function parseAttribute(text: string | undefined): number | undefined {
  return text !== undefined && /^0x/i.test(text) ? hexNumber(text.slice(2)) : signedNumber(text);
}
