/**
 * One address at which TLS is spoken: by `node:https`, because the runtime's own server asks no client for a certificate,
 * and stalls large answers.
 *
 * @module
 */

import { readFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { createServer, Server } from "node:https";
import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { clientAtHost } from "./asking_client.ts";
import type { RequestHandler } from "./collector.ts";
import type { TlsSettings } from "./config.ts";
import { failureMessage } from "./failure.ts";
import type { ListenAddress } from "./listen_address.ts";
import type { Logger } from "./log.ts";
import { plain } from "./plain_response.ts";
import { subjectAltNames } from "./subject_alt_names.ts";

/** What an {@linkcode HttpsDoor} is made of. */
export interface HttpsOptions {
  /** Answers requests. */
  readonly handler: RequestHandler;
  /** Certificates at this moment, and what is asked of clients. */
  readonly tls: () => TlsSettings;
  /** Told of clients refused, and of handlers that throw. */
  readonly log: Logger;
  /** That of `node:https`: an import of this module's own would load it at every start of the bundled program. */
  readonly createServer: typeof createServer;
  /** How long a client may take for its handshake, and then for the headers of a request; by default ten seconds. */
  readonly patienceMs?: number;
}

/** What a client may take where nothing else is said. */
const PATIENCE_MS = 10_000;
/** Longest time between two requests of one connection: longer than what scrapes are apart. */
const IDLE_MS = 180_000;
/** Connections above which none is taken; at the limit of file descriptors the server would never accept again. */
const MOST_CONNECTIONS = 512;
const REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE: "the address is in use",
  EADDRNOTAVAIL: "this host has no such address",
  EACCES: "permission denied",
  ENOTFOUND: "there is no such host",
};

/** Half of the file descriptors that the process may have, up to a number. */
function mostConnections(): number {
  try {
    const [, soft] = /^Max open files +(\d+)/m.exec(readFileSync("/proc/self/limits", "utf8")) ?? [];
    return soft === undefined
      ? MOST_CONNECTIONS
      : Math.min(MOST_CONNECTIONS, Math.max(8, Math.floor(Number(soft) / 2)));
  } catch {
    return MOST_CONNECTIONS; // there is no such file on this system, or it is not for us to read
  }
}

const context = ({ cert, key, clientCa, minVersion, maxVersion }: TlsSettings) => ({
  cert,
  key,
  minVersion,
  maxVersion,
  ...(clientCa !== undefined && { ca: clientCa }),
});

/** Why an address cannot be listened on. */
function reasonOf(error: unknown): string {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return REASONS[code] ?? failureMessage(error);
}

/** Why a client is not let in; `undefined` if it is. */
function refusal(socket: TLSSocket, { clientAuth, allowedSans }: TlsSettings): string | undefined {
  if (clientAuth === "NoClientCert" || clientAuth === "RequestClientCert") return undefined;
  const { raw } = socket.getPeerCertificate();
  if (raw === undefined) return clientAuth === "VerifyClientCertIfGiven" ? undefined : "it shows no certificate";
  const verifies = clientAuth !== "RequireAnyClientCert";
  if (verifies && !socket.authorized) return `its certificate is refused: ${socket.authorizationError ?? "unknown"}`;
  if (!allowedSans) return undefined;
  const names = subjectAltNames(raw);
  return names.some((name) => allowedSans.includes(name)) ? undefined : "its certificate has none of the allowed names";
}

