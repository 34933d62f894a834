/**
 * Records of all types, printed by a real blackbox_exporter and by us. Left out where none is installed.
 *
 * @module
 */

import assert from "node:assert/strict";
import { encodeName, parseMessage } from "../../../../collectors/probe/dns/dns_message.ts";
import { testWith } from "../../../e2e/programs.ts";
import { PEER, startBlackbox } from "../blackbox.ts";
import {
  addressRecord,
  bytesOf,
  encodeMessage,
  joined,
  nameServer,
  typeOf,
  u16,
  u32,
  type WireRecord,
  zoneRecord,
} from "../dns_server.ts";

/** Texts of the records that the peer has judged. */
function judgedRecords(page: string): string[] {
  return [...page.matchAll(/msg="Validating RR".* rr="((?:[^"\\]|\\.)*)"/g)].map(([, text = ""]) => unquoted(text));
}

/** What Go quotes, apart from what JSON has too. */
function unquoted(text: string): string {
  const parsed: unknown = JSON.parse(`"${text.replaceAll(/\\x([0-9a-f]{2})/g, "\\u00$1")}"`);
  assert(typeof parsed === "string");
  return parsed;
}

const rr = (type: string, ...parts: readonly Uint8Array[]): WireRecord => ({
  type: typeOf(type),
  rdata: joined(...parts),
});
const utf8 = (value: string) => new TextEncoder().encode(value);
const text = (value: string) => joined(Uint8Array.of(utf8(value).length), utf8(value));
const name = encodeName;
const RAW = Uint8Array.from([1, 2, 253, 254, 34, 92, 32, 65]);

