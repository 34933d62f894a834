/**
 * The same servers of gRPC asked for their health, and the same hosts pinged, by a real blackbox_exporter and by us. Left out
 * where none is installed.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { Module } from "../../../../collectors/probe/module.ts";
import { moduleSchema } from "../../../../collectors/probe/modules/module.ts";
import { PROBERS } from "../../../../collectors/probe/probers.ts";
import { createLibc } from "../../../../src/libc.ts";
import { createSource } from "../../../../src/source.ts";
import { testWith } from "../../../e2e/programs.ts";
import { type Blackbox, PEER, startBlackbox } from "../blackbox.ts";
import { answersWith, type HealthAnswer, healthServer, refusesWith, statusFrame } from "../health_server.ts";
import { seriesOf, seriesOn } from "../series.ts";
import { probeTools, tcpTarget, tlsFixture } from "../target.ts";

const address = { preferred_ip_protocol: "ip4" };
const MODULES = {
  plain: { prober: "grpc", grpc: { ...address, service: "shop" } },
  tls: { prober: "grpc", grpc: { ...address, tls: true, tls_config: { ca: tlsFixture("authority.pem") } } },
  lax: { prober: "grpc", grpc: { ...address, tls: true, tls_config: { insecure_skip_verify: true } } },
  strict: { prober: "grpc", grpc: { ...address, tls: true } },
  icmp: { prober: "icmp", icmp: address },
  icmp_ttl: { prober: "icmp", icmp: { ...address, ttl: 5, payload_size: 100, dont_fragment: true } },
  icmp_six: { prober: "icmp", icmp: { preferred_ip_protocol: "ip6" } },
};
type Name = keyof typeof MODULES;

const close = (code: number): HealthAnswer => (stream) => stream.close(code);
const says = (status: number, type: string): HealthAnswer => (stream) => {
  stream.respond({ ":status": status, "content-type": type });
  stream.end("hello");
};

/** Answers by what they are; a server that never answers is not among them: the peer would wait for ever. */
const ANSWERS: Readonly<Record<string, HealthAnswer>> = {
  "serving": answersWith(statusFrame(1)),
  "not serving": answersWith(statusFrame(2)),
  "unknown": answersWith(new Uint8Array(5)),
  "an unknown service": answersWith(statusFrame(3)),
  "a status that nobody knows": answersWith(statusFrame(7)),
  "not found": refusesWith({ "grpc-status": "5", "grpc-message": "no%20such" }),
  "unimplemented": refusesWith({ "grpc-status": "12" }),
  "a code that is none": answersWith(statusFrame(1), { "grpc-status": "x" }),
  "a message and a code": answersWith(statusFrame(1), { "grpc-status": "5" }),
  "no trailers": answersWith(statusFrame(1), {}),
  "no message": answersWith(new Uint8Array()),
  "a message cut off": answersWith(Uint8Array.of(0, 0, 0, 0, 9, 8, 1)),
  "a compressed message": answersWith(Uint8Array.of(1, 0, 0, 0, 2, 8, 1)),
  "garbage": answersWith(Uint8Array.of(0, 0, 0, 0, 2, 255, 255)),
  "two messages": answersWith(Uint8Array.of(...statusFrame(1), ...statusFrame(1))),
  "404": says(404, "text/plain"),
  "404 that would be gRPC": refusesWith({ ":status": 404 }),
  "503": says(503, "text/html"),
  "a page": says(200, "text/html"),
  "a stream refused": close(7),
  "a stream cancelled": close(8),
  "a stream broken": close(2),
  "a stream closed": close(0),
  "calm enhanced": close(11),
};

/** Durations, which are nobody's but the one probe's. */
const VARIES = /duration|lookup/;

async function compare(peer: Blackbox, name: Name, target: string, what: string): Promise<void> {
  const module: Module = { name, ...moduleSchema.parse(MODULES[name]) };
  const prober = PROBERS.get(module.prober);
  assert.ok(prober);
  const source = createSource({ library: createLibc() });
  const tools = probeTools({ source });
  using _scope = tools.scope;
  const ours = seriesOf(prober, await prober.probe(target, module, tools));
  const theirs = seriesOn(await peer.probe(name, target));
  source.close();
  assert.ok(theirs.size > 5, `${what}: the peer has ${theirs.size} series`);
  const comparable = (series: ReadonlyMap<string, number>) =>
    [...series].map(([key, value]) => `${key} ${VARIES.test(key) ? Math.sign(value) : value}`).sort();
  assert.deepEqual(comparable(ours), comparable(theirs), what);
}

testWith("grpcProber: says of each answer what blackbox_exporter says", [PEER], async (path) => {
  await using peer = await startBlackbox(path(PEER), MODULES);
  for (const [what, answer] of Object.entries(ANSWERS)) {
    await using server = await healthServer(answer);
    await compare(peer, "plain", `localhost:${server.port}`, what);
    const [own, other] = server.calls;
    assert.deepEqual(own?.body, other?.body, what);
  }
});

testWith("grpcProber: says of TLS what blackbox_exporter says", [PEER], async (path) => {
  await using peer = await startBlackbox(path(PEER), MODULES);
  for (
    const answer of [answersWith(statusFrame(1)), answersWith(statusFrame(2)), refusesWith({ "grpc-status": "5" })]
  ) {
    await using server = await healthServer(answer, "server.pem");
    for (const name of ["tls", "lax", "strict", "plain"] as const) {
      await compare(peer, name, `localhost:${server.port}`, `${name} over TLS`);
    }
  }
  await using plain = await healthServer(answersWith(statusFrame(1)));
  await compare(peer, "tls", `localhost:${plain.port}`, "TLS where none is spoken");
});

testWith("grpcProber: says of what is no server of gRPC what blackbox_exporter says", [PEER], async (path) => {
  await using peer = await startBlackbox(path(PEER), MODULES);
  await using web = await tcpTarget((socket) => void socket.resume().end("HTTP/1.1 400 Bad Request\r\n\r\n"));
  await compare(peer, "plain", `127.0.0.1:${web.port}`, "HTTP/1.1");
  await using curt = await tcpTarget((socket) => socket.destroy());
  await compare(peer, "plain", `127.0.0.1:${curt.port}`, "closed at once");
  const gone = await healthServer(() => {});
  await gone[Symbol.asyncDispose]();
  await compare(peer, "plain", `127.0.0.1:${gone.port}`, "refused");
  await compare(peer, "tls", `127.0.0.1:${gone.port}`, "refused, with TLS");
  await compare(peer, "plain", "no-such-host.invalid:1", "no such host");
});

testWith("icmpProber: says of pings what blackbox_exporter says", [PEER], async (path) => {
  await using peer = await startBlackbox(path(PEER), MODULES);
  if (!(await peer.probe("icmp", "127.0.0.1")).includes("\nprobe_success 1\n")) return; // it is not permitted here
  await compare(peer, "icmp", "127.0.0.1", "this host");
  await compare(peer, "icmp_ttl", "127.0.0.1", "a module with all keys");
  await compare(peer, "icmp_six", "::1", "this host by IPv6");
  await compare(peer, "icmp", "no-such-host.invalid", "no such host");
  await compare(peer, "icmp", "127.0.0.1:80", "a port too many");
});
