/**
 * Probes a URL over HTTP/1.1: resolves, connects, asks, reads to the end, follows redirects, judges.
 *
 * @module
 */

import { type Clock, toNanosecond } from "../../src/clock.ts";
import type { Stop } from "./accounting.ts";
import { resolveHost } from "./address.ts";
import { classify } from "./classify.ts";
import { type Connection, openSocket, secureSocket } from "./connection.ts";
import { CookieJar } from "./cookies.ts";
import { withDeadline } from "./deadline.ts";
import { exchange } from "./http_exchange.ts";
import { judgeResponse } from "./http_judge.ts";
import { type HttpTarget, isRedirect, redirectTarget, redirectUrl, renderRequest } from "./http_request.ts";
import { type ResponseHead, ResponseReader } from "./http_response.ts";
import { type Address, type Failure, ProbeError, type ProbeResult } from "./result.ts";
import { type Durations, Timeline } from "./timeline.ts";
import { type TlsFacts, tlsFacts } from "./tls_facts.ts";

/** What a module of the HTTP prober asks for. */
export interface HttpModule {
  /** Seconds that all of it may take, redirects included. */
  readonly timeoutSeconds: number;
  /** Redirects followed; one more is a failure. */
  readonly maxRedirects: number;
  /** Bytes that a body may have; they are counted, not kept. */
  readonly bodyLimitBytes: number;
}

/** What a prober may use. */
export interface ProbeTools {
  /** Time. */
  readonly clock: Clock;
  /** Aborts the probe, which then has no result. */
  readonly signal: AbortSignal;
  /** How requests name their sender. */
  readonly userAgent: string;
}

/** The response that was judged. */
export interface HttpResponse {
  /** Its head. */
  readonly head: ResponseHead;
  /** Bytes of its body that were read. */
  readonly bodyBytes: number;
  /** The TLS that it came over. */
  readonly tls?: TlsFacts;
}

/** What probing a URL came to. */
export interface HttpResult extends ProbeResult {
  /** How long each request's phases took, redirects in order. */
  readonly requests: readonly Durations[];
  /** Redirects that were answered. */
  readonly redirects: number;
  /** The last response, unless it was followed or has not come. */
  readonly response?: HttpResponse;
  /** Unix time at which it ended, in seconds. */
  readonly wallSeconds: number;
}

/** All ways in which an HTTP probe can stop. `internal` stands for a run that failed itself, wherever it was. */
export const HTTP_STOPS: readonly Stop[] = [
  { reason: "internal", phase: "resolve" },
  { reason: "dns", phase: "resolve" },
  { reason: "timeout", phase: "resolve" },
  { reason: "refused", phase: "connect" },
  { reason: "reset", phase: "connect" },
  { reason: "timeout", phase: "connect" },
  { reason: "tls", phase: "tls" },
  { reason: "reset", phase: "tls" },
  { reason: "timeout", phase: "tls" },
  { reason: "tls", phase: "request" },
  { reason: "reset", phase: "request" },
  { reason: "timeout", phase: "request" },
  { reason: "tls", phase: "processing" },
  { reason: "reset", phase: "processing" },
  { reason: "timeout", phase: "processing" },
  { reason: "tls", phase: "transfer" },
  { reason: "reset", phase: "transfer" },
  { reason: "timeout", phase: "transfer" },
  { reason: "protocol", phase: "transfer" },
  { reason: "size", phase: "transfer" },
  { reason: "redirect", phase: "validate" },
  { reason: "status", phase: "validate" },
];

/** One request, as far as it has come. */
interface Visit {
  readonly timeline: Timeline;
  readonly reader: ResponseReader;
  address?: Address;
  tls?: TlsFacts;
}

/** A probe under way: what it has come to is read of it when it ends, however it ends. */
interface Journey {
  readonly visits: Visit[];
  redirects: number;
}

