/**
 * Things to probe on this machine, and a prober's surroundings.
 *
 * @module
 */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import tls from "node:tls";
import { type HttpModule, type HttpResult, probeHttp } from "../../../collectors/probe/http_probe.ts";
import { parseTarget } from "../../../collectors/probe/http_request.ts";
import { type Clock, systemClock } from "../../../src/clock.ts";

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

/** A server that takes requests of HTTP over TLS, and shows that certificate of test/fixtures/tls. */
export function httpsTarget(certificate: string, answer: Answer): Promise<Target> {
  const identity = { cert: tlsFixture(certificate), key: tlsFixture("server.key") };
  return started(
    (take) => tls.createServer(identity, take).on("tlsClientError", () => {}),
    answering(answer),
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

/** As the module `http_2xx`, but that it gives up later than any test takes. */
export const patientModule: HttpModule = { timeoutSeconds: 60, maxRedirects: 10, bodyLimitBytes: 1_000_000 };

/** The result of probing a URL. */
export function probeUrl(
  url: string,
  module: Partial<HttpModule> = {},
  clock: Clock = systemClock,
  signal: AbortSignal = new AbortController().signal,
): Promise<HttpResult> {
  return probeHttp(parseTarget(url), { ...patientModule, ...module }, { clock, signal, userAgent: "Sonde/1.2.3" });
}

/** `success`, or reason and phase of the failure. */
export function outcomeOf({ outcome }: HttpResult): string {
  return outcome.success ? "success" : `${outcome.failure.reason} in ${outcome.failure.phase}`;
}
