import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import type { Socket } from "node:net";
import type { WebsocketModule } from "../../../../collectors/probe/module.ts";
import { moduleSchema } from "../../../../collectors/probe/modules/module.ts";
import type { ProbeTools } from "../../../../collectors/probe/prober.ts";
import { resultPage } from "../../../../collectors/probe/pages/result_page.ts";
import { OPCODES, renderFrame } from "../../../../collectors/probe/websocket/websocket_frames.ts";
import type { WebsocketResult } from "../../../../collectors/probe/websocket/websocket_probe.ts";
import { websocketProber } from "../../../../collectors/probe/websocket/websocket_prober.ts";
import {
  formTarget,
  httpsTarget,
  httpTarget,
  manualTimers,
  outcomeOf,
  probeTools,
  responds,
  says,
  tcpTarget,
  tlsFixture,
} from "../target.ts";

function websocketModule(section: Readonly<Record<string, unknown>>): WebsocketModule {
  const module = { name: "test", ...moduleSchema.parse({ prober: "websocket", websocket: section }) };
  if (module.prober !== "websocket") throw new TypeError("Cannot make a module of WebSocket");
  return module;
}

function probe(
  url: string,
  section: Readonly<Record<string, unknown>> = {},
  tools: Partial<ProbeTools> = {},
): Promise<WebsocketResult> {
  return websocketProber.probe(url, websocketModule(section), probeTools(tools));
}

/** The head that accepts a handshake. */
function accepted(request: string): string {
  const [, key = ""] = /^Sec-WebSocket-Key: (.*)\r$/m.exec(request) ?? [];
  const accept = createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
  return `HTTP/1.1 101 Switching Protocols\r\nUpgrade: WebSocket\r\nConnection: keep-alive, Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`;
}

/** Accepts the handshake, and sends these bytes in the same piece. */
function upgrades(...bytes: readonly number[]) {
  return (socket: Socket, request: string) => {
    socket.write(new Uint8Array([...new TextEncoder().encode(accepted(request)), ...bytes]));
  };
}

