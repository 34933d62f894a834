/**
 * Sockets of ICMP by way of the C library: icmp(7), "ping sockets", raw(7).
 *
 * @module
 */

import type { IcmpDestination, IcmpMessage, IcmpSocket } from "../system_calls.ts";
import {
  addressIn,
  AF_INET,
  AF_INET6,
  controlLength,
  IP_RECVERR,
  IP_TTL,
  IPV6_RECVERR,
  MESSAGE_BYTES,
  NAME_BYTES,
  parseControl,
  SO_TIMESTAMPNS,
  socketAddress,
  SOL_IP,
  SOL_IPV6,
  SOL_SOCKET,
  sourceControl,
  timeIn,
  writeMessage,
} from "./message_layout.ts";
import { errno, ERRORS, failure, placeOf, type Symbols } from "./symbols.ts";

const SOCK_DGRAM = 2;
const SOCK_RAW = 3;
const NONBLOCK_CLOEXEC = 0o4000 | 0o2000000;
const MSG_DONTWAIT = 0x40;
const MSG_ERRQUEUE = 0x2000;
const POLLIN = 1;
/** linux/in.h, linux/in6.h, linux/icmp.h, linux/icmpv6.h: options of sockets. */
const SO_RCVBUF = 8;
const IP_MTU_DISCOVER = 10;
const IP_RECVTTL = 12;
const IPV6_UNICAST_HOPS = 16;
const IPV6_RECVHOPLIMIT = 51;
/** Sets "don't fragment" but where a packet is too long for the way that is known. */
const IP_PMTUDISC_WANT = 1;
/** Sets it always, and asks nobody how long a packet may be but the device. */
const IP_PMTUDISC_PROBE = 3;
const SOL_RAW = 255;
const ICMP_FILTER = 1;
const SOL_ICMPV6 = 58;
const ICMPV6_FILTER = 1;
const CLOCK_REALTIME = 0;

/** As much as most systems give to whoever asks. */
const RECEIVE_BUFFER_BYTES = 1024 * 1024;
/** The longest packet of IP. */
const PACKET_BYTES = 65_535;
const CONTROL_BYTES = 512;
/** An error told by ICMP makes the next call fail, whatever that call is about: so it is made again. */
const ATTEMPTS = 4;

/** By family: names of the system, and types of ICMP that are of interest. */
const FAMILIES = {
  4: { domain: AF_INET, protocol: 1, level: SOL_IP, hops: IP_TTL, receiveHops: IP_RECVTTL, errors: IP_RECVERR },
  6: {
    domain: AF_INET6,
    protocol: 58,
    level: SOL_IPV6,
    hops: IPV6_UNICAST_HOPS,
    receiveHops: IPV6_RECVHOPLIMIT,
    errors: IPV6_RECVERR,
  },
} as const;

/**
 * Opens a socket for echo requests: one that needs no privilege, or else a raw one.
 *
 * @throws {Error} with the `code` of the system's error, if neither is permitted, or the family is not there
 */
export function openIcmpSocket(symbols: Symbols, family: 4 | 6): IcmpSocket {
  const { domain, protocol } = FAMILIES[family];
  for (const kind of ["datagram", "raw"] as const) {
    const type = kind === "raw" ? SOCK_RAW : SOCK_DGRAM;
    const descriptor = symbols.socket(domain, type | NONBLOCK_CLOEXEC, protocol);
    if (descriptor >= 0) return new LibcIcmpSocket(symbols, family, kind, descriptor);
  }
  throw failure(symbols, `open a socket of ICMP for IPv${family}`, errno(symbols));
}

/** Room for one message of sendmsg or recvmsg. */
class MessageRoom {
  readonly header = new Uint8Array(MESSAGE_BYTES);
  readonly view = new DataView(this.header.buffer);
  readonly vector = new BigUint64Array(2);
  readonly #vectorPlace = placeOf(new Uint8Array(this.vector.buffer));

  /** Says where the parts of a message are, which the caller keeps. */
  point(
    name: Uint8Array<ArrayBuffer>,
    data: Uint8Array<ArrayBuffer>,
    control: Uint8Array<ArrayBuffer> | undefined,
  ): void {
    this.vector[0] = placeOf(data);
    this.vector[1] = BigInt(data.length);
    writeMessage(this.view, {
      name: placeOf(name),
      nameBytes: name.length,
      vector: this.#vectorPlace,
      control: control ? placeOf(control) : 0n,
      controlBytes: control?.length ?? 0,
    });
  }
}

class LibcIcmpSocket implements IcmpSocket {
  readonly kind: IcmpSocket["kind"];
  readonly #symbols: Symbols;
  readonly #family: 4 | 6;
  readonly #descriptor: number;
  readonly #bell: number;
  readonly #sending = new MessageRoom();
  readonly #receiving = new MessageRoom();
  readonly #name = new Uint8Array(NAME_BYTES);
  readonly #data = new Uint8Array(PACKET_BYTES);
  readonly #control = new Uint8Array(CONTROL_BYTES);
  /** Two of `struct pollfd`. */
  readonly #polled = new Int32Array(4);
  readonly #time = new DataView(new ArrayBuffer(16));
  /** What is set of the options that differ from packet to packet. */
  readonly #set = new Map<number, number>();

