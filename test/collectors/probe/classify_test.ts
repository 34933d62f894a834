import assert from "node:assert/strict";
import fc from "fast-check";
import { classify } from "../../../collectors/probe/classify.ts";
import { builtInModule } from "../../../collectors/probe/built_in_modules.ts";
import { httpStops } from "../../../collectors/probe/http/http_stops.ts";
import { type Phase, PHASES, ProbeError } from "../../../collectors/probe/result.ts";

const coded = (code: string) => Object.assign(new Error(`it failed with ${code}`), { code });

const TABLE: readonly (readonly [phase: Phase, codes: string, reason: string | undefined])[] = [
  ["resolve", "ENOTFOUND EAI_AGAIN EAI_FAIL ENODATA EINVAL", "dns"],
  ["resolve", "EPERM EMFILE", undefined],
  ["connect", "ECONNREFUSED EHOSTUNREACH ENETUNREACH EADDRNOTAVAIL", "refused"],
  ["connect", "ECONNRESET", "reset"],
  ["connect", "ETIMEDOUT", "timeout"],
  ["connect", "EMFILE ENFILE EACCES EPERM ERR_INVALID_ARG_TYPE", undefined],
  ["tls", "ECONNRESET EPIPE", "reset"],
  ["tls", "ETIMEDOUT", "timeout"],
  [
    "tls",
    "DEPTH_ZERO_SELF_SIGNED_CERT SELF_SIGNED_CERT_IN_CHAIN UNABLE_TO_VERIFY_LEAF_SIGNATURE CERT_HAS_EXPIRED " +
    "ERR_TLS_CERT_ALTNAME_INVALID ERR_SSL_WRONG_VERSION_NUMBER EPROTO",
    "tls",
  ],
  ["tls", "EMFILE", undefined],
  ["request", "EPIPE ECONNRESET ECONNABORTED", "reset"],
  ["processing", "ECONNRESET EHOSTUNREACH", "reset"],
  ["processing", "ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED", "tls"],
  ["transfer", "ECONNRESET", "reset"],
  ["transfer", "ETIMEDOUT", "timeout"],
  ["transfer", "ERR_SSL_DECRYPTION_FAILED_OR_BAD_RECORD_MAC", "tls"],
  ["transfer", "ERR_STREAM_WRITE_AFTER_END", undefined],
];

for (const [phase, codes, reason] of TABLE) {
  Deno.test(`classify: ${codes} in ${phase} is ${reason ?? "none of the target's"}`, () => {
    for (const code of codes.split(" ")) assert.equal(classify(coded(code), phase)?.reason, reason, code);
  });
}

Deno.test("classify: what names its reason keeps it, and its message", () => {
  const failure = classify(new ProbeError("redirect", "more than 10 redirects"), "validate");
  assert.deepEqual(failure, { reason: "redirect", phase: "validate", message: "more than 10 redirects" });
});

Deno.test("classify: a mistake of ours is no outcome", () => {
  for (const phase of PHASES) {
    assert.equal(classify(new TypeError("x is not a function"), phase), undefined);
    assert.equal(classify(Object.assign(new RangeError("port"), { code: "ERR_SOCKET_BAD_PORT" }), phase), undefined);
    assert.equal(classify(new DOMException("stopped", "AbortError"), phase), undefined);
    assert.equal(classify("a string", phase), undefined);
  }
});

Deno.test("classify: what a runtime without codes says of TLS is one of TLS", () => {
  const error = new Error("invalid peer certificate: UnknownIssuer: InvalidData");
  assert.equal(classify(error, "tls")?.reason, "tls");
  assert.equal(classify(error, "transfer"), undefined);
});

Deno.test("classify: whatever the system raises in a phase is one of the ways in which an HTTP probe can stop", () => {
  const codes = fc.constantFrom(...TABLE.flatMap(([, codes]) => codes.split(" ")));
  const ioPhases = fc.constantFrom(...PHASES.filter((phase) => phase !== "validate"));
  const stops = httpStops(builtInModule("http_2xx", "http"));
  fc.assert(fc.property(codes, ioPhases, (code, phase) => {
    const failure = classify(coded(code), phase);
    assert(!failure || stops.some((stop) => stop.reason === failure.reason && stop.phase === phase));
  }));
});
