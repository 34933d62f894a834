/**
 * One call of gRPC over a connection that is there.
 *
 * @module
 */

import { deferred } from "../../../src/deferred.ts";
import type { ClientHttp2Stream } from "node:http2";
import type { Connection } from "../connection.ts";
import { codeOfReset, CODES } from "./grpc_status.ts";
import { ProbeError, type Reason } from "../result.ts";
import type { Timeline } from "../timeline.ts";

/** A call. */
export interface GrpcCall {
  /** As `/grpc.health.v1.Health/Check`. */
  readonly path: string;
  /** `http` or `https`. */
  readonly scheme: string;
  /** Whom the call is for: host and port, or a name alone. */
  readonly authority: string;
  /** Further headers, names in lower case. */
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  /** The frame that is sent. */
  readonly body: Uint8Array;
}

/** What came back. */
export interface GrpcAnswer {
  /** Status of HTTP. */
  readonly httpStatus: number;
  /** Headers and after them trailers, by names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** The body, of which no more is kept than an answer may have. */
  readonly body: Uint8Array;
}

/** A call that came to no answer. */
export class GrpcError extends ProbeError {
  /** The status code of gRPC that stands for it. */
  readonly code: number;

  /** An error for one reason, and the code that stands for it. */
  constructor(reason: Reason, code: number, message: string, options?: ErrorOptions) {
    super(reason, message, options);
    this.code = code;
  }
}

/** An answer of the health service has no more than a few bytes. */
const LONGEST_BODY = 64 * 1024;

/**
 * Calls, and passes `timeline` through `request`, `processing` (until the headers have come) and `transfer`.
 *
 * @throws {GrpcError} if the connection or the stream ends before the answer, or what comes is no HTTP/2
 * @throws the reason for which `signal` aborted
 */
export async function callGrpc(
  connection: Connection,
  call: GrpcCall,
  timeline: Timeline,
  signal: AbortSignal,
): Promise<GrpcAnswer> {
  const { connect } = await import("node:http2");
  signal.throwIfAborted();
  if (connection.error) throw unavailable(connection.error);
  timeline.enter("request");
  const session = connect(`${call.scheme}://connected.already`, { createConnection: () => connection.socket });
  let isHttp2 = false;
  const { promise, reject, resolve } = deferred<GrpcAnswer>();
  const abort = () => reject(signal.reason);
  const fail = (error: Error) => reject(connection.error ? unavailable(connection.error) : misspoken(error));
  const end = () => reject(unavailable(connection.error));
  signal.addEventListener("abort", abort);
  // Its errors come even after it is destroyed.
  session.on("error", fail).once("close", end).once("remoteSettings", () => isHttp2 = true);
  connection.socket.once("close", end);
  try {
    const stream = session.request({
      ...call.headers,
      ":method": "POST",
      ":scheme": call.scheme,
      ":authority": call.authority,
      ":path": call.path,
      "content-type": "application/grpc",
      te: "trailers",
    });
    // The runtime tells of what is no HTTP/2, or of an end, as if the server had reset the stream.
    const refuse = (error: Error) => {
      const { socket: { destroyed, readableEnded, bytesRead } } = connection;
      const isGone = connection.error !== undefined || destroyed || readableEnded;
      reject(!isHttp2 && bytesRead > 0 ? misspoken(error) : isGone ? unavailable(connection.error) : error);
    };
    readAnswer(stream, timeline, resolve, refuse);
    stream.end(call.body);
    timeline.enter("processing");
    return await promise;
  } finally {
    signal.removeEventListener("abort", abort);
    session.off("close", end);
    connection.socket.off("close", end);
    session.destroy();
  }
}

function readAnswer(
  stream: ClientHttp2Stream,
  timeline: Timeline,
  resolve: (answer: GrpcAnswer) => void,
  reject: (error: Error) => void,
): void {
  let httpStatus = 0;
  let size = 0;
  const headers: Record<string, string> = {};
  const chunks: Uint8Array[] = [];
  const add = (more: Readonly<Record<string, unknown>>) => {
    for (const [name, value] of Object.entries(more)) if (typeof value === "string") headers[name] = value;
  };
  stream.on("response", (more) => {
    httpStatus = Number(more[":status"]);
    timeline.enter("transfer");
    add(more);
  });
  stream.on("trailers", add);
  stream.on("data", (bytes: Uint8Array) => {
    size += bytes.length;
    if (size <= LONGEST_BODY) return void chunks.push(bytes);
    reject(new GrpcError("size", CODES.RESOURCE_EXHAUSTED, `the answer is longer than ${LONGEST_BODY} bytes`));
  });
  let ended = false;
  stream.on("end", () => ended = true);
  stream.on("error", (error) => reject(stream.rstCode ? wasReset(stream.rstCode, error) : misspoken(error)));
  stream.on("close", () => {
    if (stream.rstCode || ended && httpStatus === 0) return reject(wasReset(stream.rstCode ?? 0));
    if (!ended) return reject(unavailable());
    resolve({ httpStatus, headers, body: joined(chunks, size) });
  });
}

function joined(chunks: readonly Uint8Array[], size: number): Uint8Array {
  const whole = new Uint8Array(size);
  let offset = 0;
  for (const chunk of chunks) {
    whole.set(chunk, offset);
    offset += chunk.length;
  }
  return whole;
}

function wasReset(code: number, cause?: Error): GrpcError {
  return new GrpcError("reset", codeOfReset(code), `the server has reset the stream with error ${code} of HTTP/2`, {
    cause,
  });
}

function misspoken(cause: Error): GrpcError {
  return new GrpcError("protocol", CODES.UNAVAILABLE, "the server does not speak HTTP/2", { cause });
}

function unavailable(cause?: Error): GrpcError {
  const why = cause ? `: ${cause.message}` : "";
  return new GrpcError("reset", CODES.UNAVAILABLE, `the connection was closed before the answer had come${why}`, {
    cause,
  });
}
