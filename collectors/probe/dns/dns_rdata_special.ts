/**
 * Data of records that is more than a sequence of simple parts.
 *
 * @module
 */

import { base64, escapeByte, escapeBytes, hex, list, type WireReader } from "./dns_wire.ts";

/** An address of IPv4. */
export function ip4(bytes: Uint8Array): string {
  return bytes.join(".");
}

/** An address of IPv6, shortened as RFC 5952 has it; one that wraps IPv4 shows it. */
export function ip6(bytes: Uint8Array): string {
  const wraps = bytes.subarray(0, 10).every((byte) => byte === 0) && bytes[10] === 255 && bytes[11] === 255;
  if (wraps) return `::ffff:${ip4(bytes.subarray(12))}`;
  const groups = Array.from({ length: 8 }, (_, i) => ((bytes[2 * i] ?? 0) << 8 | (bytes[2 * i + 1] ?? 0)).toString(16));
  const [longest = ""] = [...groups.join(":").matchAll(/(?<![0-9a-f])0(?::0)+(?![0-9a-f])/g)].map(([run]) => run)
    .sort((a, b) => b.length - a.length);
  return longest === "" ? groups.join(":") : groups.join(":").replace(new RegExp(`(?:^|:)${longest}(?:$|:)`), "::");
}

const CERTIFICATE_KINDS: ReadonlyMap<number, string> = new Map([
  ...["PKIX", "SPKI", "PGP", "IPIX", "ISPKI", "IPGP", "ACPKIX", "IACPKIX"].map((kind, i) => [i + 1, kind] as const),
  [253, "URI"],
  [254, "OID"],
]);
const ALGORITHMS: ReadonlyMap<number, string> = new Map([
  [1, "RSAMD5"],
  [2, "DH"],
  [3, "DSA"],
  [5, "RSASHA1"],
  [6, "DSA-NSEC3-SHA1"],
  [7, "RSASHA1-NSEC3-SHA1"],
  [8, "RSASHA256"],
  [10, "RSASHA512"],
  [12, "ECC-GOST"],
  [13, "ECDSAP256SHA256"],
  [14, "ECDSAP384SHA384"],
  [15, "ED25519"],
  [16, "ED448"],
  [252, "INDIRECT"],
  [253, "PRIVATEDNS"],
  [254, "PRIVATEOID"],
]);

/** `CERT` (RFC 4398). */
export function certificate(reader: WireReader): string {
  const [kind, tag, algorithm] = [reader.u16(), reader.u16(), reader.u8()];
  const names = [CERTIFICATE_KINDS.get(kind) ?? kind, tag, ALGORITHMS.get(algorithm) ?? algorithm];
  return [...names, base64(reader.bytes())].join(" ");
}

/** The gateway of {@linkcode ipsecKey} and {@linkcode relay}, which says what it is. */
function gateway(kind: number, reader: WireReader): string {
  switch (kind) {
    case 1:
      return ip4(reader.bytes(4));
    case 2:
      return ip6(reader.bytes(16));
    case 3:
      return reader.name();
    default:
      return ".";
  }
}

/** `IPSECKEY` (RFC 4025). */
export function ipsecKey(reader: WireReader): string {
  const [precedence, kind, algorithm] = [reader.u8(), reader.u8(), reader.u8()];
  return [precedence, kind, algorithm, gateway(kind, reader), base64(reader.bytes())].join(" ");
}

/** `AMTRELAY` (RFC 8777). */
export function relay(reader: WireReader): string {
  const [precedence, kind] = [reader.u8(), reader.u8()];
  return [precedence, kind >> 7, kind & 0x7f, gateway(kind & 0x7f, reader)].join(" ");
}

/** `HIP` (RFC 8005). */
export function hostIdentity(reader: WireReader): string {
  const [tagBytes, algorithm, keyBytes] = [reader.u8(), reader.u8(), reader.u16()];
  const parts = [algorithm, hex(reader.bytes(tagBytes)), base64(reader.bytes(keyBytes))];
  const servers = list(reader, (rest) => rest.name());
  return [...parts, ...servers === undefined ? [] : [servers]].join(" ");
}

