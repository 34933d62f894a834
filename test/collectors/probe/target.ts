/**
 * Things to probe on this machine, and a prober's surroundings.
 *
 * @module
 */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import tls from "node:tls";
import { builtInModule } from "../../../collectors/probe/built_in_modules.ts";
import { probeHttp } from "../../../collectors/probe/http/http_probe.ts";
import { parseTarget } from "../../../collectors/probe/http/http_request.ts";
import type { HttpResult } from "../../../collectors/probe/http/http_result.ts";
import { httpStops } from "../../../collectors/probe/http/http_stops.ts";
import type { HttpClient, HttpModule } from "../../../collectors/probe/module.ts";
import type { ProbeTools } from "../../../collectors/probe/prober.ts";
import type { ProbeResult } from "../../../collectors/probe/result.ts";
import { Trace } from "../../../collectors/probe/trace.ts";
import { type Clock, systemClock } from "../../../src/clock.ts";
import { Scope } from "../../../src/scope.ts";
import { createSource } from "../../../src/source.ts";

/** What a target says to the text of a request, up to and including its empty line. */
export type Answer = (socket: Socket, request: string) => void;

/** A server on a port of its own, gone at the end of its scope. */
export interface Target extends AsyncDisposable {
  /** Port on 127.0.0.1. */
  readonly port: number;
  /** Text of the requests that came, in order. */
  readonly requests: string[];
  /** Resolves when a request has come. */
  readonly asked: Promise<void>;
  /** Resolves when nobody is connected any more; at once if nobody is. */
  idle(): Promise<void>;
}

const folder = new URL("../../fixtures/tls/", import.meta.url);

/** Text of a file of test/fixtures/tls. */
export function tlsFixture(name: string): string {
  return readFileSync(new URL(name, folder), "utf8");
}

/** From here on the authority of test/fixtures/tls is the only one that is trusted. */
export function trustFixtures(): void {
  const set: unknown = Reflect.get(tls, "setDefaultCACertificates"); // the runtime's types do not know it
  assert(typeof set === "function");
  set([tlsFixture("authority.pem")]);
}

/** A server that hands each connection to `connected`, as soon as it is there. */
export function tcpTarget(connected: (socket: Socket) => void): Promise<Target> {
  return started((take) => createServer(take), (socket) => connected(socket));
}

/** A server that takes requests of HTTP. */
export function httpTarget(answer: Answer): Promise<Target> {
  return started((take) => createServer(take), answering(answer));
}

/**
 * A server that takes requests of HTTP over TLS, and shows that certificate of test/fixtures/tls.
 *
 * @param connected takes connections instead
 */
export function httpsTarget(
  certificate: string,
  answer: Answer,
  options: tls.TlsOptions = {},
  connected?: (socket: Socket) => void,
): Promise<Target> {
  const identity = { cert: tlsFixture(certificate), key: tlsFixture("server.key"), ...options };
  return started(
    (take) => tls.createServer(identity, take).on("tlsClientError", () => {}),
    connected ?? answering(answer),
  );
}

type Heard = Pick<Target, "requests"> & { readonly tell: () => void };

function answering(answer: Answer) {
  return (socket: Socket, { requests, tell }: Heard) => {
    let text = "";
    socket.on("data", (bytes) => {
      text += bytes;
      if (!text.endsWith("\r\n\r\n")) return;
      requests.push(text);
      answer(socket, text);
      tell();
      text = "";
    });
  };
}

