/**
 * PCI devices, their links and virtual functions: Documentation/ABI/testing/sysfs-bus-pci. About 20 series and 17 files
 * per device; with names also pci.ids, 1.5 MB.
 *
 * @module
 */

import * as z from "zod";
import { defineCollector, type FileTree } from "../src/collector.ts";
import { malformed, signedNumber } from "../src/kernel_text.ts";
import { parsePciIds, type PciNames } from "./pcidevice/pci_ids.ts";

const FOLDER = "bus/pci/devices";
const STATES = ["D0", "D1", "D2", "D3hot", "D3cold", "unknown", "error"] as const;
/** Where distributions have the list of names. */
const IDS_FILES = ["/usr/share/misc/pci.ids", "/usr/share/hwdata/pci.ids"];
const LOCATION = /^([\da-f]{4,8}):([\da-f]{2}):([\da-f]{2})\.([\da-f])$/i;

/** Where a device is. */
export interface PciLocation {
  /** PCI domain. */
  readonly segment: string;
  /** Bus within the domain. */
  readonly bus: string;
  /** Device on the bus. */
  readonly device: string;
  /** Function of the device. */
  readonly function: string;
}

/** One device; what its sysfs does not say is −1 or 0, as with the peer. */
export interface PciDevice {
  /** Where it is. */
  readonly location: PciLocation;
  /** Labels of its description. */
  readonly info: Readonly<Record<string, string>>;
  /** Transfers per second and lanes, at most and now. */
  readonly link: Readonly<Record<"maxSpeed" | "maxWidth" | "speed" | "width", number>>;
  /** One of `STATES`; `undefined` where the kernel does not say. */
  readonly powerState: string | undefined;
  /** Whether it may lose all power. */
  readonly d3coldAllowed: number;
  /** NUMA node; `undefined` for none. */
  readonly numaNode: number | undefined;
  /** Virtual functions. */
  readonly sriov: Readonly<Record<"autoprobe" | "enabled" | "total" | "msix", number>>;
}

const LOCATION_LABELS = ["segment", "bus", "device", "function"] as const;
const gauge = (help: string) => ({ type: "gauge", help, labels: LOCATION_LABELS } as const);

export default defineCollector({
  name: "pcidevice",
  help: "PCI devices, their links and virtual functions.",
  enabled: false,
  peer: true,
  platforms: ["linux"],
  freshnessSeconds: 0.1,
  options: z.strictObject({
    names: z.boolean().default(false).describe("Report names of devices, by the list of pci.ids."),
    idsfile: z.string().default("").meta({ description: "The list of names.", placeholder: "FILE" }),
  }),
  metrics: {
    node_pcidevice_info: {
      type: "gauge",
      help: "Non-numeric data from /sys/bus/pci/devices/<location>, value is always 1.",
      labels: [
        ...LOCATION_LABELS,
        "parent_segment",
        "parent_bus",
        "parent_device",
        "parent_function",
        "class_id",
        "vendor_id",
        "device_id",
        "subsystem_vendor_id",
        "subsystem_device_id",
        "revision",
      ],
      openLabels: true,
    },
    node_pcidevice_max_link_transfers_per_second: gauge("Value of maximum link's transfers per second (T/s)"),
    node_pcidevice_max_link_width: gauge("Value of maximum link's width (number of lanes)"),
    node_pcidevice_current_link_transfers_per_second: gauge("Value of current link's transfers per second (T/s)"),
    node_pcidevice_current_link_width: gauge("Value of current link's width (number of lanes)"),
    node_pcidevice_power_state: {
      type: "gauge",
      help: "PCIe device power state, one of: D0, D1, D2, D3hot, D3cold, unknown or error.",
      labels: [...LOCATION_LABELS, "state"],
    },
    node_pcidevice_d3cold_allowed: gauge("Whether the PCIe device supports D3cold power state (0/1)."),
    node_pcidevice_numa_node: gauge("NUMA node number for the PCI device. -1 indicates unknown or not available."),
    node_pcidevice_sriov_drivers_autoprobe: gauge(
      "Whether SR-IOV drivers autoprobe is enabled for the device (0/1).",
    ),
    node_pcidevice_sriov_numvfs: gauge("Number of Virtual Functions (VFs) currently enabled for SR-IOV."),
    node_pcidevice_sriov_totalvfs: gauge("Total number of Virtual Functions (VFs) supported by the device."),
    node_pcidevice_sriov_vf_total_msix: gauge("Total number of MSI-X vectors for Virtual Functions."),
  },
  sources: {
    [`/sys/${FOLDER}/*`]: ["node_pcidevice_*"],
    "/usr/share/misc/pci.ids": ["node_pcidevice_info"],
    "/usr/share/hwdata/pci.ids": ["node_pcidevice_info"],
  },
  read({ source: { sys, local }, options }): PciDevice[] | null {
    const names = sys.list(FOLDER);
    if (!names) return null;
    const ids = options.names ? readNames(local, options.idsfile === "" ? IDS_FILES : [options.idsfile]) : undefined;
    return names.flatMap((name) => {
      const location = parseLocation(name);
      return location ? [readDevice(sys, name, location, ids)] : [];
    });
  },
  samples(devices, emit) {
    for (const { location, info, link, powerState, d3coldAllowed, numaNode, sriov } of devices) {
      const at = { ...location };
      emit("node_pcidevice_info", 1, { ...at, ...NO_INFO, ...info });
      emit("node_pcidevice_max_link_transfers_per_second", link.maxSpeed, at);
      emit("node_pcidevice_max_link_width", link.maxWidth, at);
      emit("node_pcidevice_current_link_transfers_per_second", link.speed, at);
      emit("node_pcidevice_current_link_width", link.width, at);
      emit("node_pcidevice_d3cold_allowed", d3coldAllowed, at);
      emit("node_pcidevice_numa_node", numaNode, at);
      emit("node_pcidevice_sriov_drivers_autoprobe", sriov.autoprobe, at);
      emit("node_pcidevice_sriov_numvfs", sriov.enabled, at);
      emit("node_pcidevice_sriov_totalvfs", sriov.total, at);
      emit("node_pcidevice_sriov_vf_total_msix", sriov.msix, at);
      if (powerState === undefined) continue;
      for (const state of STATES) emit("node_pcidevice_power_state", state === powerState ? 1 : 0, { ...at, state });
    }
  },
});

