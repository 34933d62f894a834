import assert from "node:assert/strict";
import { connect } from "node:net";
import { gzipSync } from "node:zlib";
import { httpProber } from "../../../../collectors/probe/http/http_prober.ts";
import type { HttpModule } from "../../../../collectors/probe/module.ts";
import { ProbeError } from "../../../../collectors/probe/result.ts";
import { Trace } from "../../../../collectors/probe/trace.ts";
import { systemClock } from "../../../../src/clock.ts";
import {
  type Answer,
  clientOf,
  formTarget,
  httpsTarget,
  httpTarget,
  linesOf,
  outcomeOf,
  patientModule,
  probeTools,
  probeUrl,
  responds,
  routes,
  tcpTarget,
  trustFixtures,
  urlOf,
  valuesOf,
} from "../target.ts";

trustFixtures();

Deno.test("probeHttp: method, headers and host are the module's, the rest is ours", async () => {
  await using target = await httpTarget(responds(200));
  const headers = [["x-a", "1"], ["host", "h.test"], ["User-Agent", "own"], ["X-A", "2"]] as const;
  await probeUrl(urlOf(target), { method: "PUT", headers });
  assert.deepEqual(linesOf(target), [
    "PUT / HTTP/1.1",
    "Host: h.test",
    "Content-Length: 0",
    "x-a: 1",
    "User-Agent: own",
    "X-A: 2",
    "Connection: close",
    "",
    "",
  ]);
  await probeUrl(urlOf(target), {}, { hostname: "asked.test" });
  assert.equal(linesOf(target, 1)[1], "Host: asked.test");
});

Deno.test("probeHttp: a body is sent, also one of a file; it and the method stay where a redirect says so", async () => {
  const paths = {
    "/307": responds(307, { Location: "/302" }),
    "/302": responds(302, { Location: "/last" }),
    "/last": responds(200),
  };
  const heads: string[] = [];
  await using target = await formTarget((body, head) => {
    heads.push(`${head.split(" HTTP")[0]} ${/^Content-Type: .*/m.exec(head)?.[0].trim() ?? ""} ${body}`);
    return routes(paths);
  });
  const file = await Deno.makeTempFile();
  try {
    await Deno.writeTextFile(file, "hello");
    const headers = [["Content-Type", "text/x"], ["X", "y"]] as const;
    for (const body of [{ text: "hello" }, { file }]) {
      assert.equal(outcomeOf(await probeUrl(urlOf(target, "/307"), { method: "POST", body, headers })), "success");
    }
  } finally {
    await Deno.remove(file);
  }
  const typed = "Content-Type: text/x hello";
  const once = [`POST /307 ${typed}`, `POST /302 ${typed}`, "GET /last  "];
  assert.deepEqual(heads, [...once, ...once]);
});

Deno.test("probeHttp: credentials of every kind go to the target, and to no other origin", async () => {
  const file = await Deno.makeTempFile();
  await Deno.writeTextFile(file, " from-file\n");
  const kinds: readonly (readonly [name: string, value: string, module: Partial<HttpModule>])[] = [
    [
      "Authorization",
      `Basic ${btoa("u:p")}`,
      clientOf({ authorization: { kind: "basic", username: { text: "u" }, password: { text: "p" } } }),
    ],
    [
      "Authorization",
      "Bearer from-file",
      clientOf({ authorization: { kind: "header", type: "Bearer", credentials: { file } } }),
    ],
    ["X-Secret", "from-file", clientOf({ headers: [["X-Secret", [{ file }]]] })],
    ["X-Api-Key", "k", { headers: [["X-Api-Key", "k"]] }],
    ["Cookie", "c=1", { headers: [["Cookie", "c=1"]] }],
  ];
  try {
    for (const [name, value, module] of kinds) {
      await using other = await httpTarget((socket, request) =>
        responds(302, { Location: `${urlOf(target)}${request.includes("/a") ? "b" : "last"}` })(socket, request)
      );
      await using target = await httpTarget((socket, request) =>
        routes({
          "/": responds(302, { Location: "/same" }),
          "/same": responds(302, { Location: `${urlOf(other)}a` }),
          "/b": responds(200),
        })(socket, request)
      );
      assert.equal(outcomeOf(await probeUrl(urlOf(target), module)), "success");
      assert.deepEqual(valuesOf(target, name), [value, value, undefined], name);
      assert.deepEqual(valuesOf(other, name), [undefined], name);
    }
  } finally {
    await Deno.remove(file);
  }
});

