/**
 * The host that a target names, and whether a list of hosts has it.
 *
 * @module
 */

import { isIP } from "node:net";
import type { ProberName } from "../module.ts";

/** A host that a target names. */
interface TargetHost {
  /** In lower case, without the brackets of an IPv6 address. */
  readonly host: string;
  /** As it is written; empty for none. */
  readonly port: string;
}

const URL_PORTS: Readonly<Record<string, string>> = { "http:": "80", "https:": "443", "ws:": "80", "wss:": "443" };
const HOST_AND_PORT = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9_.-]+))(?::(\d{1,5}))?$/i;

/** The host of a target; `undefined` where that is not quite clear. */
export function targetHost(prober: ProberName, target: string): TargetHost | undefined {
  if (prober === "http" || prober === "websocket") return hostOfUrl(prober, target);
  const match = HOST_AND_PORT.exec(target);
  if (match) return { host: (match[1] ?? match[2] ?? "").toLowerCase(), port: match[3] ?? "" };
  return isIP(target) === 6 ? { host: target.toLowerCase(), port: "" } : undefined;
}

function hostOfUrl(prober: ProberName, target: string): TargetHost | undefined {
  const text = /^[a-z][a-z0-9+.-]*:\/\//i.test(target) ? target : `${prober === "http" ? "http" : "ws"}://${target}`;
  if (!URL.canParse(text)) return undefined;
  const { hostname, port, protocol } = new URL(text);
  return { host: hostname.replace(/^\[(.*)\]$/, "$1").toLowerCase(), port: port || (URL_PORTS[protocol] ?? "") };
}

/** Whether one of `hosts`, each as `example.org`, `*.example.org` or `192.0.2.1:443`, is the target's. */
export function namesTarget(hosts: readonly string[], prober: ProberName, target: string): boolean {
  if (hosts.includes(target)) return true;
  const own = targetHost(prober, target);
  return own !== undefined && hosts.some((text) => matches(text, own));
}

function matches(text: string, { host, port }: TargetHost): boolean {
  const [, wildcard = "", rest = ""] = /^(\*\.)?(.*)$/s.exec(text.toLowerCase()) ?? [];
  const named = targetHost("tcp", rest);
  if (!named || (named.port !== "" && named.port !== port)) return false;
  return wildcard === "" ? host === named.host : host.endsWith(`.${named.host}`);
}
