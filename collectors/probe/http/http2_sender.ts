/**
 * Our side of a connection of HTTP/2: the request, within the windows that the other side opens, and the windows that we open.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import type { Socket } from "node:net";
import { encodeHeaders } from "./hpack.ts";
import { FLAG, FRAME, FRAME_BYTES, renderFrame, uint32 } from "./http2_frames.ts";
import { bodyLength, type HeaderLine, type HttpRequest } from "./http_request.ts";
import { HEAD_LIMIT_BYTES } from "./http_response.ts";
import { ProbeError } from "../result.ts";

/** The one stream. */
export const STREAM = 1;

const PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/** What a window has unless it is said otherwise. */
const STANDARD_WINDOW = 65_535;
/** What we let the other side send before it hears of us. */
const OWN_WINDOW = 4 * 1024 * 1024;
const LARGEST_WINDOW = 2 ** 31 - 1;
const SETTING = { enablePush: 2, initialWindow: 4, frameBytes: 5, headerBytes: 6 } as const;
/** What belongs to a connection of HTTP/1. */
const NOT_SENT = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "transfer-encoding",
  "upgrade",
  "host",
  "te",
]);

/** Sends one request. */
export class Http2Sender {
  readonly #socket: Socket;
  readonly #request: HttpRequest;
  readonly #written: () => void;
  #body: Uint8Array;
  #connectionWindow = STANDARD_WINDOW;
  #streamWindow = STANDARD_WINDOW;
  #initialWindow = STANDARD_WINDOW;
  /** Bytes taken of which the other side has not heard. */
  #consumed = 0;

  /** @param written called when the whole request was handed over */
  constructor(socket: Socket, request: HttpRequest, written: () => void) {
    this.#socket = socket;
    this.#request = request;
    this.#written = written;
    this.#body = request.body ?? new Uint8Array();
  }

  /** Sends preface, settings and head, and of the body what is allowed. */
  begin(): void {
    const { method, url, host, headers } = this.#request;
    const settings = [[SETTING.enablePush, 0], [SETTING.initialWindow, OWN_WINDOW], [
      SETTING.headerBytes,
      HEAD_LIMIT_BYTES,
    ]] as const;
    const block = encodeHeaders([
      [":method", method],
      [":scheme", "https"],
      [":authority", host],
      [":path", `${url.pathname}${url.search}`],
      ...[...bodyLength(this.#request), ...headers]
        .map(([name, value]): HeaderLine => [name.toLowerCase(), value])
        .filter(([name]) => !NOT_SENT.has(name)),
    ]);
    const isWhole = this.#body.length === 0;
    const begin = Buffer.concat([
      Buffer.from(PREFACE),
      renderFrame(FRAME.settings, 0, 0, Buffer.concat(settings.map(([id, value]) => setting(id, value)))),
      renderFrame(FRAME.windowUpdate, 0, 0, uint32(OWN_WINDOW - STANDARD_WINDOW)),
      ...headerFrames(block, isWhole ? FLAG.endStream : 0),
    ]);
    if (isWhole) this.#finish(begin);
    else {
      this.send(begin);
      this.#sendBody();
    }
  }

  /** Sends a frame. */
  send(frame: Uint8Array): void {
    if (!this.#socket.destroyed) this.#socket.write(frame);
  }

  /**
   * Takes the other side's settings.
   *
   * @throws {ProbeError} `protocol` if they are malformed
   */
  take(flags: number, payload: Buffer): void {
    if (flags & FLAG.ack) return;
    for (let at = 0; at + 6 <= payload.length; at += 6) {
      if (payload.readUInt16BE(at) !== SETTING.initialWindow) continue;
      const window = payload.readUInt32BE(at + 2);
      if (window > LARGEST_WINDOW) throw new ProbeError("protocol", "the settings of HTTP/2 are malformed");
      this.#streamWindow += window - this.#initialWindow;
      this.#initialWindow = window;
    }
    this.send(renderFrame(FRAME.settings, FLAG.ack, 0, Buffer.alloc(0)));
    this.#sendBody();
  }

  /** Takes note that the other side takes more, on a stream or, by 0, in all. */
  widen(stream: number, payload: Buffer): void {
    const bytes = payload.length >= 4 ? payload.readUInt32BE(0) & LARGEST_WINDOW : 0;
    if (stream === 0) this.#connectionWindow += bytes;
    else if (stream === STREAM) this.#streamWindow += bytes;
    this.#sendBody();
  }

  /** Takes note of bytes taken, and lets the other side send as many again. */
  consumed(bytes: number): void {
    this.#consumed += bytes;
    if (this.#consumed < OWN_WINDOW / 4) return;
    const more = uint32(this.#consumed);
    this.#consumed = 0;
    this.send(renderFrame(FRAME.windowUpdate, 0, 0, more));
    this.send(renderFrame(FRAME.windowUpdate, 0, STREAM, more));
  }

  #sendBody(): void {
    while (this.#body.length > 0) {
      const bytes = Math.min(this.#body.length, FRAME_BYTES, this.#connectionWindow, this.#streamWindow);
      if (bytes <= 0) return;
      const piece = this.#body.subarray(0, bytes);
      this.#body = this.#body.subarray(bytes);
      this.#connectionWindow -= bytes;
      this.#streamWindow -= bytes;
      if (this.#body.length > 0) this.send(renderFrame(FRAME.data, 0, STREAM, piece));
      else this.#finish(renderFrame(FRAME.data, FLAG.endStream, STREAM, piece));
    }
  }

  #finish(bytes: Uint8Array): void {
    this.#socket.write(bytes, (error) => {
      if (!error) this.#written();
    });
  }
}

function setting(id: number, value: number): Buffer {
  return Buffer.concat([Uint8Array.of(0, id), uint32(value)]);
}

/** A block in as many frames as it takes. */
function headerFrames(block: Uint8Array, flags: number): Buffer[] {
  const frames: Buffer[] = [];
  for (let at = 0; at < block.length; at += FRAME_BYTES) {
    const isFirst = at === 0;
    const isLast = at + FRAME_BYTES >= block.length;
    const own = (isFirst ? flags : 0) | (isLast ? FLAG.endHeaders : 0);
    const type = isFirst ? FRAME.headers : FRAME.continuation;
    frames.push(renderFrame(type, own, STREAM, block.subarray(at, at + FRAME_BYTES)));
  }
  return frames;
}
