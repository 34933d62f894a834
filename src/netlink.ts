/**
 * Messages of netlink(7): a header of 16 bytes, a body, and in most bodies attributes, all in the processor's byte order,
 * each beginning at a multiple of four. RFC 3549.
 *
 * @module
 */

import type { SystemCalls } from "./system_calls.ts";

const HEADER_BYTES = 16;
const ATTRIBUTE_HEADER_BYTES = 4;
/** Every processor that the runtimes are built for has it. */
const LITTLE_ENDIAN = true;

/** linux/netlink.h: types of messages that are not of one family. */
const NLMSG_NOOP = 1;
const NLMSG_ERROR = 2;
const NLMSG_DONE = 3;
/** linux/netlink.h: flags of a message. */
const NLM_F_REQUEST = 1;
const NLM_F_DUMP_INTR = 0x10;
const NLM_F_DUMP = 0x300;
/** linux/netlink.h: the two bits above an attribute's type are flags. */
const NLA_TYPE_MASK = 0x3fff;

/** What changes while it is being listed is listed again, up to so many times. */
const ATTEMPTS = 3;

/** An attribute of a message. */
export interface Attribute {
  /** Its number, which the kind of message gives a meaning to. */
  readonly type: number;
  /** Its value. */
  readonly value: DataView;
}

/** What the kernel answered to a request for a whole table. */
export interface Table {
  /** Bodies of its entries. */
  readonly bodies: readonly DataView[];
  /** Whether the table changed meanwhile, so that an entry may be missing or there twice. */
  readonly interrupted: boolean;
}

/** @throws {SyntaxError} if there are not `length` bytes at `offset` */
function check(view: DataView, offset: number, length: number): void {
  if (length >= 0 && offset + length <= view.byteLength) return;
  const found = `${view.byteLength} bytes, expected ${length} at ${offset}`;
  throw new SyntaxError(`Cannot parse netlink message: ${found}`);
}

/**
 * Number of 8 bits at `offset`.
 *
 * @throws {SyntaxError} if the bytes end before
 */
export function u8(view: DataView, offset: number): number {
  check(view, offset, 1);
  return view.getUint8(offset);
}

/**
 * Number of 16 bits at `offset`.
 *
 * @throws {SyntaxError} if the bytes end before
 */
export function u16(view: DataView, offset: number): number {
  check(view, offset, 2);
  return view.getUint16(offset, LITTLE_ENDIAN);
}

/**
 * Number of 32 bits at `offset`.
 *
 * @throws {SyntaxError} if the bytes end before
 */
export function u32(view: DataView, offset: number): number {
  check(view, offset, 4);
  return view.getUint32(offset, LITTLE_ENDIAN);
}

/**
 * Number of 64 bits at `offset`, as near as a double comes.
 *
 * @throws {SyntaxError} if the bytes end before
 */
export function u64(view: DataView, offset: number): number {
  check(view, offset, 8);
  return Number(view.getBigUint64(offset, LITTLE_ENDIAN));
}

/** A text up to its NUL. */
export function text(view: DataView): string {
  const bytes = bytesOf(view);
  const end = bytes.indexOf(0);
  return new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end));
}

/** The bytes that a view shows. */
export function bytesOf({ buffer, byteOffset, byteLength }: DataView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/** `length` bytes at `offset`, by default all that follow. */
function slice(view: DataView, offset: number, length: number = view.byteLength - offset): DataView {
  check(view, offset, length);
  return new DataView(view.buffer, view.byteOffset + offset, length);
}

/**
 * An address as it is written: of IPv6 as RFC 5952 has it.
 *
 * @throws {SyntaxError} if it has neither 4 nor 16 bytes
 */
export function addressOf(address: DataView): string {
  if (address.byteLength === 4) return bytesOf(address).join(".");
  if (address.byteLength !== 16) {
    throw new SyntaxError(`Cannot parse address: ${address.byteLength} bytes, expected 4 or 16`);
  }
  const groups = Array.from({ length: 8 }, (_, i) => address.getUint16(2 * i).toString(16)).join(":");
  // The first of the longest runs of two zeros or more.
  const runs = [...groups.matchAll(/(?<![^:])0(?::0)+(?![^:])/g)];
  const longest = runs.reduce<RegExpExecArray | undefined>(
    (a, b) => a && a[0].length >= b[0].length ? a : b,
    undefined,
  );
  if (!longest) return groups;
  const [before, after] = [groups.slice(0, longest.index), groups.slice(longest.index + longest[0].length)];
  return `${before.replace(/:$/, "")}::${after.replace(/^:/, "")}`;
}

/** Where the next thing begins behind one that ends at `offset`. */
function aligned(offset: number): number {
  return (offset + 3) & ~3;
}

/**
 * Parts of `view` from `offset` on, each of which says in its first two bytes how long it is.
 *
 * @throws {SyntaxError} if one is shorter than its own header, or longer than what there is
 */
export function* parts(view: DataView, offset: number, headerBytes: number): Generator<DataView> {
  while (offset < view.byteLength) {
    const length = u16(view, offset);
    if (length < headerBytes) throw new SyntaxError(`Cannot parse netlink message: part of ${length} bytes`);
    yield slice(view, offset, length);
    offset += aligned(length);
  }
}

/**
 * Attributes of a message's body, or of an attribute, from `offset` on.
 *
 * @throws {SyntaxError} if one is cut off
 */
export function* attributes(view: DataView, offset = 0): Generator<Attribute> {
  for (const part of parts(view, offset, ATTRIBUTE_HEADER_BYTES)) {
    yield { type: u16(part, 2) & NLA_TYPE_MASK, value: slice(part, ATTRIBUTE_HEADER_BYTES) };
  }
}

/** One message. */
interface Message {
  readonly type: number;
  readonly flags: number;
  readonly body: DataView;
}

/** @throws {SyntaxError} if one is cut off */
function* messages(bytes: Uint8Array): Generator<Message> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let offset = 0; offset < view.byteLength;) {
    const length = u32(view, offset);
    if (length < HEADER_BYTES) throw new SyntaxError(`Cannot parse netlink message: ${length} bytes long`);
    const message = slice(view, offset, length);
    yield { type: u16(message, 4), flags: u16(message, 6), body: slice(message, HEADER_BYTES) };
    offset += aligned(length);
  }
}

