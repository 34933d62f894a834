import assert from "node:assert/strict";
import { emitHttp, HTTP_FAMILIES, phaseSeconds } from "../../../collectors/probe/http_families.ts";
import type { HttpResponse, HttpResult } from "../../../collectors/probe/http_probe.ts";
import type { SampleValue } from "../../../src/collector.ts";
import type { Durations } from "../../../collectors/probe/timeline.ts";

const response: HttpResponse = {
  head: { version: "1.1", status: 200, headers: new Map(), contentLength: 5 },
  bodyBytes: 5,
};
const whole: Durations = { resolve: 1, connect: 2, tls: 4, request: 8, processing: 16, transfer: 32, validate: 64 };

const PHASES: Readonly<Record<string, [Pick<HttpResult, "requests" | "response">, Record<string, number>]>> = {
  "a response": [{ requests: [whole], response }, { resolve: 1, connect: 2, tls: 4, processing: 24, transfer: 32 }],
  "a redirect, and its response": [
    { requests: [whole, whole], response },
    { resolve: 2, connect: 4, tls: 8, processing: 48, transfer: 32 },
  ],
  "an end in the name": [{ requests: [{ resolve: 1 }] }, { resolve: 1 }],
  "an end in the name of a redirect": [
    { requests: [whole, { resolve: 1 }] },
    { resolve: 2, connect: 2, tls: 4, processing: 24, transfer: 0 },
  ],
  "an end in connecting": [
    { requests: [{ resolve: 1, connect: 2 }] },
    { resolve: 1, connect: 0, tls: 0, processing: 0, transfer: 0 },
  ],
  "an end in TLS": [
    { requests: [{ resolve: 1, connect: 2, tls: 4 }] },
    { resolve: 1, connect: 0, tls: 0, processing: 0, transfer: 0 },
  ],
  "an end in processing": [
    { requests: [{ resolve: 1, connect: 2, request: 8, processing: 16 }] },
    { resolve: 1, connect: 2, tls: 0, processing: 0, transfer: 0 },
  ],
  "an end in the head": [
    { requests: [{ resolve: 1, connect: 2, request: 8, processing: 16, transfer: 32 }] },
    { resolve: 1, connect: 2, tls: 0, processing: 24, transfer: 0 },
  ],
  "an end in the body": [
    { requests: [{ resolve: 1, connect: 2, request: 8, processing: 16, transfer: 32 }], response },
    { resolve: 1, connect: 2, tls: 0, processing: 24, transfer: 32 },
  ],
  "nothing": [{ requests: [] }, { resolve: 0 }],
};

for (const [name, [result, expected]] of Object.entries(PHASES)) {
  Deno.test(`phaseSeconds: ${name}`, () => assert.deepEqual(phaseSeconds(result), expected));
}

function emitted(result: Partial<HttpResult>): Record<string, SampleValue | undefined> {
  const series: Record<string, SampleValue | undefined> = {};
  const whole: HttpResult = {
    outcome: { success: true, durationSeconds: 1 },
    lookupSeconds: 0,
    requests: [],
    redirects: 0,
    wallSeconds: 0,
    ...result,
  };
  emitHttp(
    (name, value, labels) => {
      assert.equal(labels.target, "t");
      assert(Object.hasOwn(HTTP_FAMILIES, name));
      series["phase" in labels ? `${name} ${labels.phase}` : name] = value;
    },
    { target: "t" },
    whole,
  );
  return series;
}

Deno.test("emitHttp: what was not reached is zero, a date that is not there is left out", () => {
  assert.deepEqual(emitted({}), {
    probe_http_status_code: 0,
    "probe_http_duration_seconds resolve": 0,
    probe_http_content_length: 0,
    probe_http_uncompressed_body_length: 0,
    probe_http_redirects: 0,
    probe_http_ssl: 0,
    probe_http_version: 0,
    probe_http_last_modified_timestamp_seconds: undefined,
    probe_failed_due_to_regex: 0,
  });
});

Deno.test("emitHttp: the response's own figures", () => {
  const headers = new Map([["last-modified", ["Wed, 21 Oct 2015 07:28:00 GMT"]]]);
  const head = { version: "1.0", status: 404, headers, contentLength: -1 };
  const tls = { version: "TLS 1.3", cipher: "TLS_AES_128_GCM_SHA256", chain: [] };
  const series = emitted({ response: { head, bodyBytes: 7, tls }, redirects: 3 });
  assert.equal(series.probe_http_status_code, 404);
  assert.equal(series.probe_http_version, 1);
  assert.equal(series.probe_http_content_length, -1);
  assert.equal(series.probe_http_uncompressed_body_length, 7);
  assert.equal(series.probe_http_redirects, 3);
  assert.equal(series.probe_http_ssl, 1);
  assert.equal(series.probe_http_last_modified_timestamp_seconds, 1445412480);
});
