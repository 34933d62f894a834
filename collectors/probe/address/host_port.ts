/**
 * Targets of the form `host:port`.
 *
 * @module
 */

import { isIP } from "node:net";
import { showName } from "./host_name.ts";
import type { Address } from "../result.ts";

/** A host, with a port if it has one. */
export interface HostPort {
  /** Name or address, without brackets. */
  readonly host: string;
  /** From 0 to 65535. */
  readonly port?: number;
}

const BRACKETED = /^\[([^[\]]*)\](?::(.*))?$/s;
const PLAIN = /^([^:[\]]*)(?::([^:]*))?$/s;
const HIGHEST_PORT = 65535;

/**
 * Reads `example.org:53`, `192.0.2.1`, `[2001:db8::1]:53` or `2001:db8::1`. What is none of these is taken for a host, which no
 * resolver will know.
 *
 * @throws {SyntaxError} if there is no host, or what stands for the port is none
 */
export function parseHostPort(text: string): HostPort {
  const shown = showName(text);
  const [, host, digits] = BRACKETED.exec(text) ?? PLAIN.exec(text) ?? ["", text];
  if (!host) throw new SyntaxError(`Cannot use target ${shown}: expected a host, as "example.org:53"`);
  if (digits === undefined) return { host };
  const port = Number(digits);
  if (!/^\d{1,5}$/.test(digits) || port > HIGHEST_PORT) {
    throw new SyntaxError(`Cannot use target ${shown}: expected a port from 0 to ${HIGHEST_PORT} after the colon`);
  }
  return { host, port };
}

/**
 * Reads `192.0.2.53`, `192.0.2.53:5353`, `2001:db8::53` or `[2001:db8::53]:5353`.
 *
 * @throws {SyntaxError} if it is not an address
 */
export function parseAddressPort(text: string): { readonly address: Address; readonly port?: number } {
  const { host, port } = isIP(text) === 0 ? parseHostPort(text) : { host: text };
  const family = isIP(host);
  if (family === 4 || family === 6) return { address: { ip: host, family }, port };
  throw new SyntaxError(`Cannot use ${JSON.stringify(text)}: expected the form "192.0.2.53" or "192.0.2.53:5353"`);
}
