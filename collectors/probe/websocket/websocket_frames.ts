/**
 * Frames and messages of WebSocket (RFC 6455, section 5), as a client sends and receives them.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { randomBytes } from "node:crypto";
import { ProbeError } from "../result.ts";

/** What a frame is. */
export const OPCODES = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

/** A frame. */
export interface Frame {
  /** One of {@linkcode OPCODES}. */
  readonly opcode: number;
  /** Whether it is the last one of its message. */
  readonly isFinal: boolean;
  /** What it carries. */
  readonly payload: Uint8Array;
}

/** Bytes that a message may have. */
export const LONGEST_MESSAGE = 1024 * 1024;
const LONGEST_CONTROL = 125;
const NOTHING = Buffer.alloc(0);
const FINAL = 0x80;
const RESERVED = 0x70;
const MASKED = 0x80;

/** A whole frame as a client sends it: masked, and in one piece. */
export function renderFrame(opcode: number, payload: Uint8Array, mask: Uint8Array = randomBytes(4)): Uint8Array {
  const { length } = payload;
  const head = [FINAL | opcode, MASKED | (length < 126 ? length : length < 65_536 ? 126 : 127)];
  if (length >= 65_536) head.push(0, 0, 0, 0, length >>> 24, (length >>> 16) & 255);
  if (length >= 126) head.push((length >>> 8) & 255, length & 255);
  return Buffer.concat([Uint8Array.from(head), mask, payload.map((byte, i) => byte ^ (mask[i % 4] ?? 0))]);
}

/** Tells the frames of a server from the bytes that come. */
export class FrameReader {
  #held: Buffer = NOTHING;

  /** Takes the next bytes. */
  push(bytes: Uint8Array): void {
    this.#held = Buffer.concat([this.#held, bytes]);
  }

  /**
   * The next frame; `undefined` if it has not come yet.
   *
   * @throws {ProbeError} `protocol` if it is malformed, `size` if it is larger than {@linkcode LONGEST_MESSAGE}
   */
  next(): Frame | undefined {
    const [first = 0, second = 0] = this.#held;
    if (this.#held.length < 2) return undefined;
    const opcode = first & 15;
    const isFinal = (first & FINAL) !== 0;
    const short = second & 127;
    if ((first & RESERVED) !== 0) throw malformed("a frame has a reserved bit");
    if ((second & MASKED) !== 0) throw malformed("a frame of the server is masked");
    if (!Object.values<number>(OPCODES).includes(opcode)) throw malformed(`a frame has the unknown opcode ${opcode}`);
    if (opcode >= OPCODES.close && (short > LONGEST_CONTROL || !isFinal)) {
      throw malformed("a control frame is too long");
    }
    const start = short < 126 ? 2 : short === 126 ? 4 : 10;
    if (this.#held.length < start) return undefined;
    const length = short < 126
      ? short
      : short === 126
      ? this.#held.readUInt16BE(2)
      : Number(this.#held.readBigUInt64BE(2));
    if (length > LONGEST_MESSAGE) throw new ProbeError("size", `a message has more than ${LONGEST_MESSAGE} bytes`);
    if (this.#held.length < start + length) return undefined;
    const payload = this.#held.subarray(start, start + length);
    this.#held = this.#held.subarray(start + length);
    return { opcode, isFinal, payload };
  }
}

/** Puts messages together of their frames. */
export class MessageJoiner {
  #pieces: Uint8Array[] | undefined;
  #length = 0;

  /**
   * Takes a frame of a message; gives the message once it is whole.
   *
   * @throws {ProbeError} `protocol` if it does not belong there, `size` if the message is larger than
   * {@linkcode LONGEST_MESSAGE}
   */
  add({ opcode, isFinal, payload }: Frame): Uint8Array | undefined {
    const isFirst = opcode !== OPCODES.continuation;
    if (isFirst === (this.#pieces !== undefined)) throw malformed("a message is cut wrongly into frames");
    const pieces = [...this.#pieces ?? [], payload];
    this.#length += payload.length;
    if (this.#length > LONGEST_MESSAGE) {
      throw new ProbeError("size", `a message has more than ${LONGEST_MESSAGE} bytes`);
    }
    if (!isFinal) {
      this.#pieces = pieces;
      return undefined;
    }
    this.#pieces = undefined;
    this.#length = 0;
    return Buffer.concat(pieces);
  }
}

function malformed(what: string): ProbeError {
  return new ProbeError("protocol", what);
}
