/**
 * Counters of the network protocols: proc_pid_net(5), RFC 4293 and what Linux adds. About 40 series of some 400 that the
 * kernel has; three files.
 *
 * @module
 */

import * as z from "zod";
import { defineCollector } from "../src/collector.ts";
import { malformed, signedNumber } from "../src/kernel_text.ts";
import { patternOption } from "../src/pattern.ts";

const DEFAULT_FIELDS = "^(.*_(InErrors|InErrs)|Ip_Forwarding|Ip(6|Ext)_(InOctets|OutOctets)|" +
  "Icmp6?_(InMsgs|OutMsgs)|TcpExt_(Listen.*|Syncookies.*|TCPSynRetrans|TCPTimeouts|TCPOFOQueue|TCPRcvQDrop)|" +
  "Tcp_(ActiveOpens|InSegs|OutSegs|OutRsts|PassiveOpens|RetransSegs|CurrEstab)|" +
  "Udp6?_(InDatagrams|OutDatagrams|NoPorts|RcvbufErrors|SndbufErrors))$";

/** The files, and what the kernel counts in them. */
const FILES = [
  ["net/netstat", ["TcpExt", "IpExt", "MPTcpExt"]],
  ["net/snmp", ["Ip", "Icmp", "IcmpMsg", "Tcp", "Udp", "UdpLite"]],
  ["net/snmp6", ["Ip6", "Icmp6", "Udp6", "UdpLite6"]],
] as const;

/** What the name of a family cannot have. */
const NO_NAME = /\W/g;
const SNMP6_LINE = /^(\w*?6)(\w*)\s+(\S+)/;

/** Counters by protocol and name, as `Tcp_InSegs`. */
export type ProtocolCounters = ReadonlyMap<string, number>;

export default defineCollector({
  name: "netstat",
  help: "Counters of the network protocols.",
  peer: true,
  platforms: ["linux"],
  freshnessSeconds: 0.1,
  options: z.strictObject({
    fields: z.string().default(DEFAULT_FIELDS).transform(patternOption)
      .describe("Fields to report, as Tcp_InSegs.").meta({ placeholder: "pattern" }),
  }),
  metrics: {},
  openFamilies: ["node_netstat_*"],
  sources: ["/proc/net/netstat", "/proc/net/snmp", "/proc/net/snmp6"],
  read({ source: { proc }, options: { fields }, wanted }): ProtocolCounters {
    const isWanted = (key: string) => (fields?.test(key) ?? true) && wanted(`node_netstat_${key}`);
    const files = filesRead(wanted);
    const pairs = (file: string) => files.has(file) ? parsePairs(`/proc/${file}`, proc(file), isWanted) : [];
    return new Map([
      ...pairs("net/netstat"),
      ...pairs("net/snmp"),
      // Absent where IPv6 is off.
      ...parseSnmp6(files.has("net/snmp6") && proc.try("net/snmp6") || "", isWanted),
    ]);
  },
  samples(counters, emit) {
    for (const [key, value] of counters) {
      const help = `Statistic ${key.replace("_", "")}.`;
      emit.family({ name: `node_netstat_${key}`, type: "untyped", help, samples: [{ value }] });
    }
  },
});

/** The files of protocols that are wanted; all, where none of those that are known is: a later kernel may have others. */
function filesRead(wanted: (family: string) => boolean): ReadonlySet<string> {
  const read = FILES.filter(([, protocols]) => protocols.some((protocol) => wanted(`node_netstat_${protocol}_*`)));
  return new Set((read.length > 0 ? read : FILES).map(([file]) => file));
}

/**
 * Parses pairs of lines, the first with names and the second with their numbers, both after the protocol's name.
 *
 * @throws {SyntaxError} if two lines do not match, or a value that is wanted is no number
 */
export function parsePairs(file: string, text: string, isWanted: (key: string) => boolean): ProtocolCounters {
  const counters = new Map<string, number>();
  const lines = text.split("\n").filter((line) => line !== "");
  for (let i = 0; i < lines.length; i += 2) {
    const [protocol = "", ...names] = (lines[i] ?? "").trim().split(" ");
    const line = lines[i + 1] ?? "";
    // The file ends within the first word of a line: what stands before is whole.
    if (line === "" && names.length === 0) break;
    const [sameProtocol, ...values] = line.trim().split(" ");
    if (!/^\w+:$/.test(protocol)) throw malformed(file, lines[i] ?? "");
    if (sameProtocol !== protocol || values.length !== names.length) throw malformed(file, line);
    const prefix = protocol.slice(0, -1);
    for (const [j, name] of names.entries()) {
      const key = `${prefix}_${name}`;
      if (!isWanted(key)) continue;
      const value = signedNumber(values[j]);
      if (value === undefined) throw malformed(file, line);
      counters.set(key.replace(NO_NAME, "_"), value);
    }
  }
  return counters;
}

/**
 * Parses `/proc/net/snmp6`; lines without a 6, which ends the protocol's name, are not counters.
 *
 * @throws {SyntaxError} if a number that is wanted is none
 */
export function parseSnmp6(text: string, isWanted: (key: string) => boolean): ProtocolCounters {
  const counters = new Map<string, number>();
  for (const line of text.split("\n")) {
    const [, protocol, name, digits] = SNMP6_LINE.exec(line) ?? [];
    if (protocol === undefined) continue;
    const key = `${protocol}_${name}`;
    if (!isWanted(key)) continue;
    const value = signedNumber(digits);
    if (value === undefined) throw malformed("/proc/net/snmp6", line);
    counters.set(key, value);
  }
  return counters;
}
