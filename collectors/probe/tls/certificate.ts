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
  /** Unix time from which it is valid, in seconds. */
  readonly notBeforeSeconds: number;
  /** Unix time at which it expires, in seconds. */
  readonly notAfterSeconds: number;
  /** DNS names that it is for. */
  readonly dnsNames: readonly string[];
  /** Addresses that it is for: their bytes, hexadecimal. */
  readonly addresses: readonly string[];
  /** SHA-256 of the whole, hexadecimal. */
  readonly sha256: string;
}

const CONTEXT_0 = 0xa0;
const EXTENSIONS = 0xa3;
const DNS_NAME = 0x82;
const IP_ADDRESS = 0x87;
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
  const [notBefore, notAfter] = validity ? derSequence(validity) : [];
  if (!serial || !issuer || !subject || !notBefore || !notAfter) {
    throw new SyntaxError("Cannot parse certificate: a field is missing");
  }
  const names = alternativeNames(fields.find(({ tag }) => tag === EXTENSIONS));
  return {
    subject: distinguishedName(subject),
    issuer: distinguishedName(issuer),
    serialNumber: hex(serial.content).replace(/^(?:00)+/, ""),
    notBeforeSeconds: derTimeSeconds(notBefore),
    notAfterSeconds: derTimeSeconds(notAfter),
    dnsNames: names.filter(({ tag }) => tag === DNS_NAME).map(derText),
    addresses: names.filter(({ tag }) => tag === IP_ADDRESS).map(({ content }) => hex(content)),
    sha256: createHash("sha256").update(bytes).digest("hex"),
  };
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex");
}

function alternativeNames(extensions: DerElement | undefined): readonly DerElement[] {
  if (!extensions) return [];
  for (const extension of derSequence(der(extensions.content))) {
    const [id, ...rest] = derSequence(extension);
    const value = rest.at(-1);
    if (id && value && hex(id.content) === SUBJECT_ALTERNATIVE_NAME) return derSequence(der(value.content));
  }
  return [];
}
