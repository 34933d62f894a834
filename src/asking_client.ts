/**
 * Who asks, by the address of the connection.
 *
 * @module
 */

import type { Client } from "./collector.ts";

/** Loopback addresses, as the runtime writes them. */
const LOOPBACK = /^(?:(?:::ffff:)?127(?:\.\d+){3}|::1)$/;

/** Who asks from an address; nobody knows of whom none is known. */
export function clientAtHost(host: string | undefined): Client {
  return host !== undefined && LOOPBACK.test(host) ? "local" : "remote";
}
