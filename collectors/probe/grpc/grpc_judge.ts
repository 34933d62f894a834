/**
 * What an answer of gRPC's health service says.
 *
 * @module
 */

import { type GrpcAnswer, GrpcError } from "./grpc_call.ts";
import { parseFrame, parseHealthCheckResponse } from "./grpc_message.ts";
import { codeOfHttp, CODES, codeText } from "./grpc_status.ts";

/** Of a message of the server that is shown. */
const LONGEST_MESSAGE = 200;

/**
 * The status of the service, as `SERVING`.
 *
 * @throws {GrpcError} with the server's code: `status` if it is not that of success, `protocol` if the answer is none
 */
export function servingStatus({ httpStatus, headers, body }: GrpcAnswer): string {
  const code = headers["grpc-status"];
  const type = headers["content-type"] ?? "";
  if (code === undefined) throw unstated(httpStatus, type, body);
  if (!/^\d{1,10}$/.test(code)) {
    throw new GrpcError("protocol", CODES.UNKNOWN, `the status of gRPC is ${JSON.stringify(code.slice(0, 80))}`);
  }
  if (Number(code) !== CODES.OK) throw new GrpcError("status", Number(code), refusal(Number(code), headers));
  return statusIn(body);
}

/** Of an answer without a status of gRPC. */
function unstated(httpStatus: number, type: string, body: Uint8Array): GrpcError {
  if (/^application\/grpc(?:$|[+;])/.test(type)) {
    const code = body.length === 0 ? CODES.UNKNOWN : CODES.INTERNAL;
    return new GrpcError("protocol", code, "the answer has no status of gRPC");
  }
  if (httpStatus !== 200) {
    return new GrpcError("status", codeOfHttp(httpStatus), `the server answers with status ${httpStatus} of HTTP`);
  }
  const shown = JSON.stringify(type.slice(0, LONGEST_MESSAGE));
  return new GrpcError("protocol", CODES.UNKNOWN, `the server does not speak gRPC: it answers with ${shown}`);
}

function refusal(code: number, headers: GrpcAnswer["headers"]): string {
  const message = decoded(headers["grpc-message"] ?? "").slice(0, LONGEST_MESSAGE);
  return `the server answers with ${codeText(code)}${message === "" ? "" : `: ${JSON.stringify(message)}`}`;
}

/** A message travels with its bytes beyond ASCII in percent form; what is not in that form stands for itself. */
function decoded(message: string): string {
  try {
    return decodeURIComponent(message);
  } catch {
    return message;
  }
}

function statusIn(body: Uint8Array): string {
  try {
    const message = parseFrame(body);
    if (message) return parseHealthCheckResponse(message);
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    throw new GrpcError("protocol", CODES.INTERNAL, cause.message, { cause });
  }
  throw new GrpcError("protocol", CODES.INTERNAL, "the answer has a status of success, and no message");
}
