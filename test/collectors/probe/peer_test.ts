/**
 * The same URLs probed by a real blackbox_exporter and by us. Left out where none is installed.
 *
 * @module
 */

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, deflateRawSync, gzipSync } from "node:zlib";
import { httpProber } from "../../../collectors/probe/http/http_prober.ts";
import type { HttpModule } from "../../../collectors/probe/module.ts";
import { moduleSchema } from "../../../collectors/probe/modules/module.ts";
import type { Labels, SampleValue } from "../../../src/collector.ts";
import { testWith } from "../../e2e/programs.ts";
import { type Blackbox, PEER, startBlackbox } from "./blackbox.ts";
import { http2Target } from "./http2_target.ts";
import {
  type Answer,
  httpsTarget,
  httpTarget,
  probeTools,
  responds,
  routes,
  says,
  type Target,
  tcpTarget,
} from "./target.ts";

const AUTHORITY = fileURLToPath(new URL("../../fixtures/tls/authority.pem", import.meta.url));
const TIMEOUT_SECONDS = 1;
const TEXT = "hello ".repeat(500);

const MODULES: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  plain: {},
  four: { preferred_ip_protocol: "ip4", ip_protocol_fallback: false },
  six: { preferred_ip_protocol: "ip6", ip_protocol_fallback: false },
  stays: { follow_redirects: false },
  accepts_302: { follow_redirects: false, valid_status_codes: [302] },
  accepts_loop: { valid_status_codes: [302] },
  head: { method: "HEAD" },
  gzip: { compression: "gzip" },
  deflate: { compression: "deflate" },
  br: { compression: "br" },
  short: { body_size_limit: "1KB" },
  short_gzip: { body_size_limit: "1KB", compression: "gzip" },
  rules: { fail_if_body_not_matches_regexp: ["hello"], body_size_limit: "1KB" },
  header: { fail_if_header_not_matches: [{ header: "X", regexp: "y" }] },
  two: { valid_http_versions: ["HTTP/2.0"] },
  one: { enable_http2: false },
  trusting: { tls_config: { insecure_skip_verify: true } },
  trusting_all_the_same: { tls_config: { ca_file: AUTHORITY, insecure_skip_verify: true } },
  trusted: { tls_config: { ca_file: AUTHORITY } },
  named: { tls_config: { ca_file: AUTHORITY, server_name: "target.test" } },
  hosted: { tls_config: { ca_file: AUTHORITY }, headers: { Host: "target.test" } },
  old: { tls_config: { ca_file: AUTHORITY, max_version: "TLS12" } },
  ssl: { fail_if_not_ssl: true },
};

const CONFIGURATION = Object.fromEntries(
  Object.entries(MODULES).map(([name, http]) => [name, { prober: "http", timeout: `${TIMEOUT_SECONDS}s`, http }]),
);

type Series = Map<string, number>;

function parsePage(page: string) {
  const help = new Map<string, string>();
  const series: Series = new Map();
  for (const line of page.split("\n")) {
    const [, name = "", words = ""] = /^# HELP (\S+) (.*)$/.exec(line) ?? [];
    if (name) help.set(name, words);
    const [, key = "", value = ""] = /^(probe_\S+?(?:\{.*\})?) (\S+)$/.exec(line) ?? [];
    if (key) series.set(key, Number(value));
  }
  return { series, help };
}

function moduleOf(name: string): HttpModule {
  const module = moduleSchema.parse({ prober: "http", http: MODULES[name] });
  assert(module.prober === "http");
  return { name, ...module };
}

async function ownSeries(name: string, target: string): Promise<Series> {
  const module = moduleOf(name);
  const result = await httpProber.probe(target, module, probeTools({ timeoutSeconds: TIMEOUT_SECONDS }));
  const series: Series = new Map();
  const emit = (name: string, value: SampleValue | undefined, labels: Labels = {}) => {
    const pairs = Object.entries(labels).sort(([a], [b]) => a < b ? -1 : 1)
      .map(([label, value]) => `${label}=${JSON.stringify(value)}`);
    if (typeof value === "number") series.set(pairs.length > 0 ? `${name}{${pairs}}` : name, value);
  };
  httpProber.emit(result, Object.assign(emit, { family: () => {} }), {});
  return series;
}

/**
 * Times are alike if both are zero or neither is; all else is the same number. Servers that leave the choice of the cipher to
 * the client get another one from Go than from Deno.
 */
