/**
 * Probes a URL of WebSocket: the handshake, then a dialogue of messages.
 *
 * @module
 */

import { Scope } from "../../../src/scope.ts";
import type { Labels } from "../../../src/collector.ts";
import { attempt } from "../attempt.ts";
import { type Connection, secureSocket } from "../connection.ts";
import { expandLabels } from "../dialogue/dialogue.ts";
import { expand } from "../dialogue/expansion.ts";
import { hostOf, type HttpRequest, portOf } from "../http/http_request.ts";
import type { ResponseHead } from "../http/http_response.ts";
import { requestOf, type Sender, senderOf } from "../http/http_sender.ts";
import { kept, openFirst, openThrough, type Route } from "../http/http_visit.ts";
import type { DialogueStep, HttpModule, WebsocketModule } from "../module.ts";
import { probeHost } from "../address/over_addresses.ts";
import type { ProbeTools } from "../prober.ts";
import { proxyFor } from "../http/proxy.ts";
import { type Address, ProbeError, type ProbeResult } from "../result.ts";
import { secretOf } from "../text_ref.ts";
import type { Timeline } from "../timeline.ts";
import { type TlsFacts, UnverifiedError } from "../tls/tls_facts.ts";
import { checkHandshake, handshakeKey } from "./websocket_handshake.ts";
import { WebsocketSession } from "./websocket_session.ts";

/** What is known of a WebSocket beside how the probe ended. */
export interface WebsocketFacts {
  /** Status of the answer; 0 if none has come. */
  status: number;
  /** Whether the connection became a WebSocket. */
  isUpgraded: boolean;
  /** Whether a message did not come, or was not as expected. */
  failedByPattern: boolean;
  /** Labels of the steps that matched. */
  readonly matches: Labels[];
  /** The TLS, also where its certificate was not accepted. */
  tls?: TlsFacts;
}

/** What probing a WebSocket came to. */
export interface WebsocketResult extends ProbeResult, Readonly<WebsocketFacts> {
  /** The TLS, also where its certificate was not accepted. */
  readonly tls?: TlsFacts;
}

/** A WebSocket of which nothing is known. */
export function noWebsocket(): WebsocketFacts {
  return { status: 0, isUpgraded: false, failedByPattern: false, matches: [] };
}

/** One probe of one address. */
interface Visit {
  readonly request: HttpRequest;
  readonly address: Address;
  readonly module: WebsocketModule;
  readonly tools: ProbeTools;
  readonly timeline: Timeline;
  readonly signal: AbortSignal;
  readonly facts: WebsocketFacts;
}

/**
 * Probes `url` as `module` asks.
 *
 * @throws what is no outcome: the reason for which the tools' signal aborted, or a fault of this host
 */
export async function probeWebsocket(url: URL, module: WebsocketModule, tools: ProbeTools): Promise<WebsocketResult> {
  const probe = (address: Address, seconds: number) => probeAddress(url, address, module, tools, seconds);
  return await probeHost<WebsocketResult>(hostOf(url), module.address, tools, noWebsocket(), probe);
}

async function probeAddress(
  url: URL,
  address: Address,
  module: WebsocketModule,
  tools: ProbeTools,
  seconds: number,
): Promise<WebsocketResult> {
  const facts = noWebsocket();
  const target = { url: url.href, authorization: "" };
  const step = { target, method: "GET", hasBody: false, isOwn: true, keepsHost: true };
  const attempted = await attempt(tools, seconds, "connect", async (signal, timeline) => {
    using open = new Scope();
    try {
      const request = requestOf(step, await senderFor(module, tools, signal), tools.userAgent, undefined);
      const visit = { request, address, module, tools, timeline, signal, facts };
      await talk(await reach(visit, open), visit);
    } catch (error) {
      const err = error instanceof Error ? error.message : String(error);
      tools.trace.note("error", `Error ${facts.isUpgraded ? "reading message" : "dialing websocket"}`, { err });
      throw error;
    }
  });
  return { ...attempted, ...facts, address, lookupSeconds: 0 };
}

