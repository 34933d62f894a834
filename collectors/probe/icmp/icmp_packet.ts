/**
 * Messages of ICMP and ICMPv6: RFC 792, RFC 4443.
 *
 * @module
 */

import type { IcmpMessage, IcmpReport, IcmpSocket } from "../../../src/system_calls.ts";

/** An echo request, or the reply to one. */
export interface Echo {
  /** 16 bits. */
  readonly identifier: number;
  /** 16 bits. */
  readonly sequence: number;
  /** What a reply sends back. */
  readonly payload: Uint8Array;
}

/** What somebody on the way says of an echo request of ours. */
export interface IcmpError extends IcmpReport {
  /** Of the request; the payload is as much of it as is quoted. */
  readonly about: Echo;
  /** Where the request went, 4 or 16 bytes. */
  readonly destination: Uint8Array;
}

/** What a message of ICMP may be to a prober. */
export type Heard = { readonly reply: Echo; readonly error?: undefined } | {
  readonly error: IcmpError;
  readonly reply?: undefined;
};

const HEADER_BYTES = 8;
const IPV4_HEADER_BYTES = 20;
const IPV6_HEADER_BYTES = 40;
const ICMP_PROTOCOL = { 4: 1, 6: 58 } as const;
const REQUEST = { 4: 8, 6: 128 } as const;
const REPLY = { 4: 0, 6: 129 } as const;
/** Types of errors. */
const ERRORS: Readonly<Record<4 | 6, readonly number[]>> = { 4: [3, 4, 11, 12], 6: [1, 2, 3, 4] };

/** RFC 1071: the sum of a message that is intact is 0. */
export function internetChecksum(bytes: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < bytes.length; i += 2) sum += (bytes[i] ?? 0) << 8 | (bytes[i + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 0x10000);
  return ~sum & 0xffff;
}

/** An echo request. That of ICMPv6 is without checksum: it counts the addresses too, which the kernel knows. */
export function echoRequest(family: 4 | 6, { identifier, sequence, payload }: Echo): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(HEADER_BYTES + payload.length);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, REQUEST[family]);
  view.setUint16(4, identifier);
  view.setUint16(6, sequence);
  bytes.set(payload, HEADER_BYTES);
  if (family === 4) view.setUint16(2, internetChecksum(bytes));
  return bytes;
}

/** What a message says to whoever sends echo requests; `undefined` if nothing, or if it is damaged. */
export function parseIcmp(family: 4 | 6, kind: IcmpSocket["kind"], message: IcmpMessage): Heard | undefined {
  if (message.error) {
    const { error: { type, code, from }, sender: destination } = message;
    const about = requestIn(family, message.bytes);
    return about && { error: { type, code, from, about, destination } };
  }
  const bytes = kind === "raw" && family === 4 ? packetIn(message.bytes) : message.bytes;
  if (!bytes || bytes.length < HEADER_BYTES) return undefined;
  // Raw sockets are given messages before the kernel has looked at them; those of ICMPv6 it has.
  if (family === 4 && internetChecksum(bytes) !== 0) return undefined;
  const [type = 0, code = 0] = bytes;
  if (type === REPLY[family]) return code === 0 ? { reply: echoIn(bytes) } : undefined;
  if (!ERRORS[family].includes(type)) return undefined;
  const quoted = bytes.subarray(HEADER_BYTES);
  const about = requestIn(family, family === 4 ? packetIn(quoted) : packet6In(quoted));
  const destination = family === 4 ? quoted.slice(16, 20) : quoted.slice(24, 40);
  return about && { error: { type, code, from: message.sender, about, destination } };
}

function echoIn(bytes: Uint8Array): Echo {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return { identifier: view.getUint16(4), sequence: view.getUint16(6), payload: bytes.subarray(HEADER_BYTES) };
}

function requestIn(family: 4 | 6, bytes: Uint8Array | undefined): Echo | undefined {
  return bytes && bytes.length >= HEADER_BYTES && bytes[0] === REQUEST[family] ? echoIn(bytes) : undefined;
}

/** What follows the header of IPv4. */
function packetIn(bytes: Uint8Array): Uint8Array | undefined {
  const [first = 0] = bytes;
  const length = (first & 15) * 4;
  const isIcmp = first >> 4 === 4 && length >= IPV4_HEADER_BYTES && bytes[9] === ICMP_PROTOCOL[4];
  return isIcmp ? bytes.subarray(length) : undefined;
}

/** What follows the header of IPv6; our own requests have no further headers. */
function packet6In(bytes: Uint8Array): Uint8Array | undefined {
  const isIcmp = (bytes[0] ?? 0) >> 4 === 6 && bytes[6] === ICMP_PROTOCOL[6];
  return isIcmp ? bytes.subarray(IPV6_HEADER_BYTES) : undefined;
}
