/**
 * Asks a name server one question, over UDP, TCP or TLS, and judges its answer.
 *
 * @module
 */

import { failureMessage } from "../../../src/failure.ts";
import { type Stop, stopsIn } from "../accounting.ts";
import { attempt } from "../attempt.ts";
import { type Connection, openSocket, secureSocket } from "../connection.ts";
import { type DnsChannel, openDatagrams, overConnection } from "./dns_channel.ts";
import { judgeAnswer } from "./dns_judge.ts";
import { type DnsMessage, encodeName, type Question } from "./dns_message.ts";
import { DNS_CLASSES, DNS_TYPES, rcodeName } from "./dns_names.ts";
import { newQuery } from "./dns_query.ts";
import { parseHostPort } from "../address/host_port.ts";
import type { DnsModule } from "../module.ts";
import { probeHost } from "../address/over_addresses.ts";
import type { ProbeTools } from "../prober.ts";
import type { Address, ProbeResult } from "../result.ts";
import type { Timeline } from "../timeline.ts";
import { type TlsFacts, UnverifiedError } from "../tls/tls_facts.ts";
import type { Trace } from "../trace.ts";

/** What is kept of an answer. */
export interface DnsAnswer {
  /** Records in the section of answers. */
  readonly answer: number;
  /** Records in that of authorities. */
  readonly authority: number;
  /** Records in the additional one. */
  readonly additional: number;
  /** Of the zone, if that was asked for; 0 if the answer has none. */
  readonly serial?: number;
}

/** What asking a server came to. */
export interface DnsResult extends ProbeResult {
  /** Its answer, whether or not that was accepted. */
  readonly answer?: DnsAnswer;
}

const DNS_PORT = 53;
const TLS_PORT = 853;
const SOA = DNS_TYPES.get("SOA");

/** The ways in which a probe with this module can stop. */
export function dnsStops(module: DnsModule): readonly Stop[] {
  const { transport, overTls, tls: { ca, cert, key }, answer, authority, additional } = module;
  const hasRules = [answer, authority, additional].some((section) =>
    Object.values(section).some((patterns) => patterns.length > 0)
  );
  return [
    ...stopsIn("resolve", "internal", "dns", "timeout"),
    ...stopsIn("connect", "refused", "timeout"),
    ...transport === "tcp"
      ? [...stopsIn("connect", "reset"), ...stopsIn("request", "reset")]
      : stopsIn("request", "refused"),
    ...overTls ? [...stopsIn("tls", "tls", "reset", "timeout"), ...stopsIn("request", "tls")] : [],
    ...overTls && (ca ?? cert ?? key) ? stopsIn("tls", "internal") : [],
    ...isName(module.queryName) ? [] : stopsIn(overTls ? "tls" : "connect", "internal"),
    ...stopsIn("request", "timeout", "protocol"),
    ...stopsIn("validate", "response"),
    ...hasRules ? stopsIn("validate", "answer") : [],
  ];
}

/** Whether a name can be asked for; that it cannot is found at the last moment, as the peer has it. */
function isName(name: string): boolean {
  try {
    encodeName(name);
    return true;
  } catch {
    return false;
  }
}

/**
 * Probes the server that `target` names, as `module` asks.
 *
 * @throws {SyntaxError} if `target` is no host
 * @throws what is no outcome: the reason for which the tools' signal aborted, or a fault of this host
 */
export async function probeDns(target: string, module: DnsModule, tools: ProbeTools): Promise<DnsResult> {
  const { host, port = module.overTls ? TLS_PORT : DNS_PORT } = parseHostPort(target);
  const type = DNS_TYPES.get(module.queryType) ?? 0;
  const question = { name: module.queryName, type, class: DNS_CLASSES.get(module.queryClass) ?? 0 };
  return await probeHost<DnsResult>(host, module.address, tools, {}, async (address, seconds) => {
    const found: { answer?: DnsAnswer; tls?: TlsFacts } = {};
    const attempted = await attempt(tools, seconds, "connect", async (signal, timeline) => {
      const visit = { host, port, address, module, question, tools, timeline, signal, found };
      const message = await askServer(visit);
      timeline.enter("validate");
      noteAnswer(message, tools.trace);
      found.answer = answerOf(message, type);
      judgeAnswer(message, module, tools.trace);
    });
    return { ...attempted, ...found, lookupSeconds: 0, address };
  });
}