/** A real server of WebSocket, which greets, and says again what it hears. */
function realServer(options: Partial<Deno.TlsCertifiedKeyPem> = {}) {
  const { promise: left, resolve } = Promise.withResolvers<number>();
  const heads: Headers[] = [];
  const handler = (request: Request) => {
    heads.push(new Headers(request.headers));
    if (new URL(request.url).pathname !== "/") return new Response("no", { status: 404 });
    const { socket, response } = Deno.upgradeWebSocket(request);
    socket.onopen = () => socket.send("hello you");
    socket.onmessage = ({ data }) => socket.send(`echo ${data}`);
    socket.onclose = ({ code }) => resolve(code);
    return response;
  };
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {}, ...options }, handler);
  return {
    port: server.addr.port,
    heads,
    left,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

const DIALOGUE = [
  { expect: "^hello (.*)", send: "from ${1}", labels: [{ name: "who", value: "$1" }] },
  { expect: "^echo from you$" },
  { send: "again" },
  { expect_bytes: "echo" },
];

Deno.test("websocketProber: a dialogue with a real server, left in good order", async () => {
  await using server = realServer();
  const result = await probe(`ws://127.0.0.1:${server.port}/`, { query_response: DIALOGUE });
  assert.equal(outcomeOf(result), "success");
  assert.deepEqual(result.matches, [{ who: "you" }]);
  assert.deepEqual([result.status, result.isUpgraded, result.failedByPattern], [101, true, false]);
  assert.equal(await server.left, 1000);
  const page = resultPage(websocketProber, result).text;
  assert.match(page, /^probe_websocket_connection_upgraded 1$/m);
  assert.match(page, /^probe_expect_info\{who="you"\} 1$/m);
  for (const phase of ["resolve", "connect", "processing", "transfer"]) {
    assert.match(page, new RegExp(`^probe_websocket_duration_seconds\\{phase="${phase}"\\} (?!0$)`, "m"));
  }
});

Deno.test("websocketProber: the same over TLS, with its facts", async () => {
  await using server = realServer({ cert: tlsFixture("server.pem"), key: tlsFixture("server.key") });
  const url = `wss://localhost:${server.port}/`;
  const section = { preferred_ip_protocol: "ip4", query_response: DIALOGUE };
  const trusting = { ...section, http_config: { tls_config: { ca: tlsFixture("authority.pem") } } };
  const result = await probe(url, trusting);
  assert.equal(outcomeOf(result), "success");
  assert(result.tls?.verified);
  assert.equal(await server.left, 1000);
  const other = await probe(url, { ...section, http_config: { tls_config: { ca: tlsFixture("self_signed.pem") } } });
  assert.equal(outcomeOf(other), "tls in tls");
  assert(other.tls && !other.tls.verified);
});

Deno.test("websocketProber: headers and credentials go along, and those of the handshake are not to be set", async () => {
  await using server = realServer();
  const section = {
    headers: { "X-Mine": "1", Origin: "https://example.org" },
    http_config: { basic_auth: { username: "me", password: "secret" } },
  };
  const url = `ws://127.0.0.1:${server.port}/`;
  assert.equal(outcomeOf(await probe(url, section)), "success");
  await server.left;
  const [headers] = server.heads;
  assert.deepEqual(
    ["x-mine", "origin", "authorization", "user-agent"].map((name) => headers?.get(name)),
    ["1", "https://example.org", `Basic ${btoa("me:secret")}`, "Sonde/1.2.3"],
  );
  assert.equal(outcomeOf(await probe(url, { headers: { Upgrade: "h2c" } })), "internal in request");
});

for (
  const [what, answer, outcome, status] of [
    ["401", responds(401), "status in validate", 401],
    ["404", responds(404, {}, "no"), "status in validate", 404],
    ["a redirect", responds(302, { Location: "/" }), "status in validate", 302],
    ["200 without an upgrade", responds(200), "status in validate", 200],
    [
      "an upgrade to something else",
      says("HTTP/1.1 101 X\nUpgrade: h2c\nConnection: upgrade\n\n"),
      "header in validate",
      101,
    ],
    [
      "an answer to another key",
      says("HTTP/1.1 101 X\nUpgrade: websocket\nConnection: upgrade\nSec-WebSocket-Accept: AAAA\n\n"),
      "header in validate",
      101,
    ],
    ["no HTTP", says("SSH-2.0-x\n"), "protocol in processing", 0],
    ["a close before the end of the head", says("HTTP/1.1 101 X\n"), "reset in processing", 0],
    ["a reset", (socket: Socket) => void socket.resetAndDestroy(), "reset in processing", 0],
  ] as const
) {
  Deno.test(`websocketProber: ${what} comes to ${outcome}`, async () => {
    await using target = await httpTarget(answer);
    const result = await probe(`ws://127.0.0.1:${target.port}/`);
    assert.deepEqual([outcomeOf(result), result.status, result.isUpgraded], [outcome, status, false]);
    await target.idle();
  });
}

const letters = (text: string) => [...new TextEncoder().encode(text)];
const EXPECTS = { query_response: [{ expect: "^hello$" }] };

for (
  const [what, bytes, outcome] of [
    [
      "a message in pieces, a ping between them",
      [1, 2, ...letters("he"), 0x89, 1, 7, 0x80, 3, ...letters("llo")],
      "success",
    ],
    ["binary", [0x82, 5, ...letters("hello")], "success"],
    ["another message", [0x81, 2, ...letters("no"), 0x81, 5, ...letters("hello")], "response in validate"],
    ["a close", [0x88, 2, 3, 0xe9], "reset in transfer"],
    ["a masked frame", [0x81, 0x85, 0, 0, 0, 0, ...letters("hello")], "protocol in transfer"],
    ["a message too large", [0x82, 127, 0, 0, 0, 0, 1, 0, 0, 0], "size in transfer"],
  ] satisfies [string, number[], string][]
) {
  Deno.test(`websocketProber: after the upgrade ${what} comes to ${outcome}`, async () => {
    await using target = await httpTarget(upgrades(...bytes));
    const result = await probe(`ws://127.0.0.1:${target.port}/`, EXPECTS);
    assert.equal(outcomeOf(result), outcome);
    assert.deepEqual([result.isUpgraded, result.failedByPattern], [true, outcome !== "success"]);
    const { outcome: ended } = result;
    if (!ended.success) {
      const stops = websocketProber.stops(websocketModule(EXPECTS));
      assert(stops.some(({ reason, phase }) => reason === ended.failure.reason && phase === ended.failure.phase));
    }
    await target.idle();
  });
}

Deno.test("websocketProber: a ping is answered with what it carries", async () => {
  const { promise, resolve } = Promise.withResolvers<number[]>();
  await using target = await httpTarget((socket, request) => {
    socket.write(accepted(request));
    socket.write(Uint8Array.of(0x89, 2, 7, 8));
    socket.once("data", (bytes: Uint8Array) => {
      const [first = 0, second = 0, a = 0, b = 0, , , x = 0, y = 0] = bytes;
      resolve([first & 15, second, x ^ a, y ^ b]);
      socket.write(Uint8Array.of(0x81, 5, ...letters("hello")));
    });
  });
  assert.equal(outcomeOf(await probe(`ws://127.0.0.1:${target.port}/`, EXPECTS)), "success");
  assert.deepEqual(await promise, [OPCODES.pong, 0x82, 7, 8]);
  assert.equal(renderFrame(OPCODES.pong, Uint8Array.of(1)).length, 7);
});

Deno.test("websocketProber: a server that never answers is waited for until the time is up", async () => {
  const timers = manualTimers();
  await using target = await httpTarget(() => {});
  const probing = probe(`ws://127.0.0.1:${target.port}/`, {}, { clock: timers.clock });
  await target.asked;
  timers.fire();
  assert.match(outcomeOf(await probing), /^timeout in (?:request|processing)$/);
  assert.equal(timers.pending.size, 0);
  await target.idle();
});

Deno.test("websocketProber: a server over TLS of another name is refused, and no TLS at all too", async () => {
  await using secure = await httpsTarget("names.pem", responds(200));
  const section = { http_config: { tls_config: { ca: tlsFixture("authority.pem"), server_name: "x.test" } } };
  assert.equal(outcomeOf(await probe(`wss://127.0.0.1:${secure.port}/`, section)), "tls in tls");
  await using plain = await tcpTarget((socket) => socket.resume().end("hello\n"));
  assert.equal(outcomeOf(await probe(`wss://127.0.0.1:${plain.port}/`)), "tls in tls");
});

Deno.test("websocketProber: a proxy is asked for a way there", async () => {
  await using server = realServer();
  const { connect } = await import("node:net");
  await using proxy = await httpTarget((socket, request) => {
    const [, host, port] = /^CONNECT (.*):(\d+) /.exec(request) ?? [];
    const far = connect(Number(port), host).on("error", () => {});
    socket.write("HTTP/1.1 200 OK\r\n\r\n");
    socket.removeAllListeners("data");
    socket.pipe(far).pipe(socket);
    socket.on("close", () => far.destroy());
  });
  const section = { query_response: DIALOGUE, http_config: { proxy_url: `http://127.0.0.1:${proxy.port}` } };
  const result = await probe(`ws://127.0.0.1:${server.port}/`, section);
  assert.equal(outcomeOf(result), "success");
  assert.match(proxy.requests[0] ?? "", /^CONNECT 127\.0\.0\.1:/);
  await server.left;
});

Deno.test("websocketProber.checkTarget: wants a URL of WebSocket without user-info, and shows none", () => {
  for (const url of ["ws://a", "WSS://a:1/b?c"]) websocketProber.checkTarget(url);
  for (const url of ["http://a", "a:1", "ws://", "ws://me:hunter2@a/", "ws://a\n/"]) {
    assert.throws(
      () => websocketProber.checkTarget(url),
      (error) => error instanceof SyntaxError && !error.message.includes("hunter2"),
    );
  }
});

Deno.test("websocketProber.stops: has each way to fail once, those of a token and of a proxy too", async () => {
  await using refusing = await formTarget(() => responds(500));
  await using plain = await tcpTarget((socket) => socket.end("no TLS at all, and no HTTP either\r\n\r\n"));
  const oauth2 = { client_id: "me", client_secret: "s", token_url: `http://127.0.0.1:${refusing.port}/` };
  const proxy_url = `https://127.0.0.1:${plain.port}`;
  for (
    const [http_config, outcome] of [[{ oauth2 }, "response in connect"], [{ proxy_url }, "tls in connect"]] as const
  ) {
    const section = { http_config };
    assert.equal(outcomeOf(await probe("ws://127.0.0.1:9/", section)), outcome);
    const all = websocketProber.stops(websocketModule(section)).map(({ reason, phase }) => `${reason} in ${phase}`);
    assert(all.includes(outcome), outcome);
    assert.equal(new Set(all).size, all.length);
  }
});
