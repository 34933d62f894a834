/**
 * Sends one request over a connection by HTTP/2, and reads the response. One stream on one connection, which is then closed:
 * not `node:http2`, which on Deno takes a stream that was reset for one that has ended.
 *
 * @module
 */

import { deferred } from "../../../src/deferred.ts";
import { Buffer } from "node:buffer";
import type { Connection } from "../connection.ts";
import { HeaderDecoder } from "./hpack.ts";
import type { ResponseBody } from "./http_body.ts";
import { contentOf, FLAG, FRAME, type Frame, FRAME_HEAD_BYTES, FrameReader, renderFrame } from "./http2_frames.ts";
import { Http2Sender, STREAM } from "./http2_sender.ts";
import type { HeaderLine, HttpRequest } from "./http_request.ts";
import { HEAD_LIMIT_BYTES, type ResponseHead, UNPRINTABLE } from "./http_response.ts";
import type { Visit } from "./http_visit.ts";
import { ProbeError } from "../result.ts";

/**
 * Passes the visit's timeline through `request`, `processing` (until the response's first frame) and `transfer`, and sets
 * its head.
 *
 * @param body takes the body
 * @param isEnough whether nothing but the head is wanted
 * @throws {ProbeError} for what is wrong with the response
 * @throws the socket's error, or the reason for which `signal` aborted
 */
export async function exchange2(
  connection: Connection,
  request: HttpRequest,
  visit: Visit,
  body: ResponseBody,
  signal: AbortSignal,
  isEnough: (head: ResponseHead) => boolean,
): Promise<ResponseHead> {
  signal.throwIfAborted();
  if (connection.error) throw connection.error;
  const { socket } = connection;
  const closed = () => new ProbeError("reset", "the connection was closed");
  if (socket.destroyed) throw closed();
  const { timeline } = visit;
  const { promise, resolve, reject } = deferred<ResponseHead>();
  const sender = new Http2Sender(socket, request, () => {
    if (timeline.phase === "request") timeline.enter("processing");
  });
  const reader = new Http2Reader(request.method, visit, body, sender, isEnough);
  const data = (bytes: Uint8Array) => {
    try {
      reader.push(bytes);
      if (reader.done && visit.head) resolve(visit.head);
    } catch (error) {
      reject(connection.error ?? error);
    }
  };
  const close = () => reject(connection.error ?? closed());
  const abort = () => reject(signal.reason);
  body.feed({ fail: reject, pause: () => socket.pause(), resume: () => socket.resume() });
  timeline.enter("request");
  socket.on("data", data).once("end", close).once("error", reject).once("close", close).resume();
  signal.addEventListener("abort", abort);
  try {
    sender.begin();
    return await promise;
  } finally {
    socket.off("data", data).off("end", close).off("error", reject).off("close", close);
    signal.removeEventListener("abort", abort);
  }
}

/** RFC 9113, section 7. */
const ERRORS: readonly string[] = [
  ...["NO_ERROR", "PROTOCOL_ERROR", "INTERNAL_ERROR", "FLOW_CONTROL_ERROR", "SETTINGS_TIMEOUT", "STREAM_CLOSED"],
  ...["FRAME_SIZE_ERROR", "REFUSED_STREAM", "CANCEL", "COMPRESSION_ERROR", "CONNECT_ERROR", "ENHANCE_YOUR_CALM"],
  ...["INADEQUATE_SECURITY", "HTTP_1_1_REQUIRED"],
];

function protocol(what: string): ProbeError {
  return new ProbeError("protocol", what);
}

/** Reads the one response. */
class Http2Reader {
  /** Whether all that is wanted has come. */
  done = false;

  readonly #frames = new FrameReader();
  readonly #headers = new HeaderDecoder();
  readonly #method: string;
  readonly #visit: Visit;
  readonly #body: ResponseBody;
  readonly #sender: Http2Sender;
  readonly #isEnough: (head: ResponseHead) => boolean;
  #isGreeted = false;
  /** The block of headers that is not complete. */
  #block: Buffer[] | undefined;
  #blockBytes = 0;
  #endsStream = false;
  /** Bytes of the body to come, if that was announced. */
  #remaining: number | undefined;

  constructor(
    method: string,
    visit: Visit,
    body: ResponseBody,
    sender: Http2Sender,
    isEnough: (head: ResponseHead) => boolean,
  ) {
    this.#method = method;
    this.#visit = visit;
    this.#body = body;
    this.#sender = sender;
    this.#isEnough = isEnough;
  }

  push(bytes: Uint8Array): void {
    for (const frame of this.#frames.push(bytes)) {
      if (this.done) return;
      this.#take(frame);
    }
    if (this.#isGreeted && this.#frames.begun === FRAME.headers) this.#begin();
  }

  /** The response has begun. */
  #begin(): void {
    const { timeline } = this.#visit;
    if (timeline.phase !== "transfer") timeline.enter("transfer");
  }