/** Records of all types, in ordinary and odd shapes. */
const RECORDS: readonly WireRecord[] = [
  addressRecord("192.0.2.1"),
  ...["00".repeat(16), "20010db8000000000001000000000001", "20010db8000100000000000000000000", "fe80".padEnd(32, "0")]
    .map((hex) => rr("AAAA", bytesOf(hex))),
  rr("AAAA", bytesOf("00000000000000000000ffffc0000201")),
  rr("AAAA", bytesOf("00010000000200000003000000040005")),
  ...["NS", "CNAME", "PTR", "DNAME", "MB", "MG", "MR", "MD", "MF", "NSAP-PTR"].map((type) =>
    rr(type, name("host.test"))
  ),
  rr("NS", name("od\\.d\\032.\\007\\255x\\@.t\\\"e\\;s(t)'.")),
  rr("NS", name(".")),
  ...["MINFO", "RP", "TALINK"].map((type) => rr(type, name("a.test"), name("b.test"))),
  zoneRecord("probe.test", 4294967295),
  ...["MX", "AFSDB", "RT", "KX", "LP"].map((type) => rr(type, u16(10), name("mail.test"))),
  rr("PX", u16(10), name("a.test"), name("b.test")),
  rr("SRV", u16(1, 2, 443), name("srv.test")),
  rr("NAPTR", u16(10, 20), text("S"), text('S"I\\P'), text("!^.*$!sip:x@y!"), name("_sip.test")),
  ...["TXT", "SPF", "AVC", "NINFO"].map((type) => rr(type, text("one two"), text('a"b\\c;'), text(""), text("ü\t"))),
  rr("TXT"),
  rr("HINFO", text("INTEL"), text("LINUX")),
  rr("ISDN", text("123"), text("45")),
  rr("X25", text("311061700956")),
  rr("GPOS", text("-32.6882"), text("116.8652"), text("10.0")),
  rr("UINFO", text("some one")),
  rr("UID", u32(1000)),
  rr("GID", u32(4000000000)),
  rr("LOC", bytesOf("00 12 16 13"), u32(2332887285, 2131415169, 10000000)),
  rr("LOC", bytesOf("00 00 91 35"), u32(2147483648, 2147483647, 9999950)),
  rr("LOC", bytesOf("00 99 20 01"), u32(1823456789, 2447483648, 10012345)),
  rr("RRSIG", u16(typeOf("A")), bytesOf("0d02"), u32(3600, 1893456000, 1577836800), u16(12345), name("test"), RAW),
  rr("SIG", u16(65280), bytesOf("0502"), u32(3600, 0, 4294967295), u16(1), name("test"), RAW),
  ...["KEY", "DNSKEY", "CDNSKEY", "RKEY"].map((type) => rr(type, u16(257), bytesOf("030d"), RAW)),
  ...["DS", "CDS", "DLV", "TA"].map((type) => rr(type, u16(12345), bytesOf("0d02"), RAW)),
  rr("NSEC", name("next.test"), bytesOf("0006400000080003 0101 40")),
  rr("NSEC", name("next.test")),
  rr("NXT", name("next.test"), bytesOf("0001 62")),
  rr("NSEC3", bytesOf("01 01 000a 04 aabbccdd 14"), new Uint8Array(20).fill(0xa7), bytesOf("0006400000000002")),
  rr("NSEC3", bytesOf("01 00 0000 00 05 0102030405")),
  rr("NSEC3PARAM", bytesOf("01 00 0000 00")),
  rr("NSEC3PARAM", bytesOf("01 00 000a 02 beef")),
  rr("TLSA", bytesOf("030101"), RAW),
  rr("SMIMEA", bytesOf("030101"), new Uint8Array(300).fill(0xab)),
  rr("SMIMEA", bytesOf("030101"), new Uint8Array(600).fill(0xab)),
  rr("SSHFP", bytesOf("0402"), RAW),
  rr("CERT", u16(1, 12345), bytesOf("08"), RAW),
  rr("CERT", u16(99, 12345), bytesOf("63"), RAW),
  rr("OPENPGPKEY", RAW),
  rr("DHCID", RAW),
  rr("CSYNC", u32(2026), u16(3), bytesOf("0004600000 08")),
  rr("ZONEMD", u32(2026), bytesOf("0101"), RAW),
  rr("IPSECKEY", bytesOf("0a 01 02 c0000201"), RAW),
  rr("IPSECKEY", bytesOf("0a 02 02 20010db8000000000000000000000001"), RAW),
  rr("IPSECKEY", bytesOf("0a 03 02"), name("gate.test"), RAW),
  rr("IPSECKEY", bytesOf("0a 00 02"), RAW),
  rr("AMTRELAY", bytesOf("0a 01 c0000201")),
  rr("AMTRELAY", bytesOf("0a 03"), name("relay.test")),
  rr("AMTRELAY", bytesOf("0a 80")),
  rr("HIP", bytesOf("02 02 0003 abcd 010203"), name("rvs.test"), name("rvs2.test")),
  rr("HIP", bytesOf("02 02 0003 abcd 010203")),
  rr("APL", bytesOf("0001 18 03 c00002 0002 20 84 20010db8 0001 00 00")),
  rr("NID", u16(10), bytesOf("0014 4fff ff20 ee64")),
  rr("L64", u16(10), bytesOf("2001 0db8 1140 1000")),
  rr("L32", u16(10), bytesOf("c0000201")),
  rr("EUI48", bytesOf("00005e00532a")),
  rr("EUI64", bytesOf("00005eef10000 02a")),
  rr("EID", RAW),
  rr("NIMLOC", RAW),
  rr("URI", u16(10, 1), utf8('https://x.test/"q"?a=b c')),
  rr("CAA", bytesOf("80"), text("issue"), utf8('ca.test; a="b"')),
  rr("SVCB", u16(0), name("svc.test")),
  rr(
    "HTTPS",
    u16(1),
    name("."),
    bytesOf("0001 0006 0268320268 33".replace("68 33", "6833")),
    bytesOf("0003 0002 01bb"),
  ),
  rr(
    "HTTPS",
    u16(1),
    name("."),
    bytesOf("0000 0004 0001 0004"),
    bytesOf("0001 0003 026833"),
    bytesOf("0004 0008 c0000201c0000202"),
  ),
  rr(
    "SVCB",
    u16(1),
    name("."),
    bytesOf("0001 0007 06 61 2c 62 5c 22 20"),
    bytesOf("0002 0000"),
    bytesOf("0005 0004 01020304"),
  ),
  rr(
    "SVCB",
    u16(1),
    name("."),
    bytesOf("0006 0010 20010db8000000000000000000000001"),
    bytesOf("0007 0004 2f717b7d"),
    bytesOf("0008 0000"),
  ),
  rr("SVCB", u16(1), name("."), bytesOf("ff00 0006 61 22 20 5c 3b 07")),
  rr("NULL", utf8("any thing")),
  { type: 65280, rdata: RAW },
  { type: 65280, class: 3, rdata: new Uint8Array() },
  { type: typeOf("ATMA"), rdata: RAW },
  { type: typeOf("A"), class: 255, rdata: Uint8Array.of(192, 0, 2, 1) },
  { type: typeOf("A"), class: 77, ttl: 4294967295, rdata: Uint8Array.of(192, 0, 2, 1) },
  { type: typeOf("TXT"), class: 3, name: "version.bind", rdata: text("9.18") },
  // No data at all, and data that ends early.
  ...["A", "AAAA", "MX", "SOA", "TXT", "NAPTR", "SRV", "CAA", "NSEC", "DS", "DNSKEY", "RRSIG", "TLSA", "URI", "CNAME"]
    .map((type) => rr(type)),
  rr("MX", u16(10)),
  rr("SRV", u16(1, 2)),
  rr("SOA", name("a.test")),
];

/** Text of the one record of an answer, or why it cannot be read. */
function textOf(bytes: Uint8Array): string {
  try {
    return parseMessage(bytes).answer[0]?.text ?? "";
  } catch (error) {
    return String(error);
  }
}

testWith("parseMessage: prints records of all types as blackbox_exporter does", [PEER], async (path) => {
  const modules = {
    dns: {
      prober: "dns",
      dns: { query_name: "www.probe.test", transport_protocol: "tcp", preferred_ip_protocol: "ip4" },
    },
  };
  await using peer = await startBlackbox(path(PEER), modules, ["--log.prober=debug"]);
  let answer: readonly WireRecord[] = [];
  await using server = await nameServer(() => [{ answer }]);
  const differences: [string, string][] = [];
  for (const record of RECORDS) {
    answer = [record];
    const question = { name: "www.probe.test.", type: 255, class: 1 };
    const own = textOf(encodeMessage({ question, answer }));
    const page = await peer.probe("dns", `127.0.0.1:${server.port}`);
    const theirs = judgedRecords(page)[0] ?? /Error while sending a DNS query.*/.exec(page)?.[0] ?? page;
    if (own !== theirs) differences.push([own, theirs]);
  }
  assert.deepEqual(differences, []);
});
