/**
 * What a TLS handshake settled.
 *
 * @module
 */

import type { TLSSocket } from "node:tls";
import { type Certificate, parseCertificate } from "./certificate.ts";
import { ProbeError } from "./result.ts";

/** Facts of a TLS connection whose certificate was verified; Deno before 2.5 does not tell them. */
export interface TlsFacts {
  /** As `TLS 1.3`. */
  readonly version: string | undefined;
  /** IANA's name of the cipher suite. */
  readonly cipher: string | undefined;
  /** The certificates shown, each signed by the next; none where the runtime does not tell. */
  readonly chain: readonly Certificate[];
}

/** More certificates than any chain has. */
const LONGEST_CHAIN = 20;

/**
 * Facts of a connection that is ready.
 *
 * @throws {ProbeError} `tls` if a certificate is malformed
 */
export function tlsFacts(socket: TLSSocket): TlsFacts {
  const chain: Certificate[] = [];
  let shown = socket.getPeerCertificate(true);
  // The last one may have itself as its issuer.
  while (shown?.raw && chain.length < LONGEST_CHAIN) {
    chain.push(readCertificate(shown.raw));
    if (shown.issuerCertificate === shown) break;
    shown = shown.issuerCertificate;
  }
  const version = socket.getProtocol?.()?.replace("TLSv", "TLS ");
  return { version, cipher: socket.getCipher?.()?.standardName, chain };
}

function readCertificate(bytes: Uint8Array): Certificate {
  try {
    return parseCertificate(bytes);
  } catch (cause) {
    throw new ProbeError("tls", cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

/** Unix time at which the first of the certificates shown expires, in seconds. */
export function earliestExpirySeconds({ chain }: TlsFacts): number | undefined {
  return chain.length === 0 ? undefined : Math.min(...chain.map(({ notAfterSeconds }) => notAfterSeconds));
}

/**
 * Unix time at which the verified chain expires, in seconds. A certificate that has expired is no part of it: one that was
 * shown all the same, as for old clients, was passed over.
 */
export function chainExpirySeconds({ chain }: TlsFacts, wallSeconds: number): number | undefined {
  const valid = chain.map(({ notAfterSeconds }) => notAfterSeconds).filter((seconds) => seconds > wallSeconds);
  return valid.length === 0 ? undefined : Math.min(...valid);
}
