/**
 * Addresses of network devices: rtnetlink(7), of both versions of IP.
 *
 * @module
 */

import { addressOf, attributes, bytesOf, deviceNames, table, u32, u8 } from "../../src/netlink.ts";
import type { SystemCalls } from "../../src/system_calls.ts";

/** linux/rtnetlink.h, linux/if_addr.h: addresses, their header, and the two that an entry may have. */
const RTM_GETADDR = 22;
const HEADER_BYTES = 8;
const IFA_ADDRESS = 1;
const IFA_LOCAL = 2;

/** An address of a device. */
export interface DeviceAddress {
  /** As it is written. */
  readonly address: string;
  /** Length of its network's prefix. */
  readonly prefixLength: number;
  /** How far it reaches, in the peer's words; empty for none of them. */
  readonly scope: "link-local" | "interface-local" | "global" | "";
}

/**
 * Addresses by the name of their device.
 *
 * @throws {SyntaxError} if the kernel's answer breaks the format
 * @throws {Error} if the kernel does not answer, or refuses
 */
export async function addressesByDevice(calls: SystemCalls): Promise<ReadonlyMap<string, readonly DeviceAddress[]>> {
  const names = await deviceNames(calls);
  const addresses = new Map<string, DeviceAddress[]>();
  for (const body of await table(calls, RTM_GETADDR, new Uint8Array(HEADER_BYTES))) {
    const device = names.get(u32(body, 4));
    const address = parseAddress(body);
    if (device === undefined || !address) continue;
    const others = addresses.get(device) ?? [];
    others.push(address);
    addresses.set(device, others);
  }
  return addresses;
}

/**
 * Parses an entry of the kernel's table of addresses; `undefined` for one without an address. Of a link between two points
 * it has both ends, and the near one counts.
 *
 * @throws {SyntaxError} if it is cut off, or an address has the length of none
 */
export function parseAddress(body: DataView): DeviceAddress | undefined {
  const all = new Map([...attributes(body, HEADER_BYTES)].map(({ type, value }) => [type, value]));
  const value = all.get(IFA_LOCAL) ?? all.get(IFA_ADDRESS);
  return value && { address: addressOf(value), prefixLength: u8(body, 1), scope: scopeOf(bytesOf(value)) };
}

/** As node_exporter tells it from the address, whatever scope the kernel has for it; loopback is link-local to it. */
function scopeOf(bytes: Uint8Array): DeviceAddress["scope"] {
  return bytes.length === 4 ? scopeOfVersion4(bytes) : scopeOfVersion6(bytes);
}

function scopeOfVersion4(bytes: Uint8Array): DeviceAddress["scope"] {
  const [first = 0, second = 0, third = 0] = bytes;
  if (first === 127 || (first === 169 && second === 254)) return "link-local";
  if (first === 224 && second === 0 && third === 0) return "link-local";
  const isMulticast = first >= 224 && first < 240;
  const isForNone = bytes.every((byte) => byte === 0);
  const isForAll = bytes.every((byte) => byte === 255);
  return isMulticast || isForNone || isForAll ? "" : "global";
}

function scopeOfVersion6(bytes: Uint8Array): DeviceAddress["scope"] {
  const [first = 0, second = 0] = bytes;
  if (bytes.every((byte) => byte === 0)) return "";
  const isLoopback = bytes.every((byte, i) => byte === (i === 15 ? 1 : 0));
  if (isLoopback || (first === 0xfe && second >= 0x80 && second < 0xc0)) return "link-local";
  if (first !== 0xff) return "global";
  const reach = second & 0x0f;
  return reach === 2 ? "link-local" : reach === 1 ? "interface-local" : "";
}
