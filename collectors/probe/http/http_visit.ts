/**
 * One request of a probe, from connecting to the end of the response, over a connection of its own.
 *
 * @module
 */

import { Scope } from "../../../src/scope.ts";
import { isIP } from "node:net";
import { type Addresses, resolveAddresses } from "../address/address.ts";
import { bodyDecoder } from "./body_decoder.ts";
import { failureOf } from "../classify.ts";
import { type Connection, openSocket, type SecureConnection, secureSocket } from "../connection.ts";
import { type BodyWish, ResponseBody } from "./http_body.ts";
import { exchange } from "./http_exchange.ts";
import { hostOf, type HttpRequest, isRedirect, portOf, renderRequest } from "./http_request.ts";
import { type ResponseHead, ResponseReader } from "./http_response.ts";
import { checkHeader } from "./http_sender.ts";
import type { AddressChoice, HttpClient, TextRef, TlsOptions } from "../module.ts";
import type { ProbeTools } from "../prober.ts";
import type { ProxyServer } from "./proxy.ts";
import { type Address, ProbeError } from "../result.ts";
import { secretOf } from "../text_ref.ts";
import type { Timeline } from "../timeline.ts";
import { type TlsFacts, UnverifiedError } from "../tls/tls_facts.ts";

/** One request, as far as it has come. */
export interface Visit {
  /** How long its phases took. */
  readonly timeline: Timeline;
  /** The address that was connected to; that of a proxy does not count. */
  address?: Address;
  /** The TLS of the target, also where its certificate was not accepted. */
  tls?: TlsFacts;
  /** The head of the response, once it is complete. */
  head?: ResponseHead;
  /** The body of the response, as far as it has come. */
  body?: ResponseBody;
}

/** How a target is reached. */
export interface Route {
  /** Its addresses, tried in order; absent where a proxy resolves its name. */
  readonly addresses?: Addresses;
  /** The proxy between, if there is one. */
  readonly proxy?: ProxyServer;
  /** Its TLS, should it have any. */
  readonly tls: TlsOptions;
}

/** What is wanted of a visit. */
export interface Wish extends BodyWish {
  /** How it is made. */
  readonly client: Pick<HttpClient, "http2" | "proxy">;
}

/** A proxy's own name is resolved as the system does. */
const PROXY_CHOICE: AddressChoice = { preferred: 6, fallback: true, resolve: "any" };

/**
 * Makes `request`. Of a redirect no more than the head is read.
 *
 * @throws what stopped it: a {@linkcode ProbeError}, a socket's error, or the reason for which `signal` aborted
 */
export async function visitOnce(
  visit: Visit,
  request: HttpRequest,
  route: Route,
  wish: Wish,
  tools: ProbeTools,
  signal: AbortSignal,
): Promise<ResponseHead> {
  const { timeline } = visit;
  const isSecure = request.url.protocol === "https:";
  using open = new Scope();
  timeline.enter("connect");
  const near = route.proxy
    ? await openThrough(route.proxy, visit, request, route, wish, tools, signal, open)
    : kept(open, await openFirst(visit, route, portOf(request.url), tools, signal));
  if (!isSecure) return await exchangeOnce(near, visit, request, route, wish, signal);
  timeline.enter("tls");
  const secure = kept(open, await secured(near, visit, request, route, wish, tools, signal));
  if (secure.protocol !== "h2") return await exchangeOnce(secure, visit, request, route, wish, signal);
  return await exchangeByHttp2(secure, visit, request, wish, signal);
}

/** A connection that is destroyed with `open`. */
export function kept<C extends Connection>(open: Scope, connection: C): C {
  open.defer(() => connection.socket.destroy());
  return connection;
}

/**
 * A connection to the first address that takes one.
 *
 * @throws what the last one throws
 */
export async function openFirst(
  visit: Pick<Visit, "address">,
  { addresses }: Route,
  port: number,
  tools: ProbeTools,
  signal: AbortSignal,
): Promise<Connection> {
  let fault: unknown;
  for (const address of addresses ?? []) {
    visit.address = address;
    try {
      tools.admit(address);
      return await openSocket(address, port, signal);
    } catch (error) {
      if (signal.aborted) throw error;
      fault = error;
    }
  }
  throw fault ?? new ProbeError("dns", "there is no address to connect to");
}

