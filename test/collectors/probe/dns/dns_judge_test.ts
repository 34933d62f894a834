import assert from "node:assert/strict";
import { judgeAnswer, judgeRecords } from "../../../../collectors/probe/dns/dns_judge.ts";
import { parseMessage } from "../../../../collectors/probe/dns/dns_message.ts";
import type { RecordRules } from "../../../../collectors/probe/module.ts";
import { ProbeError } from "../../../../collectors/probe/result.ts";
import { Trace } from "../../../../collectors/probe/trace.ts";
import { Pattern } from "../../../../src/pattern.ts";
import { FakeClock } from "../../../fake_clock.ts";
import { dnsModule } from "../dns_module.ts";
import { addressRecord, encodeMessage } from "../dns_server.ts";

const NO_RULES: RecordRules = { failIfMatches: [], failIfAllMatch: [], failIfNotMatches: [], failIfNoneMatches: [] };
const two =
  parseMessage(encodeMessage({ answer: [addressRecord("192.0.2.1", "a.test"), addressRecord("192.0.2.2", "b.test")] }))
    .answer;

/** Why these rules refuse these records; `undefined` if they don't. */
function refusal(rule: keyof RecordRules, patterns: readonly string[], records = two): string | undefined {
  try {
    const rules = { ...NO_RULES, [rule]: patterns.map((source) => new Pattern(source)) };
    judgeRecords("Answer", records, rules, new Trace(new FakeClock()));
  } catch (error) {
    assert(error instanceof ProbeError && error.reason === "answer");
    return error.message;
  }
}

Deno.test("judgeRecords: fail_if_matches_regexp refuses a section with a record that one pattern matches", () => {
  assert.equal(refusal("failIfMatches", ["192\\.0\\.2\\.9", "^c"]), undefined);
  assert.equal(
    refusal("failIfMatches", ["x", "\\.2$"]),
    'Answer RRs validation failed: At least one RR matched regexp: "\\\\.2$", "b.test.\\t60\\tIN\\tA\\t192.0.2.2"',
  );
  assert.equal(refusal("failIfMatches", ["."], []), undefined);
});

Deno.test("judgeRecords: fail_if_not_matches_regexp wants all records to match all patterns, and one record at least", () => {
  assert.equal(refusal("failIfNotMatches", ["\\tIN\\tA\\t", "test"]), undefined);
  assert.match(
    refusal("failIfNotMatches", ["test", "^a"]) ?? "",
    /: At least one RR did not match regexp: "\^a", "b\.test/,
  );
  assert.match(refusal("failIfNotMatches", ["test"], []) ?? "", /specified but no RRs returned$/);
});

Deno.test("judgeRecords: fail_if_none_matches_regexp wants one record to match one pattern", () => {
  assert.equal(refusal("failIfNoneMatches", ["nothing", "^b"]), undefined);
  assert.match(refusal("failIfNoneMatches", ["nothing", "^c"]) ?? "", /: None of the RRs did matched any regexp$/);
  assert.match(refusal("failIfNoneMatches", ["."], []) ?? "", /specified but no RRs returned$/);
});

Deno.test("judgeRecords: fail_if_all_match_regexp does what the peer does", () => {
  assert.equal(refusal("failIfAllMatch", ["test"]), undefined);
  assert.match(refusal("failIfAllMatch", ["^a"]) ?? "", /: Not all RRs matched regexp$/);
  assert.equal(refusal("failIfAllMatch", ["^a"], []), undefined);
});

Deno.test("judgeAnswer: a code that is not accepted comes before all rules", () => {
  const module = dnsModule({
    valid_rcodes: ["NOERROR", "SERVFAIL"],
    validate_answer_rrs: { fail_if_matches_regexp: ["."] },
  });
  const judge = (rcode: number) =>
    judgeAnswer(
      parseMessage(encodeMessage({ flags: 0x8180 | rcode, answer: [addressRecord("192.0.2.1")] })),
      module,
      new Trace(new FakeClock()),
    );
  const message = "NXDOMAIN is not one of the valid rcodes: NOERROR, SERVFAIL";
  assert.throws(() => judge(3), { reason: "response", message });
  assert.throws(() => judge(2), { reason: "answer" });
  assert.throws(() => judge(14), { reason: "response", message: /^RCODE14 is not/ });
});