async function started(
  make: (take: (socket: Socket) => void) => Server,
  connected: (socket: Socket, heard: Heard) => void,
): Promise<Target> {
  const sockets = new Set<Socket>();
  const waiting: (() => void)[] = [];
  const requests: string[] = [];
  const { promise: asked, resolve: tell } = Promise.withResolvers<void>();
  const server = make((socket) => {
    sockets.add(socket);
    socket.on("error", () => {}).on("close", () => {
      sockets.delete(socket);
      if (sockets.size === 0) waiting.splice(0).forEach((go) => go());
    });
    connected(socket, { requests, tell });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: portOf(server.address()),
    requests,
    asked,
    idle: () => sockets.size === 0 ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve)),
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

function portOf(address: AddressInfo | string | null): number {
  if (typeof address !== "object" || address === null) throw new TypeError("Cannot find the server's port");
  return address.port;
}

/** An answer with lines as they stand, CR added. */
export function says(text: string): Answer {
  return (socket) => socket.end(text.replaceAll("\n", "\r\n"));
}

/** A whole answer. */
export function responds(status: number, headers: Readonly<Record<string, string>> = {}, body = ""): Answer {
  const lines = Object.entries({ "Content-Length": String(body.length), ...headers }).map(([k, v]) => `${k}: ${v}\n`);
  return says(`HTTP/1.1 ${status} Text\n${lines.join("")}\n${body}`);
}

/** A whole answer of these bytes, with header lines as they stand; to HEAD without them. */
export function respondsWith(body: Uint8Array | string, status = 200, headers: readonly string[] = []): Answer {
  const bytes = typeof body === "string" ? new TextEncoder().encode(body) : body;
  const head = [`HTTP/1.1 ${status} Text`, `Content-Length: ${bytes.length}`, ...headers, "", ""].join("\r\n");
  return (socket, request) => {
    socket.write(head);
    socket.end(request.startsWith("HEAD ") ? new Uint8Array() : bytes);
  };
}

/** Answers by path; 404 for others. */
export function routes(table: Readonly<Record<string, Answer>>): Answer {
  return (socket, request) => (table[request.split(" ")[1] ?? ""] ?? responds(404))(socket, request);
}

/** The system's clock, whose timers go off only when {@linkcode ManualTimers.fire} is called. */
export interface ManualTimers {
  /** Time goes on, timers do not. */
  readonly clock: Clock;
  /** Timers set and not cancelled, with their delays in seconds. */
  readonly pending: Map<() => void, number>;
  /** Calls all that are pending. */
  fire(): void;
}

/** Timers in the hands of the test. */
export function manualTimers(): ManualTimers {
  const pending = new Map<() => void, number>();
  return {
    pending,
    fire: () => pending.forEach((_, callback) => callback()),
    clock: {
      ...systemClock,
      timer(callback, delaySeconds) {
        pending.set(callback, delaySeconds);
        return () => pending.delete(callback);
      },
    },
  };
}

/** What a probe may use: the system's clock, this host's files, any address, a minute. */
export function probeTools(own: Partial<ProbeTools> = {}): ProbeTools {
  const clock = own.clock ?? systemClock;
  return {
    clock,
    signal: new AbortController().signal,
    timeoutSeconds: 60,
    source: createSource(),
    scope: new Scope(),
    userAgent: "Sonde/1.2.3",
    admit: () => {},
    trace: new Trace(clock),
    ...own,
  };
}

/** As the module `http_2xx`, but that it reads no more than a megabyte. */
export const patientModule: HttpModule = { ...builtInModule("http_2xx", "http"), bodyLimitBytes: 1_000_000 };

/** The result of probing a URL; a failure is one of those that the module can have. */
export async function probeUrl(
  url: string,
  module: Partial<HttpModule> = {},
  tools: Partial<ProbeTools> = {},
): Promise<HttpResult> {
  const whole = { ...patientModule, ...module };
  const result = await probeHttp(parseTarget(url), whole, probeTools(tools));
  const { outcome } = result;
  if (!outcome.success) {
    const { reason, phase } = outcome.failure;
    assert(httpStops(whole).some((stop) => stop.reason === reason && stop.phase === phase), `${reason} in ${phase}`);
  }
  return result;
}

/** `success`, or reason and phase of the failure. */
export function outcomeOf({ outcome }: ProbeResult): string {
  return outcome.success ? "success" : `${outcome.failure.reason} in ${outcome.failure.phase}`;
}

/** A module whose client is another one. */
export function clientOf(client: Partial<HttpClient>): Partial<HttpModule> {
  return { client: { ...patientModule.client, ...client } };
}

/** URL of a server. */
export function urlOf({ port }: { readonly port: number }, path = "/"): string {
  return `http://127.0.0.1:${port}${path}`;
}

/** Lines of a request. */
export function linesOf(target: Target, request = 0): readonly string[] {
  return target.requests[request]?.split("\r\n") ?? [];
}

/** The value of a header in each request. */
export function valuesOf(target: Target, name: string): (string | undefined)[] {
  return target.requests.map((text) => new RegExp(`^${name}: (.*)\r$`, "m").exec(text)?.[1]);
}

/** A server that answers a request once its body has come. */
export function formTarget(
  answer: (body: string, request: string) => Answer,
): Promise<Target & { readonly forms: string[] }> {
  const forms: string[] = [];
  return tcpTarget((socket) => {
    let text = "";
    socket.on("data", (bytes) => {
      text += bytes;
      const [head = "", body] = text.split("\r\n\r\n");
      if (body === undefined || body.length < Number(/^Content-Length: (\d+)/m.exec(head)?.[1])) return;
      forms.push(`${/^Authorization: (.*)/m.exec(head)?.[1] ?? "-"} ${body}`);
      answer(body, head)(socket, head);
    });
  }).then((target) => Object.assign(target, { forms }));
}