  #take(frame: Frame): void {
    const { type, flags, stream, payload } = frame;
    if (!this.#isGreeted && type !== FRAME.settings) throw protocol("HTTP/2 does not begin with settings");
    if (this.#block && (type !== FRAME.continuation || stream !== STREAM)) {
      throw protocol("headers of HTTP/2 break off");
    }
    switch (type) {
      case FRAME.settings:
        this.#isGreeted = true;
        return this.#sender.take(flags, payload);
      case FRAME.ping:
        if ((flags & FLAG.ack) === 0) this.#sender.send(renderFrame(FRAME.ping, FLAG.ack, 0, payload));
        return;
      case FRAME.windowUpdate:
        return this.#sender.widen(stream, payload);
      case FRAME.goAway:
        return this.#goAway(payload);
      case FRAME.push:
        throw protocol("the server pushes, which it was told not to");
      case FRAME.reset:
        if (stream === STREAM) this.#reset(payload);
        return;
      case FRAME.headers:
      case FRAME.continuation:
        if (stream !== STREAM) throw protocol("the server opens a stream of its own");
        return this.#takeBlock(frame);
      case FRAME.data:
        if (stream === STREAM) this.#takeData(frame);
    }
  }

  #goAway(payload: Buffer): void {
    const last = payload.length >= 8 ? payload.readUInt32BE(0) & 0x7fffffff : 0;
    const code = payload.length >= 8 ? payload.readUInt32BE(4) : 0;
    if (last < STREAM) throw new ProbeError("reset", `the server ends the connection: ${nameOf(code)}`);
  }

  #reset(payload: Buffer): void {
    const code = payload.length >= 4 ? payload.readUInt32BE(0) : 0;
    throw new ProbeError("reset", `the server reset the stream: ${nameOf(code)}`);
  }

  #takeBlock(frame: Frame): void {
    this.#begin();
    if (frame.type === FRAME.continuation && !this.#block) throw protocol("headers of HTTP/2 go on without a begin");
    const piece = frame.type === FRAME.headers ? contentOf(frame) : frame.payload;
    if (frame.type === FRAME.headers) this.#endsStream = (frame.flags & FLAG.endStream) !== 0;
    // With what each frame takes itself: of empty ones there could be any number.
    this.#blockBytes += FRAME_HEAD_BYTES + piece.length;
    if (this.#blockBytes > HEAD_LIMIT_BYTES) {
      throw new ProbeError("size", `the head has more than ${HEAD_LIMIT_BYTES} bytes`);
    }
    this.#block ??= [];
    this.#block.push(piece);
    if ((frame.flags & FLAG.endHeaders) === 0) return;
    const headers = this.#headers.decode(Buffer.concat(this.#block));
    this.#block = undefined;
    if (!this.#visit.head) this.#takeHead(headers);
    if (this.#endsStream && !this.done) this.#end();
  }

  #takeHead(lines: readonly HeaderLine[]): void {
    const headers = new Map<string, string[]>();
    for (const [name, value] of lines) {
      if (UNPRINTABLE.test(name) || UNPRINTABLE.test(value)) throw protocol("a header is malformed");
      const values = headers.get(name);
      if (values) values.push(value);
      else headers.set(name, [value]);
    }
    const [status = ""] = headers.get(":status") ?? [];
    if (!/^[1-9]\d\d$/.test(status)) throw protocol("the response has no status");
    if (status.startsWith("1")) return;
    headers.delete(":status");
    const [length = "", ...others] = headers.get("content-length") ?? [];
    if (length !== "" && (!/^\d{1,15}$/.test(length) || others.some((other) => other !== length))) {
      throw protocol("the content length is malformed");
    }
    const isEmpty = this.#endsStream && this.#method !== "HEAD";
    const contentLength = length !== "" ? Number(length) : isEmpty ? 0 : -1;
    const hasNone = this.#method === "HEAD" || status === "204" || status === "304";
    this.#remaining = length === "" || hasNone ? undefined : contentLength;
    this.#visit.head = { version: "2.0", status: Number(status), headers, contentLength };
    this.done = this.#isEnough(this.#visit.head);
  }

  #takeData(frame: Frame): void {
    if (!this.#visit.head) throw protocol("the body comes before the head");
    const bytes = contentOf(frame);
    if (this.#remaining !== undefined) {
      this.#remaining -= bytes.length;
      if (this.#remaining < 0) throw protocol("the body is longer than announced");
    }
    this.#body.push(bytes);
    this.#sender.consumed(frame.payload.length);
    if (frame.flags & FLAG.endStream) this.#end();
  }

  #end(): void {
    if (!this.#visit.head) throw protocol("the response ends before its head");
    if (this.#remaining !== undefined && this.#remaining > 0) {
      throw new ProbeError("reset", "the stream was closed before the end of the body");
    }
    this.done = true;
  }
}

function nameOf(code: number): string {
  return ERRORS[code] ?? `code ${code}`;
}
