/**
 * The section `dns`.
 *
 * @module
 */

import * as z from "zod";
import { suggestion } from "../../../src/nearest.ts";
import { DNS_CLASSES, DNS_RCODES, DNS_TYPES } from "../dns/dns_names.ts";
import type { RecordRules } from "../module.ts";
import { addressChoice, addressFields, flag, list, oneOf, pattern, refuse, type Sink, text } from "./fields.ts";
import { tlsConfig } from "./tls.ts";
import { sourceAddress } from "./source_address.ts";

const rules = z.strictObject({
  fail_if_matches_regexp: list(pattern),
  fail_if_all_match_regexp: list(pattern),
  fail_if_not_matches_regexp: list(pattern),
  fail_if_none_matches_regexp: list(pattern),
}).nullish().transform((value): RecordRules => ({
  failIfMatches: value?.fail_if_matches_regexp ?? [],
  failIfAllMatch: value?.fail_if_all_match_regexp ?? [],
  failIfNotMatches: value?.fail_if_not_matches_regexp ?? [],
  failIfNoneMatches: value?.fail_if_none_matches_regexp ?? [],
}));

/** Reports a name that the table does not know. */
function checkName(sink: Sink, path: PropertyKey[], name: string, table: ReadonlyMap<string, number>): void {
  if (table.has(name)) return;
  const near = suggestion(name, [...table.keys()]);
  refuse(
    sink,
    path,
    `Cannot use ${JSON.stringify(name)}: there is no such ${path[0] === "query_type" ? "type" : "code"}${near}`,
  );
}

const fields = z.strictObject({
  ...addressFields,
  dns_over_tls: flag(false),
  tls_config: tlsConfig,
  source_ip_address: sourceAddress,
  transport_protocol: oneOf(["udp", "tcp"], "udp"),
  query_class: text.nullish(),
  query_name: text.nullish(),
  query_type: text.nullish(),
  recursion_desired: flag(true),
  valid_rcodes: list(text),
  validate_answer_rrs: rules,
  validate_authority_rrs: rules,
  validate_additional_rrs: rules,
}).superRefine((value, sink) => {
  if (!value.query_name) {
    refuse(sink, ["query_name"], 'Cannot ask a question: "query_name" is missing, expected a name');
  }
  checkName(sink, ["query_class"], value.query_class || "IN", DNS_CLASSES);
  checkName(sink, ["query_type"], value.query_type || "ANY", DNS_TYPES);
  for (const [i, code] of value.valid_rcodes.entries()) checkName(sink, ["valid_rcodes", i], code, DNS_RCODES);
  if (value.dns_over_tls && value.transport_protocol === "udp") {
    refuse(sink, ["dns_over_tls"], 'Cannot speak TLS over udp: expected "transport_protocol: tcp" with it');
  }
});

/** `dns`, into what a module has of it. */
export const dnsSection = fields.transform((value) => ({
  address: addressChoice(value),
  sourceAddress: value.source_ip_address,
  transport: value.transport_protocol,
  overTls: value.dns_over_tls,
  tls: value.tls_config,
  queryClass: value.query_class || "IN",
  queryName: value.query_name ?? "",
  queryType: value.query_type || "ANY",
  recursionDesired: value.recursion_desired,
  validRcodes: value.valid_rcodes.length > 0 ? value.valid_rcodes : ["NOERROR"],
  answer: value.validate_answer_rrs,
  authority: value.validate_authority_rrs,
  additional: value.validate_additional_rrs,
}));
