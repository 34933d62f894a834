/**
 * Cookies of one probe (RFC 6265), without which some sites redirect in circles. Gone with the probe.
 *
 * @module
 */

import { isIP } from "node:net";

interface Cookie {
  readonly name: string;
  readonly value: string;
  readonly domain: string;
  /** Whether hosts below `domain` get it too. */
  readonly wide: boolean;
  readonly path: string;
  readonly secure: boolean;
}

const MOST_COOKIES = 50;
const LONGEST_COOKIE = 4096;

/** Keeps what `Set-Cookie` sets, and says what `Cookie` sends. */
export class CookieJar {
  /** By domain, path and name. */
  readonly #cookies = new Map<string, Cookie>();

  /**
   * Takes the values of `Set-Cookie` in an answer of `url`.
   *
   * @param wallSeconds the time now, against which an expiry is held
   */
  store(url: string, values: readonly string[], wallSeconds: number): void {
    for (const value of values) {
      if (value.length > LONGEST_COOKIE) continue;
      const [pair = "", ...attributes] = value.split(";").map((part) => part.trim());
      const cookie = parseCookie(new URL(url), pair, attributes);
      if (!cookie) continue;
      const key = JSON.stringify([cookie.domain, cookie.path, cookie.name]);
      this.#cookies.delete(key);
      if (!hasExpired(attributes, wallSeconds) && this.#cookies.size < MOST_COOKIES) this.#cookies.set(key, cookie);
    }
  }

  /** The value of `Cookie` in a request for `url`; `undefined` for none. */
  header(url: string): string | undefined {
    const { hostname, pathname, protocol } = new URL(url);
    const sent = [...this.#cookies.values()].filter(({ domain, wide, path, secure }) =>
      (hostname === domain || wide && hostname.endsWith(`.${domain}`)) &&
      (pathname === path || pathname.startsWith(path.endsWith("/") ? path : `${path}/`)) &&
      (!secure || protocol === "https:")
    );
    return sent.length === 0 ? undefined : sent.map(({ name, value }) => `${name}=${value}`).join("; ");
  }
}

/** `undefined` for what is none, or is for another host. */
function parseCookie(url: URL, pair: string, attributes: readonly string[]): Cookie | undefined {
  const equals = pair.indexOf("=");
  if (equals < 1) return undefined;
  const { hostname } = url;
  const domain = attribute(attributes, "domain")?.replace(/^\./, "").toLowerCase() || hostname;
  const wide = domain !== hostname;
  if (wide && (isIP(hostname) || !domain.includes(".") || !hostname.endsWith(`.${domain}`))) return undefined;
  const path = attribute(attributes, "path");
  return {
    name: pair.slice(0, equals).trimEnd(),
    value: pair.slice(equals + 1).trimStart(),
    domain,
    wide: wide || attribute(attributes, "domain") !== undefined,
    path: path?.startsWith("/") ? path : url.pathname.slice(0, url.pathname.lastIndexOf("/")) || "/",
    secure: attribute(attributes, "secure") !== undefined,
  };
}

function hasExpired(attributes: readonly string[], wallSeconds: number): boolean {
  const maxAge = attribute(attributes, "max-age");
  if (maxAge !== undefined && /^-?\d+$/.test(maxAge)) return Number(maxAge) <= 0;
  return Date.parse(attribute(attributes, "expires") ?? "") / 1000 <= wallSeconds;
}

/** The value of the last attribute of that name, empty if it has none. */
function attribute(attributes: readonly string[], name: string): string | undefined {
  const found = attributes.findLast((text) => text.split("=", 1)[0]?.trim().toLowerCase() === name);
  return found?.slice(name.length).replace(/^\s*=\s*/, "");
}
