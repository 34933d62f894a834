/**
 * The kernel's load balancer: ip_vs_ctl.c in the kernel. 5 series and 3 for each backend, two files. Not here where the
 * module is not loaded.
 *
 * @module
 */

import * as z from "zod";
import { checked } from "../src/checked.ts";
import { defineCollector, type Labels } from "../src/collector.ts";
import { hexNumber, malformed, wholeNumber } from "../src/kernel_text.ts";

const STATS = "/proc/net/ip_vs_stats";
const SERVICES = "/proc/net/ip_vs";
const LABELS = ["local_address", "local_port", "remote_address", "remote_port", "proto", "local_mark"] as const;
/** `C0A80016:0CEA`, or for IPv6 `[2620:0000:0000:0000:0000:0000:0000:0001]:0050`. */
const ADDRESS = /^(?:([\dA-F]{8})|\[([\dA-F:]{39})\]):([\dA-F]{4})$/i;
const SERVICE = /^([A-Z]+) +(\S+)/;
const BACKEND = /^ +-> +(\S+) +\S+ +(\d+) +(\d+) +(\d+)(?:\s|$)/;
/** An address of IPv4 in one of IPv6, which is written as what it is. */
const MAPPED = /^(?:0000:){5}FFFF:([\dA-F]{2})([\dA-F]{2}):([\dA-F]{2})([\dA-F]{2})$/i;
const HEADER = /^(?:IP Virtual Server|Prot LocalAddress:Port| +-> RemoteAddress:Port)/;

/** A server to which a service is forwarded. */
export interface Backend {
  /** Addresses, ports, protocol or `FWM`, and the firewall mark. */
  readonly labels: Readonly<Record<(typeof LABELS)[number], string>>;
  /** Its weight. */
  readonly weight: number;
  /** Connections that are open. */
  readonly active: number;
  /** Connections that are not, or not yet. */
  readonly inactive: number;
}

/** Totals of all services. */
export interface IpvsTotals {
  /** Connections made. */
  readonly connections: number;
  /** Packets that came. */
  readonly incomingPackets: number;
  /** Packets that went. */
  readonly outgoingPackets: number;
  /** Bytes that came. */
  readonly incomingBytes: number;
  /** Bytes that went. */
  readonly outgoingBytes: number;
}

/** What of a backend is exposed: labels are those that the option names. */
export type BackendSum = Omit<Backend, "labels"> & { readonly labels: Labels };

export default defineCollector({
  name: "ipvs",
  help: "The kernel's load balancer.",
  peer: true,
  platforms: ["linux"],
  freshnessSeconds: 0.1,
  options: z.strictObject({
    "backend-labels": z.string().default(LABELS.join(",")).transform(checked(labelNames))
      .describe("Labels of a backend, separated by commas; backends without other differences are summed."),
  }),
  metrics: {
    node_ipvs_backend_connections_active: {
      type: "gauge",
      help: "The current active connections by local and remote address.",
      labels: [],
      openLabels: true,
    },
    node_ipvs_backend_connections_inactive: {
      type: "gauge",
      help: "The current inactive connections by local and remote address.",
      labels: [],
      openLabels: true,
    },
    node_ipvs_backend_weight: {
      type: "gauge",
      help: "The current backend weight by local and remote address.",
      labels: [],
      openLabels: true,
    },
    node_ipvs_connections_total: { type: "counter", help: "The total number of connections made." },
    node_ipvs_incoming_bytes_total: { type: "counter", help: "The total amount of incoming data." },
    node_ipvs_incoming_packets_total: { type: "counter", help: "The total number of incoming packets." },
    node_ipvs_outgoing_bytes_total: { type: "counter", help: "The total amount of outgoing data." },
    node_ipvs_outgoing_packets_total: { type: "counter", help: "The total number of outgoing packets." },
  },
  sources: {
    [STATS]: ["node_ipvs_*_total"],
    [SERVICES]: ["node_ipvs_backend_*"],
  },
  read({ source, options }): { totals: IpvsTotals; backends: readonly BackendSum[] } | null {
    const stats = source.proc.try("net/ip_vs_stats");
    if (stats === undefined) return null;
    const backends = parseIpvsServices(source.proc.try("net/ip_vs") ?? "");
    return { totals: parseIpvsStats(stats), backends: summed(backends, options["backend-labels"]) };
  },
  samples({ totals, backends }, emit) {
    emit("node_ipvs_connections_total", totals.connections);
    emit("node_ipvs_incoming_packets_total", totals.incomingPackets);
    emit("node_ipvs_outgoing_packets_total", totals.outgoingPackets);
    emit("node_ipvs_incoming_bytes_total", totals.incomingBytes);
    emit("node_ipvs_outgoing_bytes_total", totals.outgoingBytes);
    for (const { labels, active, inactive, weight } of backends) {
      emit("node_ipvs_backend_connections_active", active, labels);
      emit("node_ipvs_backend_connections_inactive", inactive, labels);
      emit("node_ipvs_backend_weight", weight, labels);
    }
  },
});

