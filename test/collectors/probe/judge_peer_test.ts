/**
 * Rules for status, headers, body and compression, held against the same responses by a real blackbox_exporter and by us.
 *
 * @module
 */

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from "node:zlib";
import { httpProber } from "../../../collectors/probe/http/http_prober.ts";
import type { HttpModule } from "../../../collectors/probe/module.ts";
import { moduleSchema } from "../../../collectors/probe/modules/module.ts";
import { resultPage } from "../../../collectors/probe/pages/result_page.ts";
import { testWith } from "../../e2e/programs.ts";
import { PEER, startBlackbox, valueOn } from "./blackbox.ts";
import { type Answer, httpTarget, outcomeOf, probeTools, respondsWith, routes } from "./target.ts";

const TEXT = "hello hello";
const gzipped = gzipSync(TEXT);
const cut = (bytes: Uint8Array, length: number) => bytes.subarray(0, length);
const and = (...parts: readonly (Uint8Array | string)[]) => Buffer.concat(parts.map((part) => Buffer.from(part)));

const PAGES: Readonly<Record<string, Answer>> = {
  "/text": respondsWith(TEXT),
  "/empty": respondsWith(""),
  "/500": respondsWith("bad", 500),
  "/302": respondsWith("bad", 302, ["Location: /text"]),
  "/json": respondsWith('{"a":1}'),
  "/json2": respondsWith('{"a":2}'),
  "/json3": respondsWith('{"a":3}'),
  "/json-500": respondsWith('{"a":1}', 500),
  "/no-json": respondsWith('{"a":1} x'),
  "/gzip": respondsWith(gzipped),
  "/gzip-short": respondsWith(cut(gzipped, 20)),
  "/gzip-tiny": respondsWith(cut(gzipped, 5)),
  "/gzip-wrong-sum": respondsWith(and(cut(gzipped, gzipped.length - 8), "xxxxxxxx")),
  "/gzip-wrong-length": respondsWith(and(cut(gzipped, gzipped.length - 4), "xxxx")),
  "/gzip-twice": respondsWith(and(gzipped, gzipped)),
  "/gzip-and-more": respondsWith(and(gzipped, "trash")),
  "/gzip-and-zeros": respondsWith(and(gzipped, new Uint8Array(20))),
  "/gzip-nothing": respondsWith(gzipSync("")),
  "/gzip-bomb": respondsWith(gzipSync(new Uint8Array(50_000_000))),
  "/br": respondsWith(brotliCompressSync(TEXT)),
  "/br-short": respondsWith(cut(brotliCompressSync(TEXT), 8)),
  "/br-and-more": respondsWith(and(brotliCompressSync(TEXT), "trash")),
  "/deflate": respondsWith(deflateRawSync(TEXT)),
  "/deflate-short": respondsWith(cut(deflateRawSync(TEXT), 5)),
  "/deflate-and-more": respondsWith(and(deflateRawSync(TEXT), "trash")),
  "/zlib": respondsWith(deflateSync(TEXT)),
  "/a": respondsWith("", 200, ["X-A: yes"]),
  "/a-empty": respondsWith("", 200, ["X-A:"]),
  "/aa": respondsWith("", 200, ["X-A: yes", "X-A: no", "X-B: yes"]),
  "/ab": respondsWith("", 200, ["X-A: yes", "X-B: yes"]),
  "/abb": respondsWith("", 200, ["x-a: yes", "X-B: no", "X-B: yes"]),
  "/b": respondsWith("", 200, ["X-B: yes"]),
  "/a-no": respondsWith("bad", 200, ["X-A: no"]),
  "/a-bad": respondsWith("bad", 200, ["X-A: yes"]),
  "/bytes-ff": respondsWith(Uint8Array.from([97, 0xff, 98])),
  "/bytes-cut": respondsWith(Uint8Array.from([97, 0xe4, 0xb8, 98])),
  "/bytes-e": respondsWith("aéb"),
  "/bytes-astral": respondsWith("a😀b"),
};

const COMPRESSED = ["text", "empty", "500", "gzip", "gzip-short", "gzip-tiny", "br", "deflate", "zlib"];
const BYTES = ["bytes-ff", "bytes-cut", "bytes-e", "bytes-astral"];
const HEADERS = ["text", "a", "a-empty", "aa", "ab", "abb", "b", "500"];

/** A section `http`, and the pages that it is held against. */
type Case = readonly [http: Readonly<Record<string, unknown>>, pages: readonly string[]];

