/**
 * The probers.
 *
 * @module
 */

import { dnsProber } from "./dns/dns_prober.ts";
import { grpcProber } from "./grpc/grpc_prober.ts";
import { httpProber } from "./http/http_prober.ts";
import { icmpProber } from "./icmp/icmp_prober.ts";
import type { Module, ProberName } from "./module.ts";
import type { Prober } from "./prober.ts";
import { tcpProber } from "./dialogue/tcp_prober.ts";
import { unixProber } from "./dialogue/unix_prober.ts";
import { websocketProber } from "./websocket/websocket_prober.ts";

const LIST: readonly Prober[] = [dnsProber, grpcProber, httpProber, icmpProber, tcpProber, unixProber, websocketProber];

/** The probers by their names. */
export const PROBERS: ReadonlyMap<ProberName, Prober> = new Map(LIST.map((prober) => [prober.name, prober]));

/** The call of the C library that probes with some of these modules make; `undefined` if none does. */
export function systemCallOf(modules: readonly Module[]): string | undefined {
  return modules.map(({ prober }) => PROBERS.get(prober)?.systemCall).find((call) => call !== undefined);
}