/** A device at a root port has no parent, which the peer writes so. */
const NO_INFO = {
  parent_segment: "*",
  parent_bus: "*",
  parent_device: "*",
  parent_function: "*",
  class_id: "",
  vendor_id: "",
  device_id: "",
  subsystem_vendor_id: "",
  subsystem_device_id: "",
  revision: "",
};

/** Parses a location as sysfs writes it, `0000:01:00.0`; `undefined` for any other text. */
export function parseLocation(text: string): PciLocation | undefined {
  const [, segment, bus, device, fn] = LOCATION.exec(text) ?? [];
  if (segment === undefined || bus === undefined || device === undefined || fn === undefined) return undefined;
  return { segment, bus, device, function: fn };
}

/** The first of these files that is there; names that nobody knows are numbers. */
function readNames(local: FileTree, files: readonly string[]): PciNames {
  for (const file of files) {
    const text = local.try(file);
    if (text !== undefined) return parsePciIds(text);
  }
  return parsePciIds("");
}

/**
 * Reads one device.
 *
 * @throws {SyntaxError} if a file holds what it should not
 */
function readDevice(sys: FileTree, name: string, location: PciLocation, ids: PciNames | undefined): PciDevice {
  const text = (file: string) => sys.value(`${FOLDER}/${name}/${file}`);
  const number = (file: string, missing: number) => {
    const digits = text(file);
    const value = digits === undefined ? missing : signedNumber(digits);
    if (value === undefined) throw malformed(sys.locate(`${FOLDER}/${name}/${file}`), digits ?? "");
    return value;
  };
  const id = (file: string, digits: number) => {
    const hex = text(file);
    if (hex === undefined || !/^0x[\da-f]{1,8}$/i.test(hex)) {
      throw malformed(sys.locate(`${FOLDER}/${name}/${file}`), hex ?? "");
    }
    return parseInt(hex, 16).toString(16).padStart(digits, "0");
  };
  const classId = id("class", 6);
  const [vendor, device] = [id("vendor", 4), id("device", 4)];
  const [subVendor, subDevice] = [id("subsystem_vendor", 4), id("subsystem_device", 4)];
  const node = number("numa_node", -1);
  return {
    location,
    info: {
      ...parentOf(sys, name),
      class_id: `0x${classId}`,
      vendor_id: `0x${vendor}`,
      device_id: `0x${device}`,
      subsystem_vendor_id: `0x${subVendor}`,
      subsystem_device_id: `0x${subDevice}`,
      revision: `0x${id("revision", 2)}`,
      ...ids && {
        class_name: ids.className(classId),
        vendor_name: ids.vendor(vendor),
        device_name: ids.device(vendor, device),
        subsystem_vendor_name: ids.vendor(subVendor),
        subsystem_device_name: ids.subsystem(vendor, device, subVendor, subDevice),
      },
    },
    link: {
      maxSpeed: transfersPerSecond(text("max_link_speed")),
      maxWidth: number("max_link_width", -1),
      speed: transfersPerSecond(text("current_link_speed")),
      width: number("current_link_width", -1),
    },
    powerState: text("power_state") || undefined,
    d3coldAllowed: number("d3cold_allowed", 0) === 0 ? 0 : 1,
    numaNode: node < 0 ? undefined : node,
    sriov: {
      autoprobe: number("sriov_drivers_autoprobe", 0) === 0 ? 0 : 1,
      enabled: number("sriov_numvfs", 0),
      total: number("sriov_totalvfs", 0),
      msix: number("sriov_vf_total_msix", 0),
    },
  };
}

/** The bridge above a device, which the place of its folder tells. */
function parentOf(sys: FileTree, name: string): Readonly<Record<string, string>> {
  const parent = parseLocation(sys.link(`${FOLDER}/${name}`)?.split("/").at(-2) ?? "");
  if (!parent) return {};
  const { segment, bus, device, function: fn } = parent;
  return { parent_segment: segment, parent_bus: bus, parent_device: device, parent_function: fn };
}

/** Of `8.0 GT/s PCIe`; −1 for a link that is down or unknown. */
function transfersPerSecond(text: string | undefined): number {
  const [, giga] = /^(\d{1,6}(?:\.\d{1,6})?) GT\/s/.exec(text ?? "") ?? [];
  return giga === undefined ? -1 : Number(giga) * 1e9;
}
