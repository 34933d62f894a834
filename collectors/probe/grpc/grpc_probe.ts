/**
 * Asks a server of gRPC for its health: https://github.com/grpc/grpc/blob/master/doc/health-checking.md.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { type Stop, stopsIn } from "../accounting.ts";
import { attempt } from "../attempt.ts";
import { type Connection, openSocket, type SecureConnection, secureSocket } from "../connection.ts";
import { callGrpc, type GrpcCall, GrpcError } from "./grpc_call.ts";
import { servingStatus } from "./grpc_judge.ts";
import { healthCheckRequest } from "./grpc_message.ts";
import { CODES } from "./grpc_status.ts";
import { type HostPort, parseHostPort } from "../address/host_port.ts";
import type { GrpcModule } from "../module.ts";
import { probeHost } from "../address/over_addresses.ts";
import type { ProbeTools } from "../prober.ts";
import { type Address, ProbeError, type ProbeResult } from "../result.ts";
import type { Timeline } from "../timeline.ts";
import { withoutUserInfo } from "../target_name.ts";
import { type TlsFacts, UnverifiedError } from "../tls/tls_facts.ts";

/** What is known of a check beside how it ended. */
export interface GrpcFacts {
  /** The status code of gRPC: the server's, or the one that stands for how the call ended. */
  statusCode: number;
  /** What the server says of the service, as `SERVING`; absent if it says nothing. */
  servingStatus?: string;
  /** The last TLS that was spoken, also where its certificate was not accepted. */
  tls?: TlsFacts;
  /** Unix time of the handshake, in seconds. */
  wallSeconds: number;
}

/** What asking for health came to. */
export interface GrpcResult extends ProbeResult, Readonly<GrpcFacts> {
  /** The last TLS that was spoken, also where its certificate was not accepted. */
  readonly tls?: TlsFacts;
}

/** What a check that did not begin has found. */
export const NOTHING_CHECKED: Pick<GrpcResult, "statusCode" | "wallSeconds"> = { statusCode: CODES.OK, wallSeconds: 0 };

const PATH = "/grpc.health.v1.Health/Check";
/** The peer's, whether or not TLS is spoken. */
const STANDARD_PORT = 80;

/** The ways in which a probe with this module can stop. */
export function grpcStops({ useTls, tls }: GrpcModule): readonly Stop[] {
  const hasFiles = [tls.ca, tls.cert, tls.key].some((ref) => ref !== undefined);
  return [
    ...stopsIn("resolve", "internal", "dns", "timeout"),
    ...stopsIn("connect", "refused", "reset", "timeout"),
    ...useTls ? stopsIn("tls", "tls", "reset", "timeout", "protocol") : [],
    ...useTls && hasFiles ? stopsIn("tls", "internal") : [],
    ...stopsIn("request", "reset", "timeout", "protocol"),
    ...stopsIn("processing", "reset", "timeout", "protocol"),
    ...stopsIn("transfer", "reset", "timeout", "protocol", "size"),
    ...stopsIn("validate", "status", "protocol", "answer"),
  ];
}

/**
 * Asks the server that `target` names for the health of the module's service.
 *
 * @throws {SyntaxError} if `target` is no host
 * @throws what is no outcome: the reason for which the tools' signal aborted, or a fault of this host
 */
export async function probeGrpc(target: string, module: GrpcModule, tools: ProbeTools): Promise<GrpcResult> {
  const server = parseServer(target);
  return await probeHost<GrpcResult>(server.host, module.address, tools, NOTHING_CHECKED, async (address, seconds) => {
    const facts: GrpcFacts = { ...NOTHING_CHECKED };
    const endSeconds = tools.clock.monotonic() + seconds;
    const attempted = await attempt(tools, seconds, "connect", async (signal, timeline) => {
      try {
        await check({ server, address, module, tools, timeline, signal, endSeconds, facts });
      } catch (error) {
        facts.statusCode = codeOf(error);
        throw error;
      }
    });
    return { ...attempted, ...facts, lookupSeconds: 0, address };
  });
}

/**
 * Host and port of a target: `host`, `host:port`, or one of these after a scheme, which is passed over.
 *
 * @throws {SyntaxError} if there is no host, or what stands for the port is none
 */
