/**
 * Undoes the encoding of a body, and sees where it ends: what Go refuses and zlib passes over is refused, which is a body
 * that is cut off (Brotli), and one with more after its end (gzip, Brotli).
 *
 * @module
 */

import type { Transform } from "node:stream";
import { ProbeError } from "../result.ts";

/** A stream of `node:zlib`. */
type Stream = Transform & { readonly bytesWritten: number };

/** What no stream of Brotli that wants more leaves alone; one that has ended does. */
const LURE = Uint8Array.from([0xff, 0xff, 0xff, 0xff]);

/** A decoder of one body. */
export class BodyDecoder {
  /** What comes out. */
  readonly stream: Transform;

  readonly #zlib: Stream;
  readonly #ending: "told" | "exact" | "lured";
  #bytes = 0;

  /**
   * A decoder by a stream.
   *
   * @param ending `told`: the stream itself says what is wrong there; `exact`: but for bytes after it, which are refused;
   * `lured`: it says nothing
   */
  constructor(stream: Stream, ending: "told" | "exact" | "lured") {
    this.stream = stream;
    this.#zlib = stream;
    this.#ending = ending;
  }

  /** Takes the next bytes; `false` asks to wait until the stream drains. */
  push(bytes: Uint8Array): boolean {
    this.#bytes += bytes.length;
    return this.#zlib.write(bytes);
  }

  /** Takes note that there are no more. */
  end(): void {
    if (this.#ending === "lured") this.#zlib.write(LURE);
    this.#zlib.end();
  }

  /**
   * Looks at the end of a stream that has ended.
   *
   * @throws {ProbeError} `protocol` if the body did not end where it should
   */
  check(): void {
    const { bytesWritten } = this.#zlib;
    // Deno before 2.9 does not count them.
    if (this.#ending === "told" || bytesWritten === undefined || bytesWritten === this.#bytes) return;
    throw undecodable(bytesWritten < this.#bytes ? "there is more after its end" : "it is cut off");
  }
}

/** The failure of a body that is not encoded as it should be. */
export function undecodable(reason: string, options?: ErrorOptions): ProbeError {
  return new ProbeError("protocol", `the body cannot be decoded: ${reason}`, options);
}

/**
 * What undoes an encoding; `undefined` if there is none to undo.
 *
 * @throws {ProbeError} `internal` if it is not known
 */
export async function bodyDecoder(compression: string): Promise<BodyDecoder | undefined> {
  const name = compression.toLowerCase();
  if (name === "" || name === "identity") return undefined;
  const zlib = await import("node:zlib");
  switch (name) {
    case "gzip":
      return new BodyDecoder(zlib.createGunzip(), "exact");
    case "deflate":
      return new BodyDecoder(zlib.createInflateRaw(), "told"); // without zlib's header, as the peer has it
    case "br":
      return new BodyDecoder(zlib.createBrotliDecompress(), "lured");
    default:
      throw new ProbeError("internal", `there is no decoder for the compression ${JSON.stringify(compression)}`);
  }
}
