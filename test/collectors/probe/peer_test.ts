/**
 * The same targets probed by a real blackbox_exporter and by us. Left out where none is installed.
 *
 * @module
 */

import assert from "node:assert/strict";
import http, { type HttpRecord } from "../../../collectors/http.ts";
import { systemClock } from "../../../src/clock.ts";
import { contextOf } from "../../context.ts";
import { type Answer, httpsTarget, httpTarget, responds, routes, says, type Target, tcpTarget } from "./target.ts";

const PEER = "/usr/bin/prometheus-blackbox-exporter";
const TIMEOUT_SECONDS = 1;

function isInstalled(): boolean {
  try {
    return Deno.statSync(PEER).isFile;
  } catch {
    return false;
  }
}

type Series = Map<string, number>;

/** A running peer; `probe` gives its series, and its help by family. */
interface Peer extends AsyncDisposable {
  probe(target: string): Promise<{ series: Series; help: Map<string, string> }>;
}

async function startPeer(): Promise<Peer> {
  const config = await Deno.makeTempFile({ suffix: ".yml" });
  await Deno.writeTextFile(config, `modules: { http_2xx: { prober: http, timeout: ${TIMEOUT_SECONDS}s } }`);
  const args = [`--config.file=${config}`, "--web.listen-address=127.0.0.1:0"];
  const child = new Deno.Command(PEER, { args, stdin: "null", stdout: "null", stderr: "piped" }).spawn();
  const lines = child.stderr.pipeThrough(new TextDecoderStream());
  let heard = "";
  let port: string | undefined;
  const reader = lines.getReader();
  while (port === undefined) {
    const { value, done } = await reader.read();
    assert(!done, `${PEER} ended: ${heard}`);
    heard += value;
    port = /address=127\.0\.0\.1:(\d+)/.exec(heard)?.[1];
  }
  reader.releaseLock();
  const rest = lines.pipeTo(new WritableStream());
  return {
    async probe(target) {
      const query = new URLSearchParams({ target, module: "http_2xx" });
      const response = await fetch(`http://127.0.0.1:${port}/probe?${query}`);
      return parsePage(await response.text());
    },
    async [Symbol.asyncDispose]() {
      child.kill("SIGTERM");
      await child.status;
      await rest;
      await Deno.remove(config);
    },
  };
}

function parsePage(text: string) {
  const help = new Map<string, string>();
  const series: Series = new Map();
  for (const line of text.split("\n")) {
    const [, name = "", words = ""] = /^# HELP (\S+) (.*)$/.exec(line) ?? [];
    if (name) help.set(name, words);
    const [, key = "", value = ""] = /^(probe_\S+?(?:\{[^}]*\})?) (\S+)$/.exec(line) ?? [];
    if (key) series.set(key, Number(value));
  }
  return { series, help };
}

async function ownSeries(target: string): Promise<Series> {
  assert(http.options && http.instances);
  const options = http.options.parse({ probes: [{ name: "t", target, timeout: `${TIMEOUT_SECONDS}s` }] });
  const [node] = http.instances(options, { intervalSeconds: 15, timeoutSeconds: undefined });
  assert(node);
  const reading = await http.read({ ...contextOf({ clock: systemClock }), options: node.options, needs: {} });
  assert(reading);
  const series: Series = new Map();
  const record: HttpRecord = http.fold(reading, undefined);
  http.samples(record, (name, value, { target: _, ...labels }) => {
    const pairs = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
    if (typeof value === "number" && name.startsWith("probe_")) {
      series.set(pairs.length > 0 ? `${name}{${pairs}}` : name, value);
    }
  });
  return series;
}

/** Times are alike if both are zero or neither is; all else is the same number. */
function comparable(series: Series): [string, number | string][] {
  const isTime = (key: string) => /^probe_(?:http_duration|duration|dns_lookup_time)_seconds/.test(key);
  return [...series].map(([key, value]): [string, number | string] => [key, isTime(key) && value > 0 ? "time" : value])
    .sort(([a], [b]) => a < b ? -1 : 1);
}

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

Deno.test({
  name: "http: shows what blackbox_exporter shows of the same targets",
  ignore: !isInstalled(),
  async fn(t) {
    await using peer = await startPeer();
    await using pages = await httpTarget(routes(PAGES));
    await using secure = await httpsTarget("self_signed.pem", responds(200));
    const closed = await (async (): Promise<Target> => {
      await using gone = await tcpTarget(() => {});
      return gone;
    })();
    const targets = [
      ...Object.keys(PAGES).map((path) => `http://127.0.0.1:${pages.port}${path}`),
      `http://localhost:${pages.port}/200`,
      `http://user:secret@127.0.0.1:${pages.port}/redirect`,
      `https://127.0.0.1:${secure.port}/`,
      `https://127.0.0.1:${pages.port}/`,
      `http://127.0.0.1:${closed.port}/`,
      "http://nonexistent.invalid/",
    ];
    for (const target of targets) {
      await t.step(target.replace(/:\d+/, ""), async () => {
        const { series, help } = await peer.probe(target);
        assert.deepEqual(comparable(await ownSeries(target)), comparable(series));
        for (const [name, words] of help) {
          const families: Readonly<Record<string, { readonly help: string }>> = http.metrics;
          assert.equal(families[name]?.help, words);
        }
      });
    }
  },
});