export function parseServer(target: string): HostPort {
  return parseHostPort(withoutUserInfo(target).replace(/^(?:https?|grpcs?):\/\//i, "").replace(/\/$/, ""));
}

/** What the peer's client gives for a call that came to no answer. */
function codeOf(error: unknown): number {
  if (error instanceof GrpcError) return error.code;
  return error instanceof ProbeError && error.reason === "timeout" ? CODES.DEADLINE_EXCEEDED : CODES.UNAVAILABLE;
}

/** A check of one address under way. */
interface Visit {
  readonly server: HostPort;
  readonly address: Address;
  readonly module: GrpcModule;
  readonly tools: ProbeTools;
  readonly timeline: Timeline;
  readonly signal: AbortSignal;
  /** When the time is up, on the monotonic clock. */
  readonly endSeconds: number;
  /** What was found so far. */
  readonly facts: GrpcFacts;
}

async function check(visit: Visit): Promise<void> {
  const { server: { port = STANDARD_PORT }, address, module, tools: { admit, trace }, timeline, signal, facts } = visit;
  admit(address);
  trace.note("debug", "Connecting to gRPC server", { ip: address.ip, port, tls: String(module.useTls) });
  const plain = await openSocket(address, port, signal);
  let secure: SecureConnection | undefined;
  try {
    if (module.useTls) secure = await securely(visit, plain);
    const answer = await callGrpc(secure ?? plain, callOf(visit), timeline, signal);
    timeline.enter("validate");
    const status = servingStatus(answer);
    facts.servingStatus = status;
    trace.note("debug", "Received health check response", { serving_status: status });
    if (status !== "SERVING") throw new GrpcError("answer", CODES.OK, `the server says that the service is ${status}`);
    trace.note("info", "connected to grpc server");
  } catch (error) {
    if (error instanceof ProbeError) trace.note("error", "can't connect grpc server:", { err: error.message });
    throw error;
  } finally {
    secure?.socket.destroy();
    plain.socket.destroy();
  }
}

async function securely(
  { server: { host }, module: { tls }, tools, timeline, signal, facts }: Visit,
  plain: Connection,
): Promise<SecureConnection> {
  const { source, clock, hostname } = tools;
  timeline.enter("tls");
  facts.wallSeconds = clock.wall();
  try {
    const secure = await secureSocket(plain, { tls, host: hostname ?? host, alpn: ["h2"], source }, signal);
    facts.tls = secure.facts;
    // Where the runtime does not tell of a handshake, it does not tell this either.
    if (secure.protocol === "h2" || secure.facts.version === undefined) return secure;
    secure.socket.destroy();
    throw new GrpcError("protocol", CODES.UNAVAILABLE, "the server does not offer HTTP/2 in its handshake");
  } catch (error) {
    if (error instanceof UnverifiedError) facts.tls = error.facts;
    throw error;
  }
}

function callOf({ server: { host, port = STANDARD_PORT }, module, tools, endSeconds }: Visit): GrpcCall {
  const written = `${host.includes(":") ? `[${host.replace(/%.*$/, "")}]` : host}:${port}`;
  const left = Math.max(1, Math.round((endSeconds - tools.clock.monotonic()) * 1000));
  return {
    path: PATH,
    scheme: module.useTls ? "https" : "http",
    // The peer's is the name alone over TLS, and the address otherwise, by which no server could tell its names apart.
    authority: tools.hostname ?? (module.useTls ? module.tls.serverName ?? host : written),
    headers: {
      ...metadataHeaders(module.metadata),
      "user-agent": tools.userAgent,
      "grpc-timeout": `${left}m`,
    },
    body: healthCheckRequest(module.service),
  };
}

/** Not metadata: the protocol's own. */
const RESERVED = /^(?::|grpc-|(?:content-type|te|user-agent|host|connection)$)/;

/** Metadata as headers; values of names that end in `-bin` travel in base64. */
export function metadataHeaders(metadata: GrpcModule["metadata"]): Record<string, readonly string[]> {
  const own = metadata.filter(([name]) => !RESERVED.test(name));
  return Object.fromEntries(own.map(([name, values]) => [
    name,
    name.endsWith("-bin") ? values.map((value) => Buffer.from(value).toString("base64").replace(/=+$/, "")) : values,
  ]));
}