/**
 * A connection through a proxy: to the target itself, or, for what the proxy reads, to the proxy.
 *
 * @throws what keeps us from the proxy, or the proxy from the target
 */
export async function openThrough(
  proxy: ProxyServer,
  visit: Pick<Visit, "timeline" | "address">,
  { url }: Pick<HttpRequest, "url">,
  { addresses, tls }: Route,
  { client }: Pick<Wish, "client">,
  tools: ProbeTools,
  signal: AbortSignal,
  open: Scope,
): Promise<Connection> {
  const [address] = addresses ?? [];
  visit.address = address;
  const host = address?.ip ?? hostOf(url);
  const family = isIP(host);
  if (family === 4 || family === 6) tools.admit({ ip: host, family });
  const own = { addresses: await resolveAddresses(proxy.host, PROXY_CHOICE, tools, signal), tls };
  const plain = kept(open, await openFirst({}, own, proxy.port, { ...tools, admit }, signal));
  const { source } = tools;
  const proxyTls = { ...tls, serverName: undefined };
  const proxySecure = { tls: proxyTls, host: proxy.host, alpn: HTTP_1, source };
  const near = proxy.kind === "https"
    ? kept(
      open,
      await secureSocket(plain, proxySecure, signal).catch((error) => {
        throw failureOf(error, "tls", "TLS with the proxy");
      }),
    )
    : plain;
  if (!isTunnelled(proxy, url)) return near;
  const headers = (client.proxy?.connectHeaders ?? []).flatMap(([name, values]) =>
    values.map((ref: TextRef) => [name, secretOf(ref, source)] as const)
  );
  headers.forEach(checkHeader);
  const { openTunnel } = await import("./proxy_tunnel.ts");
  await openTunnel(near, proxy, { host, port: portOf(url) }, headers, signal);
  return near;
}

/** A proxy is the operator's own choice. */
function admit(): void {}

function isTunnelled({ kind }: ProxyServer, { protocol }: URL): boolean {
  return kind === "socks5" || protocol !== "http:";
}

const HTTP_1 = ["http/1.1"] as const;
const HTTP_2_OR_1 = ["h2", "http/1.1"] as const;

async function secured(
  near: Connection,
  visit: Visit,
  { url }: HttpRequest,
  { tls }: Route,
  { client }: Wish,
  { source }: ProbeTools,
  signal: AbortSignal,
): Promise<SecureConnection> {
  const alpn = client.http2 ? HTTP_2_OR_1 : HTTP_1;
  try {
    const connection = await secureSocket(near, { tls, host: hostOf(url), alpn, source }, signal);
    visit.tls = connection.facts;
    return connection;
  } catch (error) {
    if (error instanceof UnverifiedError) visit.tls = error.facts;
    throw error;
  }
}

/** By HTTP/1.1. */
async function exchangeOnce(
  connection: Connection,
  visit: Visit,
  request: HttpRequest,
  { proxy }: Route,
  wish: Wish,
  signal: AbortSignal,
): Promise<ResponseHead> {
  const isRead = proxy !== undefined && !isTunnelled(proxy, request.url);
  const authorization = proxy?.authorization ? [["Proxy-Authorization", proxy.authorization] as const] : [];
  using body = new ResponseBody(wish, await bodyDecoder(wish.compression));
  visit.body = body;
  const reader = new ResponseReader(request.method, body, isRedirect);
  try {
    const bytes = renderRequest(request, isRead ? authorization : undefined);
    return await finished(visit, await exchange(connection, bytes, reader, body, visit.timeline, signal), signal);
  } finally {
    visit.head = reader.head;
  }
}

async function exchangeByHttp2(
  connection: Connection,
  visit: Visit,
  request: HttpRequest,
  wish: Wish,
  signal: AbortSignal,
): Promise<ResponseHead> {
  const { exchange2 } = await import("./http2_exchange.ts");
  using body = new ResponseBody(wish, await bodyDecoder(wish.compression));
  visit.body = body;
  return await finished(visit, await exchange2(connection, request, visit, body, signal, isRedirect), signal);
}

/** Waits for the end of the body, if it is wanted. */
async function finished(visit: Visit, head: ResponseHead, signal: AbortSignal): Promise<ResponseHead> {
  visit.head = head;
  if (!isRedirect(head)) await visit.body?.finish(signal);
  return head;
}
