/**
 * A connection through a proxy to where it is asked to: `CONNECT` (RFC 9110) or SOCKS 5 (RFC 1928, RFC 1929).
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { isIP } from "node:net";
import { addressBytes } from "../address/address.ts";
import type { Connection } from "../connection.ts";
import type { HeaderLine } from "./http_request.ts";
import type { ProxyServer } from "./proxy.ts";
import { ProbeError } from "../result.ts";

/** Where a tunnel leads. */
export interface Far {
  /** Name or address. */
  readonly host: string;
  readonly port: number;
}

/**
 * Makes a connection to a proxy one to `far`; nobody has read from it then.
 *
 * @param headers of `CONNECT`, beside the proxy's authorization
 * @throws {ProbeError} `refused` if the proxy will not, `protocol` if it does not speak as it should
 * @throws the socket's error, or the reason for which `signal` aborted
 */
export async function openTunnel(
  connection: Connection,
  proxy: ProxyServer,
  far: Far,
  headers: readonly HeaderLine[],
  signal: AbortSignal,
): Promise<void> {
  const dialogue = new Dialogue(connection, signal);
  try {
    await (proxy.kind === "socks5" ? socks(dialogue, proxy, far) : connect(dialogue, proxy, far, headers));
  } finally {
    dialogue[Symbol.dispose]();
  }
}

const LONGEST_HEAD = 64 * 1024;
const END_OF_HEAD = "\r\n\r\n";

async function connect(
  dialogue: Dialogue,
  { authorization }: ProxyServer,
  { host, port }: Far,
  headers: readonly HeaderLine[],
): Promise<void> {
  const authority = `${isIP(host) === 6 ? `[${host}]` : host}:${port}`;
  const lines = [
    `CONNECT ${authority} HTTP/1.1`,
    `Host: ${authority}`,
    ...authorization === "" ? [] : [`Proxy-Authorization: ${authorization}`],
    ...headers.map(([name, value]) => `${name}: ${value}`),
  ];
  dialogue.say(Buffer.from(`${lines.join("\r\n")}${END_OF_HEAD}`));
  const answer = (await dialogue.until(endOfHead)).toString("latin1");
  const [, status] = /^HTTP\/1\.[01] (\d{3})(?: |\r)/.exec(answer) ?? [];
  if (status === undefined) throw new ProbeError("protocol", "the proxy does not answer by HTTP");
  if (!status.startsWith("2")) throw new ProbeError("refused", `the proxy answers CONNECT by status ${status}`);
}

function endOfHead(bytes: Buffer): number | undefined {
  const at = bytes.indexOf(END_OF_HEAD);
  if (at < 0 && bytes.length > LONGEST_HEAD) throw new ProbeError("protocol", "the proxy's answer is too long");
  return at < 0 ? undefined : at + END_OF_HEAD.length;
}

const SOCKS = 5;
const NO_AUTHENTICATION = 0;
const BY_PASSWORD = 2;
const REPLIES: readonly string[] = [
  "",
  "general failure",
  "not allowed by its rules",
  "network unreachable",
  "host unreachable",
  "connection refused",
  "expired on its way",
  "command not supported",
  "address type not supported",
];

async function socks(dialogue: Dialogue, proxy: ProxyServer, far: Far): Promise<void> {
  const methods = proxy.user === "" ? [NO_AUTHENTICATION] : [NO_AUTHENTICATION, BY_PASSWORD];
  dialogue.say(Uint8Array.of(SOCKS, methods.length, ...methods));
  const [version, method] = await dialogue.bytes(2);
  if (version !== SOCKS) throw new ProbeError("protocol", "the proxy does not speak SOCKS 5");
  if (method === BY_PASSWORD && proxy.user !== "") await authenticate(dialogue, proxy);
  else if (method !== NO_AUTHENTICATION) throw new ProbeError("refused", "the proxy wants another authentication");
  dialogue.say(Buffer.concat([Uint8Array.of(SOCKS, 1, 0), socksAddress(far)]));
  const [, reply = 1, , type] = await dialogue.bytes(4);
  if (reply !== 0) throw new ProbeError("refused", `the proxy does not connect: ${REPLIES[reply] ?? `code ${reply}`}`);
  const length = type === 1 ? 4 : type === 4 ? 16 : (await dialogue.bytes(1))[0] ?? 0;
  await dialogue.bytes(length + 2);
}

async function authenticate(dialogue: Dialogue, { user, password }: ProxyServer): Promise<void> {
  dialogue.say(Buffer.concat([Uint8Array.of(1), counted(user), counted(password)]));
  const [, status] = await dialogue.bytes(2);
  if (status !== 0) throw new ProbeError("refused", "the proxy does not accept our name and password");
}

function socksAddress({ host, port }: Far): Uint8Array {
  const family = isIP(host);
  const address = family === 0
    ? Buffer.concat([Uint8Array.of(3), counted(host)])
    : Buffer.concat([Uint8Array.of(addressBytes(host).length === 4 ? 1 : 4), addressBytes(host)]);
  return Buffer.concat([address, Uint8Array.of(port >> 8, port & 255)]);
}

/** A text of at most 255 bytes after its length. */
function counted(text: string): Uint8Array {
  const bytes = Buffer.from(text);
  if (bytes.length > 255) throw new ProbeError("internal", "cannot ask a SOCKS proxy for a text of over 255 bytes");
  return Buffer.concat([Uint8Array.of(bytes.length), bytes]);
}

/** Says and hears bytes, no more of them than are asked for. */
class Dialogue implements Disposable {
  readonly #connection: Connection;
  readonly #signal: AbortSignal;
  readonly #wake: () => void;
  #heard: Buffer = Buffer.alloc(0);
  #ended = false;
  #woken: () => void = () => {};

  constructor(connection: Connection, signal: AbortSignal) {
    this.#connection = connection;
    this.#signal = signal;
    this.#wake = () => this.#woken();
    connection.socket.on("data", this.#hear).on("end", this.#end).on("close", this.#end).resume();
    signal.addEventListener("abort", this.#wake);
  }

  say(bytes: Uint8Array): void {
    this.#connection.socket.write(bytes);
  }

  /** The next `count` bytes. */
  bytes(count: number): Promise<Buffer> {
    return this.until((heard) => heard.length >= count ? count : undefined);
  }

  /** What comes up to where `end` says that it ends; `undefined` while it has not. */
  async until(end: (heard: Buffer) => number | undefined): Promise<Buffer> {
    for (;;) {
      this.#signal.throwIfAborted();
      const at = end(this.#heard);
      if (at !== undefined) {
        const taken = this.#heard.subarray(0, at);
        this.#heard = this.#heard.subarray(at);
        return taken;
      }
      if (this.#ended) throw this.#connection.error ?? new ProbeError("reset", "the proxy closed the connection");
      await new Promise<void>((resolve) => this.#woken = resolve);
    }
  }

  [Symbol.dispose](): void {
    const { socket } = this.#connection;
    socket.off("data", this.#hear).off("end", this.#end).off("close", this.#end).pause();
    if (this.#heard.length > 0) socket.unshift(this.#heard);
    this.#signal.removeEventListener("abort", this.#wake);
  }

  readonly #hear = (bytes: Uint8Array): void => {
    this.#heard = Buffer.concat([this.#heard, bytes]);
    this.#woken();
  };

  readonly #end = (): void => {
    this.#ended = true;
    this.#woken();
  };
}
