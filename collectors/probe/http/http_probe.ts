/**
 * Probes a URL over HTTP: resolves, connects, asks, reads to the end, follows redirects, judges.
 *
 * @module
 */

import { isIP } from "node:net";
import { toNanosecond } from "../../../src/clock.ts";
import { type Addresses, resolveAddresses } from "../address/address.ts";
import { classify } from "../classify.ts";
import { CookieJar } from "./cookies.ts";
import { withDeadline } from "../deadline.ts";
import { judgeResponse, judgeUnread } from "./http_judge.ts";
import {
  hostOf,
  type HttpTarget,
  isFaithful,
  isRedirect,
  isRelative,
  redirectTarget,
  redirectUrl,
} from "./http_request.ts";
import type { ResponseHead } from "./http_response.ts";
import { type HttpResult, needsBody, unjudged, type Verdict } from "./http_result.ts";
import { checkMethod, requestOf, type Sender, senderOf, type Step } from "./http_sender.ts";
import { type Visit, visitOnce } from "./http_visit.ts";
import type { HttpModule, TlsOptions } from "../module.ts";
import { probeHost } from "../address/over_addresses.ts";
import type { ProbeTools } from "../prober.ts";
import { proxyFor } from "./proxy.ts";
import { type Address, type Failure, type Phase, ProbeError } from "../result.ts";
import { withoutUserInfo } from "../target_name.ts";
import { sumDurations, Timeline } from "../timeline.ts";

/** A probe under way: what it has come to is read of it when it ends, however it ends. */
interface Journey {
  readonly visits: Visit[];
  /** Where it is before the first visit. */
  phase: Phase;
  redirects: number;
  verdict: Verdict;
}

/** What a probe of one address goes by. */
interface Charter {
  readonly target: HttpTarget;
  readonly module: HttpModule;
  readonly tools: ProbeTools;
  /** The target's own address; absent where a proxy resolves its name. */
  readonly address: Address | undefined;
}

/**
 * Probes `target` as `module` asks.
 *
 * @throws what is no outcome: the reason for which the tools' signal aborted, or a fault of this host
 */
export async function probeHttp(target: HttpTarget, module: HttpModule, tools: ProbeTools): Promise<HttpResult> {
  const url = new URL(target.url);
  const probe = (address: Address | undefined, seconds: number) =>
    journeyOf({ target, module, tools, address }, seconds);
  const skips = module.skipResolveWithProxy && module.client.proxy?.url !== "environment" &&
    proxyFor(url, undefined, module.client.proxy) !== undefined;
  if (skips) return await probe(undefined, tools.timeoutSeconds);
  const nothing = { requests: [], redirects: 0, verdict: unjudged(module), resolves: true, wallSeconds: 0 };
  const result = await probeHost<HttpResult>(hostOf(url), module.address, tools, nothing, probe);
  const { outcome } = result;
  if (!result.address && !outcome.success) {
    tools.trace.note("error", "Error resolving address", { err: outcome.failure.message });
  }
  return { ...result, wallSeconds: tools.clock.wall() };
}

/** Probes one address. */
async function journeyOf(charter: Charter, seconds: number): Promise<HttpResult> {
  const { module, tools, address } = charter;
  const { clock, signal, trace } = tools;
  const begin = clock.monotonic();
  const journey: Journey = { visits: [], phase: "request", redirects: 0, verdict: unjudged(module) };
  let failure: Failure | undefined;
  try {
    await withDeadline(clock, signal, seconds, (limit) => travel(journey, charter, limit));
  } catch (error) {
    failure = classify(error, journey.visits.at(-1)?.timeline.phase ?? journey.phase);
    if (!failure || signal.aborted) throw error;
    const head = failure.phase === "transfer" ? journey.visits.at(-1)?.head : undefined;
    if (head && !isRedirect(head)) journey.verdict = judgeUnread(head, module, charter.tools);
    if (failure.phase !== "validate" || failure.reason === "redirect") {
      const message = head ? "Failed to read HTTP response body" : "Error for HTTP request";
      trace.note("error", message, { err: failure.message });
    }
  }
  const durationSeconds = toNanosecond(clock.monotonic() - begin);
  journey.visits.at(-1)?.timeline.pause();
  for (const [i, { timeline }] of journey.visits.entries()) {
    trace.note("debug", "Response timings for roundtrip", { roundtrip: i, ...timeline.durations });
  }
  return {
    ...resultOf(journey, module),
    outcome: failure ? { success: false, durationSeconds, failure } : { success: true, durationSeconds },
    lookupSeconds: 0,
    address,
    resolves: address !== undefined,
    wallSeconds: clock.wall(),
  };
}

/** Follows redirects to the response that counts, and judges it. */
async function travel(journey: Journey, charter: Charter, signal: AbortSignal): Promise<void> {
  const { target, module, tools } = charter;
  checkMethod(module.method);
  const sender = senderOf(module, tools, await tokenOf(charter, signal));
  const cookies = new CookieJar();
  let step: Step = { target, method: module.method, hasBody: true, isOwn: true, keepsHost: true };
  for (let known = charter.address && [charter.address] as const;;) {
    const head = await visitStep(journey, step, known, cookies, sender, charter, signal);
    const visit = journey.visits.at(-1);
    visit?.timeline.enter("validate");
    const next = isRedirect(head) ? redirected(journey, step, head, charter) : undefined;
    cookies.store(step.target.url, head.headers.get("set-cookie") ?? [], tools.clock.wall());
    if (head.status === 401) await forgetToken(charter);
    if (!next) return await judge(journey, head, charter);
    visit?.timeline.pause();
    if (!isRelative(head)) known = undefined;
    step = next;
  }
}