/** `undefined` where a request is none that could be answered. */
function requestOf(message: IncomingMessage, signal: AbortSignal): Request | undefined {
  const { method, url = "", headersDistinct } = message;
  const [host = "localhost"] = headersDistinct.host ?? [];
  if (!url.startsWith("/") || /[/?#@\\]/.test(host)) return undefined;
  const headers = new Headers();
  try {
    for (const [name, values = []] of Object.entries(headersDistinct)) {
      for (const value of values) headers.append(name, value);
    }
    return new Request(`https://${host}${url}`, { method, headers, signal });
  } catch {
    return undefined; // a host, a method or a header that the web's types do not have
  }
}

/** One address, listened on until closed. */
export class HttpsDoor {
  /** The address with the port that the system chose. */
  bound = "";
  readonly #text: string;
  readonly #options: HttpsOptions;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  /**
   * A door at `text`, which is for messages.
   *
   * @throws {Error} if the certificate is none
   */
  constructor(text: string, options: HttpsOptions) {
    this.#text = text;
    this.#options = options;
    const { tls, patienceMs = PATIENCE_MS } = options;
    const { clientAuth } = tls();
    this.#server = options.createServer({
      ...context(tls()),
      requestCert: clientAuth !== "NoClientCert",
      rejectUnauthorized: clientAuth === "RequireAndVerifyClientCert",
      handshakeTimeout: patienceMs,
      headersTimeout: patienceMs,
      requestTimeout: 3 * patienceMs,
      connectionsCheckingInterval: patienceMs / 2,
      keepAliveTimeout: IDLE_MS,
    }, (request, response) => void this.#answer(request, response));
    this.#server.maxConnections = mostConnections();
    this.#server.on("connection", (socket: Socket) => this.#note(socket));
    this.#server.prependListener("secureConnection", (socket: TLSSocket) => this.#admit(socket));
    this.#server.on("tlsClientError", (error, socket) => {
      options.log("debug", "TLS failed", { address: this.bound, error: failureMessage(error) });
      socket.destroy();
    });
  }

  /**
   * Listens.
   *
   * @throws {Error} naming the address, if it cannot be listened on
   */
  async open(address: ListenAddress): Promise<void> {
    try {
      await this.#listen(address);
    } catch (error) {
      throw new Error(`Cannot listen on ${JSON.stringify(this.#text)}: ${reasonOf(error)}`, { cause: error });
    }
    this.#server.on("error", (error) => {
      this.#options.log("error", "cannot accept connections", { address: this.bound, error: failureMessage(error) });
    });
    const bound = this.#server.address();
    if (bound === null || typeof bound === "string") throw new TypeError("Cannot tell where the server listens");
    this.bound = bound.address.includes(":") ? `[${bound.address}]:${bound.port}` : `${bound.address}:${bound.port}`;
  }

  async #listen(address: ListenAddress): Promise<void> {
    if (address.kind === "unix") {
      throw new Error("TLS is spoken on ports alone; leave out its certificate or the socket");
    }
    const { host, port } = address;
    const listening = Promise.withResolvers<void>();
    this.#server.once("error", listening.reject);
    this.#server.listen({ port, ...(host !== undefined && { host }) }, listening.resolve);
    await listening.promise;
    this.#server.removeListener("error", listening.reject);
  }

  /** Takes the certificates as they are now for connections from now on. */
  renew(): void {
    this.#server.setSecureContext(context(this.#options.tls()));
  }

  /** Accepts nothing more, and ends when requests in flight are answered. */
  async close(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeIdleConnections();
    await closed;
  }

  /** Ends every connection. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  #note(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once("close", () => this.#sockets.delete(socket));
  }

  #admit(socket: TLSSocket): void {
    const reason = this.#reasonAgainst(socket);
    if (reason === undefined) return;
    this.#options.log("warn", "client refused", { address: this.bound, reason });
    socket.destroy();
  }

  #reasonAgainst(socket: TLSSocket): string | undefined {
    try {
      return refusal(socket, this.#options.tls());
    } catch (error) {
      return failureMessage(error);
    }
  }

  async #answer(message: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const gone = new AbortController();
    outgoing.once("close", () => gone.abort());
    // What nobody reads would hold up the next request of the connection.
    message.resume();
    try {
      const request = requestOf(message, gone.signal);
      const client = clientAtHost(message.socket.remoteAddress);
      await send(request ? await this.#options.handler(request, client) : plain(400, "Malformed request"), outgoing);
    } catch (error) {
      this.#options.log("error", "request failed", { error: failureMessage(error) });
      if (outgoing.headersSent) outgoing.destroy();
      else await send(plain(500, "Internal server error"), outgoing);
    }
  }
}

async function send(response: Response, outgoing: ServerResponse): Promise<void> {
  const body = new Uint8Array(await response.arrayBuffer());
  outgoing.statusCode = response.status;
  for (const [name, value] of response.headers) outgoing.appendHeader(name, value);
  if (!outgoing.hasHeader("content-length")) outgoing.setHeader("content-length", body.length);
  outgoing.end(body);
}
