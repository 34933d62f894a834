/**
 * The one place where an error becomes a reason.
 *
 * @module
 */

import { type Failure, type Phase, ProbeError, type Reason } from "./result.ts";

/** This host lacks something or forbids it: says nothing about the target. */
const LOCAL = new Set(["EMFILE", "ENFILE", "ENOMEM", "ENOBUFS", "EPERM", "EACCES"]);
/** Nobody there takes connections, or there is no way there. */
const REFUSED = new Set([
  "ECONNREFUSED",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "EHOSTDOWN",
  "ENETDOWN",
  "EADDRNOTAVAIL",
  "EAFNOSUPPORT",
  "EINVAL",
]);
/** A connection that was there broke. */
const BROKEN = new Set(["ECONNRESET", "EPIPE", "ECONNABORTED", "ENOTCONN", "EHOSTUNREACH", "ENETUNREACH", "ENETDOWN"]);
const TLS_CODE = /^(?:ERR_SSL_|ERR_TLS_|ERR_OSSL_|EPROTO$)/;

/**
 * The failure that `error`, raised in `phase`, stands for; `undefined` if it is none of the target's: a mistake of ours, a
 * shortage of this host, an abort from outside.
 */
export function classify(error: unknown, phase: Phase): Failure | undefined {
  if (!(error instanceof Error) || error instanceof TypeError || error instanceof RangeError) return undefined;
  const reason = error instanceof ProbeError ? error.reason : reasonOf(error, phase);
  return reason && { reason, phase, message: error.message };
}

/**
 * What to throw for `error` of a step that has phases of its own, which the probe's do not show: a failure for the reason
 * that it has in `phase`, or `error` itself if it is none of the target's.
 *
 * @param what failed, which begins the message
 */
export function failureOf(error: unknown, phase: Phase, what: string): unknown {
  const failure = classify(error, phase);
  return failure ? new ProbeError(failure.reason, `${what}: ${failure.message}`, { cause: error }) : error;
}

function reasonOf(error: Error, phase: Phase): Reason | undefined {
  const code = codeOf(error);
  // Deno before 2.5 gives no code to what its TLS refuses.
  if (code === undefined) return phase === "tls" && error.message.endsWith("InvalidData") ? "tls" : undefined;
  if (LOCAL.has(code)) return undefined;
  switch (phase) {
    case "resolve":
      return "dns";
    case "connect":
      return code === "ETIMEDOUT" ? "timeout" : REFUSED.has(code) ? "refused" : BROKEN.has(code) ? "reset" : undefined;
    case "tls":
      return code === "ETIMEDOUT" ? "timeout" : BROKEN.has(code) ? "reset" : "tls";
    default:
      return code === "ETIMEDOUT" ? "timeout" : BROKEN.has(code) ? "reset" : TLS_CODE.test(code) ? "tls" : undefined;
  }
}

function codeOf(error: Error): string | undefined {
  return "code" in error && typeof error.code === "string" ? error.code : undefined;
}
