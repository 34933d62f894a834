/**
 * What a certificate says of itself, read from its DER (RFC 5280) and written as Go does, so that labels equal
 * blackbox_exporter's.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { der, type DerElement, derSequence, derText, derTimeSeconds } from "./der.ts";
import { distinguishedName } from "./distinguished_name.ts";

/** Facts of one certificate. */
export interface Certificate {
  /** Name of its owner, as `CN=example.org,O=Example`. */
  readonly subject: string;
  /** Name of who signed it. */
  readonly issuer: string;
  /** Hexadecimal, two digits a byte, without leading zero bytes. */
  readonly serialNumber: string;
  /** Unix time at which it expires, in seconds. */
  readonly notAfterSeconds: number;
  /** DNS names that it is for. */
  readonly dnsNames: readonly string[];
  /** SHA-256 of the whole, hexadecimal. */
  readonly sha256: string;
}

const CONTEXT_0 = 0xa0;
const EXTENSIONS = 0xa3;
const DNS_NAME = 0x82;
const SUBJECT_ALTERNATIVE_NAME = "551d11";

/**
 * Reads a certificate.
 *
 * @throws {SyntaxError} if `bytes` is none
 */
export function parseCertificate(bytes: Uint8Array): Certificate {
  const [body] = derSequence(der(bytes));
  const fields = body ? derSequence(body) : [];
  if (fields[0]?.tag === CONTEXT_0) fields.shift();
  const [serial, , issuer, validity, subject] = fields;
  const [, notAfter] = validity ? derSequence(validity) : [];
  if (!serial || !issuer || !subject || !notAfter) {
    throw new SyntaxError("Cannot parse certificate: a field is missing");
  }
  return {
    subject: distinguishedName(subject),
    issuer: distinguishedName(issuer),
    serialNumber: Buffer.from(serial.content).toString("hex").replace(/^(?:00)+/, ""),
    notAfterSeconds: derTimeSeconds(notAfter),
    dnsNames: dnsNames(fields.find(({ tag }) => tag === EXTENSIONS)),
    sha256: createHash("sha256").update(bytes).digest("hex"),
  };
}

function dnsNames(extensions: DerElement | undefined): readonly string[] {
  if (!extensions) return [];
  for (const extension of derSequence(der(extensions.content))) {
    const [id, ...rest] = derSequence(extension);
    const value = rest.at(-1);
    if (!id || !value || Buffer.from(id.content).toString("hex") !== SUBJECT_ALTERNATIVE_NAME) continue;
    return derSequence(der(value.content)).filter(({ tag }) => tag === DNS_NAME).map(derText);
  }
  return [];
}