  constructor(symbols: Symbols, family: 4 | 6, kind: IcmpSocket["kind"], descriptor: number) {
    this.kind = kind;
    this.#symbols = symbols;
    this.#family = family;
    this.#descriptor = descriptor;
    const { level, receiveHops, errors } = FAMILIES[family];
    this.#bell = symbols.eventfd(0, NONBLOCK_CLOEXEC);
    if (this.#bell < 0) {
      const error = failure(symbols, "open an eventfd", errno(symbols));
      symbols.close(descriptor);
      throw error;
    }
    this.#polled.set([descriptor, POLLIN, this.#bell, POLLIN]);
    symbols.sendmsg(-1, this.#sending.header, 0); // fails: the first call takes milliseconds, which nobody must measure
    this.#option(SOL_SOCKET, SO_RCVBUF, RECEIVE_BUFFER_BYTES);
    this.#option(SOL_SOCKET, SO_TIMESTAMPNS, 1);
    this.#option(level, receiveHops, 1);
    if (kind === "datagram") this.#option(level, errors, 1);
    else this.#filter();
  }

  /** Of a raw socket: which types it does not pass on. It cannot be told apart by identifier. */
  #filter(): void {
    if (this.#family === 4) {
      // Bits that are set are dropped: all but 0, 3, 4, 11 and 12.
      this.#option(SOL_RAW, ICMP_FILTER, ~(1 << 0 | 1 << 3 | 1 << 4 | 1 << 11 | 1 << 12));
      return;
    }
    const types = new Uint32Array(8).fill(0xffffffff);
    for (const type of [1, 2, 3, 4, 129]) types[type >> 5] = (types[type >> 5] ?? 0) & ~(1 << (type & 31));
    this.#symbols.setsockopt(this.#descriptor, SOL_ICMPV6, ICMPV6_FILTER, new Uint8Array(types.buffer), 32);
  }

  #option(level: number, option: number, value: number): void {
    this.#symbols.setsockopt(this.#descriptor, level, option, new Uint8Array(Int32Array.of(value).buffer), 4);
  }

  /** Sets an option that stands until a packet wants another value. */
  #want(level: number, option: number, value: number): void {
    if (this.#set.get(option) === value) return;
    this.#set.set(option, value);
    this.#option(level, option, value);
  }

  send(packet: Uint8Array<ArrayBuffer>, { ip, bytes, hopLimit, dontFragment, source }: IcmpDestination): boolean {
    const { level, hops } = FAMILIES[this.#family];
    this.#want(level, hops, hopLimit);
    if (this.#family === 4) this.#want(level, IP_MTU_DISCOVER, dontFragment ? IP_PMTUDISC_PROBE : IP_PMTUDISC_WANT);
    const name = socketAddress(bytes, this.#zoneOf(ip));
    const control = source && sourceControl(source);
    this.#sending.point(name, packet, control);
    for (let attempt = 1;; attempt++) {
      if (Number(this.#symbols.sendmsg(this.#descriptor, this.#sending.header, MSG_DONTWAIT)) >= 0) return true;
      const code = errno(this.#symbols);
      if (code === ERRORS.EAGAIN) return false;
      if (attempt === ATTEMPTS) throw failure(this.#symbols, `send a packet of ICMP to ${ip}`, code);
    }
  }

  /** Number of the device that an address is of; 0 for none. */
  #zoneOf(ip: string): number {
    const [, zone] = ip.split("%");
    if (zone === undefined) return 0;
    if (/^\d+$/.test(zone)) return Number(zone);
    return this.#symbols.if_nametoindex(new TextEncoder().encode(`${zone}\0`));
  }

  take(): IcmpMessage | undefined {
    return this.#receive(MSG_DONTWAIT) ?? this.#receive(MSG_DONTWAIT | MSG_ERRQUEUE);
  }

  #receive(flags: number): IcmpMessage | undefined {
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      this.#receiving.point(this.#name, this.#data, this.#control);
      const length = Number(this.#symbols.recvmsg(this.#descriptor, this.#receiving.header, flags));
      if (length >= 0) return this.#message(length);
      if (errno(this.#symbols) === ERRORS.EAGAIN) return undefined;
    }
  }

  #message(length: number): IcmpMessage {
    const { hopLimit, received, error } = parseControl(
      this.#control.subarray(0, controlLength(this.#receiving.view)),
    );
    let ageSeconds = 0;
    if (received) {
      this.#symbols.clock_gettime(CLOCK_REALTIME, new Uint8Array(this.#time.buffer));
      const now = timeIn(this.#time);
      ageSeconds = now.seconds - received.seconds + (now.nanoseconds - received.nanoseconds) / 1e9;
    }
    return { bytes: this.#data.slice(0, length), sender: addressIn(this.#name), hopLimit, ageSeconds, error };
  }

  async wait(): Promise<void> {
    await this.#symbols.poll(new Uint8Array(this.#polled.buffer), 2n, -1);
    this.#symbols.read(this.#bell, new Uint8Array(8), 8n);
  }

  wake(): void {
    this.#symbols.write(this.#bell, new Uint8Array(BigUint64Array.of(1n).buffer), 8n);
  }

  close(): void {
    this.#symbols.close(this.#bell);
    this.#symbols.close(this.#descriptor);
  }
}
