import assert from "node:assert/strict";
import { emitHttp, HTTP_FAMILIES, phaseSeconds } from "../../../../collectors/probe/http/http_families.ts";
import type { HttpResponse, HttpResult } from "../../../../collectors/probe/http/http_result.ts";
import type { Labels, SampleValue } from "../../../../src/collector.ts";
import type { Durations } from "../../../../collectors/probe/timeline.ts";

const response: HttpResponse = {
  head: { version: "1.1", status: 200, headers: new Map(), contentLength: 5 },
  bodyBytes: 5,
};
const first: Durations = { connect: 2, tls: 4, request: 8, processing: 16, transfer: 32, validate: 64 };
const next: Durations = { resolve: 1, ...first };
const address = { ip: "127.0.0.1", family: 4 } as const;

type Journey = Pick<HttpResult, "requests" | "response" | "lookupSeconds" | "address" | "resolves">;
const found = { lookupSeconds: 1, address, resolves: true };

const PHASES: Readonly<Record<string, [Journey, Record<string, number>]>> = {
  "a response": [
    { ...found, requests: [first], response },
    { resolve: 1, connect: 2, tls: 4, processing: 24, transfer: 32 },
  ],
  "a redirect, and its response": [
    { ...found, requests: [first, next], response },
    { resolve: 2, connect: 4, tls: 8, processing: 48, transfer: 32 },
  ],
  "an end in the name": [{ ...found, address: undefined, requests: [] }, { resolve: 1 }],
  "a name that a proxy resolves": [
    { requests: [{ connect: 2 }], lookupSeconds: 0, resolves: false },
    { resolve: 0, connect: 0, tls: 0, processing: 0, transfer: 0 },
  ],
  "a target that is none": [{ requests: [], lookupSeconds: 0, resolves: false }, {}],
  "an end in the name of a redirect": [
    { ...found, requests: [first, { resolve: 1 }] },
    { resolve: 2, connect: 2, tls: 4, processing: 24, transfer: 0 },
  ],
  "an end in connecting": [
    { ...found, requests: [{ connect: 2 }] },
    { resolve: 1, connect: 0, tls: 0, processing: 0, transfer: 0 },
  ],
  "an end in TLS": [
    { ...found, requests: [{ connect: 2, tls: 4 }] },
    { resolve: 1, connect: 0, tls: 0, processing: 0, transfer: 0 },
  ],
  "an end in processing": [
    { ...found, requests: [{ connect: 2, request: 8, processing: 16 }] },
    { resolve: 1, connect: 2, tls: 0, processing: 0, transfer: 0 },
  ],
  "an end in the head": [
    { ...found, requests: [{ connect: 2, request: 8, processing: 16, transfer: 32 }] },
    { resolve: 1, connect: 2, tls: 0, processing: 24, transfer: 0 },
  ],
  "an end in the body": [
    { ...found, requests: [{ connect: 2, request: 8, processing: 16, transfer: 32 }], response },
    { resolve: 1, connect: 2, tls: 0, processing: 24, transfer: 32 },
  ],
};

for (const [name, [result, expected]] of Object.entries(PHASES)) {
  Deno.test(`phaseSeconds: ${name}`, () => assert.deepEqual(phaseSeconds(result), expected));
}

function emitted(result: Partial<HttpResult>): Record<string, SampleValue | undefined> {
  const series: Record<string, SampleValue | undefined> = {};
  const whole: HttpResult = {
    outcome: { success: true, durationSeconds: 1 },
    durations: {},
    lookupSeconds: 0,
    requests: [],
    redirects: 0,
    resolves: true,
    verdict: { failedByPattern: false, samples: [] },
    wallSeconds: 0,
    ...result,
  };
  emitHttp(
    (name, value, ...rest) => {
      const labels: Labels = rest[0] ?? {};
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
  const tls = { version: "TLS 1.3", cipher: "TLS_AES_128_GCM_SHA256", verified: true, chain: [] };
  const series = emitted({ response: { head, bodyBytes: 7, tls }, redirects: 3 });
  assert.equal(series.probe_http_status_code, 404);
  assert.equal(series.probe_http_version, 1);
  assert.equal(series.probe_http_content_length, -1);
  assert.equal(series.probe_http_uncompressed_body_length, 7);
  assert.equal(series.probe_http_redirects, 3);
  assert.equal(series.probe_http_ssl, 1);
  assert.equal(series.probe_http_last_modified_timestamp_seconds, 1445412480);
});

Deno.test("emitHttp: rules that failed, and those that did not; of CEL only where there is any", () => {
  const pattern = emitted({ verdict: { failedByPattern: true, samples: [] } });
  assert.equal(pattern.probe_failed_due_to_regex, 1);
  assert(!("probe_failed_due_to_cel" in pattern));
  const cel = emitted({ verdict: { failedByPattern: false, failedByCel: true, samples: [] } });
  assert.deepEqual([cel.probe_failed_due_to_regex, cel.probe_failed_due_to_cel], [0, 1]);
});
