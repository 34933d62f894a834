/**
 * How a connection becomes one of WebSocket (RFC 6455, section 4).
 *
 * @module
 */

import { createHash, randomBytes } from "node:crypto";
import type { HeaderLine, HttpRequest } from "../http/http_request.ts";
import type { ResponseHead } from "../http/http_response.ts";
import { ProbeError } from "../result.ts";

/** A key that no other handshake has. */
export function handshakeKey(): string {
  return randomBytes(16).toString("base64");
}

const OWN = new Set([
  "upgrade",
  "connection",
  "sec-websocket-key",
  "sec-websocket-version",
  "sec-websocket-extensions",
]);

/**
 * The bytes of the request.
 *
 * @throws {ProbeError} `internal` if one of the headers belongs to the handshake
 */
export function renderHandshake({ url, host, headers }: HttpRequest, key: string): Uint8Array {
  for (const [name] of headers) {
    if (!OWN.has(name.toLowerCase())) continue;
    throw new ProbeError("internal", `cannot send the header ${JSON.stringify(name)}: it belongs to the handshake`);
  }
  const lines: HeaderLine[] = [
    ["Host", host],
    ["Upgrade", "websocket"],
    ["Connection", "Upgrade"],
    ["Sec-WebSocket-Key", key],
    ["Sec-WebSocket-Version", "13"],
    ...headers,
  ];
  const text = lines.map(([name, value]) => `${name}: ${value}\r\n`).join("");
  return new TextEncoder().encode(`GET ${url.pathname}${url.search} HTTP/1.1\r\n${text}\r\n`);
}

const SWITCHING_PROTOCOLS = 101;
/** Part of the standard. */
const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/**
 * Accepts an answer.
 *
 * @throws {ProbeError} `status` if it is no upgrade, `header` if it is none to WebSocket, or for another key
 */
export function checkHandshake({ status, headers }: ResponseHead, key: string): void {
  if (status !== SWITCHING_PROTOCOLS) throw new ProbeError("status", `status ${status} is not ${SWITCHING_PROTOCOLS}`);
  const tokens = (name: string) =>
    (headers.get(name) ?? []).flatMap((value) => value.split(",")).map((token) => token.trim().toLowerCase());
  if (!tokens("upgrade").includes("websocket")) throw new ProbeError("header", 'the header "Upgrade" is not websocket');
  if (!tokens("connection").includes("upgrade")) {
    throw new ProbeError("header", 'the header "Connection" is not upgrade');
  }
  const accept = createHash("sha1").update(key + GUID).digest("base64");
  if (headers.get("sec-websocket-accept")?.[0] === accept) return;
  throw new ProbeError("header", 'the header "Sec-WebSocket-Accept" does not answer the key');
}
