/**
 * The section `http`.
 *
 * @module
 */

import * as z from "zod";
import { checked } from "../../../src/checked.ts";
import { celProgram } from "../cel/cel.ts";
import type { HeaderRule, HttpModule } from "../module.ts";
import { acceptsEncoding } from "./accept_encoding.ts";
import {
  addressChoice,
  addressFields,
  flag,
  list,
  pattern,
  refuse,
  refuseSeveral,
  type Sink,
  text,
  textRef,
} from "./fields.ts";
import { texts } from "./fields.ts";
import { checkHttpClient, httpClient, httpClientFields } from "./http_client.ts";
import { jsonMetric } from "./json_metric.ts";
import { parseSize } from "./size.ts";

const MOST_REDIRECTS = 10;
/** Those that can be undone; blackbox_exporter accepts any word, and fails each probe. */
const ENCODINGS = ["gzip", "br", "deflate", "identity"];

const headerRule = z.strictObject({
  header: text.nullish(),
  regexp: pattern.nullish(),
  allow_missing: flag(false),
}).superRefine(({ header, regexp }, sink) => {
  if (!header) refuse(sink, ["header"], 'Cannot match a header: "header" is missing, expected its name');
  if (!regexp) refuse(sink, ["regexp"], 'Cannot match a header: "regexp" is missing, expected a pattern of RE2');
}).transform(({ header, regexp, allow_missing }): HeaderRule[] =>
  header && regexp ? [{ header, pattern: regexp, allowMissing: allow_missing }] : []
);

const cel = celProgram(["body"]).nullish();

const fields = z.strictObject({
  ...addressFields,
  ...httpClientFields,
  skip_resolve_phase_with_proxy: flag(false),
  no_follow_redirects: z.boolean().nullish().meta({ description: "Deprecated: follow_redirects the other way round." }),
  valid_status_codes: list(z.int()),
  valid_http_versions: list(text),
  fail_if_ssl: flag(false),
  fail_if_not_ssl: flag(false),
  method: text.nullish(),
  headers: texts,
  body: text.nullish(),
  body_file: text.nullish(),
  fail_if_body_matches_regexp: list(pattern),
  fail_if_body_not_matches_regexp: list(pattern),
  fail_if_body_json_matches_cel: cel,
  fail_if_body_json_not_matches_cel: cel,
  fail_if_header_matches: list(headerRule),
  fail_if_header_not_matches: list(headerRule),
  compression: text.nullish(),
  body_size_limit: text.transform(checked(parseSize)).nullish(),
  // Here, and not with what keys are to each other: that is judged only where there is no other fault.
  enable_http3: flag(false).refine((on) => !on, "Cannot probe by HTTP/3: there is no client for it; leave it out"),
  json_metrics: list(jsonMetric).meta({ description: "Gauges made of a JSON body by CEL; not blackbox_exporter's." }),
}).superRefine((value, sink) => {
  refuseSeveral(sink, value, ["body", "body_file"]);
  checkHttpClient(value, sink);
  checkVersions(value, sink);
  checkCompression(value, sink);
  for (const name of Object.keys(value.headers)) {
    const same = Object.keys(value.http_headers ?? {}).find((other) => other.toLowerCase() === name.toLowerCase());
    if (same) refuse(sink, ["http_headers", same], `Cannot set header "${same}": it is set in "headers" as well`);
  }
  if (value.no_follow_redirects !== undefined && value.no_follow_redirects !== null && !value.follow_redirects) {
    refuse(sink, ["no_follow_redirects"], 'Cannot use "no_follow_redirects": "follow_redirects" is set as well');
  }
});

/** The section as it is written. */
export type HttpSectionInput = z.input<typeof fields>;
type Fields = z.output<typeof fields>;

function checkVersions({ valid_http_versions: versions, enable_http3, enable_http2 }: Fields, sink: Sink): void {
  if (enable_http3 && enable_http2) {
    refuse(sink, ["enable_http3"], 'Cannot use "enable_http3": expected "enable_http2: false" with it');
  }
  for (const [i, version] of versions.entries()) {
    if (version.startsWith("HTTP/3")) {
      refuse(sink, ["valid_http_versions", i], `Cannot accept ${version}: there is no client for it; leave it out`);
    }
  }
}

function checkCompression({ compression, headers }: Fields, sink: Sink): void {
  if (!compression) return;
  if (!ENCODINGS.includes(compression.toLowerCase())) {
    refuse(sink, ["compression"], `Cannot undo compression "${compression}": expected ${ENCODINGS.join(", ")}`);
  }
  const [name, accept] = Object.entries(headers).find(([key]) => key.toLowerCase() === "accept-encoding") ?? [];
  if (name === undefined || accept === undefined || acceptsEncoding(accept, compression)) return;
  refuse(sink, ["compression"], `Cannot use compression "${compression}": the header ${name} does not accept it`);
}

/** A body limit of 0, or none, leaves it at what no page has. */
function bodyLimit(bytes: number | null | undefined): number {
  return bytes ?? Infinity;
}

/** `http`, into what a module has of it. */
export const httpSection: z.ZodType<HttpSectionOutput, HttpSectionInput> = fields.transform((value) => {
  const client = httpClient(value);
  const followRedirects = value.no_follow_redirects === null || value.no_follow_redirects === undefined
    ? client.followRedirects
    : !value.no_follow_redirects;
  return {
    address: addressChoice(value),
    client: { ...client, followRedirects },
    validStatusCodes: value.valid_status_codes,
    validHttpVersions: value.valid_http_versions,
    method: (value.method ?? "").toUpperCase() || "GET",
    headers: Object.entries(value.headers),
    body: textRef(value.body, value.body_file),
    compression: value.compression ?? "",
    bodyLimitBytes: bodyLimit(value.body_size_limit),
    maxRedirects: MOST_REDIRECTS,
    failIfSsl: value.fail_if_ssl,
    failIfNotSsl: value.fail_if_not_ssl,
    failIfBodyMatches: value.fail_if_body_matches_regexp,
    failIfBodyNotMatches: value.fail_if_body_not_matches_regexp,
    failIfHeaderMatches: value.fail_if_header_matches.flat(),
    failIfHeaderNotMatches: value.fail_if_header_not_matches.flat(),
    failIfJsonMatches: value.fail_if_body_json_matches_cel ?? undefined,
    failIfJsonNotMatches: value.fail_if_body_json_not_matches_cel ?? undefined,
    jsonMetrics: value.json_metrics,
    skipResolveWithProxy: value.skip_resolve_phase_with_proxy,
  };
});

/** What the section says of a module. */
export type HttpSectionOutput =
  & Omit<HttpModule, "name" | "prober" | "timeoutSeconds" | "histogram" | "addressSuccess" | "address">
  & { readonly address: Pick<HttpModule["address"], "preferred" | "fallback"> };
