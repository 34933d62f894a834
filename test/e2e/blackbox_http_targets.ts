/**
 * Servers of HTTP on this machine, and the probes of them, by modules of blackbox_modules.yml.
 *
 * @module
 */

import { brotliCompressSync, deflateRawSync, gzipSync } from "node:zlib";
import { http2Target } from "../collectors/probe/http2_target.ts";
import {
  type Answer,
  httpsTarget,
  httpTarget,
  responds,
  respondsWith,
  routes,
  says,
} from "../collectors/probe/target.ts";
import type { Row } from "./blackbox_pair.ts";

/** Probes of a target: what each is called, its module, and what follows the target's address. */
type Probes = readonly (readonly [name: string, module: string, rest?: string])[];

const TEXT = "hello ".repeat(500);
const LENGTH_LIE = "HTTP/1.1 200 OK\nContent-Length: 50\n\nhello";
const credentials = `Basic ${btoa("probe:secret")}`;

/** Lets in who says so. */
function guarded(authorization: string): Answer {
  return (socket, request) =>
    responds(request.includes(`\r\nAuthorization: ${authorization}\r\n`) ? 200 : 401)(socket, request);
}

/** Resets the connection after these bytes. */
function resets(text = ""): Answer {
  return (socket) => socket.write(text.replaceAll("\n", "\r\n"), () => setTimeout(() => socket.resetAndDestroy(), 20));
}

const PAGES: Readonly<Record<string, Answer>> = {
  "/": responds(200, { "Last-Modified": "Wed, 21 Oct 2015 07:28:00 GMT", "X-Probe": "yes" }, "hello probe"),
  "/500": responds(500, {}, "broken"),
  "/redirect": responds(302, { Location: "/" }),
  "/redirect-twice": responds(301, { Location: "redirect" }),
  "/circle": responds(302, { Location: "/circle" }),
  "/to-nowhere": responds(302, { Location: "http://no-such-host.invalid/" }),
  "/to-ftp": responds(302, { Location: "ftp://127.0.0.1/" }),
  "/gzip": respondsWith(gzipSync(TEXT), 200, ["Content-Encoding: gzip"]),
  "/deflate": respondsWith(deflateRawSync(TEXT), 200, ["Content-Encoding: deflate"]),
  "/br": respondsWith(brotliCompressSync(TEXT), 200, ["Content-Encoding: br"]),
  "/no-gzip": responds(200, { "Content-Encoding": "gzip" }, "not packed at all"),
  "/bomb": respondsWith(gzipSync(new Uint8Array(20_000_000)), 200, ["Content-Encoding: gzip"]),
  "/large": respondsWith("x".repeat(2_000_000)),
  "/chunked": says("HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n5\nhello\n6\n world\n0\n\n"),
  "/chunked-badly": says("HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n5\nhello\nzz\n"),
  "/to-the-end": says("HTTP/1.0 200 OK\n\nhello"),
  "/cut-off": says(LENGTH_LIE),
  "/reset": resets(),
  "/reset-in-the-body": resets(LENGTH_LIE),
  "/silent": () => {},
  "/silent-in-the-body": (socket) => socket.write(LENGTH_LIE.replaceAll("\n", "\r\n")),
  "/closed": (socket) => socket.end(),
  "/nonsense": says("SSH-2.0-OpenSSH_9.9\n"),
  "/no-content": says("HTTP/1.1 204 No Content\n\n"),
  "/json": responds(200, { "Content-Type": "application/json" }, '{"status":"up","n":3,"list":[1,2]}'),
  "/basic": guarded(credentials),
  "/bearer": guarded("Bearer token"),
};

