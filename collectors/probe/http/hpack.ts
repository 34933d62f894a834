/**
 * Compressed headers of HTTP/2 (RFC 7541): all of it to read them, the plainest of it to write them.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import type { HeaderLine } from "./http_request.ts";
import { HEAD_LIMIT_BYTES } from "./http_response.ts";
import { huffmanDecode } from "./huffman.ts";
import { ProbeError } from "../result.ts";

/** Names and values of RFC 7541, appendix A, from index 1 on. */
const STATIC: readonly HeaderLine[] = [
  [":authority", ""],
  [":method", "GET"],
  [":method", "POST"],
  [":path", "/"],
  [":path", "/index.html"],
  [":scheme", "http"],
  [":scheme", "https"],
  ...["200", "204", "206", "304", "400", "404", "500"].map((status): HeaderLine => [":status", status]),
  ["accept-charset", ""],
  ["accept-encoding", "gzip, deflate"],
  ...[
    "accept-language",
    "accept-ranges",
    "accept",
    "access-control-allow-origin",
    "age",
    "allow",
    "authorization",
    "cache-control",
    "content-disposition",
    "content-encoding",
    "content-language",
    "content-length",
    "content-location",
    "content-range",
    "content-type",
    "cookie",
    "date",
    "etag",
    "expect",
    "expires",
    "from",
    "host",
    "if-match",
    "if-modified-since",
    "if-none-match",
    "if-range",
    "if-unmodified-since",
    "last-modified",
    "link",
    "location",
    "max-forwards",
    "proxy-authenticate",
    "proxy-authorization",
    "range",
    "referer",
    "refresh",
    "retry-after",
    "server",
    "set-cookie",
    "strict-transport-security",
    "transfer-encoding",
    "user-agent",
    "vary",
    "via",
    "www-authenticate",
  ].map((name): HeaderLine => [name, ""]),
];

/** The size of the table that we let the other side use, which is the one that holds unless we say otherwise. */
const TABLE_BYTES = 4096;
/** What an entry counts beside its texts. */
const ENTRY_BYTES = 32;

/** Reads the blocks of headers of one response, which refer to those before. */
export class HeaderDecoder {
  /** The newest first. */
  readonly #table: HeaderLine[] = [];
  #bytes = 0;
  #mostBytes = TABLE_BYTES;
  /** Bytes that all headers so far may still have: one byte can stand for thousands. */
  #leftBytes = HEAD_LIMIT_BYTES;

  /**
   * The headers of one whole block, in order.
   *
   * @throws {ProbeError} `protocol` if it is malformed, `size` if they are too many
   */
  decode(block: Uint8Array): HeaderLine[] {
    const input = new Input(block);
    const headers: HeaderLine[] = [];
    while (!input.ended) {
      const first = input.peek();
      if (first >= 0x80) headers.push(this.#counted(this.#entry(input.integer(7))));
      else if (first >= 0x40) headers.push(this.#counted(this.#added(this.#literal(input, 6))));
      else if (first >= 0x20) this.#resize(input.integer(5));
      else headers.push(this.#counted(this.#literal(input, 4)));
    }
    return headers;
  }

  #counted(header: HeaderLine): HeaderLine {
    this.#leftBytes -= sizeOf(header);
    if (this.#leftBytes >= 0) return header;
    throw new ProbeError("size", `the headers have more than ${HEAD_LIMIT_BYTES} bytes`);
  }

  #literal(input: Input, bits: number): HeaderLine {
    const index = input.integer(bits);
    const name = index === 0 ? input.text() : this.#entry(index)[0];
    return [name, input.text()];
  }

  #entry(index: number): HeaderLine {
    const entry = index > STATIC.length ? this.#table[index - STATIC.length - 1] : STATIC[index - 1];
    if (!entry) throw malformed("there is no entry of that index");
    return entry;
  }

  #added(header: HeaderLine): HeaderLine {
    this.#table.unshift(header);
    this.#bytes += sizeOf(header);
    this.#evict();
    return header;
  }

  #resize(bytes: number): void {
    if (bytes > TABLE_BYTES) throw malformed("the table is too large");
    this.#mostBytes = bytes;
    this.#evict();
  }

  #evict(): void {
    while (this.#bytes > this.#mostBytes) {
      const oldest = this.#table.pop();
      if (!oldest) return;
      this.#bytes -= sizeOf(oldest);
    }
  }
}

function sizeOf([name, value]: HeaderLine): number {
  return Buffer.byteLength(name) + Buffer.byteLength(value) + ENTRY_BYTES;
}

function malformed(what: string): ProbeError {
  return new ProbeError("protocol", `the headers of HTTP/2 are malformed: ${what}`);
}

/** Bytes of a block, read one after the other. */
class Input {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get ended(): boolean {
    return this.#at >= this.#bytes.length;
  }

  peek(): number {
    const byte = this.#bytes[this.#at];
    if (byte === undefined) throw malformed("they are cut off");
    return byte;
  }

  /** An integer that begins in the last `bits` bits of the next byte. */
  integer(bits: number): number {
    const mask = 2 ** bits - 1;
    let value = this.peek() & mask;
    this.#at++;
    if (value < mask) return value;
    for (let shift = 0; shift <= 28; shift += 7) {
      const byte = this.peek();
      this.#at++;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    throw malformed("a number is too large");
  }

  text(): string {
    const isHuffman = this.peek() >= 0x80;
    const length = this.integer(7);
    const bytes = this.#bytes.subarray(this.#at, this.#at + length);
    if (bytes.length < length) throw malformed("they are cut off");
    this.#at += length;
    const plain = isHuffman ? huffmanDecode(bytes) : bytes;
    if (!plain) throw malformed("a text is malformed");
    return Buffer.from(plain.buffer, plain.byteOffset, plain.byteLength).toString("utf8");
  }
}

/** A block of headers that refers to none and leaves none behind. */
export function encodeHeaders(headers: readonly HeaderLine[]): Uint8Array {
  return Buffer.concat(
    headers.flatMap(([name, value]) => [Uint8Array.of(0), ...encodeText(name), ...encodeText(value)]),
  );
}

function encodeText(text: string): [length: Uint8Array, text: Uint8Array] {
  const bytes = Buffer.from(text);
  const length: number[] = [];
  if (bytes.length < 0x7f) length.push(bytes.length);
  else {
    length.push(0x7f);
    let rest = bytes.length - 0x7f;
    for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) length.push(0x80 | rest & 0x7f);
    length.push(rest);
  }
  return [Uint8Array.from(length), bytes];
}
