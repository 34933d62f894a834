/**
 * A server of HTTP/2.
 *
 * @module
 */

import assert from "node:assert/strict";
import { createSecureServer } from "node:http2";
import type { AddressInfo } from "node:net";
import { tlsFixture } from "./target.ts";

/** A server that takes HTTP/2, if it is asked to, and else HTTP/1.1; gone at the end of its scope. */
export async function http2Target(): Promise<{ readonly port: number } & AsyncDisposable> {
  const identity = { cert: tlsFixture("server.pem"), key: tlsFixture("server.key"), allowHTTP1: true };
  const server = createSecureServer(identity, (request, response) => {
    if (request.url === "/redirect") response.writeHead(302, { location: "/" }).end();
    else if (request.url === "/empty") response.writeHead(204).end();
    else response.writeHead(200, { "last-modified": "Wed, 21 Oct 2015 07:28:00 GMT" }).end("hello");
  });
  const sessions = new Set<{ destroy(): void }>();
  server.on("session", (session) => void sessions.add(session));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address: AddressInfo | string | null = server.address();
  assert(typeof address === "object" && address !== null);
  return {
    port: address.port,
    async [Symbol.asyncDispose]() {
      for (const session of sessions) session.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
