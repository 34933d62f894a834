/**
 * Servers of gRPC's health service, over HTTP/2 with and without TLS.
 *
 * @module
 */

import assert from "node:assert/strict";
import http2, { type Http2Server, type IncomingHttpHeaders, type ServerHttp2Stream } from "node:http2";
import { tlsFixture } from "./target.ts";

/** What a server does with a call, once it has the whole request. */
export type HealthAnswer = (stream: ServerHttp2Stream, headers: IncomingHttpHeaders, body: Uint8Array) => void;

/** A server on a port of its own, gone at the end of its scope. */
export interface HealthServer extends AsyncDisposable {
  /** Port on 127.0.0.1. */
  readonly port: number;
  /** Headers and bodies of the calls that came, in order. */
  readonly calls: { readonly headers: IncomingHttpHeaders; readonly body: Uint8Array }[];
}

/** A server that answers so; over TLS with that certificate of test/fixtures/tls. */
export async function healthServer(answer: HealthAnswer, certificate?: string): Promise<HealthServer> {
  const server: Http2Server = certificate === undefined
    ? http2.createServer()
    : http2.createSecureServer({ cert: tlsFixture(certificate), key: tlsFixture("server.key") });
  const calls: { headers: IncomingHttpHeaders; body: Uint8Array }[] = [];
  const sessions = new Set<{ destroy(): void }>();
  server.on("session", (session) => {
    sessions.add(session.on("error", () => {}).on("close", () => sessions.delete(session)));
  });
  server.on("sessionError", () => {}).on("error", () => {});
  server.on("stream", (stream, headers) => {
    const chunks: Uint8Array[] = [];
    stream.on("error", () => {}).on("data", (bytes: Uint8Array) => chunks.push(bytes)).on("end", () => {
      const body = Uint8Array.from(chunks.flatMap((chunk) => [...chunk]));
      calls.push({ headers, body });
      answer(stream, headers, body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  assert.ok(typeof address === "object" && address !== null);
  return {
    port: address.port,
    calls,
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const session of sessions) session.destroy();
      await closed;
    },
  };
}

const HEADERS = { ":status": 200, "content-type": "application/grpc" };

/** Answers with these bytes, and after them with trailers. */
export function answersWith(body: Uint8Array, trailers: Record<string, string> = { "grpc-status": "0" }): HealthAnswer {
  return (stream) => {
    stream.respond(HEADERS, { waitForTrailers: true });
    stream.on("wantTrailers", () => stream.sendTrailers(trailers)).end(body);
  };
}

/** A frame with a `HealthCheckResponse` of this status. */
export function statusFrame(status: number): Uint8Array {
  return Uint8Array.of(0, 0, 0, 0, 2, 8, status);
}

/** Answers as servers that refuse do: with headers alone. */
export function refusesWith(headers: Readonly<Record<string, string | number>>): HealthAnswer {
  return (stream) => stream.respond({ ...HEADERS, ...headers }, { endStream: true });
}
