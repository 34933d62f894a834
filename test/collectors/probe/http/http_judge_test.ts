import assert from "node:assert/strict";
import fc from "fast-check";
import { judgeResponse, judgeUnread } from "../../../../collectors/probe/http/http_judge.ts";
import type { JudgedResponse, Verdict } from "../../../../collectors/probe/http/http_result.ts";
import type { HttpModule } from "../../../../collectors/probe/module.ts";
import { moduleSchema } from "../../../../collectors/probe/modules/module.ts";
import { Trace } from "../../../../collectors/probe/trace.ts";
import { systemClock } from "../../../../src/clock.ts";

function moduleOf(http: Readonly<Record<string, unknown>> = {}): HttpModule {
  const module = moduleSchema.parse({ prober: "http", http });
  assert(module.prober === "http");
  return { ...module, name: "m" };
}

interface Parts {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, readonly string[]>>;
  readonly version?: string;
  readonly isTls?: boolean;
  readonly body?: string;
}

function responseOf({ status = 200, headers = {}, version = "1.1", isTls = false, body }: Parts): JudgedResponse {
  const head = { version, status, headers: new Map(Object.entries(headers)), contentLength: -1 };
  return { head, version: `HTTP/${version}`, isTls, body: body === undefined ? body : new TextEncoder().encode(body) };
}

async function judged(http: Readonly<Record<string, unknown>>, parts: Parts) {
  const trace = new Trace(systemClock);
  const verdict: Verdict = await judgeResponse(responseOf(parts), moduleOf(http), { trace });
  return { verdict, told: trace.events.map(({ message }) => message) };
}

/** The reason and what is told of a failure. */
async function failureOf(http: Readonly<Record<string, unknown>>, parts: Parts): Promise<string> {
  const { verdict: { failure } } = await judged(http, parts);
  return failure ? `${failure.reason}: ${failure.message}` : "none";
}

Deno.test("judgeResponse: 2xx and nothing else is as it should be, unless codes are named", async () => {
  for (let status = 0; status < 1000; status++) {
    const expected = status >= 200 && status < 300 ? "none" : `status: status ${status} is not 2xx`;
    assert.equal(await failureOf({}, { status }), expected);
  }
  const http = { valid_status_codes: [200, 404] };
  assert.equal(await failureOf(http, { status: 404 }), "none");
  assert.equal(await failureOf(http, { status: 204 }), "status: status 204 is not one of 200, 404");
});

Deno.test("judgeResponse: each rule has a failure of its own", async () => {
  const header = { header: "X-A", regexp: "^y" };
  const yes = { "x-a": ["no", "yes"] };
  const cases: readonly [Readonly<Record<string, unknown>>, Parts, string][] = [
    [{ fail_if_header_matches: [header] }, { headers: yes }, 'header: the header X-A matches "^y"'],
    [{ fail_if_header_matches: [header] }, { headers: { "x-a": ["no"] } }, "none"],
    [{ fail_if_header_matches: [header] }, {}, "header: the header X-A is missing"],
    [{ fail_if_header_matches: [{ ...header, allow_missing: true }] }, {}, "none"],
    [
      { fail_if_header_not_matches: [header] },
      { headers: { "x-a": ["no"] } },
      'header: the header X-A does not match "^y"',
    ],
    [{ fail_if_header_not_matches: [header] }, { headers: yes }, "none"],
    [{ fail_if_body_matches_regexp: ["a", "b"] }, { body: "xbx" }, 'body: the body matches "b"'],
    [{ fail_if_body_matches_regexp: ["a", "b"] }, { body: "x" }, "none"],
    [{ fail_if_body_not_matches_regexp: ["a", "b"] }, { body: "a" }, 'body: the body does not match "b"'],
    [{ fail_if_body_not_matches_regexp: ["a"] }, {}, "body: the body of a redirect is not read"],
    [{ fail_if_body_json_matches_cel: "body.a == 1" }, { body: '{"a":1}' }, "body: the body matches body.a == 1"],
    [
      { fail_if_body_json_not_matches_cel: "body.a == 1" },
      { body: '{"a":2}' },
      "body: the body does not match body.a == 1",
    ],
    [
      { fail_if_body_json_matches_cel: "body.a" },
      { body: '{"a":1}' },
      "body: the program body.a does not come to true or false",
    ],
    [
      { fail_if_body_json_matches_cel: "body.b" },
      { body: "{}" },
      "body: the program body.b cannot be evaluated: field not found: b",
    ],
    [{ fail_if_body_json_matches_cel: "true" }, {}, "body: the body of a redirect is not read"],
    [{ valid_http_versions: ["HTTP/2.0"] }, {}, "protocol: version HTTP/1.1 is not one of HTTP/2.0"],
    [{ valid_http_versions: ["HTTP/2.0", "HTTP/1.1"] }, {}, "none"],
    [{ fail_if_ssl: true }, { isTls: true }, "tls: the response came over TLS"],
    [{ fail_if_ssl: true }, {}, "none"],
    [{ fail_if_not_ssl: true }, {}, "tls: the response came without TLS"],
    [{ fail_if_not_ssl: true }, { isTls: true }, "none"],
  ];
  for (const [http, parts, failure] of cases) assert.equal(await failureOf(http, parts), failure, JSON.stringify(http));
  assert.match(
    await failureOf({ fail_if_body_json_matches_cel: "true" }, { body: "<html>" }),
    /^body: the body is not JSON: /,
  );
});

