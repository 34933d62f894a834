/**
 * Neighbours that IPv4 knows: proc_pid_net(5). A series per device, one file with a line for each neighbour.
 *
 * @module
 */

import * as z from "zod";
import { defineCollector } from "../src/collector.ts";
import { malformed } from "../src/kernel_text.ts";
import { patternOption, wanted } from "../src/pattern.ts";

const FILE = "/proc/net/arp";
const HEADER = /^\s*IP\s+address\s/;
/** Address, type, flags, hardware address, mask, device. */
const COLUMNS = 6;
const PATTERN = { placeholder: "pattern" };

export default defineCollector({
  name: "arp",
  help: "Neighbours by device.",
  peer: true,
  platforms: ["linux"],
  freshnessSeconds: 0.1,
  options: z.strictObject({
    "device-include": z.string().default("").transform(patternOption)
      .describe("Devices to report, and no others; not with device-exclude.").meta(PATTERN),
    "device-exclude": z.string().default("").transform(patternOption)
      .describe("Devices to leave out; not with device-include.").meta(PATTERN),
    netlink: z.boolean().default(true).describe("Without effect: the figures are those of the file, which are equal."),
  }).refine((o) => !(o["device-include"] && o["device-exclude"]), {
    message: "of device-include and device-exclude only one may be given",
  }),
  metrics: {
    node_arp_entries: { type: "gauge", help: "ARP entries by device", labels: ["device"] },
  },
  sources: [FILE],
  read({ source, options }): ReadonlyMap<string, number> {
    const entries = [...parseArp(source.proc("net/arp"))];
    return new Map(entries.filter(([device]) => wanted(device, options["device-include"], options["device-exclude"])));
  },
  samples(entries, emit) {
    for (const [device, count] of entries) emit("node_arp_entries", count, { device });
  },
});

/**
 * Parses `/proc/net/arp`: neighbours by device.
 *
 * @throws {SyntaxError} if a line does not have the 6 columns of a neighbour
 */
export function parseArp(text: string): ReadonlyMap<string, number> {
  const entries = new Map<string, number>();
  for (const line of text.split("\n")) {
    if (line.trim() === "" || HEADER.test(line)) continue;
    const columns = line.trim().split(/\s+/);
    const device = columns[COLUMNS - 1];
    if (device === undefined || columns.length !== COLUMNS) throw malformed(FILE, line);
    entries.set(device, (entries.get(device) ?? 0) + 1);
  }
  return entries;
}