function comparable(series: Series): [string, number | string][] {
  const isTime = (key: string) => /^probe_(?:http_duration|duration|dns_lookup_time)_seconds/.test(key);
  return [...series].map(([key, value]): [string, number | string] => [
    key.replace(/(?<=^probe_tls_cipher_info\{cipher="TLS_).*(?=")/, "…"),
    isTime(key) && value > 0 ? "time" : value,
  ])
    .sort(([a], [b]) => a < b ? -1 : 1);
}

async function compare(peer: Blackbox, module: string, target: string, title: string): Promise<void> {
  const { series, help } = parsePage(await peer.probe(module, target));
  const [own, others] = [comparable(await ownSeries(module, target)), comparable(series)];
  assert.deepEqual({ title, series: own }, { title, series: others });
  const families: Readonly<Record<string, { readonly help: string }>> = httpProber.metrics;
  for (const [name, words] of help) assert.equal(families[name]?.help, words);
}

const encoded = (body: Uint8Array): Answer => (socket) =>
  socket.end(Uint8Array.from([
    ...new TextEncoder().encode(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n`),
    ...body,
  ]));

const PAGES: Readonly<Record<string, Answer>> = {
  "/200": responds(200, { "Last-Modified": "Wed, 21 Oct 2015 07:28:00 GMT" }, "hello"),
  "/204": says("HTTP/1.1 204 No Content\n\n"),
  "/304": says("HTTP/1.1 304 Not Modified\n\n"),
  "/404": responds(404, {}, "no"),
  "/500": responds(500),
  "/gzip": responds(200, { "Content-Encoding": "gzip" }, "not unpacked"),
  "/chunked": says("HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n5\nhello\n6\n world\n0\n\n"),
  "/chunked-badly": says("HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n5\nhello\nzz\n"),
  "/to-the-end": says("HTTP/1.0 200 OK\n\nhello"),
  "/cut-off": says("HTTP/1.1 200 OK\nContent-Length: 50\n\nhello"),
  "/redirect": responds(301, { Location: "200" }),
  "/circle": responds(302, { Location: "/circle" }),
  "/to-nowhere": responds(302, { Location: "http://nonexistent.invalid/" }),
  "/to-ftp": responds(302, { Location: "ftp://127.0.0.1/" }),
  "/to-malformed": responds(302, { Location: "http://[" }),
  "/302": responds(302),
  "/silent": () => {},
  "/silent-in-the-body": (socket) => socket.write("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello"),
  "/closed": (socket) => socket.end(),
  "/nonsense": says("SSH-2.0-OpenSSH_9.9\n"),
};

const BODIES: Readonly<Record<string, Answer>> = {
  "/plain": responds(200, {}, TEXT),
  "/gzip": encoded(gzipSync(TEXT)),
  "/deflate": encoded(deflateRawSync(TEXT)),
  "/br": encoded(brotliCompressSync(TEXT)),
  "/half": encoded(gzipSync(TEXT).subarray(0, 30)),
  "/empty": responds(200),
};

testWith("httpProber: shows what blackbox_exporter shows of the same targets", [PEER], async (path) => {
  await using peer = await startBlackbox(path(PEER), CONFIGURATION);
  await using pages = await httpTarget(routes({ ...PAGES, ...BODIES }));
  const at = (path: string) => `http://127.0.0.1:${pages.port}${path}`;
  const closed = await (async (): Promise<Target> => {
    await using gone = await tcpTarget(() => {});
    return gone;
  })();
  const cases: readonly (readonly [module: string, target: string])[] = [
    ...Object.keys(PAGES).map((path) => ["plain", at(path)] as const),
    ["plain", `localhost:${pages.port}/200`],
    ["plain", `http://user:secret@127.0.0.1:${pages.port}/redirect`],
    ["plain", `https://127.0.0.1:${pages.port}/`],
    ["plain", `http://127.0.0.1:${closed.port}/`],
    ["plain", "http://nonexistent.invalid/"],
    ["plain", "http://["],
    ["four", `http://localhost:${pages.port}/200`],
    ["six", `http://127.0.0.1:${pages.port}/200`],
    ...["stays", "accepts_302"].flatMap((name) => ["/302", "/circle", "/200"].map((path) => [name, at(path)] as const)),
    ["accepts_loop", at("/circle")],
    ...["/200", "/chunked", "/to-the-end", "/404"].map((path) => ["head", at(path)] as const),
    ...["gzip", "deflate", "br", "short", "short_gzip", "rules"].flatMap((name) =>
      // Deno's decoder does not tell that Brotli is cut off, which these bytes of another encoding seem to be.
      Object.keys(BODIES).filter((path) => name !== "br" || path !== "/deflate").map((path) =>
        [name, at(path)] as const
      )
    ),
    ["rules", at("/cut-off")],
    ["header", at("/200")],
    ["two", at("/200")],
    ["ssl", at("/200")],
    ["ssl", at("/404")],
  ];
  for (const [name, target] of cases) {
    await compare(peer, name, target, `${name} ${target}`);
  }
});

testWith("httpProber: shows what blackbox_exporter shows of the same servers over TLS", [PEER], async (path) => {
  await using peer = await startBlackbox(path(PEER), CONFIGURATION);
  const servers: Readonly<Record<string, Target>> = Object.fromEntries(
    await Promise.all(
      ["server", "self_signed", "names", "expired", "nameless"].map(async (name) =>
        [name, await httpsTarget(`${name}.pem`, responds(200, {}, "hello"))] as const
      ),
    ),
  );
  await using stack = new AsyncDisposableStack();
  for (const server of Object.values(servers)) stack.use(server);
  await using two = await http2Target();
  await using redirects = await httpTarget(responds(302, { Location: `https://localhost:${servers.server?.port}/` }));
  const url = (name: string, host = "localhost") => `https://${host}:${servers[name]?.port}/`;
  const cases: readonly (readonly [module: string, target: string])[] = [
    ...Object.keys(servers).flatMap((name) =>
      ["plain", "trusting", "trusting_all_the_same", "trusted", "named", "hosted"].map((module) =>
        [module, url(name)] as const
      )
    ),
    ["trusted", url("server", "127.0.0.1")],
    ["named", url("names", "127.0.0.1")],
    ["old", url("server")],
    ["ssl", url("server")],
    ...["trusted", "one", "trusting"].map((name) => [name, `https://localhost:${two.port}/`] as const),
    ["trusted", `https://localhost:${two.port}/redirect`],
    ["trusting", `https://127.0.0.1:${two.port}/empty`],
    ["two", `https://127.0.0.1:${two.port}/`],
    ["trusted", `http://127.0.0.1:${redirects.port}/`],
    ["plain", `http://127.0.0.1:${redirects.port}/`],
    ["named", `http://127.0.0.1:${redirects.port}/`],
  ];
  for (const [name, target] of cases) {
    const server = Object.entries(servers).find(([, { port }]) => target.includes(`:${port}`))?.[0] ?? "";
    await compare(peer, name, target, `${name} ${server} ${target}`);
  }
});
