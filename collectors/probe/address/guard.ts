/**
 * Which addresses may be connected to.
 *
 * @module
 */

import { isIP } from "node:net";
import { addressBytes } from "./address.ts";
import { type Address, ProbeError } from "../result.ts";

/** A range of addresses. */
export interface Network {
  /** Bytes of its first address: 4, also of IPv4 wrapped in IPv6, or 16. */
  readonly bytes: Uint8Array;
  /** Bits that an address shares with it. */
  readonly bits: number;
}

/**
 * Reads an address or a range, as `192.0.2.0/24`, `2001:db8::/32` or `::1`.
 *
 * @throws {SyntaxError} if `text` is neither
 */
export function parseNetwork(text: string): Network {
  const [address = "", length, ...rest] = text.split("/");
  const refuse = (reason: string) => new SyntaxError(`Cannot use network ${JSON.stringify(text)}: ${reason}`);
  if (isIP(address) === 0 || address.includes("%") || rest.length > 0) {
    throw refuse('expected the form "192.0.2.0/24" or "2001:db8::/32"');
  }
  const bytes = addressBytes(address);
  const wrapped = address.includes(":") && bytes.length === 4 ? 96 : 0;
  const bits = length === undefined ? bytes.length * 8 : Number(length) - wrapped;
  if (!/^\d{1,3}$/.test(length ?? "0") || bits < 0 || bits > bytes.length * 8) {
    throw refuse(`expected a length from ${wrapped} to ${wrapped + bytes.length * 8}`);
  }
  return { bytes, bits };
}

/** Whether an address lies in a network; one of IPv4 is the same wrapped in IPv6. */
export function lies(ip: string, network: Network): boolean {
  return within(addressBytes(ip), network);
}

function within(own: Uint8Array, { bytes, bits }: Network): boolean {
  if (own.length !== bytes.length) return false;
  for (let i = 0; i * 8 < bits; i++) {
    const mask = 0xff & (0xff << Math.max(0, 8 - (bits - i * 8)));
    if (((own[i] ?? 0) & mask) !== ((bytes[i] ?? 0) & mask)) return false;
  }
  return true;
}

/** Bytes with which an IPv6 address begins that leads to the IPv4 address in its last four: deprecated forms, NAT64. */
const LEADS_TO_LAST: readonly (readonly number[])[] = [
  Array.from({ length: 12 }, () => 0), // IPv4-compatible, RFC 4291
  [0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 0, 0], // IPv4-translated, RFC 2765
  [0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0], // NAT64, RFC 6052
  [0, 0x64, 0xff, 0x9b, 0, 1], // NAT64 of a local network, RFC 8215
];
const LOOPBACK_4 = Uint8Array.of(127, 0, 0, 1);
const LOOPBACK_6 = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1);

/** Where a connection to an address can end: at itself, and at what it stands for. */
function ends(ip: string): readonly Uint8Array[] {
  const own = addressBytes(ip);
  const begins = (bytes: readonly number[]) => bytes.every((byte, i) => own[i] === byte);
  if (own.length === 4) return own[0] === 0 ? [own, LOOPBACK_4] : [own];
  // The unspecified address connects to this host.
  if (own.every((byte) => byte === 0)) return [own, LOOPBACK_6, LOOPBACK_4];
  const found = [own];
  if (LEADS_TO_LAST.some(begins)) found.push(own.slice(12));
  if (begins([0x20, 0x02])) found.push(own.slice(2, 6)); // 6to4, RFC 3056
  if (begins([0x20, 0x01, 0, 0])) found.push(own.slice(12).map((byte) => byte ^ 255)); // Teredo, RFC 4380
  return found;
}

/** Which addresses may be connected to, as the configuration has them. */
export interface AdmissionRules {
  /** The only networks; empty: all. */
  readonly allow: readonly string[];
  /** Those that may not. */
  readonly deny: readonly string[];
}

/** Reading the networks takes as long as a quarter of a probe. */
const known = new WeakMap<AdmissionRules, (address: Address) => void>();

/**
 * What judges each address before it is connected to; it throws a {@linkcode ProbeError} `refused` of one that may not be.
 *
 * @throws {SyntaxError} if an entry is no network
 */
export function admission(rules: AdmissionRules): (address: Address) => void {
  const before = known.get(rules);
  if (before) return before;
  const allowed = rules.allow.map(parseNetwork);
  const denied = rules.deny.map(parseNetwork);
  const admit = ({ ip }: Address) => {
    if (denied.length > 0 && ends(ip).some((end) => denied.some((network) => within(end, network)))) {
      throw new ProbeError("refused", `${ip} is denied by "probe.deny"`);
    }
    if (allowed.length === 0 || allowed.some((network) => lies(ip, network))) return;
    throw new ProbeError("refused", `${ip} is not among "probe.allow"`);
  };
  known.set(rules, admit);
  return admit;
}
