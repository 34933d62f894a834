/**
 * Which proxy stands between us and a URL, as Go's httpproxy decides.
 *
 * @module
 */

import { isIP } from "node:net";
import process from "node:process";
import { addressBytes } from "../address/address.ts";
import { lies, parseNetwork } from "../address/guard.ts";
import { basic, hostOf, portOf, userInfoOf } from "./http_request.ts";
import type { Proxy } from "../module.ts";
import { ProbeError } from "../result.ts";

/** A proxy that is to be used. */
export interface ProxyServer {
  /** How it is spoken to; `https` is `http` over TLS. */
  readonly kind: "http" | "https" | "socks5";
  /** Its name or address. */
  readonly host: string;
  /** Its port. */
  readonly port: number;
  /** Value of `Proxy-Authorization`; empty for none. */
  readonly authorization: string;
  /** Name and password, decoded; empty for none. */
  readonly user: string;
  readonly password: string;
}

/** Variables by name; some are given in lower case. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The proxy for `url`; `undefined` if it is asked directly.
 *
 * @param ip address of its host, where we have resolved it
 * @throws {ProbeError} `internal` if the environment's proxy is malformed
 */
export function proxyFor(
  url: URL,
  ip: string | undefined,
  proxy: Proxy | undefined,
  environment: Environment = process.env,
): ProxyServer | undefined {
  if (!proxy) return undefined;
  const variable = (name: string) => environment[name] ?? environment[name.toLowerCase()] ?? "";
  const isOfEnvironment = proxy.url === "environment";
  const text = isOfEnvironment ? variable(url.protocol === "https:" ? "HTTPS_PROXY" : "HTTP_PROXY") : proxy.url;
  if (text === "") return undefined;
  const except = isOfEnvironment ? variable("NO_PROXY") : proxy.except;
  if ((isOfEnvironment || except !== "") && isExcepted(url, ip, except)) return undefined;
  return proxyServer(text);
}

const KINDS: Readonly<Record<string, ProxyServer["kind"] | undefined>> = {
  "http:": "http",
  "https:": "https",
  "socks5:": "socks5",
  "socks5h:": "socks5",
};
const SOCKS_PORT = 1080;

function proxyServer(text: string): ProxyServer {
  const whole = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`;
  const url = URL.canParse(whole) ? new URL(whole) : undefined;
  const kind = url && KINDS[url.protocol];
  const userInfo = url && userInfoOf(url);
  if (!kind || userInfo === undefined || url.hostname === "") {
    throw new ProbeError("internal", 'cannot use the proxy: expected a URL as "http://proxy.example:3128"');
  }
  const [user = "", ...rest] = userInfo.split(":");
  return {
    kind,
    host: hostOf(url),
    port: kind === "socks5" ? Number(url.port || SOCKS_PORT) : portOf(url),
    authorization: userInfo && basic(userInfo),
    user,
    password: rest.join(":"),
  };
}

/** Whether `NO_PROXY`'s list, or this host's own name, makes the URL be asked directly. */
function isExcepted(url: URL, ip: string | undefined, list: string): boolean {
  const host = hostOf(url).toLowerCase().replace(/\.$/, "");
  if (host === "localhost" || isLoopback(host) || ip !== undefined && isLoopback(ip)) return true;
  const addresses = [host, ip ?? ""].filter((text) => isIP(text) !== 0);
  return list.toLowerCase().split(",").map((entry) => entry.trim()).filter(Boolean).some((entry) => {
    if (entry === "*") return true;
    if (isNetwork(entry)) return addresses.some((address) => lies(address, parseNetwork(entry)));
    const [, name = "", port] = /^\[?(.*?)\]?(?::(\d+))?$/.exec(entry) ?? [];
    if (port !== undefined && Number(port) !== portOf(url)) return false;
    if (isIP(name)) return addresses.some((address) => lies(address, parseNetwork(name)));
    const domain = name.replace(/^\*(?=\.)/, "");
    return domain.startsWith(".") ? host.endsWith(domain) : host === domain || host.endsWith(`.${domain}`);
  });
}

function isLoopback(host: string): boolean {
  if (isIP(host) === 0) return false;
  return host === "::1" || addressBytes(host)[0] === 127 && addressBytes(host).length === 4;
}

function isNetwork(entry: string): boolean {
  try {
    parseNetwork(entry);
    return true;
  } catch {
    return false;
  }
}