/**
 * Probes `target` as `module` asks.
 *
 * @throws what is no outcome: the reason for which the tools' signal aborted, or a fault of this host
 */
export async function probeHttp(target: HttpTarget, module: HttpModule, tools: ProbeTools): Promise<HttpResult> {
  const { clock, signal } = tools;
  const begin = clock.monotonic();
  const journey: Journey = { visits: [], redirects: 0 };
  let failure: Failure | undefined;
  try {
    await withDeadline(clock, signal, module.timeoutSeconds, (limit) => travel(journey, target, module, tools, limit));
  } catch (error) {
    failure = classify(error, journey.visits.at(-1)?.timeline.phase ?? "resolve");
    if (!failure || signal.aborted) throw error;
  }
  const durationSeconds = toNanosecond(clock.monotonic() - begin);
  journey.visits.at(-1)?.timeline.pause();
  return {
    ...resultOf(journey, module),
    outcome: failure ? { success: false, durationSeconds, failure } : { success: true, durationSeconds },
    wallSeconds: clock.wall(),
  };
}

/** Follows redirects to the response that counts, and judges it. */
async function travel(
  journey: Journey,
  first: HttpTarget,
  module: HttpModule,
  tools: ProbeTools,
  signal: AbortSignal,
): Promise<void> {
  const cookies = new CookieJar();
  for (let target = first;;) {
    const visit = { timeline: new Timeline(tools.clock, "resolve"), reader: new ResponseReader(module.bodyLimitBytes) };
    journey.visits.push(visit);
    const request = renderRequest(target, tools.userAgent, cookies.header(target.url));
    const head = await ask(visit, new URL(target.url), request, signal);
    visit.timeline.enter("validate");
    if (!isRedirect(head)) return judgeResponse(head);
    const url = redirectUrl(target, head);
    cookies.store(target.url, head.headers.get("set-cookie") ?? [], tools.clock.wall());
    journey.redirects++;
    if (journey.redirects > module.maxRedirects) {
      throw new ProbeError("redirect", `more than ${module.maxRedirects} redirects`);
    }
    target = redirectTarget(target, url);
    visit.timeline.pause();
  }
}

/** Makes one request over a connection of its own; of a redirect no more than the head is read. */
async function ask(visit: Visit, url: URL, request: string, signal: AbortSignal): Promise<ResponseHead> {
  const { timeline } = visit;
  const isSecure = url.protocol === "https:";
  const port = url.port === "" ? (isSecure ? 443 : 80) : Number(url.port);
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
  visit.address = await resolveHost(host, signal);
  timeline.enter("connect");
  const connection = await openSocket(visit.address, port, signal);
  try {
    if (!isSecure) return await exchange(connection, request, visit.reader, timeline, signal, isRedirect);
    timeline.enter("tls");
    return await askSecurely(visit, connection, host, request, signal);
  } finally {
    connection.socket.destroy();
  }
}

async function askSecurely(
  visit: Visit,
  plain: Connection,
  host: string,
  request: string,
  signal: AbortSignal,
): Promise<ResponseHead> {
  const connection = await secureSocket(plain, host, signal);
  try {
    visit.timeline.pause();
    visit.tls = tlsFacts(connection.socket);
    return await exchange(connection, request, visit.reader, visit.timeline, signal, isRedirect);
  } finally {
    connection.socket.destroy();
  }
}

function resultOf({ visits, redirects }: Journey, { maxRedirects }: HttpModule) {
  const [first] = visits;
  const last = visits.at(-1);
  const head = last?.reader.head;
  const isLast = head && (!isRedirect(head) || redirects > maxRedirects);
  return {
    requests: visits.map(({ timeline }) => timeline.durations),
    redirects,
    lookupSeconds: first?.timeline.durations.resolve ?? 0,
    address: first?.address,
    response: isLast ? { head, bodyBytes: last.reader.bodyBytes, tls: last.tls } : undefined,
  };
}