Deno.test("probeHttp: a file that is not there, or a header that cannot be sent, is a fault of ours that shows no secret", async () => {
  await using target = await httpTarget(responds(200));
  const missing = clientOf({ authorization: { kind: "header", type: "Bearer", credentials: { file: "/missing/x" } } });
  const broken = clientOf({ headers: [["X", [{ text: "se\ncret" }]]] });
  for (
    const [module, message] of [[missing, /^Cannot read "\/missing\/x": /], [
      broken,
      /^cannot send the header "X": /,
    ]] as const
  ) {
    const { outcome } = await probeUrl(urlOf(target), module);
    assert(!outcome.success);
    assert.deepEqual([outcome.failure.reason, outcome.failure.phase], ["internal", "request"]);
    assert.match(outcome.failure.message, message);
    assert(!outcome.failure.message.includes("cret"));
  }
  assert.equal(outcomeOf(await probeUrl(urlOf(target), { method: "GET /x HTTP/1.1\r\n" })), "internal in request");
  assert.deepEqual(target.requests, []);
});

const encoded = (body: Uint8Array, more = ""): Answer => (socket) => {
  socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n${more}\r\n`);
  socket.end(body);
};

Deno.test("probeHttp: a body is decoded as the module says, and only then", async () => {
  const text = "hello ".repeat(1000);
  await using target = await httpTarget(encoded(gzipSync(text), "Content-Encoding: gzip\r\n"));
  const counted = async (module: Partial<HttpModule>) => (await probeUrl(urlOf(target), module)).response?.bodyBytes;
  assert.equal(await counted({ compression: "gzip" }), 6000);
  assert.equal(await counted({ compression: "identity" }), gzipSync(text).length);
  assert.equal(await counted({}), gzipSync(text).length);
  assert.equal(outcomeOf(await probeUrl(urlOf(target), { compression: "deflate" })), "protocol in transfer");
  assert.equal(outcomeOf(await probeUrl(urlOf(target), { compression: "lzw" })), "internal in connect");
  assert.deepEqual(valuesOf(target, "Accept-Encoding"), [undefined, undefined, undefined, undefined]);
});

Deno.test("probeHttp: a decompression bomb stops at the limit", async () => {
  const bomb = gzipSync(new Uint8Array(50_000_000));
  await using target = await httpTarget(encoded(bomb));
  const result = await probeUrl(urlOf(target), { compression: "gzip", bodyLimitBytes: 100_000 });
  assert.equal(outcomeOf(result), "size in transfer");
  assert.equal(result.response?.bodyBytes, 100_000);
  await target.idle();
});

Deno.test("probeHttp: of a redirect nothing but the head counts", async () => {
  const more = "x".repeat(2000);
  await using target = await httpTarget(
    routes({ "/": responds(302, { Location: "/last" }, more), "/last": encoded(gzipSync("ok")) }),
  );
  const result = await probeUrl(urlOf(target), { compression: "gzip", bodyLimitBytes: 2 });
  assert.equal(outcomeOf(result), "success");
  const stays = await probeUrl(urlOf(target), { ...clientOf({ followRedirects: false }), validStatusCodes: [302] });
  assert.equal(outcomeOf(stays), "success");
  assert.deepEqual([stays.redirects, stays.response?.bodyBytes, stays.response?.head.contentLength], [1, 0, 2000]);
});

Deno.test("probeHttp: every address is admitted before it is connected to, those of redirects too", async () => {
  await using other = await httpTarget(responds(200));
  await using target = await httpTarget(responds(302, { Location: `http://localhost:${other.port}/` }));
  const asked: string[] = [];
  const admit = ({ ip }: { readonly ip: string }) => {
    asked.push(ip);
    if (asked.length === 2) throw new ProbeError("refused", `${ip} is denied`);
  };
  const result = await probeUrl(urlOf(target), {}, { admit });
  assert.equal(outcomeOf(result), "refused in connect");
  assert.equal(asked[0], "127.0.0.1");
  assert.deepEqual(other.requests, []);
});

