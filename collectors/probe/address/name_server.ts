/**
 * Asks one name server for the addresses of a name, in place of the system's resolver.
 *
 * @module
 */

import type { Clock } from "../../../src/clock.ts";
import { openSocket } from "../connection.ts";
import { type DnsQuery, newQuery } from "../dns/dns_query.ts";
import { openDatagrams, overConnection } from "../dns/dns_channel.ts";
import type { DnsMessage } from "../dns/dns_message.ts";
import { DNS_RCODES, DNS_TYPES, rcodeName } from "../dns/dns_names.ts";
import { parseAddressPort } from "./host_port.ts";
import type { AddressChoice } from "../module.ts";
import { type Address, ProbeError } from "../result.ts";

/** Where a server is, and listens. */
interface Place {
  readonly address: Address;
  readonly port: number;
}

const DNS_PORT = 53;
/** Datagrams get lost: the question is sent again so often. */
const RESEND_SECONDS = 1;
/** Names that stand for other names. */
const MOST_ALIASES = 8;
const TYPES = [{ family: 4, type: DNS_TYPES.get("A") ?? 0 }, { family: 6, type: DNS_TYPES.get("AAAA") ?? 0 }] as const;
const ALIAS = DNS_TYPES.get("CNAME");

/**
 * The addresses of `name`, in the server's order; of one family alone if the other will not do. It is asked until it
 * answers or `signal` aborts.
 *
 * @param server as {@linkcode parseAddressPort} takes it
 * @throws {ProbeError} `dns`, if it has none or refuses
 * @throws {SyntaxError} if `server` is not an address
 * @throws the reason for which `signal` aborted
 */
export async function askNameServer(
  server: string,
  name: string,
  { preferred, fallback }: Pick<AddressChoice, "preferred" | "fallback">,
  clock: Clock,
  signal: AbortSignal,
): Promise<readonly Address[]> {
  const { address, port = DNS_PORT } = parseAddressPort(server);
  const asked = TYPES.filter(({ family }) => fallback || family === preferred);
  const answers = await Promise.allSettled(
    asked.map(async ({ family, type }) =>
      (await follow({ address, port }, name, type, clock, signal)).map((ip) => ({ ip, family }))
    ),
  );
  signal.throwIfAborted();
  const found = answers.flatMap((answer) => answer.status === "fulfilled" ? answer.value : []);
  if (found.length > 0) return found;
  const fault: unknown = answers.find((answer) => answer.status === "rejected")?.reason;
  if (fault instanceof ProbeError) {
    throw new ProbeError("dns", `lookup ${name} on ${server}: ${fault.message}`, { cause: fault });
  }
  if (fault !== undefined) throw fault;
  throw new ProbeError("dns", `lookup ${name} on ${server}: no such host`);
}

/** Texts of the addresses of one type, at the end of a chain of aliases. */
async function follow(
  server: Place,
  name: string,
  type: number,
  clock: Clock,
  signal: AbortSignal,
): Promise<string[]> {
  for (let [current, aliases] = [absolute(name), 0];;) {
    const message = await ask(server, newQuery({ name: current, type, class: 1 }, true), clock, signal);
    if (message.rcode === DNS_RCODES.get("NXDOMAIN")) return [];
    if (message.rcode !== DNS_RCODES.get("NOERROR")) {
      throw new ProbeError("dns", `it answered ${rcodeName(message.rcode)}`);
    }
    const target = chainEnd(message, current);
    const found = message.answer.filter((record) => record.type === type && sameName(record.name, target));
    if (found.length > 0 || target === current) return found.map(({ data }) => data);
    current = target;
    aliases++;
    if (aliases > MOST_ALIASES) throw new ProbeError("dns", `more than ${MOST_ALIASES} answers that name another name`);
  }
}

/** The name that `name` stands for by the aliases of one answer. */
function chainEnd({ answer }: DnsMessage, name: string): string {
  let current = name;
  for (let i = 0; i < answer.length; i++) {
    const alias = answer.find((record) => record.type === ALIAS && sameName(record.name, current));
    if (!alias) break;
    current = alias.data;
  }
  return current;
}

/** Asks by datagrams until there is an answer, and over a connection if it did not fit. */
async function ask(
  { address, port }: Place,
  query: DnsQuery,
  clock: Clock,
  signal: AbortSignal,
): Promise<DnsMessage> {
  using datagrams = await openDatagrams(address, port, signal, { resend: { clock, seconds: RESEND_SECONDS } });
  const message = await datagrams.ask(query, signal);
  if (!message.truncated) return message;
  using stream = overConnection(await openSocket(address, port, signal));
  return await stream.ask(query, signal);
}

function absolute(name: string): string {
  return name.endsWith(".") ? name : `${name}.`;
}

function sameName(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}
