/**
 * Reads one HTTP/1 response as its bytes arrive (RFC 9112), keeping the head and counting the body.
 *
 * Not `node:http`: that shows neither the moment of the first byte nor what was wrong with a response, and on runtimes
 * before Deno 2.5 takes no socket that is connected already. It accepts and refuses what blackbox_exporter, by Go's
 * net/http, does: lines of the head may end without CR, lines may be folded, a name may be followed by a space (and is
 * then another name).
 *
 * @module
 */

import type { ResponseBody } from "./http_body.ts";
import { ProbeError } from "../result.ts";

/** Status line and headers of a final response. */
export interface ResponseHead {
  /** Version as it stands there, as `1.1`. */
  readonly version: string;
  /** Three digits. */
  readonly status: number;
  /** Values by lower-case name, in order. */
  readonly headers: ReadonlyMap<string, readonly string[]>;
  /** Bytes of the body as announced; −1 if they are not. */
  readonly contentLength: number;
}

/** Bytes that a head, and each single line after it, may have. */
export const HEAD_LIMIT_BYTES = 1024 * 1024;

const STATUS_LINE = /^HTTP\/(\d\.\d) +(\d{3})(?: |$)/;
const HEADER = /^([!#$%&'*+\-.^_`|~0-9A-Za-z ]+):(.*)$/;
/** What no header's value may hold: control characters but for the tab. */
// deno-lint-ignore no-control-regex
export const UNPRINTABLE: RegExp = /[\x00-\x08\x0a-\x1f\x7f]/;
const CHUNK_SIZE = /^([0-9a-f]{1,13})[ \t]*(?:;.*)?$/i;
const LF = 10;
const utf8 = new TextDecoder();

type State = "status" | "headers" | "chunkSize" | "chunk" | "chunkEnd" | "trailers" | "body" | "done";

/** A response being read. */
export class ResponseReader {
  /** The head, once it is complete; informational ones are passed over. */
  head: ResponseHead | undefined;

  readonly #method: string;
  readonly #body: ResponseBody;
  readonly #isEnough: (head: ResponseHead) => boolean;
  #state: State = "status";
  /** Begin of a line whose end has not arrived, and how much of it there is. */
  #held = new Uint8Array(256);
  #heldBytes = 0;
  /** Bytes of the head, or of the line, so far. */
  #lineBytes = 0;
  #version = "";
  #status = 0;
  #lines: string[] = [];
  /** Bytes to come of the body or the chunk. */
  #remaining = 0;

  /**
   * A reader of one response.
   *
   * @param method of the request: a response to HEAD has no body
   * @param body takes the body, without the framing of chunks
   * @param isEnough whether nothing but the head is wanted
   */
  constructor(method: string, body: ResponseBody, isEnough: (head: ResponseHead) => boolean) {
    this.#method = method;
    this.#body = body;
    this.#isEnough = isEnough;
  }

  /** Whether all that is wanted of the response has come. */
  get done(): boolean {
    return this.#state === "done";
  }

  /**
   * Takes the next bytes; those after the end are ignored.
   *
   * @throws {ProbeError} `protocol` if this is not HTTP, `size` if head or body go beyond their limit; what `body` throws
   */
  push(bytes: Uint8Array): void {
    let rest = bytes;
    while (rest.length > 0 && !this.done) {
      rest = this.#state === "body" || this.#state === "chunk" ? this.#takeBody(rest) : this.#takeLine(rest);
    }
  }

  /**
   * Takes note that the other side closed the connection.
   *
   * @throws {ProbeError} `reset` if the response is not complete
   */
  end(): void {
    if (this.done) return;
    if (this.#state !== "body" || this.#remaining !== Infinity) {
      const missing = this.head ? "the end of the body" : "the end of the head";
      throw new ProbeError("reset", `the connection was closed before ${missing}`);
    }
    this.#state = "done";
  }

  #takeBody(bytes: Uint8Array): Uint8Array {
    const taken = Math.min(this.#remaining, bytes.length);
    this.#remaining -= taken;
    this.#body.push(bytes.subarray(0, taken));
    if (this.#remaining === 0) this.#state = this.#state === "chunk" ? "chunkEnd" : "done";
    return bytes.subarray(taken);
  }

  #takeLine(bytes: Uint8Array): Uint8Array {
    const end = bytes.indexOf(LF);
    const piece = end < 0 ? bytes : bytes.subarray(0, end + 1);
    this.#lineBytes += piece.length;
    if (this.#lineBytes > HEAD_LIMIT_BYTES) {
      throw new ProbeError("size", `the head has more than ${HEAD_LIMIT_BYTES} bytes`);
    }
    if (end < 0 || this.#heldBytes > 0) this.#hold(piece);
    if (end < 0) return bytes.subarray(bytes.length);
    const line = utf8.decode(this.#heldBytes > 0 ? this.#held.subarray(0, this.#heldBytes) : piece);
    this.#heldBytes = 0;
    this.#takeWholeLine(line);
    return bytes.subarray(end + 1);
  }

  #hold(piece: Uint8Array): void {
    const bytes = this.#heldBytes + piece.length;
    if (bytes > this.#held.length) {
      const larger = new Uint8Array(Math.max(bytes, 2 * this.#held.length));
      larger.set(this.#held.subarray(0, this.#heldBytes));
      this.#held = larger;
    }
    this.#held.set(piece, this.#heldBytes);
    this.#heldBytes = bytes;
  }

  /** @param line with its line feed */
  #takeWholeLine(line: string): void {
    const text = line.replace(/\r?\n$/, "");
    switch (this.#state) {
      case "status":
        return this.#takeStatus(text);
      case "headers":
        if (text !== "") this.#lines.push(text);
        else this.#finishHead();
        return;
      case "trailers":
        if (text === "") this.#state = "done";
        return;
    }
    this.#lineBytes = 0;
    if (!line.endsWith("\r\n")) throw malformed("a line of the chunked body ends without CR");
    if (this.#state === "chunkSize") return this.#takeChunkSize(text);
    if (text !== "") throw malformed("a chunk is longer than announced");
    this.#state = "chunkSize";
  }

  #takeStatus(text: string): void {
    const [match, version = "", status = ""] = STATUS_LINE.exec(text) ?? [];
    if (match === undefined) throw malformed(`the answer begins with ${JSON.stringify(text.slice(0, 60))}`);
    this.#version = version;
    this.#status = Number(status);
    this.#lines = [];
    this.#state = "headers";
  }

  #takeChunkSize(text: string): void {
    const [, size] = CHUNK_SIZE.exec(text) ?? [];
    if (size === undefined) throw malformed(`${JSON.stringify(text.slice(0, 60))} is no size of a chunk`);
    this.#remaining = parseInt(size, 16);
    this.#state = this.#remaining === 0 ? "trailers" : "chunk";
  }

  #finishHead(): void {
    const headers = parseHeaders(this.#lines);
    this.#lines = [];
    if (this.#status >= 100 && this.#status < 200 && this.#status !== 101) {
      this.#state = "status";
      return;
    }
    this.#lineBytes = 0;
    const { chunked, length } = framingOf(this.#version, this.#status, headers);
    const contentLength = this.#method === "HEAD" ? announced(headers) : length;
    this.head = { version: this.#version, status: this.#status, headers, contentLength };
    this.#remaining = chunked ? 0 : length < 0 ? Infinity : length;
    const hasEnded = this.#method === "HEAD" || this.#isEnough(this.head);
    this.#state = hasEnded ? "done" : chunked ? "chunkSize" : this.#remaining === 0 ? "done" : "body";
  }
}

function malformed(what: string): ProbeError {
  return new ProbeError("protocol", what);
}

function parseHeaders(lines: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const headers = new Map<string, string[]>();
  for (const line of unfolded(lines)) {
    const [match, name = "", value = ""] = HEADER.exec(line) ?? [];
    if (match === undefined || UNPRINTABLE.test(value)) throw malformed("a header is malformed");
    const key = name.toLowerCase();
    headers.set(key, [...headers.get(key) ?? [], value.trim()]);
  }
  return headers;
}

/** Lines that begin with a space continue the one before. */
function unfolded(lines: readonly string[]): readonly string[] {
  const whole: string[] = [];
  for (const line of lines) {
    if (!/^[ \t]/.test(line)) whole.push(line);
    else if (whole.length > 0) whole.push(`${whole.pop()} ${line.trim()}`);
    else throw malformed("the first header begins with a space");
  }
  return whole;
}

/** The length that is announced, whether or not a body follows; −1 if none is. */
function announced(headers: ReadonlyMap<string, readonly string[]>): number {
  const [length = ""] = headers.get("content-length") ?? [];
  return length === "" ? -1 : Number(length);
}

/** How the body is delimited (RFC 9112, section 6.3); a length of −1 is not known. */
function framingOf(
  version: string,
  status: number,
  headers: ReadonlyMap<string, readonly string[]>,
): { readonly chunked: boolean; readonly length: number } {
  const encodings = version >= "1.1" ? headers.get("transfer-encoding") : undefined;
  if (encodings && encodings.join().toLowerCase() !== "chunked") throw malformed("the transfer encoding is unknown");
  const lengths = new Set(encodings ? [] : headers.get("content-length"));
  const [length = ""] = lengths;
  if (lengths.size > 1 || !/^\d{0,15}$/.test(length)) throw malformed("the content length is malformed");
  if (status === 101 || status === 204 || status === 304) return { chunked: false, length: 0 };
  return { chunked: encodings !== undefined, length: length === "" ? -1 : Number(length) };
}
