import assert from "node:assert/strict";
import type { ServerHttp2Stream } from "node:http2";
import { builtInModule } from "../../../../collectors/probe/built_in_modules.ts";
import {
  type GrpcResult,
  grpcStops,
  metadataHeaders,
  parseServer,
} from "../../../../collectors/probe/grpc/grpc_probe.ts";
import { grpcProber } from "../../../../collectors/probe/grpc/grpc_prober.ts";
import type { GrpcModule } from "../../../../collectors/probe/module.ts";
import type { ProbeTools } from "../../../../collectors/probe/prober.ts";
import { Trace } from "../../../../collectors/probe/trace.ts";
import { systemClock } from "../../../../src/clock.ts";
import { answersWith, type HealthAnswer, healthServer, refusesWith, statusFrame } from "../health_server.ts";
import { seriesOf } from "../series.ts";
import { manualTimers, outcomeOf, probeTools, tcpTarget, tlsFixture } from "../target.ts";

const PLAIN: GrpcModule = {
  ...builtInModule("grpc_plain", "grpc"),
  address: { preferred: 4, fallback: true, resolve: "first" },
};
const AUTHORITY = { text: tlsFixture("authority.pem") };
const SECURE: GrpcModule = { ...PLAIN, useTls: true, tls: { verify: true, ca: AUTHORITY } };
const SERVING = answersWith(statusFrame(1));

const probe = (target: string, module: GrpcModule = PLAIN, tools: Partial<ProbeTools> = {}): Promise<GrpcResult> =>
  grpcProber.probe(target, module, probeTools(tools));

/** What asking a server that answers so comes to, and the code of gRPC for it. */
async function told(answer: HealthAnswer, module?: GrpcModule, certificate?: string): Promise<string> {
  await using server = await healthServer(answer, certificate);
  const result = await probe(`localhost:${server.port}`, module);
  return `${outcomeOf(result)}, ${result.statusCode}`;
}

Deno.test("probeGrpc: asks for the module's service, with its metadata", async () => {
  await using server = await healthServer(SERVING);
  const metadata = [["x-key", ["one", "two"]], ["x-bin", ["ü"]], ["grpc-timeout", ["9S"]]] as const;
  const result = await probe(`localhost:${server.port}`, { ...PLAIN, service: "ab", metadata });
  assert.equal(outcomeOf(result), "success");
  assert.equal(result.servingStatus, "SERVING");
  assert.deepEqual(Object.keys(result.durations), [
    "resolve",
    "connect",
    "request",
    "processing",
    "transfer",
    "validate",
  ]);
  const [{ headers, body } = { headers: {}, body: undefined }] = server.calls;
  assert.deepEqual(body, Uint8Array.of(0, 0, 0, 0, 4, 0x0a, 2, 97, 98));
  assert.match(String(headers["grpc-timeout"]), /^5\d{4}m$/);
  const { "grpc-timeout": _, ...others } = headers;
  assert.deepEqual(Object.fromEntries(Object.entries(others)), {
    ":method": "POST",
    ":scheme": "http",
    ":path": "/grpc.health.v1.Health/Check",
    ":authority": `localhost:${server.port}`,
    "content-type": "application/grpc",
    "user-agent": "Sonde/1.2.3",
    te: "trailers",
    "x-key": "one, two",
    "x-bin": "w7w",
  });
});

Deno.test("probeGrpc: over TLS tells of the certificate, also of one that is not accepted", async () => {
  await using server = await healthServer(SERVING, "server.pem");
  const good = await probe(`localhost:${server.port}`, SECURE);
  assert.equal(outcomeOf(good), "success");
  assert.ok(good.tls?.verified);
  assert.equal(server.calls[0]?.headers[":authority"], "localhost");
  const bad = await probe(`localhost:${server.port}`, { ...SECURE, tls: { verify: true } });
  assert.equal(outcomeOf(bad), "tls in tls");
  assert.equal(bad.statusCode, 14);
  assert.equal(bad.tls?.verified, false);
  const lax = await probe(`localhost:${server.port}`, { ...SECURE, tls: { verify: false } });
  assert.equal(outcomeOf(lax), "success");
});

Deno.test("probeGrpc: what a server says is the outcome", async () => {
  assert.equal(await told(SERVING), "success, 0");
  assert.equal(await told(answersWith(statusFrame(2))), "answer in validate, 0");
  assert.equal(await told(refusesWith({ "grpc-status": "5" })), "status in validate, 5");
  assert.equal(await told(refusesWith({ "grpc-status": "12" }), SECURE, "server.pem"), "status in validate, 12");
  assert.equal(await told(refusesWith({ ":status": 503, "content-type": "text/html" })), "status in validate, 14");
  assert.equal(await told(answersWith(statusFrame(1), {})), "protocol in validate, 13");
  assert.equal(await told(answersWith(new Uint8Array(70_000))), "size in transfer, 8");
});

