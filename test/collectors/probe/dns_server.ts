/**
 * Name servers on this machine that answer whatever a test wants, and the messages that they answer with.
 *
 * @module
 */

import assert from "node:assert/strict";
import { createSocket, type RemoteInfo } from "node:dgram";
import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { encodeName, parseMessage, type Question } from "../../../collectors/probe/dns/dns_message.ts";
import { DNS_TYPES } from "../../../collectors/probe/dns/dns_names.ts";

/** A record as it goes onto the wire. */
export interface WireRecord {
  readonly name?: string;
  readonly type: number;
  readonly class?: number;
  readonly ttl?: number;
  readonly rdata: Uint8Array;
}

/** A message as it goes onto the wire. */
export interface WireMessage {
  readonly id?: number;
  /** All bits beside the number; an answer that went well by default. */
  readonly flags?: number;
  readonly question?: Question;
  readonly answer?: readonly WireRecord[];
  readonly authority?: readonly WireRecord[];
  readonly additional?: readonly WireRecord[];
  /** What stands in the header in place of the numbers of records. */
  readonly counts?: readonly [number, number, number, number];
}

export const FLAGS = { answer: 0x8180, truncated: 0x0200 } as const;

/** A type by its name. */
export function typeOf(name: string): number {
  const type = DNS_TYPES.get(name);
  assert(type !== undefined, name);
  return type;
}

export function bytesOf(hex: string): Uint8Array {
  return Uint8Array.from(hex.replaceAll(/\s/g, "").match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

export function u16(...numbers: number[]): Uint8Array {
  return Uint8Array.from(numbers.flatMap((number) => [number >> 8 & 0xff, number & 0xff]));
}

export function u32(...numbers: number[]): Uint8Array {
  return joined(...numbers.map((number) => u16(number >>> 16, number & 0xffff)));
}

export function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

/** An address record. */
export function addressRecord(ip: string, name?: string, ttl = 60): WireRecord {
  return { name, type: 1, ttl, rdata: Uint8Array.from(ip.split("."), Number) };
}

/** An alias. */
export function aliasRecord(name: string, target: string): WireRecord {
  return { name, type: 5, rdata: encodeName(target) };
}

/** The record that begins a zone. */
export function zoneRecord(name: string, serial: number): WireRecord {
  const rdata = joined(encodeName(`ns.${name}`), encodeName(`admin.${name}`), u32(serial, 3600, 600, 86400, 60));
  return { name, type: 6, rdata };
}

/** A message on the wire; a record without a name is about what is asked. */
export function encodeMessage({ id = 1, flags = FLAGS.answer, question, ...sections }: WireMessage): Uint8Array {
  const lists = [sections.answer ?? [], sections.authority ?? [], sections.additional ?? []];
  const counts = sections.counts ?? [question ? 1 : 0, ...lists.map(({ length }) => length)];
  const owner = question?.name ?? ".";
  return joined(
    u16(id, flags, ...counts),
    ...question ? [encodeName(question.name), u16(question.type, question.class)] : [],
    ...lists.flat().map(({ name = owner, type, class: kind = 1, ttl = 60, rdata }) =>
      joined(encodeName(name), u16(type, kind), u32(ttl), u16(rdata.length), rdata)
    ),
  );
}

/** A question that came. */
export interface Asked {
  readonly id: number;
  readonly question: Question;
  readonly bytes: Uint8Array;
  readonly transport: "udp" | "tcp";
}

/** What a server says to a question: messages, or bytes as they are, one after the other. */
export type Say = (asked: Asked) => readonly (WireMessage | Uint8Array)[];

/** A name server on 127.0.0.1, by datagrams and connections; gone at the end of its scope. */
export interface TestNameServer extends AsyncDisposable {
  readonly port: number;
  /** Questions that came, in order. */
  readonly asked: Asked[];
}

function askedBy(bytes: Uint8Array, transport: Asked["transport"]): Asked {
  const { id, questions: [question] } = parseMessage(bytes);
  assert(question);
  return { id, question, bytes, transport };
}

function replies(say: Say, asked: Asked): Uint8Array[] {
  return say(asked).map((reply) =>
    reply instanceof Uint8Array ? reply : encodeMessage({ id: asked.id, question: asked.question, ...reply })
  );
}

/** What takes connections in place of `net`, as TLS. */
export type TakeConnections = (connected: (socket: Socket) => void) => Server;

/** Starts one. */
export async function nameServer(say: Say, take: TakeConnections = createServer): Promise<TestNameServer> {
  const asked: Asked[] = [];
  const sockets = new Set<Socket>();
  const server = take((socket) => {
    sockets.add(socket);
    socket.on("error", () => {}).on("close", () => sockets.delete(socket));
    socket.on("data", (bytes: Uint8Array) => {
      if (bytes[0] !== 0) return void socket.destroy(); // no question: the beginning of TLS
      const query = askedBy(bytes.subarray(2), "tcp");
      asked.push(query);
      const parts = replies(say, query);
      for (const reply of parts) socket.write(joined(u16(reply.length), reply));
      if (parts.length === 0) socket.end();
    });
  });
  for (;;) {
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    assert(address !== null && typeof address === "object");
    const { port } = address;
    const datagrams = createSocket("udp4");
    const isBound = await new Promise<boolean>((resolve) => {
      datagrams.once("error", () => resolve(false));
      datagrams.bind(port, "127.0.0.1", () => resolve(true));
    });
    if (!isBound) { // somebody has this port for datagrams
      datagrams.close();
      await new Promise((resolve) => server.close(resolve));
      continue;
    }
    datagrams.on("error", () => {}).on("message", (bytes: Uint8Array, sender: RemoteInfo) => {
      const query = askedBy(bytes, "udp");
      asked.push(query);
      for (const reply of replies(say, query)) datagrams.send(reply, sender.port, sender.address);
    });
    return {
      port,
      asked,
      async [Symbol.asyncDispose]() {
        for (const socket of sockets) socket.destroy();
        datagrams.close();
        server.close();
        await once(server, "close");
      },
    };
  }
}