const CASES: readonly Case[] = [
  [{ valid_status_codes: [302, 500], follow_redirects: false, fail_if_body_matches_regexp: ["bad"] }, [
    "302",
    "500",
    "text",
  ]],
  [{ valid_status_codes: [302], follow_redirects: false, fail_if_body_json_matches_cel: "false" }, ["302"]],
  [{ valid_status_codes: [302], follow_redirects: false }, ["302"]],
  [{ follow_redirects: false }, ["302"]],
  [{ fail_if_body_json_matches_cel: "body.a == 2", fail_if_body_json_not_matches_cel: "body.a == 1" }, [
    ...["json", "json2", "json3", "json-500", "no-json", "empty"],
  ]],
  [{ compression: "gzip" }, [
    ...COMPRESSED,
    ...["gzip-wrong-sum", "gzip-wrong-length", "gzip-twice", "gzip-and-more", "gzip-and-zeros", "gzip-nothing"],
  ]],
  [{ compression: "gzip", body_size_limit: "5B" }, ["gzip", "gzip-bomb", "gzip-nothing", "text"]],
  [{ compression: "gzip", body_size_limit: "11B", fail_if_body_not_matches_regexp: ["^hello hello$"] }, ["gzip"]],
  [{ compression: "gzip", method: "HEAD" }, ["gzip"]],
  [{ compression: "br" }, [...COMPRESSED, "br-short", "br-and-more"]],
  [{ compression: "deflate" }, [...COMPRESSED, "deflate-short", "deflate-and-more"]],
  [{ compression: "GZIP" }, ["gzip", "text"]],
  [{ compression: "identity" }, ["text", "gzip"]],
  [{ body_size_limit: "5B" }, ["text", "empty", "500"]],
  [{ body_size_limit: "5B", fail_if_body_matches_regexp: ["zzz"] }, ["text", "500", "empty"]],
  [{ body_size_limit: "5B", fail_if_body_json_matches_cel: "true" }, ["text", "500"]],
  [{ body_size_limit: "5B", fail_if_header_matches: [{ header: "X-A", regexp: "yes" }] }, ["a-bad", "text"]],
  [{ body_size_limit: "5B", valid_http_versions: ["HTTP/1.0"] }, ["text"]],
  [{ valid_http_versions: ["HTTP/1.1"] }, ["text"]],
  [{ valid_http_versions: ["HTTP/2.0"], fail_if_not_ssl: true }, ["text", "500"]],
  [{ fail_if_ssl: true }, ["text"]],
  [{
    fail_if_header_matches: [{ header: "X-A", regexp: "no" }],
    fail_if_header_not_matches: [{ header: "x-b", regexp: "yes" }],
  }, HEADERS],
  [{ fail_if_header_matches: [{ header: "X-A", regexp: "^$" }] }, HEADERS],
  [{ fail_if_header_matches: [{ header: "X-A", regexp: "yes", allow_missing: true }] }, HEADERS],
  [{ fail_if_header_not_matches: [{ header: "X-A", regexp: "^no$", allow_missing: true }] }, HEADERS],
  [{
    fail_if_header_matches: [{ header: "X-A", regexp: "no" }],
    fail_if_body_matches_regexp: ["bad"],
    fail_if_body_json_matches_cel: "true",
    valid_http_versions: ["HTTP/2.0"],
    fail_if_not_ssl: true,
  }, ["a-no", "a-bad", "500"]],
  [{ fail_if_body_matches_regexp: ["a", "b"] }, ["text", "a-bad", "empty"]],
  [{ fail_if_body_not_matches_regexp: ["h", "^hello"] }, ["text", "a-bad", "empty"]],
  ...["a.b", "^a..b$", "^a.{2}b$", "a\\x{FFFD}b", "a[^x]b", "aéb", "(?i)aÉb", "(?s)^.*$", "a😀b", "\\bb|zz"].map((
    pattern,
  ): Case => [{ fail_if_body_not_matches_regexp: [pattern] }, BYTES]),
];

const COMPARED = [
  ...["probe_success", "probe_failed_due_to_regex", "probe_failed_due_to_cel", "probe_http_status_code"],
  ...["probe_http_content_length", "probe_http_uncompressed_body_length", "probe_http_version", "probe_http_ssl"],
  "probe_http_redirects",
];

const sectionOf = (http: Case[0]) => ({
  prober: "http",
  timeout: "20s",
  http: { preferred_ip_protocol: "ip4", ...http },
});

function ownModule(http: Case[0]): HttpModule {
  const module = moduleSchema.parse(sectionOf(http));
  assert(module.prober === "http");
  return { ...module, name: "m" };
}

testWith("judgeResponse: judges as blackbox_exporter does", [PEER], async (path) => {
  await using target = await httpTarget(routes(PAGES));
  await using peer = await startBlackbox(
    path(PEER),
    Object.fromEntries(CASES.map(([http], i) => [`m${i}`, sectionOf(http)])),
  );
  const values = (text: string) => Object.fromEntries(COMPARED.map((series) => [series, valueOn(text, series)]));
  const differing = [];
  for (const [i, [http, pages]] of CASES.entries()) {
    for (const page of pages) {
      const url = `http://127.0.0.1:${target.port}/${page}`;
      const expected = values(await peer.probe(`m${i}`, url));
      const result = await httpProber.probe(url, ownModule(http), probeTools());
      const found = values(resultPage(httpProber, result).text);
      // How much of a body was decoded before its fault was found is the decoder's own affair.
      const isPartial = outcomeOf(result) === "protocol in transfer";
      const compared = COMPARED.filter((name) => !isPartial || name !== "probe_http_uncompressed_body_length");
      const series = compared.filter((name) => found[name] !== expected[name]);
      if (series.length === 0) continue;
      const what = series.map((name) => `${name} ${found[name]}, not ${expected[name]}`);
      differing.push([JSON.stringify(http), page, ...what, outcomeOf(result)]);
    }
  }
  assert.deepEqual(differing, []);
});

testWith(
  "judgeResponse: judges by CEL after patterns, where blackbox_exporter has no body left",
  [PEER],
  async (path) => {
    const http = { fail_if_body_not_matches_regexp: ["a"], fail_if_body_json_not_matches_cel: "body.a == 1" };
    await using target = await httpTarget(routes(PAGES));
    await using peer = await startBlackbox(path(PEER), { m: sectionOf(http) });
    const url = `http://127.0.0.1:${target.port}/json`;
    const page = await peer.probe("m", url);
    assert.match(page, /Error unmarshalling HTTP body to JSON.*unexpected end of JSON input/);
    assert.equal(valueOn(page, "probe_success"), 0);
    const { outcome } = await httpProber.probe(url, ownModule(http), probeTools());
    assert.equal(outcome.success, true);
  },
);