Deno.test("judgeResponse: of several rules the first broken is the failure, in the peer's order", async () => {
  const http = {
    fail_if_header_matches: [{ header: "X-A", regexp: "no", allow_missing: true }],
    fail_if_body_matches_regexp: ["bad"],
    fail_if_body_json_matches_cel: "body.bad",
    valid_http_versions: ["HTTP/2.0"],
    fail_if_not_ssl: true,
  };
  const all: Parts = { status: 500, headers: { "x-a": ["no"] }, body: '{"bad":true,"is":"bad"}' };
  const steps: readonly [Parts, string, boolean, boolean][] = [
    [all, "status", false, false],
    [{ ...all, status: 200 }, "header", true, false],
    [{ ...all, status: 200, headers: {} }, "body", true, false],
    [{ ...all, status: 200, headers: {}, body: "{}" }, "body", false, true],
    [{ ...all, status: 200, headers: {}, body: '{"Bad":true}' }, "body", false, true],
    [{ status: 200, body: '{"bad":false}' }, "body", true, false],
    [{ status: 200, version: "2.0", isTls: true, body: "[]" }, "body", false, true],
  ];
  for (const [parts, reason, byPattern, byCel] of steps) {
    const { verdict } = await judged(http, parts);
    assert.deepEqual([verdict.failure?.reason, verdict.failedByPattern, verdict.failedByCel], [
      reason,
      byPattern,
      byCel,
    ]);
  }
  const rest = { ...http, fail_if_body_json_matches_cel: "has(body.bad)" };
  const late = await judged(rest, { body: "{}" });
  assert.equal(late.verdict.failure?.reason, "protocol");
  assert.deepEqual(late.told, ["Invalid HTTP version number"]);
  const secure = await judged({ ...rest, fail_if_ssl: true, fail_if_not_ssl: false }, { body: "{}", isTls: true });
  assert.deepEqual(secure.told, ["Invalid HTTP version number", "Final request was over SSL"]);
  const last = await judged(rest, { body: "{}", version: "2.0" });
  assert.equal(last.verdict.failure?.reason, "tls");
  const none = await judged(rest, { body: "{}", version: "2.0", isTls: true });
  assert.deepEqual(none, {
    verdict: { failure: undefined, failedByPattern: false, failedByCel: false, samples: [] },
    told: [],
  });
});

Deno.test("judgeResponse: without programs there is no word on CEL", async () => {
  const { verdict } = await judged({ fail_if_body_matches_regexp: ["a"] }, { body: "a" });
  assert.equal(verdict.failedByCel, undefined);
});

Deno.test("judgeUnread: of rules for a body that broke off, the first is broken", () => {
  const tools = { trace: new Trace(systemClock) };
  const flags = (http: Readonly<Record<string, unknown>>, parts: Parts = {}) => {
    const { failedByPattern, failedByCel, failure } = judgeUnread(responseOf(parts).head, moduleOf(http), tools);
    assert.equal(failure, undefined);
    return [failedByPattern, failedByCel];
  };
  const patterns = { fail_if_body_matches_regexp: ["a"] };
  const cel = { fail_if_body_json_matches_cel: "true" };
  const header = { fail_if_header_matches: [{ header: "X-A", regexp: "a" }] };
  assert.deepEqual(flags({}), [false, undefined]);
  assert.deepEqual(flags(patterns), [true, undefined]);
  assert.deepEqual(flags(cel), [false, true]);
  assert.deepEqual(flags({ ...patterns, ...cel }), [true, false]);
  assert.deepEqual(flags({ ...header, ...cel }), [true, false]);
  assert.deepEqual(flags({ ...patterns, ...cel }, { status: 500 }), [false, false]);
});

Deno.test("judgeResponse: any body is judged, whatever its bytes", async () => {
  const module = moduleOf({ fail_if_body_matches_regexp: ["^a.*z$"], fail_if_body_json_matches_cel: "body == 1" });
  await fc.assert(fc.asyncProperty(fc.uint8Array({ maxLength: 60 }), async (body) => {
    const verdict = await judgeResponse({ ...responseOf({}), body }, module, { trace: new Trace(systemClock) });
    assert.equal(verdict.samples.length, 0);
  }));
});
