/**
 * Whether a certificate is for a host, as Go's crypto/x509 judges it: by its alternative names alone, never by its subject.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { isIP } from "node:net";
import { addressBytes } from "../address/address.ts";
import type { Certificate } from "./certificate.ts";

/** Whether `host`, a name or an address, is among those that a certificate is for. */
export function isFor({ dnsNames, addresses }: Certificate, host: string): boolean {
  if (isIP(host)) {
    const bytes = Buffer.from(addressBytes(host)).toString("hex");
    return addresses.some((address) => address === bytes || address === `${WRAPPED}${bytes}`);
  }
  const name = host.toLowerCase().replace(/\.$/, "");
  return name !== "" && dnsNames.some((pattern) => matches(pattern.toLowerCase(), name));
}

/** What stands before an address of IPv4 that is wrapped in one of IPv6. */
const WRAPPED = "00000000000000000000ffff";

/** A first label `*` stands for any one label. */
function matches(pattern: string, name: string): boolean {
  if (pattern === name) return true;
  if (!pattern.startsWith("*.")) return false;
  const dot = name.indexOf(".");
  return dot > 0 && name.slice(dot) === pattern.slice(1);
}