/**
 * Whether the last of these messages ends an answer.
 *
 * @throws {SyntaxError} if one is cut off
 */
export function endsAnswer(bytes: Uint8Array): boolean {
  let last: Message | undefined;
  for (last of messages(bytes));
  return last !== undefined && (last.type === NLMSG_DONE || last.type === NLMSG_ERROR);
}

/** A request for a whole table, of this type and with this body. */
export function tableRequest(type: number, body: Uint8Array): Uint8Array<ArrayBuffer> {
  const request = new Uint8Array(HEADER_BYTES + body.length);
  const view = new DataView(request.buffer);
  view.setUint32(0, request.length, LITTLE_ENDIAN);
  view.setUint16(4, type, LITTLE_ENDIAN);
  view.setUint16(6, NLM_F_REQUEST | NLM_F_DUMP, LITTLE_ENDIAN);
  request.set(body, HEADER_BYTES);
  return request;
}

/**
 * Parses what the kernel answered to {@linkcode tableRequest}.
 *
 * @throws {SyntaxError} if a message is cut off, or the last one is missing
 * @throws {Error} if the kernel refuses the request
 */
export function parseTable(bytes: Uint8Array): Table {
  const bodies: DataView[] = [];
  let interrupted = false;
  for (const { type, flags, body } of messages(bytes)) {
    interrupted ||= (flags & NLM_F_DUMP_INTR) !== 0;
    if (type === NLMSG_DONE || type === NLMSG_ERROR) {
      const code = body.byteLength === 0 ? 0 : -(u32(body, 0) | 0);
      if (code !== 0) throw new Error(`Cannot ask the kernel by netlink: it answers error ${code}`);
      return { bodies, interrupted };
    }
    if (type !== NLMSG_NOOP) bodies.push(body);
  }
  throw new SyntaxError("Cannot parse netlink message: the answer has no end");
}

/**
 * Bodies of all entries of one of the kernel's tables.
 *
 * @param type of the request, as `RTM_GETROUTE`
 * @param body of the request
 * @throws {SyntaxError} if the answer breaks the format
 * @throws {Error} if the kernel does not answer, or refuses
 */
export async function table(calls: SystemCalls, type: number, body: Uint8Array): Promise<readonly DataView[]> {
  for (let attempt = 1;; attempt++) {
    const { bodies, interrupted } = parseTable(await calls.rtnetlink(tableRequest(type, body)));
    if (!interrupted || attempt === ATTEMPTS) return bodies;
  }
}

/** linux/rtnetlink.h, linux/if_link.h: network devices. */
const RTM_GETLINK = 18;
const LINK_HEADER_BYTES = 16;
const IFLA_IFNAME = 3;
const IFLA_EXT_MASK = 29;
/** Leaves out their statistics. */
const RTEXT_FILTER_SKIP_STATS = 8;

/** Names of network devices by their number. */
export async function deviceNames(calls: SystemCalls): Promise<ReadonlyMap<number, string>> {
  const filter = new Uint8Array(LINK_HEADER_BYTES + 8);
  filter.set([8, 0, IFLA_EXT_MASK, 0, RTEXT_FILTER_SKIP_STATS], LINK_HEADER_BYTES);
  return parseDeviceNames(await table(calls, RTM_GETLINK, filter));
}

/**
 * Parses entries of the table of network devices.
 *
 * @throws {SyntaxError} if one is cut off
 */
export function parseDeviceNames(bodies: readonly DataView[]): ReadonlyMap<number, string> {
  const names = new Map<number, string>();
  for (const body of bodies) {
    for (const { type, value } of attributes(body, LINK_HEADER_BYTES)) {
      if (type === IFLA_IFNAME) names.set(u32(body, 4), text(value));
    }
  }
  return names;
}
