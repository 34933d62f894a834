/**
 * From a name to one address, chosen as blackbox_exporter does by default: IPv6 if there is any, otherwise IPv4.
 *
 * @module
 */

import { lookup } from "node:dns";
import { isIP } from "node:net";
import { type Address, ProbeError } from "./result.ts";

/**
 * The address of `host`, by the system's resolver; an address stands for itself.
 *
 * @throws {ProbeError} `dns`, if the name has no address
 * @throws the resolver's error, or the reason for which `signal` aborted
 */
export async function resolveHost(host: string, signal: AbortSignal): Promise<Address> {
  signal.throwIfAborted();
  const literal = isIP(host);
  const address = preferred(literal ? [{ address: host, family: literal }] : await lookUp(host, signal));
  if (!address) throw new ProbeError("dns", `${host} has no address`);
  return address;
}

/** One answer of the resolver. */
export interface Found {
  /** The address's text. */
  readonly address: string;
  /** 4 or 6. */
  readonly family: number;
}

/** The system's resolver cannot be stopped: on abort its answer is awaited by nobody. */
function lookUp(host: string, signal: AbortSignal): Promise<readonly Found[]> {
  const { promise, resolve, reject } = Promise.withResolvers<readonly Found[]>();
  const abort = () => reject(signal.reason);
  signal.addEventListener("abort", abort);
  lookup(host, { all: true, verbatim: true }, (error, found) => error ? reject(error) : resolve(found));
  return promise.finally(() => signal.removeEventListener("abort", abort));
}

/** The first IPv6 address, or else, as the peer has it, the last IPv4 address. */
export function preferred(found: readonly Found[]): Address | undefined {
  const ip6 = found.find(({ address, family }) => family === 6 && !isMapped(address));
  if (ip6) return { ip: ip6.address, family: 6 };
  const ip4 = found.at(-1);
  return ip4 && { ip: ip4.address, family: 4 };
}

/** Whether an IPv6 address only wraps one of IPv4, for which it then counts. */
function isMapped(ip: string): boolean {
  const bytes = addressBytes(ip);
  return bytes.length === 4;
}

/** The 4 or 16 bytes of an address; 4 also of an IPv4 address wrapped in IPv6. */
export function addressBytes(ip: string): Uint8Array {
  if (!ip.includes(":")) return Uint8Array.from(ip.split("."), Number);
  const plain = ip.replace(/%.*$/, "").replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, a, b, c, d) => {
    const hex = (high: string, low: string) => (Number(high) * 256 + Number(low)).toString(16);
    return `${hex(a, b)}:${hex(c, d)}`;
  });
  const [head = "", tail] = plain.split("::");
  const left = head.split(":").filter(Boolean);
  const right = (tail ?? "").split(":").filter(Boolean);
  const groups = [...left, ...Array.from({ length: 8 - left.length - right.length }, () => "0"), ...right];
  const bytes = Uint8Array.from(groups.flatMap((group) => [parseInt(group, 16) >> 8, parseInt(group, 16) & 255]));
  const wraps = bytes.subarray(0, 10).every((byte) => byte === 0) && bytes[10] === 255 && bytes[11] === 255;
  return wraps ? bytes.slice(12) : bytes;
}

/** The number by which an address is told from another: 32-bit FNV-1a of its bytes, as blackbox_exporter has it. */
export function addressHash(ip: string): number {
  let hash = 0x811c9dc5;
  for (const byte of addressBytes(ip)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}
