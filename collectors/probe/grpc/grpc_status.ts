/**
 * Status codes of gRPC, and what stands for them where a server gives none.
 *
 * @module
 */

/** Names by number: https://grpc.github.io/grpc/core/md_doc_statuscodes.html. */
const NAMES = [
  "OK",
  "CANCELLED",
  "UNKNOWN",
  "INVALID_ARGUMENT",
  "DEADLINE_EXCEEDED",
  "NOT_FOUND",
  "ALREADY_EXISTS",
  "PERMISSION_DENIED",
  "RESOURCE_EXHAUSTED",
  "FAILED_PRECONDITION",
  "ABORTED",
  "OUT_OF_RANGE",
  "UNIMPLEMENTED",
  "INTERNAL",
  "UNAVAILABLE",
  "DATA_LOSS",
  "UNAUTHENTICATED",
] as const;

/** The codes that we give ourselves. */
export const CODES = {
  OK: 0,
  CANCELLED: 1,
  UNKNOWN: 2,
  DEADLINE_EXCEEDED: 4,
  PERMISSION_DENIED: 7,
  RESOURCE_EXHAUSTED: 8,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
  UNAUTHENTICATED: 16,
} as const;

/** A code as a person reads it, as `NOT_FOUND (5)`. */
export function codeText(code: number): string {
  return `${NAMES[code] ?? "unknown code"} (${code})`;
}

/** What an answer of HTTP without a code of gRPC stands for: https://grpc.github.io/grpc/core/md_doc_http-grpc-status-mapping.html. */
export function codeOfHttp(status: number): number {
  return BY_HTTP_STATUS.get(status) ?? CODES.UNKNOWN;
}

const BY_HTTP_STATUS: ReadonlyMap<number, number> = new Map([
  [400, CODES.INTERNAL],
  [401, CODES.UNAUTHENTICATED],
  [403, CODES.PERMISSION_DENIED],
  [404, CODES.UNIMPLEMENTED],
  [429, CODES.UNAVAILABLE],
  [502, CODES.UNAVAILABLE],
  [503, CODES.UNAVAILABLE],
  [504, CODES.UNAVAILABLE],
]);

/** What a stream that HTTP/2 reset with this error stands for. */
export function codeOfReset(error: number): number {
  return BY_RESET.get(error) ?? CODES.INTERNAL;
}

/** RFC 9113: REFUSED_STREAM, CANCEL, ENHANCE_YOUR_CALM, INADEQUATE_SECURITY. */
const BY_RESET: ReadonlyMap<number, number> = new Map([
  [7, CODES.UNAVAILABLE],
  [8, CODES.CANCELLED],
  [11, CODES.RESOURCE_EXHAUSTED],
  [12, CODES.PERMISSION_DENIED],
]);
