/**
 * Messages of DNS (RFC 1035): questions written, answers read.
 *
 * @module
 */

import { className, DNS_TYPES, typeName } from "./dns_names.ts";
import { rdataText } from "./dns_rdata.ts";
import { hex, WireReader } from "./dns_wire.ts";

/** What is asked. */
export interface Question {
  /** Name, absolute also without its last dot. */
  readonly name: string;
  /** Type by its number. */
  readonly type: number;
  /** Class by its number. */
  readonly class: number;
}

/** One record. */
export interface ResourceRecord extends Question {
  /** Seconds for which it may be kept. */
  readonly ttl: number;
  /** Its data as zone files have it: `192.0.2.1`, `10 mail.example.`. */
  readonly data: string;
  /** All of it as blackbox_exporter's library prints it: `example.⇥60⇥IN⇥A⇥192.0.2.1`. */
  readonly text: string;
}

/** An answer. */
export interface DnsMessage {
  /** Tells which question it belongs to. */
  readonly id: number;
  /** Whether it is an answer at all. */
  readonly isResponse: boolean;
  /** Whether records were left out because it would have been too long. */
  readonly truncated: boolean;
  /** How it went, with the bits that EDNS adds. */
  readonly rcode: number;
  /** What was asked; servers that refuse may leave it out. */
  readonly questions: readonly Question[];
  /** Its section of answers. */
  readonly answer: readonly ResourceRecord[];
  /** Its section of authorities. */
  readonly authority: readonly ResourceRecord[];
  /** Its additional section. */
  readonly additional: readonly ResourceRecord[];
}

const HEADER_BYTES = 12;
const RESPONSE = 0x8000;
const TRUNCATED = 0x0200;
const RECURSION_DESIRED = 0x0100;
const OPT = DNS_TYPES.get("OPT");
const NULL = DNS_TYPES.get("NULL");
const LONGEST_LABEL = 63;
const LONGEST_NAME = 255;

/**
 * A question, ready to be sent: one name, no EDNS.
 *
 * @throws {SyntaxError} if the name cannot be asked for
 */
export function encodeQuery(id: number, question: Question, recursionDesired: boolean): Uint8Array {
  const name = encodeName(question.name);
  const bytes = new Uint8Array(HEADER_BYTES + name.length + 4);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, id);
  view.setUint16(2, recursionDesired ? RECURSION_DESIRED : 0);
  view.setUint16(4, 1);
  bytes.set(name, HEADER_BYTES);
  view.setUint16(HEADER_BYTES + name.length, question.type);
  view.setUint16(HEADER_BYTES + name.length + 2, question.class);
  return bytes;
}

/** A character, or an escape: `\.` or `\046`. */
const CHARACTER = /\\(\d{3})|\\?([^]|$)/gu;

/**
 * A name on the wire, from its form in zone files.
 *
 * @throws {SyntaxError} if it is none
 */
export function encodeName(name: string): Uint8Array {
  const bytes: number[] = [];
  let label: number[] = [];
  const refuse = (reason: string) =>
    new SyntaxError(`Cannot ask for name ${JSON.stringify(name.slice(0, 80))}: ${reason}`);
  const endLabel = () => {
    if (label.length === 0) throw refuse("a label of it is empty");
    if (label.length > LONGEST_LABEL) throw refuse(`a label of it is longer than ${LONGEST_LABEL} bytes`);
    bytes.push(label.length, ...label);
    label = [];
  };
  if (name.length > 4 * LONGEST_NAME) throw refuse(`it is longer than ${LONGEST_NAME} bytes`);
  for (const [whole, number, character = ""] of name === "." ? [] : name.matchAll(CHARACTER)) {
    if (whole === ".") endLabel();
    else if (number !== undefined) label.push(Number(number) & 0xff);
    else label.push(...new TextEncoder().encode(character));
  }
  if (label.length > 0) endLabel();
  bytes.push(0);
  if (bytes.length > LONGEST_NAME) throw refuse(`it is longer than ${LONGEST_NAME} bytes`);
  return Uint8Array.from(bytes);
}

/**
 * Reads an answer. As the peer has it, numbers of records may promise more than there is, if the message ends with a
 * record, and what follows the last record is passed over.
 *
 * @throws {SyntaxError} if it is broken off or wrong within a record
 */
export function parseMessage(bytes: Uint8Array): DnsMessage {
  const reader = new WireReader(bytes);
  const id = reader.u16();
  const flags = reader.u16();
  const counts = [reader.u16(), reader.u16(), reader.u16(), reader.u16()];
  const questions = section(reader, counts[0], parseQuestion);
  const answer = section(reader, counts[1], parseRecord);
  const authority = section(reader, counts[2], parseRecord);
  const additional = section(reader, counts[3], parseRecord);
  const extended = additional.findLast(({ type }) => type === OPT)?.ttl ?? 0;
  return {
    id,
    isResponse: (flags & RESPONSE) !== 0,
    truncated: (flags & TRUNCATED) !== 0,
    rcode: flags & 0xf | extended >>> 24 << 4,
    questions,
    answer,
    authority,
    additional,
  };
}

function section<T>(reader: WireReader, count = 0, parse: (reader: WireReader) => T): readonly T[] {
  const items: T[] = [];
  while (items.length < count && reader.left > 0) items.push(parse(reader));
  return items;
}

function parseQuestion(reader: WireReader): Question {
  return { name: reader.name(), type: reader.u16(), class: reader.u16() };
}

function parseRecord(reader: WireReader): ResourceRecord {
  const record = { ...parseQuestion(reader), ttl: reader.u32() };
  const rdata = reader.part(reader.u16());
  const known = rdataText(record.type, rdata);
  if (known === undefined) {
    const bytes = rdata.bytes();
    const data = `\\# ${bytes.length} ${hex(bytes)}`;
    return {
      ...record,
      data,
      text: `${record.name}\t${record.ttl}\tCLASS${record.class}\tTYPE${record.type}\t${data}`,
    };
  }
  if (rdata.left > 0) {
    throw new SyntaxError(`Cannot read record of type ${typeName(record.type)}: it has ${rdata.left} bytes too many`);
  }
  return { ...record, data: known, text: recordText(record, known) };
}

function recordText(record: Omit<ResourceRecord, "data" | "text">, data: string): string {
  if (record.type === OPT) return `\n;; OPT PSEUDOSECTION:\n; EDNS: ${ednsText(record)}${data}`;
  const { name, ttl, type } = record;
  return `${type === NULL ? ";" : ""}${name}\t${ttl}\t${className(record.class)}\t${typeName(type)}\t${data}`;
}

/** What a record of type OPT holds in place of class and time to live (RFC 6891). */
function ednsText({ ttl, class: size }: Pick<ResourceRecord, "ttl" | "class">): string {
  const flags = ttl & 0x8000 ? `flags: ${ttl & 0x4000 ? "do, co" : "do"}; ` : "flags:; ";
  const reserved = ttl & 0x3fff ? `MBZ: 0x${(ttl & 0x3fff).toString(16).padStart(4, "0")}, ` : "";
  return `version ${ttl >>> 16 & 0xff}; ${flags}${reserved}udp: ${size}`;
}
