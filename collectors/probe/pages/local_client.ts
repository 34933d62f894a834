/**
 * Whether a request is really that of a person or program of this host.
 *
 * @module
 */

import { isIP } from "node:net";
import type { Client } from "../../../src/collector.ts";

/** What proxies add: what they pass on comes from elsewhere, for all we know. */
const PROXIED = ["forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via"];

/**
 * Whether who asks is on this host: the connection is, no proxy has passed it on, and no page of another site has had a
 * browser of this host ask, by its address or by a name that was made to point here. What a header says can only make the
 * answer a no.
 */
export function isOnThisHost(client: Client, { headers }: Request): boolean {
  if (client === "operator") return true;
  if (client !== "local" || PROXIED.some((name) => headers.has(name))) return false;
  const site = headers.get("sec-fetch-site");
  if (site !== null && site !== "same-origin" && site !== "none") return false;
  const host = (headers.get("host") ?? "localhost").replace(/:\d+$/, "").replace(/^\[(.*)\]$/, "$1");
  return host === "localhost" || isIP(host) !== 0;
}
