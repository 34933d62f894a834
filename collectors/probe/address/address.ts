/**
 * From a name to the addresses that are probed, chosen as blackbox_exporter chooses.
 *
 * @module
 */

import { isIP } from "node:net";
import { asciiName, showName } from "./host_name.ts";
import type { AddressChoice } from "../module.ts";
import type { ProbeTools } from "../prober.ts";
import { type Address, ProbeError } from "../result.ts";
import { SYSTEM_RESOLVER } from "./system_resolver.ts";

/** At least one address. */
export type Addresses = readonly [Address, ...Address[]];

/** Addresses of one name that are probed: an answer that is not our own must not keep us busy. */
const MOST_ADDRESSES = 64;

/**
 * The addresses of `host` that are to be probed, the first one first: one, or with `all` and `any` each once. An address
 * stands for itself, with its zone; one of IPv4 wrapped in IPv6 is one of IPv4.
 *
 * @throws {ProbeError} `dns`, if there is none, or with `all` too many
 * @throws the reason for which `signal` aborted
 */
export async function resolveAddresses(
  host: string,
  choice: AddressChoice,
  tools: Pick<ProbeTools, "clock" | "scope" | "trace">,
  signal: AbortSignal,
): Promise<Addresses> {
  signal.throwIfAborted();
  const { trace } = tools;
  trace.note("debug", "Resolving target address", { target: host, ip_protocol: `ip${choice.preferred}` });
  try {
    const found = await lookUp(host, choice, tools, signal);
    const chosen = choose(found, choice);
    if (!chosen) throw new ProbeError("dns", `address ${showName(host)}: no suitable address found`);
    if (choice.resolve === "all" && chosen.length > MOST_ADDRESSES) {
      throw new ProbeError("dns", `${showName(host)} has more than ${MOST_ADDRESSES} addresses`);
    }
    for (const { ip } of chosen) trace.note("debug", "Resolved target address", { target: host, ip });
    const [first, ...others] = chosen;
    return [first, ...others.slice(0, MOST_ADDRESSES - 1)];
  } catch (error) {
    if (error instanceof ProbeError) {
      trace.note("error", "Resolution with IP protocol failed", { target: host, err: error.message });
    }
    throw error;
  }
}

async function lookUp(
  host: string,
  choice: AddressChoice,
  { clock, scope }: Pick<ProbeTools, "clock" | "scope">,
  signal: AbortSignal,
): Promise<readonly Address[]> {
  const family = isIP(host);
  if (family === 4 || family === 6) return [{ ip: host, family }];
  const name = asciiName(host);
  const { dnsServer } = choice;
  if (dnsServer === undefined) return await SYSTEM_RESOLVER.of(scope).addresses(name, signal);
  const { askNameServer } = await import("./name_server.ts");
  return await askNameServer(dnsServer, name, choice, clock, signal);
}

/**
 * What `choice` makes of all addresses of a name; `undefined` if none will do. `first`: the first of the preferred family,
 * or else, as the peer has it, the *last* of the other. `all` and `any`: each once, the preferred family first.
 */
export function choose(
  found: readonly Address[],
  { preferred, fallback, resolve }: Pick<AddressChoice, "preferred" | "fallback" | "resolve">,
): Addresses | undefined {
  const plain = found.map(unwrapped).filter(({ ip }, i, all) => i === all.findIndex((other) => other.ip === ip));
  const wanted = plain.filter(({ family }) => family === preferred);
  const others = fallback ? plain.filter(({ family }) => family !== preferred) : [];
  const one = wanted[0] ?? others.at(-1);
  const [first, ...more] = resolve === "first" && one ? [one] : [...wanted, ...others];
  return first && [first, ...more];
}

function unwrapped(address: Address): Address {
  if (address.family === 4) return address;
  const bytes = addressBytes(address.ip);
  return bytes.length === 4 ? { ip: bytes.join("."), family: 4 } : address;
}

/** The 4 or 16 bytes of an address; 4 also of an IPv4 address wrapped in IPv6. */
export function addressBytes(ip: string): Uint8Array {
  if (!ip.includes(":")) return new Uint8Array(ip.split(".").map(Number));
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
