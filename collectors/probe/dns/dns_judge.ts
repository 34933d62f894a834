/**
 * Judges answers of DNS by a module's rules, in the peer's order and words.
 *
 * @module
 */

import type { DnsMessage, ResourceRecord } from "./dns_message.ts";
import { DNS_RCODES, rcodeName } from "./dns_names.ts";
import type { DnsModule, RecordRules } from "../module.ts";
import { ProbeError } from "../result.ts";
import type { Trace } from "../trace.ts";

/**
 * Judges the code, then each section.
 *
 * @throws {ProbeError} `response` for a code that is not accepted, `answer` for a section that breaks a rule
 */
export function judgeAnswer(message: DnsMessage, module: DnsModule, trace: Trace): void {
  const { validRcodes } = module;
  const name = rcodeName(message.rcode);
  const code = { rcode: message.rcode, string_rcode: name };
  if (!validRcodes.some((valid) => DNS_RCODES.get(valid) === message.rcode)) {
    const words = "Rcode is not one of the valid rcodes";
    trace.note("error", words, { ...code, valid_rcodes: validRcodes.join(" ") });
    throw new ProbeError("response", `${name} is not one of the valid rcodes: ${validRcodes.join(", ")}`);
  }
  trace.note("debug", "Rcode is valid", code);
  judgeRecords("Answer", message.answer, module.answer, trace);
  judgeRecords("Authority", message.authority, module.authority, trace);
  judgeRecords("Additional", message.additional, module.additional, trace);
}

/** A rule that is broken: by which pattern and which record, if by one. */
interface Breach {
  readonly words: string;
  readonly fields: { readonly regexp?: string; readonly rr?: string };
}

/**
 * Judges one section.
 *
 * @throws {ProbeError} `answer`, if it breaks a rule
 */
export function judgeRecords(
  section: "Answer" | "Authority" | "Additional",
  records: readonly ResourceRecord[],
  rules: RecordRules,
  trace: Trace,
): void {
  trace.note("debug", `Validating ${section} RRs`);
  const breach = breachOf(records, rules, trace);
  if (!breach) return;
  const { words, fields: { regexp, rr } } = breach;
  trace.note("error", words, { ...regexp !== undefined && { regexp }, ...rr !== undefined && { rr } });
  trace.note("error", `${section} RRs validation failed`);
  const particulars = regexp === undefined ? "" : `: ${JSON.stringify(regexp)}, ${JSON.stringify(rr)}`;
  throw new ProbeError("answer", `${section} RRs validation failed: ${words}${particulars}`);
}

/**
 * The first rule that a section breaks. That of `failIfAllMatch` is the peer's, and does the opposite of what its name says:
 * it is broken unless all records match all its patterns.
 */
function breachOf(
  records: readonly ResourceRecord[],
  { failIfMatches, failIfAllMatch, failIfNotMatches, failIfNoneMatches }: RecordRules,
  trace: Trace,
): Breach | undefined {
  if (records.length === 0 && failIfNotMatches.length > 0) {
    return { words: "fail_if_not_matches_regexp specified but no RRs returned", fields: {} };
  }
  if (records.length === 0 && failIfNoneMatches.length > 0) {
    return { words: "fail_if_none_matches_regexp specified but no RRs returned", fields: {} };
  }
  for (const { text: rr } of records) {
    trace.note("debug", "Validating RR", { rr });
    const matched = failIfMatches.find((pattern) => pattern.test(rr));
    if (matched) return { words: "At least one RR matched regexp", fields: { regexp: matched.source, rr } };
    const missed = failIfNotMatches.find((pattern) => !pattern.test(rr));
    if (missed) return { words: "At least one RR did not match regexp", fields: { regexp: missed.source, rr } };
  }
  if (records.some(({ text }) => failIfAllMatch.some((pattern) => !pattern.test(text)))) {
    return { words: "Not all RRs matched regexp", fields: {} };
  }
  const isFound = failIfNoneMatches.some((pattern) => records.some(({ text }) => pattern.test(text)));
  return failIfNoneMatches.length === 0 || isFound
    ? undefined
    : { words: "None of the RRs did matched any regexp", fields: {} };
}