/** Makes the request of one step. */
async function visitStep(
  journey: Journey,
  { target, ...step }: Step,
  known: Addresses | undefined,
  cookies: CookieJar,
  sender: Sender,
  { module, tools, address }: Charter,
  signal: AbortSignal,
): Promise<ResponseHead> {
  const url = new URL(target.url);
  const isFirst = journey.visits.length === 0;
  const visit: Visit = { timeline: new Timeline(tools.clock, isFirst ? "connect" : "resolve") };
  journey.visits.push(visit);
  const proxy = proxyFor(url, known?.[0].ip, module.client.proxy);
  const choice = { ...module.address, resolve: "any" } as const;
  const isProxys = proxy !== undefined && address === undefined;
  const addresses = known ?? (isProxys ? undefined : await resolveAddresses(hostOf(url), choice, tools, signal));
  const request = requestOf({ target, ...step }, sender, tools.userAgent, cookies.header(target.url));
  const wish = { ...module, keepsBody: needsBody(module) };
  tools.trace.note("debug", "Making HTTP request", { url: target.url, host: request.host });
  const tls = step.keepsHost ? namedTls(module.client.tls, sender) : { ...module.client.tls, serverName: undefined };
  return await visitOnce(visit, request, { addresses, proxy, tls }, wish, tools, signal);
}

/** TLS for the name that stands for the target's. */
function namedTls(tls: TlsOptions, { host }: Sender): TlsOptions {
  if (tls.serverName !== undefined || !host) return tls;
  const name = host.replace(/:\d+$/, "").replace(/^\[(.*)\]$/, "$1");
  return { ...tls, serverName: name };
}

/** The step that a redirect leads to; `undefined` if it is not followed. */
function redirected(
  journey: Journey,
  step: Step,
  head: ResponseHead,
  { target, module, tools }: Charter,
): Step | undefined {
  const url = redirectUrl(step.target, head);
  tools.trace.note("warn", "Received redirect", { location: withoutUserInfo(head.headers.get("location")?.[0] ?? "") });
  journey.redirects++;
  if (journey.redirects > module.maxRedirects || !module.client.followRedirects) {
    tools.trace.note("warn", "Not following redirect");
    return undefined;
  }
  const { origin } = new URL(target.url);
  const isOrigin = url.origin === origin;
  const isFaithfully = isFaithful(head, step.method);
  return {
    target: redirectTarget(step.target, url),
    method: isFaithfully ? step.method : "GET",
    hasBody: isFaithfully && step.hasBody,
    isOwn: step.isOwn && isOrigin,
    // The peer asks the address that it has found, and takes a name for another host.
    keepsHost: step.keepsHost && (isRelative(head) || isOrigin && isIP(hostOf(url)) !== 0),
  };
}

/** Judges the last response. */
async function judge(journey: Journey, head: ResponseHead, { module, tools }: Charter): Promise<void> {
  const { tls, body } = journey.visits.at(-1) ?? {};
  tools.trace.note("debug", "Received HTTP response", { status_code: head.status });
  const wanted = needsBody(module) && !isRedirect(head) ? body?.whole() : undefined;
  const response = { head, version: `HTTP/${head.version}`, isTls: tls !== undefined, body: wanted };
  journey.verdict = await judgeResponse(response, module, tools);
  const { failure } = journey.verdict;
  if (!failure) return;
  if (failure.reason === "status" && journey.redirects > module.maxRedirects) {
    throw new ProbeError("redirect", `more than ${module.maxRedirects} redirects`);
  }
  throw new ProbeError(failure.reason, failure.message);
}

/** The token of a module that asks by one. */
async function tokenOf({ module, tools }: Charter, signal: AbortSignal): Promise<string | undefined> {
  const { authorization } = module.client;
  if (authorization?.kind !== "oauth2") return undefined;
  const { oauthToken } = await import("./oauth_token.ts");
  return await oauthToken(authorization, module, tools, signal);
}

/** A token that is refused is not used again, though its time is not up. */
async function forgetToken({ module, tools }: Charter): Promise<void> {
  if (module.client.authorization?.kind !== "oauth2") return;
  const { forgetOauthToken } = await import("./oauth_token.ts");
  forgetOauthToken(module.client.authorization, tools);
}

function resultOf({ visits, redirects, verdict }: Journey, { maxRedirects, client }: HttpModule) {
  const last = visits.at(-1);
  const head = last?.head;
  const isLast = head && (!isRedirect(head) || redirects > maxRedirects || !client.followRedirects);
  return {
    requests: visits.map(({ timeline }) => timeline.durations),
    durations: sumDurations(visits.map(({ timeline }) => timeline.durations)),
    tls: visits.findLast(({ tls }) => tls)?.tls,
    redirects,
    verdict,
    response: isLast ? { head, bodyBytes: last.body?.bytes ?? 0, tls: last.tls } : undefined,
  };
}
