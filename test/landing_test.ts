import assert from "node:assert/strict";
import fc from "fast-check";
import type { NodeHealth } from "../src/collector.ts";
import { NO_TOTALS } from "../src/health.ts";
import { contentSecurityPolicy, landingPage } from "../src/landing.ts";

const NOW = 1_700_000_000;

const node = (id: string, differences: Partial<NodeHealth> = {}): NodeHealth => ({
  id,
  collector: id,
  peer: false,
  exposed: true,
  state: "ok",
  intervalSeconds: 90,
  series: 12,
  runs: 40,
  missedRuns: 0,
  failures: NO_TOTALS.failures,
  lastRunTimestampSeconds: NOW - 3,
  lastSuccessTimestampSeconds: NOW - 3,
  durationSeconds: 0.00042,
  blockingSeconds: 0,
  lastError: undefined,
  ...differences,
});

const pageOf = (nodes: readonly NodeHealth[], telemetryPath = "/metrics") =>
  landingPage({ version: "1.2.3", runtime: "deno 2.9.6", telemetryPath, nodes, now: NOW, nonce: "n0nce" });

/** The table's rows as the texts of their cells. */
function rows(html: string): string[][] {
  const [, body = ""] = /<tbody id="nodes">([^]*)<\/tbody>/.exec(html) ?? [];
  return [...body.matchAll(/<tr[^>]*>(.*?)<\/tr>/gs)].map(([, row = ""]) =>
    [...row.matchAll(/<t[hd][^>]*>(.*?)<\/t[hd]>/gs)].map(([, cell = ""]) => cell.replace(/<[^>]*>/g, ""))
  );
}

Deno.test("landingPage: tells how each node fares", () => {
  const html = pageOf([
    node("cpu"),
    node("stat", { exposed: false, intervalSeconds: 0, durationSeconds: 1.23456 }),
    node("http:a", {
      state: "failed",
      failures: { ...NO_TOTALS.failures, timeout: 2, late: 1 },
      lastSuccessTimestampSeconds: NOW - 4000,
      lastError: "too slow",
    }),
    node("zfs", { state: "absent", lastRunTimestampSeconds: NOW + 60 }),
    node("usage", {
      state: "pending",
      lastRunTimestampSeconds: undefined,
      lastSuccessTimestampSeconds: undefined,
      durationSeconds: undefined,
    }),
  ]);
  assert.match(html, /5 nodes: 1 failed, 1 pending, 2 ok, 1 not here/);
  assert.deepEqual(rows(html), [
    ["cpu", "ok", "1m30s", "3s ago", "0.42 ms", "3s ago", "12", "40", "0"],
    ["stat", "ok, hidden", "at scrape", "3s ago", "1235 ms", "3s ago", "12", "40", "0"],
    ["http:a", "failed", "1m30s", "3s ago", "0.42 ms", "1h6m40s ago", "12", "40", "3 (2 timeout, 1 late)"],
    ["Last error: too slow"],
    ["zfs", "not here", "1m30s", "0s ago", "0.42 ms", "3s ago", "12", "40", "0"],
    ["usage", "pending", "1m30s", "never", "", "never", "12", "40", "0"],
  ]);
  assert.match(html, /version 1\.2\.3, deno 2\.9\.6/);
});

Deno.test("landingPage: links are relative, and stay on the exporter", () => {
  const links = (path: string) => [...pageOf([], path).matchAll(/<a href="([^"]*)"/g)].map(([, href]) => href);
  assert.deepEqual(links("/metrics"), ["./metrics", "./-/healthy", "./-/ready"]);
  for (const path of ["/javascript:alert(1)", "//evil.example/x"]) {
    assert.equal(new URL(links(path)[0] ?? "", "http://host.example/sonde/").origin, "http://host.example");
  }
});

Deno.test("landingPage: any text stays text", () => {
  const tags = (html: string) => [...html.matchAll(/<[a-z!/][^>]*>/gi)].map(([tag]) => tag.split(" ", 1)[0]);
  const expected = tags(pageOf([node("x", { lastError: "x" })]));
  const text = fc.string({ unit: fc.constantFrom("<", ">", '"', "'", "&", "/", "a", "=", " ", "\n", "-", "!") });
  fc.assert(fc.property(text, text, text, (id, error, path) => {
    const html = pageOf([node(id, { lastError: error })], `/${path}`);
    assert.deepEqual(tags(html), expected);
  }));
  assert.match(pageOf([node(`<b>"&'`)]), /<th scope="row">&lt;b&gt;&quot;&amp;&#39;<\/th>/);
});

Deno.test("landingPage: cuts a long table, and keeps what failed", () => {
  const many = Array.from({ length: 600 }, (_, i) => node(`n${i}`));
  const html = pageOf([...many, node("last", { state: "failed" })]);
  const cells = rows(html);
  assert.equal(cells.length, 501);
  assert.equal(cells[0]?.[0], "last");
  assert.deepEqual(cells.at(-1), ["and 101 more"]);
  assert.match(html, /601 nodes: 1 failed, 600 ok/);
});

Deno.test("landingPage: says so where nothing is enabled", () => {
  assert.deepEqual(rows(pageOf([])), [["no collector is enabled"]]);
  assert.match(pageOf([]), /<p id="summary">0 nodes<\/p>/);
});

Deno.test("contentSecurityPolicy: lets nothing in but what bears the nonce", () => {
  const policy = contentSecurityPolicy("n0nce");
  assert.match(policy, /^default-src 'none'; /);
  assert.doesNotMatch(policy, /unsafe|https?:|\*/);
  const html = pageOf([node("cpu")]);
  for (const [, attributes] of html.matchAll(/<(?:script|style)([^>]*)>/g)) assert.equal(attributes, ' nonce="n0nce"');
  assert.doesNotMatch(html, /\son[a-z]+=|style="|(?:src|href)="(?!\.\/|data:,")/);
});