function labelNames(text: string): readonly (typeof LABELS)[number][] {
  const asked = text.split(",").filter((name) => name !== "");
  const unknown = asked.filter((name) => !LABELS.some((label) => label === name));
  if (unknown.length > 0) throw new RangeError(`unknown labels of IPVS backends: ${unknown.join(", ")}`);
  return LABELS.filter((label) => asked.includes(label));
}

function summed(backends: readonly Backend[], names: readonly (typeof LABELS)[number][]): BackendSum[] {
  const sums = new Map<string, BackendSum>();
  for (const { labels: all, weight, active, inactive } of backends) {
    const labels = Object.fromEntries(names.map((name) => [name, all[name]]));
    const key = JSON.stringify(labels);
    const sum = sums.get(key) ?? { labels, weight: 0, active: 0, inactive: 0 };
    sums.set(key, {
      labels,
      weight: sum.weight + weight,
      active: sum.active + active,
      inactive: sum.inactive + inactive,
    });
  }
  return [...sums.values()];
}

/**
 * Parses `/proc/net/ip_vs_stats`, of which the third line has the totals.
 *
 * @throws {SyntaxError} if that line is not five hexadecimal numbers
 */
export function parseIpvsStats(text: string): IpvsTotals {
  const line = text.split("\n")[2] ?? "";
  const columns = line.trim().split(/\s+/);
  const [connections, incomingPackets, outgoingPackets, incomingBytes, outgoingBytes] = columns.map(hexNumber);
  if (
    columns.length !== 5 || connections === undefined || incomingPackets === undefined ||
    outgoingPackets === undefined || incomingBytes === undefined || outgoingBytes === undefined
  ) throw malformed(STATS, line);
  return { connections, incomingPackets, outgoingPackets, incomingBytes, outgoingBytes };
}

/**
 * Parses `/proc/net/ip_vs`: lines of services, each followed by those of its backends.
 *
 * @throws {SyntaxError} if a line is neither, or an address is none
 */
export function parseIpvsServices(text: string): readonly Backend[] {
  const backends: Backend[] = [];
  let service: { proto: string; address: string; port: string; mark: string } | undefined;
  for (const line of text.split("\n")) {
    if (line.trim() === "" || HEADER.test(line)) continue;
    const [, proto, where] = SERVICE.exec(line) ?? [];
    if (proto !== undefined && where !== undefined) {
      const local = proto === "FWM" ? { address: "", port: "0" } : parseAddress(where, line);
      service = { proto, ...local, mark: proto === "FWM" ? where : "" };
      continue;
    }
    const [, remote, ...columns] = BACKEND.exec(line) ?? [];
    const [weight, active, inactive] = columns.map(wholeNumber);
    if (!service || !remote || weight === undefined || active === undefined || inactive === undefined) {
      throw malformed(SERVICES, line);
    }
    const { address, port } = parseAddress(remote, line);
    const labels = {
      local_address: service.address,
      local_port: service.port,
      remote_address: address,
      remote_port: port,
      proto: service.proto,
      local_mark: service.mark,
    };
    backends.push({ labels, weight, active, inactive });
  }
  return backends;
}

function parseAddress(text: string, line: string): { address: string; port: string } {
  const [, v4, v6, port = ""] = ADDRESS.exec(text) ?? [];
  const octets = v4?.match(/../g) ?? MAPPED.exec(v6 ?? "")?.slice(1);
  const address = octets ? octets.map((octet) => parseInt(octet, 16)).join(".") : compressed(v6 ?? "");
  if (address === undefined) throw malformed(SERVICES, line);
  return { address, port: String(parseInt(port, 16)) };
}

/** An address of IPv6 as RFC 5952 has it, which is how URLs write it; `undefined` for any other text. */
function compressed(v6: string): string | undefined {
  return URL.parse(`http://[${v6}]/`)?.hostname.slice(1, -1);
}