/** `APL` (RFC 3123). */
export function addressPrefixes(reader: WireReader): string | undefined {
  return list(reader, (rest) => {
    const [family, bits, length] = [rest.u16(), rest.u8(), rest.u8()];
    const bytes = new Uint8Array(family === 1 ? 4 : 16);
    const given = rest.bytes(length & 0x7f);
    if ((family !== 1 && family !== 2) || given.length > bytes.length) {
      throw new SyntaxError("Cannot read record of type APL: an address of no family");
    }
    bytes.set(given);
    return `${length & 0x80 ? "!" : ""}${family}:${family === 1 ? ip4(bytes) : ip6(bytes)}/${bits}`;
  });
}

/** Thousandths of a second of arc at the equator and at the prime meridian. */
const ORIGIN = 2 ** 31;
const LOWEST_METERS = 100_000;

/** `LOC` (RFC 1876). */
export function location(reader: WireReader): string {
  reader.u8();
  const [size, horizontal, vertical] = [reader.u8(), reader.u8(), reader.u8()];
  const latitude = angle(reader.u32(), "N", "S");
  const longitude = angle(reader.u32(), "E", "W");
  const centimeters = reader.u32();
  const altitude = (centimeters / 100 - LOWEST_METERS).toFixed(centimeters % 100 === 0 ? 0 : 2);
  const sizes = [size, horizontal, vertical].map((byte) => `${meters(byte)}m`);
  return [latitude, longitude, `${altitude}m`, ...sizes].join(" ");
}

function angle(value: number, ahead: string, behind: string): string {
  const left = Math.abs(value - ORIGIN);
  const degrees = Math.floor(left / 3_600_000);
  const minutes = Math.floor(left % 3_600_000 / 60_000);
  const pad = (number: number) => String(number).padStart(2, "0");
  const seconds = (left % 60_000 / 1000).toFixed(3);
  return `${pad(degrees)} ${pad(minutes)} ${seconds} ${value > ORIGIN ? ahead : behind}`;
}

/** Centimeters as a digit and a power of ten. */
function meters(byte: number): string {
  const [digit, power] = [byte >> 4, byte & 0xf];
  return power < 2 ? `0.${String(digit * 10 ** power).padStart(2, "0")}` : `${digit}${"0".repeat(power - 2)}`;
}

const PARAMETERS = ["mandatory", "alpn", "no-default-alpn", "port", "ipv4hint", "ech", "ipv6hint", "dohpath", "ohttp"];
const parameterName = (key: number) => PARAMETERS[key] ?? `key${key}`;
const CONFUSING = new Set(new TextEncoder().encode('"; \\'));

/** Parameters of `SVCB` and `HTTPS` (RFC 9460). */
export function serviceParameters(reader: WireReader): string | undefined {
  return list(reader, (rest) => {
    const key = rest.u16();
    return `${parameterName(key)}="${parameterValue(key, rest.part(rest.u16()))}"`;
  });
}

function parameterValue(key: number, value: WireReader): string {
  const listed = (item: () => string) => (list(value, item) ?? "").replaceAll(" ", ",");
  switch (key) {
    case 0:
      return listed(() => parameterName(value.u16()));
    case 1:
      return protocols(value);
    case 3:
      return String(value.u16());
    case 4:
      return listed(() => ip4(value.bytes(4)));
    case 5:
      return base64(value.bytes());
    case 6:
      return listed(() => ip6(value.bytes(16)));
    default:
      return escapeBytes(value.bytes(), CONFUSING);
  }
}

/** Names of protocols; a comma or a backslash in one is escaped twice. */
function protocols(value: WireReader): string {
  const names: string[] = [];
  while (value.left > 0) {
    const name = [...value.counted()].map((byte) => {
      if (byte === 0x2c || byte === 0x5c) return `\\\\${escapeByte(byte)}`;
      return escapeBytes(Uint8Array.of(byte), CONFUSING);
    });
    names.push(name.join(""));
  }
  return names.join(",");
}

const OPTIONS: ReadonlyMap<number, string> = new Map([[3, "NSID"], [10, "COOKIE"], [12, "PADDING"]]);

/** Options of `OPT` (RFC 6891), a line each; those that few servers send are shown by their number. */
export function edns(reader: WireReader): string | undefined {
  const lines: string[] = [];
  while (reader.left > 0) {
    const code = reader.u16();
    const bytes = reader.bytes(reader.u16());
    const name = OPTIONS.get(code);
    const letters = code === 3 ? `  ${[...bytes].map((byte) => `(${String.fromCharCode(byte)})`).join("")}` : "";
    lines.push(name === undefined ? `\n; LOCAL OPT: ${code}:0x${hex(bytes)}` : `\n; ${name}: ${hex(bytes)}${letters}`);
  }
  return lines.join("");
}
