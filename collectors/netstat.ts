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

const NAME = /^\w+$/;
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
  read({ source, options: { fields } }): ProtocolCounters {
    const isWanted = (key: string) => fields?.test(key) ?? true;
    return new Map([
      ...parsePairs("/proc/net/netstat", source.proc("net/netstat"), isWanted),
      ...parsePairs("/proc/net/snmp", source.proc("net/snmp"), isWanted),
      // Absent where IPv6 is off.
      ...parseSnmp6(source.proc.try("net/snmp6") ?? "", isWanted),
    ]);
  },
  samples(counters, emit) {
    for (const [key, value] of counters) {
      const help = `Statistic ${key.replace("_", "")}.`;
      emit.family({ name: `node_netstat_${key}`, type: "untyped", help, samples: [{ value }] });
    }
  },
});

/**
 * Parses pairs of lines, the first with names and the second with their numbers, both after the protocol's name.
 *
 * @throws {SyntaxError} if two lines do not match, or a number that is wanted is none
 */
export function parsePairs(file: string, text: string, isWanted: (key: string) => boolean): ProtocolCounters {
  const counters = new Map<string, number>();
  const lines = text.split("\n").filter((line) => line !== "");
  for (let i = 0; i < lines.length; i += 2) {
    const [protocol = "", ...names] = (lines[i] ?? "").trim().split(" ");
    const line = lines[i + 1] ?? "";
    const [sameProtocol, ...values] = line.trim().split(" ");
    if (!/^\w+:$/.test(protocol)) throw malformed(file, lines[i] ?? "");
    if (sameProtocol !== protocol || values.length !== names.length) throw malformed(file, line);
    const prefix = protocol.slice(0, -1);
    for (const [j, name] of names.entries()) {
      const key = `${prefix}_${name}`;
      if (!isWanted(key)) continue;
      const value = signedNumber(values[j]);
      if (value === undefined || !NAME.test(key)) throw malformed(file, line);
      counters.set(key, value);
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