async function senderFor(module: WebsocketModule, tools: ProbeTools, signal: AbortSignal): Promise<Sender> {
  const { authorization } = module.client;
  const token = authorization?.kind === "oauth2"
    ? await (await import("../http/oauth_token.ts")).oauthToken(authorization, module, tools, signal)
    : undefined;
  const headers = module.headers.flatMap(([name, values]) =>
    values.map((ref) => [name, secretOf(ref, tools.source)] as const)
  );
  const carried: Pick<HttpModule, "headers" | "client" | "body"> = { client: module.client, headers };
  return senderOf(carried, tools, token);
}

/** A connection to the server, through a proxy if there is one, and with TLS if its URL has that. */
async function reach(visit: Visit, open: Scope): Promise<Connection> {
  const { request, address, module: { client }, tools, timeline, signal, facts } = visit;
  const { url } = request;
  const proxy = proxyFor(new URL(url.href.replace(/^ws/, "http")), address.ip, client.proxy);
  const route: Route = { addresses: [address], proxy, tls: client.tls };
  const near = proxy
    ? await openThrough(proxy, { timeline }, request, route, { client }, tools, signal, open)
    : kept(open, await openFirst({}, route, portOf(url), tools, signal));
  if (url.protocol !== "wss:") return near;
  timeline.enter("tls");
  const host = tools.hostname ?? hostOf(url);
  try {
    const options = { tls: client.tls, host, alpn: ["http/1.1"], source: tools.source };
    const secure = kept(open, await secureSocket(near, options, signal));
    facts.tls = secure.facts;
    return secure;
  } catch (error) {
    if (error instanceof UnverifiedError) facts.tls = error.facts;
    throw error;
  }
}

async function talk(connection: Connection, visit: Visit): Promise<void> {
  const { request, module, tools: { trace }, timeline, signal, facts } = visit;
  using session = new WebsocketSession(connection, signal);
  const key = handshakeKey();
  const head: ResponseHead = await session.open(request, key, timeline);
  facts.status = head.status;
  timeline.enter("validate");
  trace.note("debug", "Received HTTP response", { status_code: head.status });
  checkHandshake(head, key);
  facts.isUpgraded = true;
  try {
    for (const step of module.dialogue) await take(step, session, visit);
  } catch (error) {
    facts.failedByPattern = true;
    throw error;
  }
  timeline.pause();
  await session.close().catch(() => {}); // the outcome stands, whether or not the server takes our leave
}

async function take(step: DialogueStep, session: WebsocketSession, visit: Visit): Promise<void> {
  const { expect, expectBytes, send } = step;
  const { tools: { trace }, timeline } = visit;
  timeline.enter("transfer");
  const message = expect || expectBytes ? await session.receive() : undefined;
  const text = message && expect ? matched(step, message, visit) : send;
  if (message && expectBytes && !startsWith(message, expectBytes)) {
    timeline.enter("validate");
    throw new ProbeError("response", "the message does not begin with the bytes expected");
  }
  if (text.length === 0) return;
  await session.send(text);
  // What is said may be a password.
  trace.note("debug", "message sent", { bytes: text.length });
}

/** What a step sends for a message that matches. */
function matched({ expect, labels, send }: DialogueStep, message: Uint8Array, visit: Visit): Uint8Array {
  const { tools: { trace }, timeline, facts } = visit;
  const regexp = expect?.source ?? "";
  const line = new TextDecoder().decode(message.subarray(0, MOST_SHOWN));
  const match = expect?.match(message);
  if (!match) {
    trace.note("error", "Regexp did not match", { regexp, line });
    timeline.enter("validate");
    throw new ProbeError("response", `the message does not match ${JSON.stringify(regexp)}`);
  }
  trace.note("debug", "regexp matched", { regexp, line });
  if (labels.length > 0) facts.matches.push(expandLabels(labels, match));
  return expand(send, match);
}

const MOST_SHOWN = 500;

function startsWith(message: Uint8Array, expected: Uint8Array): boolean {
  return message.length >= expected.length && expected.every((byte, i) => message[i] === byte);
}
