/**
 * The body of one response as it arrives: decoded, counted, limited, kept if somebody wants it.
 *
 * @module
 */

import { deferred } from "../../../src/deferred.ts";
import { Buffer } from "node:buffer";
import { type BodyDecoder, undecodable } from "./body_decoder.ts";
import { ProbeError } from "../result.ts";

/** How a body is wanted. */
export interface BodyWish {
  /** Encoding that is undone, as `gzip`; empty: none. */
  readonly compression: string;
  /** Bytes, decoded, beyond which it is refused. */
  readonly bodyLimitBytes: number;
  /** Whether it is kept. */
  readonly keepsBody: boolean;
}

/** Bytes of a body that are kept where there is no limit. */
const KEPT_BYTES = 64 * 1024 * 1024;

/** Who feeds a body. */
export interface BodyFeeder {
  /** Told that the body cannot be read on. */
  fail(error: Error): void;
  /** Asked to wait until {@linkcode BodyFeeder.resume} is called. */
  pause(): void;
  /** Asked to go on. */
  resume(): void;
}

/** A body being read. */
export class ResponseBody implements Disposable {
  /** Bytes of it, decoded; at most the limit. */
  bytes = 0;

  readonly #limit: number;
  readonly #pieces: Uint8Array[] | undefined;
  readonly #decoder: BodyDecoder | undefined;
  #fault: Error | undefined;
  #feeder: BodyFeeder | undefined;

  /**
   * A body that is wanted so.
   *
   * @param decoder what decodes it; see {@linkcode bodyDecoder}
   */
  constructor({ keepsBody, bodyLimitBytes }: BodyWish, decoder?: BodyDecoder) {
    this.#pieces = keepsBody ? [] : undefined;
    this.#limit = keepsBody ? Math.min(bodyLimitBytes, KEPT_BYTES) : bodyLimitBytes;
    this.#decoder = decoder;
    decoder?.stream.on("data", (bytes: Uint8Array) => this.#take(bytes));
    decoder?.stream.on("error", (cause: Error) => this.#fail(undecodable(cause.message, { cause })));
    decoder?.stream.on("drain", () => this.#feeder?.resume());
  }

  /** Who is told of faults from now on. */
  feed(feeder: BodyFeeder): void {
    this.#feeder = feeder;
  }

  /** Takes the next bytes; a fault is told to the feeder, perhaps later. */
  push(bytes: Uint8Array): void {
    if (!this.#decoder) this.#take(bytes);
    else if (!this.#fault && !this.#decoder.push(bytes)) this.#feeder?.pause();
  }

  /**
   * Waits until all that was pushed is decoded.
   *
   * @throws {ProbeError} `protocol` if it is not encoded as was said, `size` if it is too long
   * @throws the reason for which `signal` aborted
   */
  async finish(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#fault) throw this.#fault;
    const decoder = this.#decoder;
    if (!decoder) return;
    const { promise, resolve, reject } = deferred<void>();
    const abort = () => reject(signal.reason);
    signal.addEventListener("abort", abort);
    decoder.stream.once("end", resolve);
    decoder.stream.once("close", () => reject(this.#fault ?? undecodable("its decoder was closed")));
    decoder.end();
    try {
      await promise;
      decoder.check();
    } finally {
      signal.removeEventListener("abort", abort);
    }
  }

  /** The body, if it is wanted. */
  whole(): Uint8Array | undefined {
    return this.#pieces && Buffer.concat(this.#pieces);
  }

  /** Stops decoding. */
  [Symbol.dispose](): void {
    this.#decoder?.stream.destroy();
  }

  #take(bytes: Uint8Array): void {
    if (this.#fault) return;
    const room = this.#limit - this.bytes;
    this.bytes += Math.min(room, bytes.length);
    if (bytes.length > room) return this.#fail(new ProbeError("size", `the body has more than ${this.#limit} bytes`));
    // A copy: a piece may be a part of a buffer that is much larger, or used again.
    this.#pieces?.push(new Uint8Array(bytes));
  }

  #fail(error: Error): void {
    if (this.#fault) return;
    this.#fault = error;
    this.#decoder?.stream.destroy();
    this.#feeder?.fail(error);
  }
}
