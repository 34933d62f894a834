/**
 * A WebSocket over a connection: the handshake, then messages.
 *
 * @module
 */

import { Buffer, isUtf8 } from "node:buffer";
import { ByteStream } from "../dialogue/byte_stream.ts";
import type { Connection } from "../connection.ts";
import { ResponseBody } from "../http/http_body.ts";
import type { HttpRequest } from "../http/http_request.ts";
import { type ResponseHead, ResponseReader } from "../http/http_response.ts";
import { ProbeError } from "../result.ts";
import type { Timeline } from "../timeline.ts";
import { FrameReader, MessageJoiner, OPCODES, renderFrame } from "./websocket_frames.ts";
import { renderHandshake } from "./websocket_handshake.ts";

/** Bytes that are taken at once. */
const PIECE = 64 * 1024;
/** Bytes that may come while one message is waited for. */
const MOST_BYTES = 16 * 1024 * 1024;
const LF = 10;
const NORMAL_CLOSURE = Uint8Array.of(1000 >> 8, 1000 & 255);
const NO_BODY = { compression: "", bodyLimitBytes: 0, keepsBody: false };

/** A WebSocket, from the handshake on. */
export class WebsocketSession implements Disposable {
  readonly #stream: ByteStream;
  readonly #frames = new FrameReader();
  readonly #joiner = new MessageJoiner();

  /**
   * A session over a connection that nobody has read from.
   *
   * @param signal ends whatever is waited for
   */
  constructor(connection: Connection, signal: AbortSignal) {
    this.#stream = new ByteStream(connection, signal);
  }

  /**
   * Makes the handshake, and passes `timeline` through `request` and `processing`; the answer is the caller's to check.
   *
   * @throws {ProbeError} `protocol` or `size` if the answer is not HTTP, `reset` if it does not come
   * @throws the socket's error, or the reason for which the signal aborted
   */
  async open(request: HttpRequest, key: string, timeline: Timeline): Promise<ResponseHead> {
    timeline.enter("request");
    await this.#stream.write(renderHandshake(request, key));
    timeline.enter("processing");
    using body = new ResponseBody(NO_BODY);
    const reader = new ResponseReader(request.method, body, () => true);
    while (!reader.head) {
      let rest = await this.#stream.read(PIECE);
      if (!rest) throw new ProbeError("reset", "the connection was closed before the end of the head");
      // The head ends with a line; what follows are frames.
      while (rest.length > 0 && !reader.head) {
        const end = rest.indexOf(LF) + 1 || rest.length;
        reader.push(rest.subarray(0, end));
        rest = rest.subarray(end);
      }
      this.#frames.push(rest);
    }
    return reader.head;
  }

  /**
   * The next message, of text or not. Pings are answered on the way.
   *
   * @throws {ProbeError} `reset` if the server closes the WebSocket, `protocol` or `size` if what comes is none
   * @throws the socket's error, or the reason for which the signal aborted
   */
  async receive(): Promise<Uint8Array> {
    for (let left = MOST_BYTES; left > 0;) {
      const frame = this.#frames.next();
      if (!frame) {
        const bytes = await this.#stream.read(PIECE);
        if (!bytes) throw new ProbeError("reset", "the connection was closed before a message");
        left -= bytes.length;
        this.#frames.push(bytes);
      } else if (frame.opcode === OPCODES.close) throw closed(frame.payload);
      else if (frame.opcode === OPCODES.ping) await this.#stream.write(renderFrame(OPCODES.pong, frame.payload));
      else if (frame.opcode !== OPCODES.pong) {
        const message = this.#joiner.add(frame);
        if (message) return message;
      }
    }
    throw new ProbeError("size", `no message among ${MOST_BYTES} bytes`);
  }

  /**
   * Sends a message, of text if it is such.
   *
   * @throws the socket's error, or the reason for which the signal aborted
   */
  async send(message: Uint8Array): Promise<void> {
    await this.#stream.write(renderFrame(isUtf8(message) ? OPCODES.text : OPCODES.binary, message));
  }

  /**
   * Says that there is no more to come.
   *
   * @throws the socket's error, or the reason for which the signal aborted
   */
  async close(): Promise<void> {
    await this.#stream.write(renderFrame(OPCODES.close, NORMAL_CLOSURE));
  }

  /** Lets go of the connection, which stays open. */
  [Symbol.dispose](): void {
    this.#stream[Symbol.dispose]();
  }
}

function closed(payload: Uint8Array): ProbeError {
  const code = payload.length < 2 ? "without a code" : `with the code ${Buffer.from(payload).readUInt16BE(0)}`;
  return new ProbeError("reset", `the server closed the WebSocket ${code}`);
}
