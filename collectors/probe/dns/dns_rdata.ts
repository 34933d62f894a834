/**
 * The data of records as zone files have it, in the very form of blackbox_exporter's library: rules of modules are patterns
 * over this text.
 *
 * @module
 */

import { DNS_TYPES, typeName } from "./dns_names.ts";
import {
  addressPrefixes,
  certificate,
  edns,
  hostIdentity,
  ip4,
  ip6,
  ipsecKey,
  location,
  relay,
  serviceParameters,
} from "./dns_rdata_special.ts";
import { base64, escapeBytes, hex, list, quote, type WireReader } from "./dns_wire.ts";

/** Reads one part of a record's data; `undefined` for a list without items, which leaves no blank behind either. */
type Field = (reader: WireReader) => string | undefined;

/** A part that a record may leave out with all that would follow: it then prints as `absent`. */
function field(absent: string, read: (reader: WireReader) => string): Field {
  return (reader) => reader.left === 0 ? absent : read(reader);
}

const QUOTES = new Set([0x22, 0x5c]);
const u8 = field("0", (reader) => String(reader.u8()));
const u16 = field("0", (reader) => String(reader.u16()));
const u32 = field("0", (reader) => String(reader.u32()));
const name = field("", (reader) => reader.name());
const address4 = field("", (reader) => ip4(reader.bytes(4)));
const address6 = field("", (reader) => ip6(reader.bytes(16)));
const text = field('""', (reader) => quote(reader.counted()));
const word = field("", (reader) => escapeBytes(reader.counted(), QUOTES));
const octets = field('""', (reader) => quote(reader.bytes()));
const raw = field("", (reader) => String.fromCharCode(...reader.bytes()));
const lower = field("", (reader) => hex(reader.bytes()));
const upper = field("", (reader) => hex(reader.bytes()).toUpperCase());
const chunks = field("", (reader) => (hex(reader.bytes()).match(/.{1,1024}/g) ?? []).join(" "));
const rest64 = field("", (reader) => base64(reader.bytes()));
const salt = field("-", (reader) => hex(reader.counted()).toUpperCase() || "-");
const hash = field("", (reader) => base32(reader.counted()));
const type = field("None", (reader) => typeName(reader.u16()));
const time = field("19700101000000", (reader) => timeText(reader.u32()));
const node64 = field("0000:0000:0000:0000", (reader) => grouped(reader.bytes(8), /.{4}/g, ":"));
const locator64 = field("0000:0000:0000:0000", (reader) => grouped(reader.bytes(8), /.{4}/g, ":").toUpperCase());
const mac48 = field("00-00-00-00-00-00", (reader) => grouped(reader.bytes(6), /../g, "-"));
const mac64 = field("00-00-00-00-00-00-00-00", (reader) => grouped(reader.bytes(8), /../g, "-"));
const texts: Field = (reader) => list(reader, (items) => quote(items.counted()));
const types: Field = (reader) => list(reader, typeWindow);

/** What records of these types hold, in order. */
const LAYOUTS: ReadonlyMap<number, readonly Field[]> = byNumber({
  "A": [address4],
  "AAAA": [address6],
  "NS MD MF CNAME MB MG MR PTR DNAME NSAP-PTR": [name],
  "MINFO RP TALINK": [name, name],
  "SOA": [name, name, u32, u32, u32, u32, u32],
  "MX AFSDB RT KX LP": [u16, name],
  "PX": [u16, name, name],
  "SRV": [u16, u16, u16, name],
  "NAPTR": [u16, u16, text, text, text, name],
  "TXT SPF AVC NINFO": [texts],
  "HINFO ISDN": [text, text],
  "UINFO": [text],
  "X25": [word],
  "GPOS": [word, word, word],
  "UID GID": [u32],
  "LOC": [location],
  "SIG RRSIG": [type, u8, u8, u32, time, time, u16, name, rest64],
  "KEY DNSKEY CDNSKEY RKEY": [u16, u8, u8, rest64],
  "DS CDS DLV TA": [u16, u8, u8, upper],
  "NSEC NXT": [name, types],
  "NSEC3": [u8, u8, u16, salt, hash, types],
  "NSEC3PARAM": [u8, u8, u16, salt],
  "TLSA": [u8, u8, u8, lower],
  "SMIMEA": [u8, u8, u8, chunks],
  "SSHFP": [u8, u8, upper],
  "CERT": [certificate],
  "OPENPGPKEY DHCID": [rest64],
  "CSYNC": [u32, u16, types],
  "ZONEMD": [u32, u8, u8, lower],
  "IPSECKEY": [ipsecKey],
  "AMTRELAY": [relay],
  "HIP": [hostIdentity],
  "APL": [addressPrefixes],
  "NID": [u16, node64],
  "L64": [u16, locator64],
  "L32": [u16, address4],
  "EUI48": [mac48],
  "EUI64": [mac64],
  "EID NIMLOC": [upper],
  "URI": [u16, u16, octets],
  "CAA": [u8, word, octets],
  "SVCB HTTPS": [u16, name, serviceParameters],
  "OPT": [edns],
  "NULL": [raw],
});

function byNumber(layouts: Readonly<Record<string, readonly Field[]>>): ReadonlyMap<number, readonly Field[]> {
  const pairs = Object.entries(layouts).flatMap(([names, fields]) =>
    names.split(" ").map((name) => ({ name, fields }))
  );
  return new Map(pairs.map(({ name, fields }) => [DNS_TYPES.get(name) ?? NaN, fields]));
}

/**
 * The text of a record's data; `undefined` for a type of which nothing is known.
 *
 * @throws {SyntaxError} if the data is not what the type demands
 */
export function rdataText(type: number, rdata: WireReader): string | undefined {
  const parts = LAYOUTS.get(type)?.map((read) => read(rdata));
  return parts?.filter((part) => part !== undefined).join(" ");
}

/** One window of a bitmap of types (RFC 4034). */
function typeWindow(reader: WireReader): string | undefined {
  const window = reader.u8();
  const bits = reader.counted();
  const found: string[] = [];
  for (const [i, byte] of bits.entries()) {
    for (let bit = 0; bit < 8; bit++) if (byte & 0x80 >> bit) found.push(typeName(window * 256 + i * 8 + bit));
  }
  return found.length > 0 ? found.join(" ") : undefined;
}

/** Unix time as `20060102150405`. */
function timeText(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace(/\.\d+Z|[-T:]/g, "");
}

function grouped(bytes: Uint8Array, group: RegExp, separator: string): string {
  return (hex(bytes).match(group) ?? []).join(separator);
}

const BASE32 = "0123456789ABCDEFGHIJKLMNOPQRSTUV";

/** The alphabet of hashes of names (RFC 4648, "extended hex"), without padding. */
function base32(bytes: Uint8Array): string {
  let text = "";
  let bits = 0;
  let held = 0;
  for (const byte of bytes) {
    held = (held << 8 | byte) & 0xfff;
    for (bits += 8; bits >= 5;) text += BASE32[held >> (bits -= 5) & 31];
  }
  return bits > 0 ? text + BASE32[held << (5 - bits) & 31] : text;
}