const HTTP_PROBES: Probes = [
  ...["/", "/nothing", "/500", "/redirect", "/redirect-twice", "/circle", "/to-nowhere", "/to-ftp", "/gzip", "/chunked"]
    .map((path) => [`http ${path}`, "plain", path] as const),
  ...[
    "/chunked-badly",
    "/to-the-end",
    "/cut-off",
    "/reset",
    "/reset-in-the-body",
    "/closed",
    "/nonsense",
    "/no-content",
  ]
    .map((path) => [`http ${path}`, "plain", path] as const),
  ...["/silent", "/silent-in-the-body"].map((path) => [`http timeout ${path}`, "hasty", path] as const),
  ...["/redirect", "/"].map((path) => [`http redirect not followed ${path}`, "staying", path] as const),
  ...["/nothing", "/500", "/"].map((path) => [`http other codes ${path}`, "accepting", path] as const),
  ...["/", "/chunked", "/to-the-end"].map((path) => [`http HEAD ${path}`, "head", path] as const),
  ["http gzip", "gzip", "/gzip"],
  ["http gzip that is none", "gzip", "/no-gzip"],
  ["http deflate", "deflate", "/deflate"],
  ["http br", "br", "/br"],
  ["http large", "plain", "/large"],
  ...["/large", "/bomb", "/"].map((path) => [`http limit ${path}`, "short", path] as const),
  ["http bomb", "short_gzip", "/bomb"],
  ...["/", "/chunked", "/nothing", "/cut-off"].flatMap((path) =>
    ["body_has", "body_lacks"].map((module) => [`http ${module} ${path}`, module, path] as const)
  ),
  ...["/", "/chunked"].flatMap((path) =>
    ["header_has", "header_lacks", "header_may"].map((module) => [`http ${module} ${path}`, module, path] as const)
  ),
  ...["/", "/json"].flatMap((path) =>
    ["cel_has", "cel_lacks"].map((module) => [`http ${module} ${path}`, module, path] as const)
  ),
  ...["ssl", "no_ssl", "version2", "version1"].map((module) => [`http ${module}`, module, "/"] as const),
  ["http basic", "basic", "/basic"],
  ["http basic missing", "plain", "/basic"],
  ["http bearer", "bearer", "/bearer"],
];

const CERTIFICATES = ["server", "self_signed", "expired", "early", "names", "nameless"];
const HTTPS_MODULES = ["plain", "trusted", "trusting", "named", "misnamed", "tls12", "ssl", "no_ssl", "version2"];

/** Keeps targets until the rows have been probed. */
export type Stack = Pick<AsyncDisposableStack, "use">;

/** Starts a server without TLS; its rows. */
export async function httpRows(stack: Stack): Promise<Row[]> {
  const { port } = stack.use(await httpTarget(routes(PAGES)));
  const rows = HTTP_PROBES.map(([name, module, path]) => ({ name, module, target: `http://127.0.0.1:${port}${path}` }));
  return [
    ...rows,
    { name: "http no scheme", module: "plain", target: `127.0.0.1:${port}` },
    { name: "http user-info", module: "plain", target: `http://probe:secret@127.0.0.1:${port}/basic` },
    { name: "http over TLS where there is none", module: "hasty", target: `https://127.0.0.1:${port}/` },
    { name: "http unknown host", module: "plain", target: "http://no-such-host.invalid/" },
    { name: "http no URL", module: "plain", target: "http://[" },
    ...["plain", "six_first", "six_alone", "four_alone", "unset"].flatMap((module) => [
      { name: `http ${module} localhost`, module, target: `http://localhost:${port}/` },
      { name: `http ${module} 127.0.0.1`, module, target: `http://127.0.0.1:${port}/` },
    ]),
  ];
}

/** Starts servers with TLS, of several certificates and of HTTP/2; their rows. */
export async function httpsRows(stack: Stack): Promise<Row[]> {
  const rows: Row[] = [];
  for (const certificate of CERTIFICATES) {
    const { port } = stack.use(await httpsTarget(`${certificate}.pem`, responds(200, {}, "hello")));
    const target = `https://localhost:${port}/`;
    rows.push(...HTTPS_MODULES.map((module) => ({ name: `https ${certificate} ${module}`, module, target })));
  }
  const { port } = stack.use(await http2Target());
  for (const module of ["trusted", "version2", "version1", "trusting", "head", "plain"]) {
    for (const path of ["/", "/redirect", "/missing"]) {
      rows.push({ name: `https HTTP/2 ${module} ${path}`, module, target: `https://127.0.0.1:${port}${path}` });
    }
  }
  const redirects = stack.use(await httpTarget(responds(302, { Location: `https://localhost:${port}/` })));
  const target = `http://127.0.0.1:${redirects.port}/`;
  return [...rows, ...["trusted", "plain"].map((module) => ({ name: `http to https ${module}`, module, target }))];
}
