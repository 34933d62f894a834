/**
 * Structures of sendmsg(2) and recvmsg(2) on 64-bit Linux, in the processor's byte order, which is little-endian on every
 * processor that the runtimes are built for.
 *
 * @module
 */

import type { IcmpReport } from "../system_calls.ts";

/** sys/socket.h: `struct msghdr` of what lies in four buffers. */
export const MESSAGE_BYTES = 56;
/** `struct sockaddr_in6`, the longer of the two. */
export const NAME_BYTES = 28;
const NAME4_BYTES = 16;
const CONTROL_HEADER_BYTES = 16;

// sys/socket.h, linux/in.h, linux/in6.h: families, levels and types of control messages.

/** Family of IPv4. */
export const AF_INET = 2;
/** Family of IPv6. */
export const AF_INET6 = 10;
/** Level of IPv4. */
export const SOL_IP = 0;
/** Level of all sockets. */
export const SOL_SOCKET = 1;
/** Level of IPv6. */
export const SOL_IPV6 = 41;
/** When a packet was received. */
export const SO_TIMESTAMPNS = 35;
/** Hops of a packet of IPv4. */
export const IP_TTL = 2;
/** Source of a packet of IPv4. */
export const IP_PKTINFO = 8;
/** Error of a packet of IPv4. */
export const IP_RECVERR = 11;
/** Error of a packet of IPv6. */
export const IPV6_RECVERR = 25;
/** Source of a packet of IPv6. */
export const IPV6_PKTINFO = 50;
/** Hops of a packet of IPv6. */
export const IPV6_HOPLIMIT = 52;
/** linux/errqueue.h: an error that a packet of ICMP or ICMPv6 told. */
const SO_EE_ORIGIN_ICMP = 2;
const SO_EE_ORIGIN_ICMP6 = 3;

/** Places in memory, and how many bytes there are at each. */
export interface MessagePlaces {
  /** Of the address. */
  readonly name: bigint;
  /** Of the address. */
  readonly nameBytes: number;
  /** Of one `struct iovec`. */
  readonly vector: bigint;
  /** Of control messages. */
  readonly control: bigint;
  /** Of control messages. */
  readonly controlBytes: number;
}

/** Fills in `struct msghdr`. */
export function writeMessage(view: DataView, { name, nameBytes, vector, control, controlBytes }: MessagePlaces): void {
  view.setBigUint64(0, name, true);
  view.setBigUint64(8, BigInt(nameBytes), true);
  view.setBigUint64(16, vector, true);
  view.setBigUint64(24, 1n, true);
  view.setBigUint64(32, control, true);
  view.setBigUint64(40, BigInt(controlBytes), true);
  view.setBigUint64(48, 0n, true);
}

/** Bytes of control messages that `struct msghdr` tells of after recvmsg. */
export function controlLength(view: DataView): number {
  return Number(view.getBigUint64(40, true));
}

/** `struct sockaddr_in` or `struct sockaddr_in6` of an address of 4 or 16 bytes. */
export function socketAddress(address: Uint8Array, zone: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(address.length === 4 ? NAME4_BYTES : NAME_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, address.length === 4 ? AF_INET : AF_INET6, true);
  bytes.set(address, address.length === 4 ? 4 : 8);
  if (address.length === 16) view.setUint32(24, zone, true);
  return bytes;
}

/** The address in one of these structures; no bytes of any other. */
export function addressIn(name: Uint8Array): Uint8Array {
  const [low = 0, high = 0] = name;
  const family = high << 8 | low;
  return family === AF_INET ? name.slice(4, 8) : family === AF_INET6 ? name.slice(8, 24) : new Uint8Array();
}

/** A control message that has the packet sent from `source`, of 4 or 16 bytes. */
export function sourceControl(source: Uint8Array): Uint8Array<ArrayBuffer> {
  const isFour = source.length === 4;
  // struct in_pktinfo: device, local address, address of the header; struct in6_pktinfo: address, device.
  const length = CONTROL_HEADER_BYTES + (isFour ? 12 : 20);
  const bytes = new Uint8Array(length + (8 - length % 8) % 8);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(length), true);
  view.setInt32(8, isFour ? SOL_IP : SOL_IPV6, true);
  view.setInt32(12, isFour ? IP_PKTINFO : IPV6_PKTINFO, true);
  bytes.set(source, CONTROL_HEADER_BYTES + (isFour ? 4 : 0));
  return bytes;
}

/** What the control messages of a packet tell. */
export interface ControlFacts {
  /** What was left of its hops. */
  readonly hopLimit?: number;
  /** Unix time at which the kernel received it, in seconds and nanoseconds. */
  readonly received?: { readonly seconds: number; readonly nanoseconds: number };
  /** What ICMP says of a packet of ours. */
  readonly error?: IcmpReport;
}

/** Reads control messages; what is cut off or unknown is passed over. */
export function parseControl(bytes: Uint8Array): ControlFacts {
  const facts: { -readonly [K in keyof ControlFacts]: ControlFacts[K] } = {};
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let offset = 0; offset + CONTROL_HEADER_BYTES <= bytes.length;) {
    const length = Number(view.getBigUint64(offset, true));
    if (length < CONTROL_HEADER_BYTES || offset + length > bytes.length) break;
    const data = new DataView(
      view.buffer,
      view.byteOffset + offset + CONTROL_HEADER_BYTES,
      length - CONTROL_HEADER_BYTES,
    );
    const is = (level: number, type: number, size: number) =>
      view.getInt32(offset + 8, true) === level && view.getInt32(offset + 12, true) === type && data.byteLength >= size;
    if (is(SOL_IP, IP_TTL, 4) || is(SOL_IPV6, IPV6_HOPLIMIT, 4)) facts.hopLimit = data.getInt32(0, true);
    else if (is(SOL_SOCKET, SO_TIMESTAMPNS, 16)) facts.received = timeIn(data);
    else if (is(SOL_IP, IP_RECVERR, 16) || is(SOL_IPV6, IPV6_RECVERR, 16)) facts.error = errorIn(data);
    offset += length + (8 - length % 8) % 8;
  }
  return facts;
}

/** `struct timespec`. */
export function timeIn(view: DataView): { readonly seconds: number; readonly nanoseconds: number } {
  return { seconds: Number(view.getBigInt64(0, true)), nanoseconds: Number(view.getBigInt64(8, true)) };
}

/** `struct sock_extended_err`, and after it the address of who says it. */
function errorIn(data: DataView): IcmpReport | undefined {
  const origin = data.getUint8(4);
  if (origin !== SO_EE_ORIGIN_ICMP && origin !== SO_EE_ORIGIN_ICMP6) return undefined;
  const from = addressIn(new Uint8Array(data.buffer, data.byteOffset + 16, data.byteLength - 16));
  return { type: data.getUint8(5), code: data.getUint8(6), from };
}