Deno.test("probeGrpc: a stream that the server resets is told by the error's number", async () => {
  const resets = (code: number) => (stream: ServerHttp2Stream) => stream.close(code);
  assert.equal(await told(resets(7)), "reset in processing, 14");
  assert.equal(await told(resets(8)), "reset in processing, 1");
  assert.equal(await told(resets(0)), "reset in processing, 13");
});

Deno.test("probeGrpc: servers of something else", async () => {
  const outcome = async (answer: string, module?: GrpcModule) => {
    await using server = await tcpTarget((socket) => void socket.resume().end(answer));
    const result = await probe(`127.0.0.1:${server.port}`, module);
    return `${outcomeOf(result)}, ${result.statusCode}`;
  };
  assert.equal(await outcome("HTTP/1.1 400 Bad Request\r\n\r\n"), "protocol in processing, 14");
  assert.equal(await outcome(""), "reset in processing, 14");
  assert.equal(await outcome("220 hello\r\n", SECURE), "tls in tls, 14");
});

Deno.test("probeGrpc: nobody there, no such host", async () => {
  const server = await healthServer(SERVING);
  await server[Symbol.asyncDispose]();
  const refused = await probe(`127.0.0.1:${server.port}`);
  assert.equal(`${outcomeOf(refused)}, ${refused.statusCode}`, "refused in connect, 14");
  const nowhere = await probe("no host:1");
  assert.equal(`${outcomeOf(nowhere)}, ${nowhere.statusCode}`, "dns in resolve, 0");
});

Deno.test("probeGrpc: time runs out where the server leaves it waiting", async () => {
  const { clock, fire } = manualTimers();
  await using server = await healthServer(() => fire());
  const result = await probe(`127.0.0.1:${server.port}`, PLAIN, { clock });
  assert.equal(`${outcomeOf(result)}, ${result.statusCode}`, "timeout in processing, 4");
});

Deno.test("probeGrpc: connects to no address that is not admitted, and shows no metadata in its lines", async () => {
  await using server = await healthServer(refusesWith({ "grpc-status": "16" }));
  const trace = new Trace(systemClock);
  const metadata = [["authorization", ["Bearer secret"]]] as const;
  await probe(`localhost:${server.port}`, { ...PLAIN, metadata }, { trace });
  assert.ok(trace.events.length > 0);
  assert.ok(!JSON.stringify(trace.events).includes("secret"));
  const admit = () => {
    throw new Error("not admitted");
  };
  await assert.rejects(probe(`localhost:${server.port}`, PLAIN, { admit }), /not admitted/);
  assert.equal(server.calls.length, 1);
});

Deno.test("grpcProber.emit: families are the peer's", async () => {
  await using server = await healthServer(answersWith(statusFrame(2)), "server.pem");
  const told = [...seriesOf(grpcProber, await probe(`localhost:${server.port}`, SECURE))];
  const values = Object.fromEntries(told.filter(([name]) => !/duration|lookup|hash|chain_info|expiry/.test(name)));
  assert.deepEqual(values, {
    probe_success: 0,
    probe_ip_protocol: 4,
    'probe_grpc_healthcheck_response{serving_status="UNKNOWN"}': 0,
    'probe_grpc_healthcheck_response{serving_status="SERVING"}': 0,
    'probe_grpc_healthcheck_response{serving_status="NOT_SERVING"}': 1,
    'probe_grpc_healthcheck_response{serving_status="SERVICE_UNKNOWN"}': 0,
    probe_grpc_status_code: 0,
    probe_grpc_ssl: 1,
    'probe_tls_version_info{version="TLS 1.3"}': 1,
  });
  assert.ok(told.some(([name]) => name === "probe_ssl_earliest_cert_expiry"));
  assert.ok(!told.some(([name]) => name.includes("last_chain_expiry")));
  const nowhere = [...seriesOf(grpcProber, await probe("no host:1"))].filter(([name]) => name.startsWith("probe_grpc"));
  assert.deepEqual(nowhere, [
    ['probe_grpc_duration_seconds{phase="resolve"}', 0],
    ["probe_grpc_status_code", 0],
    ["probe_grpc_ssl", 0],
  ]);
});

Deno.test("grpcStops: TLS can fail only where it is spoken", () => {
  const phases = (module: GrpcModule) => grpcStops(module).map(({ phase }) => phase);
  assert.ok(!phases(PLAIN).includes("tls"));
  assert.ok(phases(SECURE).includes("tls"));
});

Deno.test("parseServer: host and port, also after a scheme", () => {
  assert.deepEqual(parseServer("example.org:50051"), { host: "example.org", port: 50051 });
  assert.deepEqual(parseServer("grpc://example.org:50051/"), { host: "example.org", port: 50051 });
  assert.deepEqual(parseServer("http://user:secret@example.org"), { host: "example.org" });
  assert.deepEqual(parseServer("[::1]"), { host: "::1" });
  assert.throws(() => parseServer("example.org:x"), SyntaxError);
});

Deno.test("metadataHeaders: leaves out what is the protocol's own", () => {
  assert.deepEqual(metadataHeaders([["te", ["x"]], [":path", ["/"]], ["grpc-encoding", ["x"]], ["a", ["b"]]]), {
    a: ["b"],
  });
});
