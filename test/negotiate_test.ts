import assert from "node:assert/strict";
import fc from "fast-check";
import { acceptsGzip, metricsFormat } from "../src/negotiate.ts";

const TEXT = "text/plain; version=0.0.4; charset=utf-8";
const OPENMETRICS_0 = "application/openmetrics-text; version=0.0.1; charset=utf-8";
const OPENMETRICS_1 = "application/openmetrics-text; version=1.0.0; charset=utf-8";
const PROTOBUF = "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited";

/** What programs send, recorded from them; the last column is the answer where OpenMetrics is allowed. */
const RECORDED: readonly (readonly [sender: string, accept: string | null, contentType: string])[] = [
  [
    "Prometheus 2.42",
    "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75," +
    "text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
    OPENMETRICS_1,
  ],
  [
    "Prometheus 2.42 with native histograms",
    `${PROTOBUF},application/openmetrics-text;version=1.0.0;q=0.8,application/openmetrics-text;version=0.0.1;q=0.75,` +
    "text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
    OPENMETRICS_1,
  ],
  [
    "Prometheus 3.5",
    "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5," +
    "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
    OPENMETRICS_1,
  ],
  [
    "Prometheus 3.5 with native histograms",
    `${PROTOBUF};q=0.6,application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,` +
    "application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3," +
    "text/plain;version=0.0.4;q=0.2,*/*;q=0.1",
    OPENMETRICS_1,
  ],
  [
    "Prometheus 3.5 told to prefer text",
    "text/plain;version=0.0.4;q=0.6,application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,*/*;q=0.4",
    TEXT,
  ],
  ["curl", "*/*", TEXT],
  [
    "Chromium",
    "text/html,application/xhtml+xml,application/xml;q=0.9,image/jxl,image/avif,image/webp,image/apng,*/*;q=0.8," +
    "application/signed-exchange;v=b3;q=0.7",
    TEXT,
  ],
  ["nobody", null, TEXT],
];

const MADE_UP: readonly (readonly [accept: string, contentType: string])[] = [
  ["", TEXT],
  ["application/openmetrics-text", OPENMETRICS_0],
  ["application/openmetrics-text;version=0.0.1", OPENMETRICS_0],
  ["application/openmetrics-text; version=1.0.0; charset=utf-8", OPENMETRICS_1],
  ['application/openmetrics-text; version="1.0.0"', OPENMETRICS_1],
  ["APPLICATION/OpenMetrics-Text; Version=1.0.0", OPENMETRICS_1],
  ["application/openmetrics-text;version=0.0.4", TEXT],
  ["application/openmetrics-text;version=2.0.0,application/openmetrics-text;version=1.0.0;q=0.1", OPENMETRICS_1],
  ["application/openmetrics-text;version=0.0.1,application/openmetrics-text;version=1.0.0", OPENMETRICS_0],
  ["application/openmetrics-text;version=1.0.0;q=0.4,text/plain;q=0.5", TEXT],
  ["text/plain;q=0.4,application/openmetrics-text;version=1.0.0;q=0.5", OPENMETRICS_1],
  ["text/plain,application/openmetrics-text;version=1.0.0", TEXT],
  ["text/plain;version=1.0.0,application/openmetrics-text;version=1.0.0;q=0.1", OPENMETRICS_1],
  ["*/*,application/openmetrics-text;version=1.0.0;q=0.1", OPENMETRICS_1],
  ["application/*", TEXT],
  ["application/openmetrics-text;version=1.0.0;q=0", TEXT],
  ["application/openmetrics-text;version=1.0.0;q=0.000,application/openmetrics-text;q=0.1", OPENMETRICS_0],
  ["application/openmetrics-text;version=1.0.0;q=much", TEXT],
  ["application/openmetrics-text;version=1.0.0;q=0.5.5", TEXT],
  [PROTOBUF, TEXT],
  ["constructor", TEXT],
  [",;=,;;q=1,,/", TEXT],
];

Deno.test("metricsFormat: answers what is asked for, by Prometheus' rule", async (t) => {
  for (const [sender, accept, contentType] of RECORDED) {
    await t.step(sender, () => {
      assert.equal(metricsFormat(accept, true).contentType, contentType);
      assert.equal(metricsFormat(accept, false).contentType, TEXT);
    });
  }
  for (const [accept, contentType] of MADE_UP) {
    await t.step(accept || "nothing", () => {
      const { format, contentType: answered } = metricsFormat(accept, true);
      assert.equal(answered, contentType);
      assert.equal(format, contentType === TEXT ? "text" : "openmetrics");
      assert.equal(metricsFormat(accept, false).format, "text");
    });
  }
});

Deno.test("metricsFormat, acceptsGzip: take any text", () => {
  const parts = fc.constantFrom(
    "text/plain",
    "application/openmetrics-text",
    "gzip",
    "*",
    ",",
    ";",
    "=",
    "q=",
    "version=1.0.0",
    "0.5",
  );
  fc.assert(fc.property(fc.array(fc.oneof(parts, fc.string())), (pieces) => {
    const header = pieces.join("");
    assert.ok(["text", "openmetrics"].includes(metricsFormat(header, true).format));
    assert.equal(typeof acceptsGzip(header), "boolean");
  }));
});

Deno.test("acceptsGzip: heeds weights, wildcards and old names", async (t) => {
  const cases: readonly (readonly [header: string | null, accepted: boolean])[] = [
    [null, false],
    ["", false],
    ["gzip", true],
    ["GZIP", true],
    ["x-gzip", true],
    ["gzip, deflate, br, zstd", true],
    ["deflate, gzip;q=1.0, *;q=0.5", true],
    ["deflate;q=1, gzip;q=0.5", true],
    ["deflate", false],
    ["gzip;q=0", false],
    ["gzip;q=0.000", false],
    ["gzip; Q=0", false],
    ["gzip;q=0.001", true],
    ["gzip;q=", false],
    ["gzip;q=x", false],
    ["*", true],
    ["*;q=0", false],
    ["gzip;q=0, *", false],
    ["gzip;q=0.5, *;q=0", true],
    ["identity", false],
    ["identity;q=0", false],
    ["identity;q=0, *", true],
    ["identity, gzip", true],
    ["identity, gzip;q=0.5", false],
    ["identity;q=0.5, *;q=0.1", false],
    ["gzipped", false],
    ["br;q=1.0, gzip ; q=0.8", true],
  ];
  for (const [header, accepted] of cases) {
    await t.step(String(header), () => assert.equal(acceptsGzip(header), accepted));
  }
});
