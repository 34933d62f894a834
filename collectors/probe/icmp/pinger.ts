/**
 * Echo requests of all probes, by one socket of each family.
 *
 * @module
 */

import { deferred } from "../../../src/deferred.ts";
import { type Clock, toNanosecond } from "../../../src/clock.ts";
import { Shared } from "../../../src/scope.ts";
import type { IcmpDestination, IcmpMessage, IcmpSocket, SystemCalls } from "../../../src/system_calls.ts";
import { icmpFault } from "./icmp_fault.ts";
import { echoRequest, type Heard, parseIcmp } from "./icmp_packet.ts";
import { ProbeError } from "../result.ts";

/** A reply that has come. */
export interface EchoReply {
  /** Seconds from sending until the kernel received it. */
  readonly roundTripSeconds: number;
  /** What was left of its hops. */
  readonly hopLimit?: number;
}

/** One echo request. */
export interface Ping {
  /** Where it goes to, and how. */
  readonly to: IcmpDestination;
  /** Bytes after the header of ICMP. */
  readonly payloadBytes: number;
  /** Called once it is sent. */
  sent?(): void;
}

/** A request on which somebody waits. */
interface Waiting {
  readonly ping: Ping;
  readonly payload: Uint8Array;
  readonly clock: Clock;
  /** On the monotonic clock. */
  sentSeconds: number;
  resolve(reply: EchoReply): void;
  reject(error: Error): void;
}

const SEQUENCES = 0x10000;
/** Random bytes by which a reply is known to be ours. */
const COOKIE_BYTES = 16;
/** Taken at once before others have their turn. */
const MOST_MESSAGES = 512;
/** Packets after which what has come is looked at, lest there be no more room for it. */
const SENT_IN_A_ROW = 32;
/** Where there is no room to send. */
const RETRY_SECONDS = 0.001;

/** The bytes that a request carries: random at first, then always the same. */
function payloadOf(length: number): Uint8Array {
  const payload = Uint8Array.from({ length }, (_, i) => i & 0xff);
  crypto.getRandomValues(payload.subarray(0, COOKIE_BYTES));
  return payload;
}

/** Sends echo requests over one socket, and gives each reply to who waits for it. */
export class Pinger {
  readonly #socket: IcmpSocket;
  readonly #family: 4 | 6;
  readonly #identifier: number;
  readonly #waiting = new Map<number, Waiting>();
  #sequence: number;
  #unread = 0;
  #isReading = false;
  /** Ends with the wait that is under way. */
  #turn: Promise<void> = Promise.resolve();
  #closed = false;

  /** Over a socket that is its own from now on. */
  constructor(socket: IcmpSocket, family: 4 | 6) {
    this.#socket = socket;
    this.#family = family;
    const [identifier = 0, sequence = 0] = crypto.getRandomValues(new Uint16Array(2));
    this.#identifier = identifier;
    this.#sequence = sequence;
  }

  /** Whether its socket needs no privilege. */
  get kind(): IcmpSocket["kind"] {
    return this.#socket.kind;
  }

