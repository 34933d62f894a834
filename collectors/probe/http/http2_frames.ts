/**
 * Frames of HTTP/2 (RFC 9113), cut out of the bytes of a connection.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { ProbeError } from "../result.ts";

/** The kinds of frames that are of use here. */
export const FRAME = {
  data: 0,
  headers: 1,
  reset: 3,
  settings: 4,
  push: 5,
  ping: 6,
  goAway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const;

/** Flags of frames; of data and headers the end of the stream, of settings and pings that they are acknowledged. */
export const FLAG = { endStream: 1, ack: 1, endHeaders: 4, padded: 8, priority: 32 } as const;

/** One frame. */
export interface Frame {
  readonly type: number;
  readonly flags: number;
  /** The stream that it is of; 0: the connection. */
  readonly stream: number;
  readonly payload: Buffer;
}

/** What a frame has before its payload. */
export const FRAME_HEAD_BYTES = 9;
/** What a payload may have unless we allow more. */
export const FRAME_BYTES = 16_384;

/** Cuts frames out of bytes as they arrive. */
export class FrameReader {
  #held: Buffer = Buffer.alloc(0);

  /**
   * The frames that are complete with these bytes, one after the other.
   *
   * @throws {ProbeError} `protocol` if one is larger than it may be
   */
  *push(bytes: Uint8Array): Generator<Frame> {
    const piece = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#held = this.#held.length === 0 ? piece : Buffer.concat([this.#held, piece]);
    while (this.#held.length >= FRAME_HEAD_BYTES) {
      const length = this.#held.readUIntBE(0, 3);
      if (length > FRAME_BYTES) throw new ProbeError("protocol", "a frame of HTTP/2 is too large, or is none");
      const end = FRAME_HEAD_BYTES + length;
      if (this.#held.length < end) return;
      const frame = {
        type: this.#held.readUInt8(3),
        flags: this.#held.readUInt8(4),
        stream: this.#held.readUInt32BE(5) & 0x7fffffff,
        payload: this.#held.subarray(FRAME_HEAD_BYTES, end),
      };
      this.#held = this.#held.subarray(end);
      yield frame;
    }
  }

  /** Type of the frame that has begun and is not complete; `undefined` if none has, or it is not known yet. */
  get begun(): number | undefined {
    return this.#held.length > 3 ? this.#held.readUInt8(3) : undefined;
  }
}

/** The bytes of a frame. */
export function renderFrame(type: number, flags: number, stream: number, payload: Uint8Array): Buffer {
  const header = Buffer.alloc(FRAME_HEAD_BYTES);
  header.writeUIntBE(payload.length, 0, 3);
  header.writeUInt8(type, 3);
  header.writeUInt8(flags, 4);
  header.writeUInt32BE(stream, 5);
  return Buffer.concat([header, payload]);
}

/** A number of four bytes. */
export function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/**
 * What a frame holds beside its padding and priority.
 *
 * @throws {ProbeError} `protocol` if these are longer than it
 */
export function contentOf({ flags, payload, type }: Frame): Buffer {
  const isPadded = (flags & FLAG.padded) !== 0;
  const begin = (isPadded ? 1 : 0) + (type === FRAME.headers && flags & FLAG.priority ? 5 : 0);
  const end = payload.length - (isPadded ? payload[0] ?? 0 : 0);
  if (begin > end) throw new ProbeError("protocol", "a frame of HTTP/2 has more padding than bytes");
  return payload.subarray(begin, end);
}
