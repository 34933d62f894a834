/**
 * Ways to a server that questions of DNS take: datagrams, and connections.
 *
 * @module
 */

import { deferred } from "../../../src/deferred.ts";
import type { Socket as DatagramSocket } from "node:dgram";
import type { Clock } from "../../../src/clock.ts";
import type { Connection } from "../connection.ts";
import { addressBytes } from "../address/address.ts";
import { answerTo, answerToDatagram, type DnsQuery } from "./dns_query.ts";
import type { DnsMessage } from "./dns_message.ts";
import { type Address, ProbeError } from "../result.ts";

/** What two bytes can count. */
const LONGEST_MESSAGE = 65_535;

/** How datagrams are sent. */
export interface DatagramOptions {
  /** Address of this host that they come from; absent: the system's choice. */
  readonly sourceAddress?: string;
  /** Sends the question again and again until it is answered; absent: it is sent once. */
  readonly resend?: { readonly clock: Clock; readonly seconds: number };
}

/** A way to one server. */
export interface DnsChannel extends Disposable {
  /**
   * Sends a question and waits for its answer.
   *
   * @throws {ProbeError} `protocol`, if the answer cannot be read; `reset`, if the connection ends before it
   * @throws the socket's error, or the reason for which `signal` aborted
   */
  ask(query: DnsQuery, signal: AbortSignal): Promise<DnsMessage>;
}

/**
 * Datagrams to one address. What others send, and what is no answer to the question, is passed over. That nobody listens
 * there is told only by runtimes that connect the socket itself; Deno up to 2.9 does not, and lets others' datagrams in.
 *
 * @throws {ProbeError} `refused`, if the port is 0
 * @throws the socket's error, as of a source that this host does not have
 */
export async function openDatagrams(
  address: Address,
  port: number,
  signal: AbortSignal,
  { sourceAddress, resend }: DatagramOptions = {},
): Promise<DnsChannel> {
  if (port === 0) throw new ProbeError("refused", "nobody listens on port 0");
  const { createSocket } = await import("node:dgram");
  signal.throwIfAborted();
  const socket = createSocket(address.family === 6 ? "udp6" : "udp4");
  const { promise, resolve, reject } = deferred<void>();
  socket.once("error", reject).once("connect", resolve);
  // Bound first, so that a source that is not ours is told here.
  const source = sourceAddress ?? (address.family === 6 ? "::" : "0.0.0.0");
  socket.bind({ address: source, port: 0 }, () => socket.connect(port, address.ip));
  try {
    await promise;
  } catch (error) {
    socket.close();
    throw error;
  }
  socket.off("error", reject).on("error", () => {}); // whoever asks listens too
  return {
    ask: (query, limit) => askByDatagram(socket, { address, port, resend }, query, limit),
    [Symbol.dispose]: () => void socket.close(),
  };
}

async function askByDatagram(
  socket: DatagramSocket,
  { address: { ip }, port, resend }: { address: Address; port: number; resend: DatagramOptions["resend"] },
  query: DnsQuery,
  signal: AbortSignal,
): Promise<DnsMessage> {
  signal.throwIfAborted();
  const { promise, resolve, reject } = deferred<DnsMessage>();
  const server = addressBytes(ip);
  const isAny = server.every((byte) => byte === 0); // then this host itself answers, from another address
  const take = (bytes: Uint8Array, sender: { address: string; port: number }) => {
    if (sender.port !== port || !isAny && addressBytes(sender.address).join() !== server.join()) return;
    try {
      const answer = answerToDatagram(query, bytes);
      if (answer) resolve(answer);
    } catch (error) {
      reject(error);
    }
  };
  const abort = () => reject(signal.reason);
  const fail = (error: Error) =>
    reject(new ProbeError("refused", `cannot ask ${ip}: ${error.message}`, { cause: error }));
  socket.on("message", take).on("error", fail);
  signal.addEventListener("abort", abort);
  let cancel = () => {};
  const send = () => {
    socket.send(query.bytes, (error) => error && fail(error));
    if (resend) cancel = resend.clock.timer(send, resend.seconds);
  };
  send();
  try {
    return await promise;
  } finally {
    cancel();
    socket.off("message", take).off("error", fail);
    signal.removeEventListener("abort", abort);
  }
}

/** A connection that nobody has read from; it is the caller's to destroy. */
export function overConnection(connection: Connection): DnsChannel {
  return {
    ask: (query, signal) => askByStream(connection, query, signal),
    [Symbol.dispose]: () => void connection.socket.destroy(),
  };
}

async function askByStream(connection: Connection, query: DnsQuery, signal: AbortSignal): Promise<DnsMessage> {
  signal.throwIfAborted();
  if (connection.error) throw connection.error;
  const { socket } = connection;
  if (socket.destroyed) throw closed();
  const { promise, resolve, reject } = deferred<DnsMessage>();
  const held = new Uint8Array(2 + LONGEST_MESSAGE);
  let size = 0;
  const take = (bytes: Uint8Array) => {
    const fitting = bytes.subarray(0, held.length - size);
    held.set(fitting, size);
    size += fitting.length;
    const length = (held[0] ?? 0) << 8 | (held[1] ?? 0);
    if (size < 2 || size < 2 + length) return;
    try {
      const answer = answerTo(query, held.subarray(2, 2 + length));
      if (!answer) throw new ProbeError("protocol", "what came is no answer to the question");
      resolve(answer);
    } catch (error) {
      reject(error);
    }
  };
  const end = () => reject(connection.error ?? closed());
  const abort = () => reject(signal.reason);
  socket.on("data", take).once("end", end).once("error", reject).once("close", end).resume();
  signal.addEventListener("abort", abort);
  // In one piece: some servers take the length and what follows in one read.
  socket.write(Uint8Array.of(query.bytes.length >> 8, query.bytes.length & 0xff, ...query.bytes));
  try {
    return await promise;
  } finally {
    socket.off("data", take).off("end", end).off("error", reject).off("close", end);
    signal.removeEventListener("abort", abort);
  }
}

function closed(): ProbeError {
  return new ProbeError("reset", "the connection was closed before the answer had come");
}
