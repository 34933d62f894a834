/**
 * What a TLS handshake settled.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import type { X509Certificate } from "node:crypto";
import type { TLSSocket } from "node:tls";
import { type Certificate, parseCertificate } from "./certificate.ts";
import { isFor } from "./certificate_name.ts";
import { ProbeError } from "../result.ts";

/** Facts of a TLS connection, also of one whose certificate was not accepted; Deno before 2.5 does not tell them all. */
export interface TlsFacts {
  /** As `TLS 1.3`. */
  readonly version: string | undefined;
  /** IANA's name of the cipher suite. */
  readonly cipher: string | undefined;
  /** Whether the certificate was verified: by its signatures, its time, and the host's name. */
  readonly verified: boolean;
  /** Why it could not be, in the words of OpenSSL's code, as `CERT_HAS_EXPIRED`. */
  readonly verificationError?: string;
  /** Whether it was accepted whatever it is; the peer then does not verify it at all. */
  readonly unchecked?: boolean;
  /** The certificates shown, the server's own first; none where the runtime does not tell. */
  readonly chain: readonly Certificate[];
}

/** The failure of a handshake whose certificate could not be verified. */
export class UnverifiedError extends ProbeError {
  /** Of the handshake, which was made to its end. */
  readonly facts: TlsFacts;

  /** An error for a handshake with these facts. */
  constructor(facts: TlsFacts) {
    const code = facts.verificationError ?? UNKNOWN;
    super("tls", `cannot verify the certificate: ${WORDS[code] ?? code}`);
    this.facts = facts;
  }
}

const EXPIRED = "CERT_HAS_EXPIRED";
const EARLY = "CERT_NOT_YET_VALID";
const OTHER_NAME = "ERR_TLS_CERT_ALTNAME_INVALID";
const UNKNOWN = "UNABLE_TO_VERIFY_LEAF_SIGNATURE";

const WORDS: Readonly<Record<string, string>> = {
  [EXPIRED]: "it has expired",
  [EARLY]: "it is not valid yet",
  [OTHER_NAME]: "it is for other names",
  [UNKNOWN]: "its signature is not by a trusted authority",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "it is signed by an unknown authority",
  UNABLE_TO_GET_ISSUER_CERT: "it is signed by an unknown authority",
  DEPTH_ZERO_SELF_SIGNED_CERT: "it is signed by itself",
  SELF_SIGNED_CERT_IN_CHAIN: "the last of its chain is signed by itself, and not trusted",
  CERT_REVOKED: "it is revoked",
  INVALID_PURPOSE: "it is not for servers",
};

/** More certificates than any chain has. */
const LONGEST_CHAIN = 20;
/** Names of one certificate that are kept. */
const MOST_NAMES = 1000;

/**
 * Facts of a handshake that is done.
 *
 * @param host name or address that the certificate must be for
 * @param wallSeconds now
 * @throws {ProbeError} `tls` if a certificate is malformed
 */
export function tlsFacts(socket: TLSSocket, host: string, wallSeconds: number): TlsFacts {
  const chain = shownChain(socket);
  const verificationError = errorOf(socket, chain, host, wallSeconds);
  return {
    version: socket.getProtocol?.()?.replace("TLSv", "TLS "),
    cipher: socket.getCipher?.()?.standardName,
    verified: verificationError === undefined,
    verificationError,
    chain: chain.map(bounded),
  };
}

function shownChain(socket: TLSSocket): Certificate[] {
  const chain: Certificate[] = [];
  let shown: X509Certificate | undefined = socket.getPeerX509Certificate?.();
  while (shown && chain.length < LONGEST_CHAIN) {
    const certificate = readCertificate(shown.raw);
    if (chain.at(-1)?.sha256 === certificate.sha256) break; // the last one may have itself as its issuer
    chain.push(certificate);
    shown = shown.issuerCertificate;
  }
  return chain;
}

/** What certificates were read lately: servers show the same ones again and again, and reading takes a tenth of a handshake. */
const READ = new Map<string, Certificate>();
const MOST_READ = 256;
const LARGEST_KEPT_BYTES = 8192;

function readCertificate(bytes: Uint8Array): Certificate {
  const key = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
  const known = READ.get(key);
  if (known) return known;
  const certificate = parsed(bytes);
  if (bytes.length > LARGEST_KEPT_BYTES) return certificate;
  if (READ.size >= MOST_READ) { for (const oldest of [...READ.keys()].slice(0, MOST_READ / 2)) READ.delete(oldest); }
  READ.set(key, certificate);
  return certificate;
}

function parsed(bytes: Uint8Array): Certificate {
  try {
    return parseCertificate(bytes);
  } catch (cause) {
    throw new ProbeError("tls", cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

/**
 * Why the certificate counts as not verified. The runtime does not tell what has expired from what is signed wrongly, and
 * takes the subject's name for the host's where there are no others.
 */
function errorOf(
  socket: TLSSocket,
  chain: readonly Certificate[],
  host: string,
  wallSeconds: number,
): string | undefined {
  const [leaf] = chain;
  if (!leaf) return UNKNOWN;
  const isUntimely = !socket.authorized || leaf.notAfterSeconds < wallSeconds;
  if (isUntimely && chain.some(({ notAfterSeconds }) => notAfterSeconds < wallSeconds)) return EXPIRED;
  if (isUntimely && chain.some(({ notBeforeSeconds }) => notBeforeSeconds > wallSeconds)) return EARLY;
  if (!isFor(leaf, host)) return socket.authorized ? OTHER_NAME : codeOf(socket) ?? OTHER_NAME;
  return socket.authorized ? undefined : codeOf(socket) ?? UNKNOWN;
}

/** The runtime's own code. */
function codeOf({ authorizationError: error }: TLSSocket): string | undefined {
  const code: unknown = typeof error === "object" && error !== null && "code" in error ? error.code : error;
  return typeof code === "string" && /^[A-Z_]{1,60}$/.test(code) ? code : undefined;
}

function bounded(certificate: Certificate): Certificate {
  if (certificate.dnsNames.length <= MOST_NAMES) return certificate;
  return { ...certificate, dnsNames: certificate.dnsNames.slice(0, MOST_NAMES) };
}

/** Unix time at which the first of the certificates shown expires, in seconds. */
export function earliestExpirySeconds({ chain }: TlsFacts): number | undefined {
  return chain.length === 0 ? undefined : Math.min(...chain.map(({ notAfterSeconds }) => notAfterSeconds));
}

/** Unix time of Go's zero time, 0001-01-01T00:00:00Z: what the peer shows where there is no verified chain. */
const NO_TIME_SECONDS = -62_135_596_800;

/**
 * Unix time at which the verified chain expires, in seconds. A certificate that has expired is no part of it: one that was
 * shown all the same, as for old clients, was passed over.
 */
export function chainExpirySeconds(
  { chain, verified, unchecked }: TlsFacts,
  wallSeconds: number,
): number | undefined {
  if (chain.length === 0) return undefined;
  if (!verified || unchecked) return NO_TIME_SECONDS;
  const valid = chain.map(({ notAfterSeconds }) => notAfterSeconds).filter((seconds) => seconds > wallSeconds);
  return valid.length === 0 ? undefined : Math.min(...valid);
}