  /**
   * Sends a request and waits for its reply.
   *
   * @throws {ProbeError} if a message of ICMP says that it did not arrive
   * @throws {Error} with the `code` of the system's error, if it cannot be sent
   * @throws the reason for which `signal` aborted
   */
  async ping(ping: Ping, clock: Clock, signal: AbortSignal): Promise<EchoReply> {
    signal.throwIfAborted();
    const sequence = this.#freeSequence();
    const { promise, resolve, reject } = deferred<EchoReply>();
    promise.catch(() => {}); // it may be settled while the request is still being sent
    const payload = payloadOf(ping.payloadBytes);
    const waiting = { ping, payload, clock, sentSeconds: NaN, resolve, reject };
    const abort = () => reject(signal.reason);
    signal.addEventListener("abort", abort);
    if (this.#waiting.size === 0) this.#take(); // what came for others since is no longer of interest
    this.#waiting.set(sequence, waiting);
    try {
      await this.#send(waiting, sequence, signal);
      ping.sent?.();
      if (!this.#isReading) void this.#read();
      return await promise;
    } finally {
      signal.removeEventListener("abort", abort);
      this.#waiting.delete(sequence);
      if (this.#waiting.size === 0 && this.#isReading) {
        this.#socket.wake();
        await this.#turn;
      }
    }
  }

  #freeSequence(): number {
    if (this.#waiting.size >= SEQUENCES) throw new ProbeError("internal", "too many echo requests are under way");
    do this.#sequence = (this.#sequence + 1) % SEQUENCES; while (this.#waiting.has(this.#sequence));
    return this.#sequence;
  }

  async #send(waiting: Waiting, sequence: number, signal: AbortSignal): Promise<void> {
    const { payload, clock, ping: { to } } = waiting;
    const packet = echoRequest(this.#family, { identifier: this.#identifier, sequence, payload });
    if (++this.#unread % SENT_IN_A_ROW === 0) this.#take();
    for (;;) {
      waiting.sentSeconds = clock.monotonic();
      if (this.#socket.send(packet, to)) return;
      await new Promise<void>((resolve) => clock.timer(resolve, RETRY_SECONDS));
      signal.throwIfAborted();
    }
  }

  /** Reads for as long as somebody waits. */
  async #read(): Promise<void> {
    this.#isReading = true;
    try {
      while (this.#waiting.size > 0 && !this.#closed) {
        this.#turn = this.#socket.wait();
        await this.#turn;
        this.#take();
      }
    } catch (cause) {
      const error = new Error("Cannot wait for messages of ICMP", { cause });
      for (const { reject } of this.#waiting.values()) reject(error);
    } finally {
      this.#isReading = false;
      if (this.#closed) this.#socket.close();
    }
  }

  #take(): void {
    this.#unread = 0;
    for (let i = 0; i < MOST_MESSAGES; i++) {
      const message = this.#socket.take();
      if (!message) return;
      const heard = parseIcmp(this.#family, this.#socket.kind, message);
      if (heard) this.#hear(heard, message);
    }
  }

  #hear({ reply, error }: Heard, { sender, hopLimit, ageSeconds }: IcmpMessage): void {
    const { identifier, sequence, payload } = reply ?? error.about;
    const waiting = this.#waiting.get(sequence);
    // The kernel has put its own identifier in place of ours where the socket is not raw.
    if (!waiting || this.#socket.kind === "raw" && identifier !== this.#identifier) return;
    const { ping: { to }, clock, sentSeconds } = waiting;
    if (error) {
      if (!isSame(waiting.payload.subarray(0, payload.length), payload.subarray(0, waiting.payload.length))) return;
      if (!isSame(error.destination, to.bytes)) return;
      this.#waiting.delete(sequence);
      waiting.reject(icmpFault(this.#family, error));
      return;
    }
    if (!isSame(waiting.payload, payload) || !isFrom(sender, to.bytes)) return;
    const elapsed = clock.monotonic() - sentSeconds;
    // The age is by the wall clock, which may be stepped meanwhile.
    const roundTripSeconds = toNanosecond(ageSeconds >= 0 && ageSeconds <= elapsed ? elapsed - ageSeconds : elapsed);
    this.#waiting.delete(sequence); // so that nobody reads on for its sake
    waiting.resolve({ roundTripSeconds, hopLimit });
  }

  /** Closes the socket, once nobody reads from it. */
  [Symbol.dispose](): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const { reject } of this.#waiting.values()) reject(new Error("the exporter stops"));
    if (this.#isReading) this.#socket.wake();
    else this.#socket.close();
  }
}

function isSame(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, i) => byte === other[i]);
}

/** The unspecified address is this host itself, which answers from another. */
function isFrom(sender: Uint8Array, destination: Uint8Array): boolean {
  return isSame(sender, destination) || destination.every((byte) => byte === 0);
}

/** The pingers of one exporter, each made when it is first needed. */
export class Pingers {
  readonly #open = new Map<4 | 6, Pinger>();

  /**
   * That of a family.
   *
   * @throws {ProbeError} `internal`, if this host permits no socket of ICMP
   * @throws {Error} with the `code` of the system's error, if there is none for another reason
   */
  of(family: 4 | 6, calls: SystemCalls | undefined): Pinger {
    const known = this.#open.get(family);
    if (known) return known;
    if (!calls) {
      throw new ProbeError(
        "internal",
        "Cannot open a socket of ICMP: the C library cannot be called; run on Linux with --allow-ffi (as with -A)",
      );
    }
    const pinger = new Pinger(opened(calls, family), family);
    this.#open.set(family, pinger);
    return pinger;
  }

  /** Closes them all. */
  [Symbol.dispose](): void {
    for (const pinger of this.#open.values()) pinger[Symbol.dispose]();
    this.#open.clear();
  }
}

function opened(calls: SystemCalls, family: 4 | 6): IcmpSocket {
  try {
    return calls.openIcmp(family);
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
    if (code !== "EPERM" && code !== "EACCES") throw cause;
    throw new ProbeError(
      "internal",
      "Cannot open a socket of ICMP: this program is not permitted to; have its group in the sysctl " +
        "net.ipv4.ping_group_range, or give it CAP_NET_RAW",
      { cause },
    );
  }
}

/** Those of each exporter. */
export const PINGERS: Shared<Pingers> = new Shared(() => new Pingers());
