/**
 * Reads the parts that messages of DNS are made of (RFC 1035), into the text that zone files have for them.
 *
 * @module
 */

const encoder = new TextEncoder();
/** Bytes of the longest name on the wire. */
const LONGEST_NAME = 255;
const LONGEST_LABEL = 63;
/** More jumps than a name of that length can need. */
const MOST_JUMPS = 126;
/** Printable, and yet with a meaning in names of zone files. */
const SPECIAL = new Set(encoder.encode(`. '@;()"\\`));

/** A byte as `\007`. */
export function escapeByte(byte: number): string {
  return `\\${String(byte).padStart(3, "0")}`;
}

/** Bytes as text: those of `special` after a backslash, those that cannot be printed by their numbers. */
export function escapeBytes(bytes: Uint8Array, special: ReadonlySet<number>): string {
  let text = "";
  for (const byte of bytes) {
    if (byte < 0x20 || byte > 0x7e) text += escapeByte(byte);
    else text += (special.has(byte) ? "\\" : "") + String.fromCharCode(byte);
  }
  return text;
}

const QUOTED = new Set(encoder.encode(`"\\`));

/** Bytes as a quoted text. */
export function quote(bytes: Uint8Array): string {
  return `"${escapeBytes(bytes, QUOTED)}"`;
}

/** Bytes as `c0ffee`. */
export function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Bytes in base64. */
export function base64(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}

/** All items that are left, with blanks between; `undefined` if there are none. */
export function list(reader: WireReader, read: (reader: WireReader) => string | undefined): string | undefined {
  const items: string[] = [];
  while (reader.left > 0) {
    const item = read(reader);
    if (item !== undefined) items.push(item);
  }
  return items.length > 0 ? items.join(" ") : undefined;
}

/** A place in a message, from which its parts are read one after the other. */
export class WireReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #end: number;
  #at: number;

  /** Reads from `at`, never beyond `end`, except that names may point anywhere before. */
  constructor(bytes: Uint8Array, at = 0, end = bytes.length) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#at = at;
    this.#end = end;
  }

  /** Bytes that are left. */
  get left(): number {
    return this.#end - this.#at;
  }

  /** Offset in the message. */
  get at(): number {
    return this.#at;
  }

  /**
   * The next bytes, as a reader of their own.
   *
   * @throws {SyntaxError} if there are fewer
   */
  part(length: number): WireReader {
    const at = this.#take(length);
    return new WireReader(this.#bytes, at, this.#at);
  }

  /** A number of 8 bits. @throws {SyntaxError} if there is none */
  u8(): number {
    return this.#view.getUint8(this.#take(1));
  }

  /** A number of 16 bits. @throws {SyntaxError} if there is none */
  u16(): number {
    return this.#view.getUint16(this.#take(2));
  }

  /** A number of 32 bits. @throws {SyntaxError} if there is none */
  u32(): number {
    return this.#view.getUint32(this.#take(4));
  }

  /** The next bytes. @throws {SyntaxError} if there are fewer */
  bytes(length = this.left): Uint8Array {
    const at = this.#take(length);
    return this.#bytes.subarray(at, at + length);
  }

  /** Bytes after their number, which has 8 bits. @throws {SyntaxError} if there are fewer */
  counted(): Uint8Array {
    return this.bytes(this.u8());
  }

  /**
   * A name, with a last dot, its bytes escaped as zone files have it.
   *
   * @throws {SyntaxError} if it is broken off, too long, or points in a circle
   */
  name(): string {
    let name = "";
    let length = 1;
    let at = this.#at;
    let jumps = 0;
    for (;;) {
      const size = this.#byte(at++);
      if (size >= 0xc0) {
        const next = (size & 0x3f) << 8 | this.#byte(at++);
        if (jumps++ === 0) this.#at = at;
        if (jumps > MOST_JUMPS) throw new SyntaxError("Cannot read name: it points too often");
        at = next;
        continue;
      }
      if (size > LONGEST_LABEL) throw new SyntaxError("Cannot read name: a label of a kind that nobody uses");
      if (size === 0) break;
      length += size + 1;
      if (length > LONGEST_NAME) throw new SyntaxError(`Cannot read name: it is longer than ${LONGEST_NAME} bytes`);
      this.#byte(at + size - 1);
      name += `${escapeBytes(this.#bytes.subarray(at, at + size), SPECIAL)}.`;
      at += size;
    }
    if (jumps === 0) this.#at = at;
    return name || ".";
  }

  #byte(at: number): number {
    const byte = at < this.#end ? this.#bytes[at] : undefined;
    if (byte === undefined) throw new SyntaxError(`Cannot read message: it is broken off at byte ${this.#end}`);
    return byte;
  }

  #take(length: number): number {
    const at = this.#at;
    if (at + length > this.#end) throw new SyntaxError(`Cannot read message: it is broken off at byte ${this.#end}`);
    this.#at += length;
    return at;
  }
}
