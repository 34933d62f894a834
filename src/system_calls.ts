/**
 * System calls for what Linux tells by no file.
 *
 * @module
 */

/** What adjtimex(2) tells of the system's clock. */
export interface ClockState {
  /** What the call returns: 0 to 5, of which 5 (`TIME_ERROR`) is a clock that is not synchronized. */
  readonly state: number;
  /** `struct timex` of a 64-bit kernel, in the processor's byte order. */
  readonly timex: Uint8Array;
}

/** Where a packet of ICMP goes to, and how. */
export interface IcmpDestination {
  /** As `127.0.0.1`, `::1` or `fe80::1%eth0`; of the socket's family. */
  readonly ip: string;
  /** Its 4 or 16 bytes. */
  readonly bytes: Uint8Array;
  /** Hops that the packet may make, 1 to 255. */
  readonly hopLimit: number;
  /** Whether a packet of IPv4 is to be dropped where it is too long, rather than cut in pieces. */
  readonly dontFragment: boolean;
  /** The 4 or 16 bytes of the address of this host that it comes from; absent: the system's choice. */
  readonly source?: Uint8Array;
}

/** A packet that has come. */
export interface IcmpMessage {
  /** As the kernel passes it on: with the header of IP only where the socket is raw and of IPv4. */
  readonly bytes: Uint8Array;
  /** The 4 or 16 bytes of the address that it comes from, or, with `error`, that the packet of ours was meant for. */
  readonly sender: Uint8Array;
  /** What was left of its hops. */
  readonly hopLimit?: number;
  /** Seconds since the kernel received it, by the wall clock. */
  readonly ageSeconds: number;
  /** What somebody says of a packet of ours; `bytes` then are the beginning of that packet. Never where the socket is raw. */
  readonly error?: IcmpReport;
}

/** What a message of ICMP says of a packet. */
export interface IcmpReport {
  /** Its type, which depends on the family. */
  readonly type: number;
  /** What it is in particular. */
  readonly code: number;
  /** The 4 or 16 bytes of the address of who says it. */
  readonly from: Uint8Array;
}

/** A socket of ICMP, or ICMPv6; nothing but `wait` waits. */
export interface IcmpSocket {
  /**
   * `datagram`: one that needs no privilege; the kernel sets identifiers and checksums, and passes on what is meant for the
   * socket. `raw`: passes on the answers to every program of the host.
   */
  readonly kind: "datagram" | "raw";
  /**
   * Sends one packet; `false` if there is no room for it now.
   *
   * @throws {Error} with the `code` of the system's error, if it cannot be sent
   */
  send(packet: Uint8Array<ArrayBuffer>, to: IcmpDestination): boolean;
  /** The next packet that has come; `undefined` if there is none. */
  take(): IcmpMessage | undefined;
  /** Waits in another thread until there may be a packet, or {@linkcode wake} is called; not to be called twice at once. */
  wait(): Promise<void>;
  /** Ends the wait that there is, or else the next. */
  wake(): void;
  /** Closes it; not while somebody waits. */
  close(): void;
}

/** System calls; all but ICMP's only read. */
export interface SystemCalls {
  /**
   * The state of the system's clock, by adjtimex(2) with no mode set; `undefined` where the system does not permit to ask.
   *
   * @throws {Error} if the call fails for another reason
   */
  adjtimex(): ClockState | undefined;
  /**
   * Asks the kernel by rtnetlink(7), without holding up the program.
   *
   * @param request one message, as {@link ./netlink.ts} makes it
   * @returns the kernel's messages, one after the other, up to the one that ends its answer
   * @throws {Error} if there is no socket to be had, or no whole answer
   * @throws {RangeError} if the answer is longer than anything that could be shown
   */
  rtnetlink(request: Uint8Array<ArrayBuffer>): Promise<Uint8Array>;
  /**
   * Opens a socket for echo requests: one that needs no privilege if the system permits, or else a raw one.
   *
   * @throws {Error} with the `code` of the system's error, if neither is permitted, or the family is not there
   */
  openIcmp(family: 4 | 6): IcmpSocket;
}

/** Where {@linkcode SystemCalls} come from. */
export interface SystemCallLibrary {
  /** The calls, found when they are first asked for; `undefined` where the runtime cannot make them, or may not. */
  calls(): SystemCalls | undefined;
  /** Lets go of what makes them, until they are asked for again. */
  close(): void;
}
