/**
 * A connection, made step by step so that each step can be timed.
 *
 * @module
 */

import { deferred } from "../../src/deferred.ts";
import { connect as connectTcp, isIP, type Socket } from "node:net";
import { connect as connectTls, TLSSocket } from "node:tls";
import type { Source } from "../../src/collector.ts";
import type { TextRef, TlsOptions } from "./module.ts";
import { type Address, ProbeError } from "./result.ts";
import { textOf } from "./text_ref.ts";
import { type TlsFacts, tlsFacts, UnverifiedError } from "./tls/tls_facts.ts";

/** A socket that is ready. */
export interface Connection<S extends Socket = Socket> {
  /** To be destroyed by whoever opened it. */
  readonly socket: S;
  /** What it has raised since, when perhaps nobody was listening: TLS 1.3 may refuse at once what it has just accepted. */
  readonly error: Error | undefined;
}

/** A TLS connection. */
export interface SecureConnection extends Connection<TLSSocket> {
  /** What its handshake settled. */
  readonly facts: TlsFacts;
  /** The protocol that both sides agreed on, as `h2`; absent if none. */
  readonly protocol?: string;
}

/** Where a connection comes from. */
export interface SocketOptions {
  /** Address of this host that it comes from; absent: the system's choice. */
  readonly sourceAddress?: string;
}

/** How a connection is made secure. */
export interface SecureOptions {
  /** As whom, by whom verified, which versions. */
  readonly tls: TlsOptions;
  /** Name or address of the server, unless `tls` has another. */
  readonly host: string;
  /** Protocols that are offered, the preferred one first; absent: none. */
  readonly alpn?: readonly string[];
  /** The host, for certificates and keys in files. */
  readonly source: Source;
}

/**
 * A connection to an address, paused.
 *
 * @throws the socket's error, or the reason for which `signal` aborted
 */
export function openSocket(
  { ip, family }: Address,
  port: number,
  signal: AbortSignal,
  { sourceAddress }: SocketOptions = {},
): Promise<Connection> {
  signal.throwIfAborted();
  const local = sourceAddress === undefined ? {} : { localAddress: sourceAddress };
  const socket = connectTcp({ host: ip, port, family, noDelay: true, ...local });
  socket.pause(); // else Deno before 2.5 would read, and lose, what is meant for TLS
  return opened(socket, "connect", signal);
}

/**
 * A connection to a Unix socket, paused.
 *
 * @throws the socket's error, or the reason for which `signal` aborted
 */
export function openUnixSocket(path: string, signal: AbortSignal): Promise<Connection> {
  signal.throwIfAborted();
  const socket = connectTcp({ path });
  socket.pause();
  return opened(socket, "connect", signal);
}

/** Whether the runtime tells of a handshake; Deno before 2.5 does not, and verifies the certificate itself or not at all. */
const TELLS = "getPeerX509Certificate" in TLSSocket.prototype;
const UNTOLD = { version: undefined, cipher: undefined, chain: [] };

/**
 * A TLS connection over one that is there, which nobody reads from. The handshake is made to its end even if the certificate
 * cannot be verified.
 *
 * @throws {UnverifiedError} with the facts, if the certificate cannot be verified and must be
 * @throws {ProbeError} `internal` if a certificate or key of ours cannot be used
 * @throws the socket's error, or the reason for which `signal` aborted
 */
export async function secureSocket(
  { socket: plain }: Connection,
  { tls, host, alpn, source }: SecureOptions,
  signal: AbortSignal,
): Promise<SecureConnection> {
  signal.throwIfAborted();
  const name = tls.serverName ?? host;
  const socket = connectTls({
    socket: plain,
    host: name,
    ...isIP(name) ? {} : { servername: name },
    ...alpn ? { ALPNProtocols: [...alpn] } : {},
    ...identityOf(tls, source),
    minVersion: tls.minVersion,
    maxVersion: tls.maxVersion,
    ...TELLS ? { checkServerIdentity: () => undefined, rejectUnauthorized: false } : { rejectUnauthorized: tls.verify },
  });
  // Only `checkServerIdentity` would be told of it, and reading it takes a sixth of a probe; `tlsFacts` reads it once.
  if (TELLS) Reflect.set(socket, "getPeerCertificate", () => ({}));
  const connection = await opened(socket, "secureConnect", signal);
  try {
    const told = TELLS ? tlsFacts(socket, name, Date.now() / 1000) : { ...UNTOLD, verified: tls.verify };
    if (tls.verify && !told.verified) throw new UnverifiedError(told);
    const facts = tls.verify ? told : { ...told, unchecked: true };
    return Object.assign(connection, { facts, protocol: socket.alpnProtocol || undefined });
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

/** Texts in PEM that TLS wants. */
function identityOf({ ca, cert, key }: TlsOptions, source: Source): { ca?: string[]; cert?: string; key?: string } {
  const read = (ref: TextRef | undefined, kind: RegExp, what: string) => {
    if (!ref) return undefined;
    const text = textOf(ref, source);
    // The runtime passes over what it cannot read.
    if (!kind.test(text)) throw new ProbeError("internal", `Cannot use ${shown(ref, what)}: expected one in PEM`);
    return text;
  };
  const authorities = read(ca, /^-----BEGIN CERTIFICATE-----/m, "authorities of TLS");
  return {
    ...authorities === undefined ? {} : { ca: [authorities] },
    cert: read(cert, /^-----BEGIN CERTIFICATE-----/m, "certificate of TLS"),
    key: read(key, /^-----BEGIN [A-Z ]*PRIVATE KEY-----/m, "key of TLS"),
  };
}

function shown({ file }: TextRef, what: string): string {
  return file === undefined ? `the ${what}` : `${what} ${JSON.stringify(file)}`;
}

/** `socket` once it has emitted `event`; destroyed if that does not come. */
async function opened<S extends Socket>(
  socket: S,
  event: string,
  signal: AbortSignal,
): Promise<{ readonly socket: S; readonly error: Error | undefined }> {
  const { promise, resolve, reject } = deferred<void>();
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