Deno.test("probeHttp: a certificate that is not accepted leaves its facts, and no response", async () => {
  await using target = await httpsTarget("self_signed.pem", responds(200));
  const result = await probeUrl(`https://localhost:${target.port}/`);
  assert.equal(outcomeOf(result), "tls in tls");
  assert.equal(result.tls?.verified, false);
  assert.equal(result.tls?.verificationError, "DEPTH_ZERO_SELF_SIGNED_CERT");
  assert.equal(result.tls?.chain[0]?.subject, "CN=localhost");
  assert.equal(result.response, undefined);
  const lenient = await probeUrl(`https://localhost:${target.port}/`, clientOf({ tls: { verify: false } }));
  assert.equal(outcomeOf(lenient), "success");
  assert.equal(lenient.response?.tls?.verified, false);
});

Deno.test("probeHttp: names for TLS are the module's as long as the target is asked, not where it redirects", async () => {
  await using server = await httpsTarget("server.pem", responds(200));
  await using named = await httpsTarget("names.pem", (socket, request) =>
    routes({
      "/": responds(302, { Location: "/relative" }),
      "/relative": responds(302, { Location: `https://localhost:${server.port}/` }),
    })(socket, request));
  const at = `https://127.0.0.1:${named.port}/`;
  const byTls = await probeUrl(at, clientOf({ tls: { verify: true, serverName: "a.target.test" } }));
  assert.equal(outcomeOf(byTls), "success");
  assert.equal(byTls.response?.tls?.chain[0]?.subject, "CN=localhost,O=Sonde");
  assert.equal(outcomeOf(await probeUrl(at, { headers: [["Host", "a.target.test:8443"]] })), "success");
  assert.equal(
    outcomeOf(await probeUrl(at, clientOf({ tls: { verify: true, serverName: "other.test" } }))),
    "tls in tls",
  );
});

Deno.test("probeHttp: a certificate of ten thousand names is probed, and bounded", async () => {
  await using target = await httpsTarget("many_names.pem", responds(200));
  const result = await probeUrl(`https://localhost:${target.port}/`);
  assert.equal(outcomeOf(result), "success");
  assert.equal(result.response?.tls?.chain[0]?.dnsNames.length, 1000);
});

Deno.test("probeHttp: what happens is told in the peer's words, without secrets", async () => {
  await using target = await httpTarget(routes({ "/": responds(302, { Location: "http://u:secret@127.0.0.1:1/" }) }));
  const trace = new Trace(systemClock);
  const result = await probeUrl(`http://u:secret@127.0.0.1:${target.port}/`, clientOf({ followRedirects: false }), {
    trace,
  });
  assert.equal(outcomeOf(result), "status in validate");
  const told = trace.events.map(({ message }) => message);
  const expected = ["Making HTTP request", "Received redirect", "Not following redirect", "Received HTTP response"];
  assert.deepEqual(told.filter((message) => expected.includes(message)), expected);
  assert(!JSON.stringify([trace.events, result]).includes("secret"));
});

Deno.test("httpProber: whatever the target is called, it has a result", async () => {
  for (const target of ["x".repeat(65_536), "http://[", "a\nb", "ftp://x", "http://\u{1f600}.invalid/", ""]) {
    const result = await httpProber.probe(target, patientModule, probeTools());
    assert.equal(outcomeOf(result), "dns in resolve", target.slice(0, 20));
    assert(!result.outcome.success && result.outcome.failure.message.length < 600);
  }
});

Deno.test("probeHttp: the phases agree with servers that delay TLS, or a redirect", async () => {
  await using secure = await httpsTarget("server.pem", responds(200));
  await using slow = await tcpTarget((socket) => {
    setTimeout(() => {
      const far = connect({ host: "127.0.0.1", port: secure.port });
      far.on("error", () => {});
      socket.on("close", () => far.destroy());
      socket.pipe(far).pipe(socket);
    }, 100);
  });
  await using target = await httpTarget((socket, request) => {
    setTimeout(() => responds(302, { Location: `https://localhost:${slow.port}/` })(socket, request), 50);
  });
  const result = await probeUrl(urlOf(target));
  assert.equal(outcomeOf(result), "success");
  const { tls = 0, processing = 0 } = result.durations;
  assert(tls >= 0.095 && tls < 10, `tls ${tls}`);
  assert(processing >= 0.045 && processing < 10, `processing ${processing}`);
  assert((result.requests[0]?.processing ?? 0) >= 0.045);
  const sum = Object.values(result.durations).reduce((sum, seconds) => sum + seconds, 0);
  assert(sum <= (result.outcome.durationSeconds ?? 0));
});
