/**
 * A connection, made step by step so that each step can be timed.
 *
 * @module
 */

import { connect as connectTcp, isIP, type Socket } from "node:net";
import { connect as connectTls, type TLSSocket } from "node:tls";
import { type Address, ProbeError } from "./result.ts";

/** A socket that is ready. */
export interface Connection<S extends Socket = Socket> {
  /** To be destroyed by whoever opened it. */
  readonly socket: S;
  /** What it has raised since, when perhaps nobody was listening: TLS 1.3 may refuse at once what it has just accepted. */
  readonly error: Error | undefined;
}

/**
 * A connection to an address, paused.
 *
 * @throws the socket's error, or the reason for which `signal` aborted
 */
export function openSocket({ ip, family }: Address, port: number, signal: AbortSignal): Promise<Connection> {
  signal.throwIfAborted();
  const socket = connectTcp({ host: ip, port, family, noDelay: true });
  socket.pause(); // else Deno before 2.5 would read, and lose, what is meant for TLS
  return opened(socket, "connect", signal);
}

/**
 * A verified TLS connection over one that is there, which nobody has read from.
 *
 * @param host the name or address that the certificate must be for
 * @throws the socket's error, or the reason for which `signal` aborted
 */
export function secureSocket(
  { socket }: Connection,
  host: string,
  signal: AbortSignal,
): Promise<Connection<TLSSocket>> {
  signal.throwIfAborted();
  const name = isIP(host) ? { host } : { host, servername: host };
  return opened(connectTls({ socket, ALPNProtocols: ["http/1.1"], ...name }), "secureConnect", signal);
}

/** `socket` once it has emitted `event`; destroyed if that does not come. */
async function opened<S extends Socket>(socket: S, event: string, signal: AbortSignal): Promise<Connection<S>> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const connection: { socket: S; error: Error | undefined } = { socket, error: undefined };
  const close = () => reject(new ProbeError("reset", "the connection was closed before it was ready"));
  const abort = () => reject(signal.reason);
  socket.on("error", (error) => {
    connection.error = error;
    reject(error);
  });
  socket.once("close", close).once(event, resolve);
  signal.addEventListener("abort", abort);
  try {
    await promise;
    return connection;
  } catch (error) {
    socket.destroy();
    throw error;
  } finally {
    socket.off("close", close).off(event, resolve);
    signal.removeEventListener("abort", abort);
  }
}