/** A probe of one address under way. */
interface Visit {
  readonly host: string;
  readonly port: number;
  readonly address: Address;
  readonly module: DnsModule;
  readonly question: Question;
  readonly tools: ProbeTools;
  readonly timeline: Timeline;
  readonly signal: AbortSignal;
  /** What was found so far. */
  readonly found: { answer?: DnsAnswer; tls?: TlsFacts };
}

/** Opens a channel, and asks. */
async function askServer(visit: Visit): Promise<DnsMessage> {
  const { address, port, module, question, tools } = visit;
  const { sourceAddress } = module;
  const protocol = `${module.transport}${address.family}${module.overTls ? "-tls" : ""}`;
  tools.admit(address);
  if (sourceAddress !== undefined) tools.trace.note("debug", "Using local address", { srcIP: sourceAddress });
  tools.trace.note("debug", "Making DNS query", {
    target: address.family === 6 ? `[${address.ip}]:${port}` : `${address.ip}:${port}`,
    dial_protocol: protocol,
    query: module.queryName,
    type: question.type,
    class: question.class,
  });
  try {
    return await (module.transport === "udp" ? askByDatagram(visit) : askByConnection(visit));
  } catch (error) {
    tools.trace.note("error", "Error while sending a DNS query", { err: failureMessage(error) });
    throw error;
  }
}

async function askByDatagram(visit: Visit): Promise<DnsMessage> {
  const { address, port, module: { sourceAddress }, signal } = visit;
  using channel = await openDatagrams(address, port, signal, { sourceAddress });
  return await askOver(channel, visit);
}

async function askByConnection(visit: Visit): Promise<DnsMessage> {
  const { address, port, module, signal } = visit;
  const plain = await openSocket(address, port, signal, { sourceAddress: module.sourceAddress });
  using channel = overConnection(plain);
  return module.overTls ? await askSecurely(visit, plain) : await askOver(channel, visit);
}

async function askSecurely(visit: Visit, plain: Connection): Promise<DnsMessage> {
  const { host, module, tools: { source }, timeline, signal, found } = visit;
  timeline.enter("tls");
  try {
    const connection = await secureSocket(plain, { tls: module.tls, host, source }, signal);
    using channel = overConnection(connection);
    found.tls = connection.facts;
    return await askOver(channel, visit);
  } catch (error) {
    if (error instanceof UnverifiedError) found.tls = error.facts;
    throw error;
  }
}

async function askOver(channel: DnsChannel, { question, module, timeline, signal }: Visit): Promise<DnsMessage> {
  const query = newQuery(question, module.recursionDesired);
  timeline.enter("request");
  return await channel.ask(query, signal);
}

function noteAnswer({ id, rcode, answer, authority, additional }: DnsMessage, trace: Trace): void {
  const counts = `ANSWER: ${answer.length}, AUTHORITY: ${authority.length}, ADDITIONAL: ${additional.length}`;
  trace.note("debug", "Got response", { response: `;; status: ${rcodeName(rcode)}, id: ${id}\n;; ${counts}` });
}

function answerOf(message: DnsMessage, type: number): DnsAnswer {
  const { answer, authority, additional } = message;
  const last = answer.findLast((record) => record.type === SOA)?.data;
  return {
    answer: answer.length,
    authority: authority.length,
    additional: additional.length,
    serial: type === SOA ? Number(last?.split(" ")[2] ?? 0) : undefined,
  };
}
